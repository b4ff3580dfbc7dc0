"""Toys: the asymptotic CLs where it holds, the exact one where it does not, and the same again."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.statistics import Channel, Process, Yields, build_workspace, expected_cls, toy_cls


def count(signal, background, **systematics):
    processes = (
        Process("s", Yields([signal], [0]), is_signal=True),
        Process("b", Yields([background], [0]), is_signal=False, **systematics),
    )
    return build_workspace(Channel("c", np.array([0.0, 1.0]), processes))


def at_most(n, mean):
    return sum(exp(-mean) * mean**k / factorial(k) for k in range(n + 1))


def test_few_events_have_the_exact_poisson_cls():
    """Of a count, q̃ falls with n up to μ s + b: CLs = P(n ≤ n_med | s + b) / P(n ≤ n_med | b)."""
    cls = toy_cls(count(6.0, 3.0), 1.0, toys=400, seed=1)
    exact = at_most(3, 9.0) / at_most(3, 3.0)
    assert cls.value == pytest.approx(exact, abs=4 * cls.uncertainty)
    assert 0.001 < cls.uncertainty < 0.03


def test_many_events_have_the_asymptotic_cls():
    spec = count(20.0, 150.0, norms={"rate": (0.95, 1.05)})
    cls = toy_cls(spec, 1.0, toys=100, seed=2)
    assert cls.value == pytest.approx(expected_cls(spec, 1.0)[2], abs=4 * cls.uncertainty)
    assert cls == toy_cls(spec, 1.0, toys=100, seed=2)


def test_a_poisson_constraint_is_drawn_as_one():
    spec = count(10.0, 50.0)
    spec["channels"][0]["samples"][1]["modifiers"] = [{"name": "u", "type": "shapesys", "data": [5.0]}]
    cls = toy_cls(spec, 1.0, toys=100, seed=3)
    assert cls.value == pytest.approx(expected_cls(spec, 1.0)[2], abs=4 * cls.uncertainty)


@pytest.mark.parametrize("wrong", [{"strength": 0.0}, {"strength": 1.0, "toys": 9}])
def test_bad_input_is_refused(wrong):
    with pytest.raises(DataError, match=r"`strength` must be positive and finite, and `toys` at least 10"):
        toy_cls(count(1.0, 1.0), **wrong)
