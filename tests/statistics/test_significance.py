"""Significance: against pyhf's discovery test, against its limits, against the bootstrap, and what is refused."""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pyhf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.metrics import Measured
from netwright.statistics import (
    Yields,
    asimov_significance,
    binned_significance,
    discovery_significance,
    fill,
    simple_significance,
)

COUNTS = st.floats(0.01, 1e4)


def slow_asimov(s, b, sigma=0.0):
    """Z_A by the published formula, with 60 digits."""
    getcontext().prec = 60
    s, b, v = Decimal(float(s)), Decimal(float(b)), Decimal(float(sigma)) ** 2
    if v == 0:
        return float((2 * ((s + b) * (1 + s / b).ln() - s)).sqrt())
    first = (s + b) * ((s + b) * (b + v) / (b * b + (s + b) * v)).ln()
    second = b * b / v * (1 + v * s / (b * (b + v))).ln()
    return float((2 * (first - second)).sqrt())


@given(COUNTS, COUNTS)
def test_equals_the_formula_in_exact_arithmetic(s, b):
    assert asimov_significance(s, b) == pytest.approx(slow_asimov(s, b), rel=1e-9)


@given(COUNTS, COUNTS, st.floats(1e-3, 2.0))
def test_equals_the_formula_with_background_uncertainty(s, b, relative):
    assert asimov_significance(s, b, relative * b) == pytest.approx(slow_asimov(s, b, relative * b), rel=1e-9)


@pytest.mark.parametrize("relative", [0.0, 1e-6, 0.3])
def test_a_tiny_signal_loses_no_digits(relative):
    assert asimov_significance(1e-7, 1e3, 1e3 * relative) == pytest.approx(
        slow_asimov(1e-7, 1e3, 1e3 * relative), rel=1e-12
    )


@given(COUNTS, COUNTS)
def test_less_is_known_less_is_seen(s, b):
    z = [float(asimov_significance(s, b, sigma * b)) for sigma in (0.0, 0.1, 0.5)]
    assert z[0] >= z[1] >= z[2]
    assert z[0] <= float(simple_significance(s, b))


def test_a_small_signal_has_the_simple_significance_and_a_negative_one_has_none():
    assert asimov_significance(1.0, 1e6) == pytest.approx(simple_significance(1.0, 1e6), rel=1e-5)
    assert asimov_significance([-3.0], [5.0])[0] == simple_significance([-3.0], [5.0])[0] == 0


@pytest.mark.parametrize("relative", [0.0, 0.2])
def test_binned_equals_pyhf_discovery_within_a_thousandth(relative):
    s, b = [1.0, 4.0, 3.0], [40.0, 12.0, 2.0]
    modifiers = [{"name": "u", "type": "shapesys", "data": [relative * one for one in b]}] if relative else []
    spec = {
        "channels": [
            {
                "name": "c",
                "samples": [
                    {"name": "s", "data": s, "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
                    {"name": "b", "data": b, "modifiers": modifiers},
                ],
            }
        ],
        "observations": [{"name": "c", "data": b}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    ours = binned_significance(Yields(s, np.zeros(3)), Yields(b, np.zeros(3)), relative_uncertainty=relative).value
    model = pyhf.Workspace(spec).model()
    pars = model.config.suggested_init()
    pars[model.config.poi_index] = 1.0
    p_value = float(pyhf.infer.hypotest(0.0, model.expected_data(pars), model, test_stat="q0"))
    from statistics import NormalDist

    theirs = -NormalDist().inv_cdf(p_value)
    assert ours == pytest.approx(theirs, rel=1e-3)
    assert discovery_significance(spec) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("relative", [0.0, 0.3])
def test_the_quoted_uncertainty_is_the_scatter_of_bootstrap_replicas(relative):
    generator = np.random.default_rng(3)
    edges = [0.0, 0.3, 0.6, 1.0]
    scores = generator.beta(3, 2, 400), generator.beta(2, 4, 900)
    weights = generator.normal(0.05, 0.04, 400), generator.normal(0.3, 0.2, 900)
    measured = binned_significance(
        *(fill(score, weight, edges) for score, weight in zip(scores, weights, strict=True)),
        relative_uncertainty=relative,
    )
    replicas = [
        binned_significance(
            *(
                fill(score, weight * generator.poisson(1.0, len(score)), edges)
                for score, weight in zip(scores, weights, strict=True)
            ),
            relative_uncertainty=relative,
        ).value
        for _ in range(800)
    ]
    # 800 replicas know their spread to 2.5%; first order adds a few
    assert measured.uncertainty == pytest.approx(np.std(replicas), rel=0.12)


@pytest.mark.parametrize("relative", [0.0, 0.3])
def test_the_quoted_uncertainty_is_the_slope_in_signal_and_background(relative):
    step = 1e-5

    def z(signal: float, background: float, of_signal: float = 0.0, of_background: float = 0.0) -> Measured:
        yields = Yields([signal], [of_signal]), Yields([background], [of_background])
        return binned_significance(*yields, relative_uncertainty=relative)

    by_signal = (z(4 + step, 6).value - z(4 - step, 6).value) / (2 * step)
    by_background = (z(4, 6 + step).value - z(4, 6 - step).value) / (2 * step)
    assert z(4, 6, of_signal=1).uncertainty == pytest.approx(by_signal, rel=1e-7)
    assert z(4, 6, of_background=1).uncertainty == pytest.approx(-by_background, rel=1e-7)


def test_no_signal_has_no_significance_and_nobody_knows_how_well():
    assert binned_significance(Yields([0.0], [0.0]), Yields([3.0], [1.0])).value == 0
    assert np.isinf(binned_significance(Yields([0.0], [0.0]), Yields([3.0], [1.0])).uncertainty)


@pytest.mark.parametrize(("s", "b", "sigma"), [(1.0, 0.0, 0.0), (1.0, -2.0, 0.0), (1.0, 5.0, -1.0), (np.nan, 5.0, 0)])
def test_what_is_no_expectation_is_refused(s, b, sigma):
    with pytest.raises(DataError, match=r"background must be positive in every bin.*in bin 1"):
        asimov_significance([1.0, s], [1.0, b], [0.0, sigma])


def test_bins_must_agree():
    with pytest.raises(DataError, match=r"must have the same bins. Received: 1 and 2 bins"):
        binned_significance(Yields([1.0], [1.0]), Yields([1.0, 1.0], [1.0, 1.0]))
