"""Importance against a function whose shares of variance are known."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution

from netwright.searching import importances

SPACE = {name: FloatDistribution(0, 1) for name in ("a", "b", "c")}


def study(trials: int, value) -> optuna.Study:
    result = optuna.create_study()
    for point in np.random.default_rng(1).random((trials, 3)):
        parameters = dict(zip(SPACE, point.tolist(), strict=True))
        result.add_trial(optuna.create_trial(params=parameters, distributions=SPACE, value=value(*point)))
    return result


def test_shares_are_those_of_a_linear_function():
    """The variance of 2a + b is 4 : 1 in a and b; forests of 60 trials favour the larger, by 0.1."""
    importance = importances(study(60, lambda a, b, _: 2 * a + b), 1)
    assert list(importance) == ["a", "b", "c"]
    assert [share for share, _ in importance.values()] == pytest.approx([0.8, 0.2, 0.0], abs=0.15)
    assert sum(share for share, _ in importance.values()) == pytest.approx(1)
    assert all(0 < error < 0.2 for _, error in importance.values())


def test_trials_of_which_one_alone_differs_do_not_end_a_search():
    """Those drawn with replacement may all have one value: an AUC of 1, for example."""
    values = iter([0.9, *[1.0] * 9])
    importance = importances(study(10, lambda *_: next(values)), 1)
    assert sum(share for share, _ in importance.values()) == pytest.approx(1)


def test_few_trials_or_equal_ones_have_none():
    assert importances(study(9, lambda a, *_: a), 1) == {}
    assert importances(study(12, lambda *_: 1.0), 1) == {}
