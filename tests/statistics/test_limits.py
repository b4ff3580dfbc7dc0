"""Limits: those that pyhf publishes, those that pyhf computes, and the corners where there is none."""

from __future__ import annotations

import sys

import numpy as np
import pyhf
import pytest

from netwright.errors import DataError, InferenceError, MissingExtraError
from netwright.statistics import (
    Channel,
    Process,
    Yields,
    build_workspace,
    discovery_significance,
    expected_cls,
    expected_cls_curve,
    expected_limit,
    median_limit,
)
from netwright.statistics._fisher import Fisher


def workspace(samples, observed, poi="mu"):
    bins = len(observed)
    listed = [
        {
            "name": name,
            "data": data,
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}] * (name == "signal") + modifiers,
        }
        for name, data, modifiers in samples
    ]
    assert all(len(one["data"]) == bins for one in listed)
    return {
        "channels": [{"name": "c", "samples": listed}],
        "observations": [{"name": "c", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": poi, "parameters": []}}],
        "version": "1.0.0",
    }


def uncorrelated(signal, background, uncertainty, observed):
    shape = [{"name": "u", "type": "shapesys", "data": uncertainty}]
    return workspace([("signal", signal, []), ("background", background, shape)], observed)


HELLO_WORLD = uncorrelated([12.0, 11.0], [50.0, 52.0], [3.0, 7.0], [51.0, 48.0])
ONE_BIN = uncorrelated([10.0], [50.0], [7.0], [55.0])
NORMSYS = workspace(
    [
        ("signal", [30.0, 95.0], []),
        ("background", [100.0, 150.0], [{"name": "n", "type": "normsys", "data": {"lo": 0.9, "hi": 1.1}}]),
    ],
    [120.0, 180.0],
)


@pytest.mark.parametrize(
    ("spec", "published"),
    [
        # README of pyhf 0.7: CLs of the first model, and its documentation of the asymptotic calculator
        (HELLO_WORLD, [0.00260626, 0.01382005, 0.06445321, 0.23525644, 0.57303621]),
        # tests/test_validation.py of pyhf: 1bin_example1, made with ROOT's HistFactory
        (
            ONE_BIN,
            [0.06371799398864626, 0.15096503398048894, 0.3279606950533305, 0.6046087303039118, 0.8662627605298466],
        ),
        # the same: 1bin_normsys
        (
            NORMSYS,
            [7.471684419037561e-10, 5.7411551509088054e-08, 3.6898088062731205e-06, 0.00016965731538267896,
             0.004392708998555453],
        ),
    ],
)  # fmt: skip
def test_cls_is_that_published_with_pyhf(spec, published):
    assert expected_cls(spec, 1.0) == pytest.approx(published, rel=2e-3)  # fits of other minimisers


def test_a_curve_is_its_points():
    strengths = [0.1, 1.0, 3.0, 0.5]
    expected = [expected_cls(NORMSYS, strength) for strength in strengths]
    np.testing.assert_allclose(expected_cls_curve(NORMSYS, strengths), expected, rtol=1e-6)


def test_limits_are_those_published_with_pyhf():
    """Documentation of pyhf.infer.intervals.upper_limits.toms748_scan, to its tolerance of 1%."""
    published = [0.5600747, 0.75702605, 1.06234693, 1.50116923, 2.05078912]
    assert expected_limit(HELLO_WORLD).limits == pytest.approx(published, rel=1e-3)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_limits_are_those_that_pyhf_computes(channel, level):
    spec = build_workspace(channel)
    opened = pyhf.Workspace(spec)
    model = opened.model()
    # toms748_scan and not upper_limit, which in pyhf 0.7.6 is always at 95%, whatever `level` says
    observed, expected = pyhf.infer.intervals.upper_limits.toms748_scan(
        opened.data(model), model, 0.0, 10.0, level=1 - level, rtol=1e-3
    )
    limit = expected_limit(spec, level=level)
    assert limit.limits == pytest.approx([float(one) for one in expected], rel=2e-3)
    assert limit.median == pytest.approx(float(observed), rel=2e-3)  # the observation is the background
    assert median_limit(spec, level=level, start=3.0) == pytest.approx(limit.median, rel=1e-4)


def test_the_limit_scales_with_the_signal(channel):
    """However small the signal is: pyhf's own bounds of μ, 0 to 10, do not matter."""
    limits = []
    for factor in (1.0, 1e-4, 300.0):
        scaled = tuple(
            Process(
                process.name,
                process.yields.scaled(factor) if process.is_signal else process.yields,
                process.norms,
                is_signal=process.is_signal,
            )
            for process in channel.processes
        )
        limits.append(factor * median_limit(build_workspace(Channel("c", channel.edges, scaled))))
    assert limits == pytest.approx([limits[0]] * 3, rel=1e-3)


def test_a_large_count_has_the_limit_of_a_gaussian():
    """q = (μ s)²/b, so that μ_95 = Φ⁻¹(0.975) √b / s, to the skewness of a Poisson distribution, some 1/√b."""
    signal, background = (
        Process("s", Yields([1e4], [0.0]), is_signal=True),
        Process("b", Yields([1e8], [0.0]), is_signal=False),
    )
    limit = expected_limit(build_workspace(Channel("c", np.array([0.0, 1.0]), (signal, background))))
    assert limit.median == pytest.approx(1.959964, rel=1e-3)


def test_the_backend_of_pyhf_is_left_as_it_was(channel):
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=0.2))
    chosen = pyhf.get_backend()
    try:
        median_limit(build_workspace(channel))
        assert pyhf.get_backend() == chosen
    finally:
        pyhf.set_backend("numpy", "scipy")


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_levels_are_probabilities(channel, level):
    with pytest.raises(DataError, match=r"`level` must be between 0 and 1"):
        expected_limit(build_workspace(channel), level=level)


@pytest.mark.parametrize("strength", [0.0, -1.0, np.inf])
def test_strengths_are_positive(channel, strength):
    with pytest.raises(DataError, match=r"`strength` must be positive and finite"):
        expected_cls(build_workspace(channel), strength)


def test_a_workspace_that_pyhf_refuses(channel):
    spec = build_workspace(channel)
    del spec["measurements"]
    with pytest.raises(DataError, match=r"pyhf refuses the workspace.*measurements"):
        median_limit(spec)


def test_a_workspace_without_a_parameter_of_interest(channel):
    spec = build_workspace(channel)
    spec["measurements"][0]["config"]["poi"] = ""
    with pytest.raises(DataError, match=r"must name a parameter of interest"):
        median_limit(spec)


def test_a_bin_without_events_gives_an_error_and_not_a_nan():
    """The corner of pyhf's issues 1320 and 1857: the likelihood of an event where none is expected."""
    spec = workspace([("signal", [1.0, 1.0], []), ("background", [5.0, 0.0], [])], [5.0, 2.0])
    model = pyhf.Workspace(spec).model()
    with np.errstate(all="ignore"):
        p_value = pyhf.infer.hypotest(0.0, [5.0, 2.0], model, test_stat="q0")
    assert not 0 < float(p_value) < 1
    with pytest.raises(InferenceError, match=r"signal strength 0 is not a number, so no CLs can be given"):
        discovery_significance(spec)


def test_a_signal_that_changes_nothing_is_never_excluded():
    spec = workspace([("signal", [0.0], []), ("background", [5.0], [])], [5.0])
    with pytest.raises(InferenceError, match=r"No signal strength up to .* is excluded"):
        expected_limit(spec)


def stays(_fisher, _data, parameters, *_):
    return parameters, False


def test_a_fit_that_fails_is_named(channel, monkeypatch):
    def fail(*_, **__):
        raise pyhf.exceptions.FailedMinimization(type("Result", (), {"message": "Iteration limit reached"})())

    monkeypatch.setattr(pyhf.infer.mle, "fixed_poi_fit", fail)
    monkeypatch.setattr(Fisher, "minimise", stays)
    with pytest.raises(InferenceError, match=r"The fit at the signal strength 0 failed: Iteration limit reached"):
        median_limit(build_workspace(channel))


def test_of_several_minima_the_lowest_counts():
    """A factor of 0.98 and 1.41 makes yields of the background that fall to both sides: its fit has two minima."""
    processes = (
        Process("b", Yields([2122.3], [(0.0113 * 2122.3) ** 2]), {"rate": (0.9815, 1.4093)}, is_signal=False),
        Process("s", Yields([64.2], [0.0]), is_signal=True),
    )
    limits = expected_limit(build_workspace(Channel("c", np.array([0.0, 1.0]), processes))).limits
    assert list(limits) == sorted(limits)
    steps = np.diff(limits)
    assert list(steps) == sorted(steps)  # a jump to the other minimum made steps of 0.30, 0.46, 0.31 and 0.84


def test_where_scoring_finds_no_way_down_pyhf_fits(channel, monkeypatch):
    spec = build_workspace(channel)
    expected = median_limit(spec)
    monkeypatch.setattr(Fisher, "minimise", stays)
    assert median_limit(spec) == pytest.approx(expected, rel=1e-3)


def test_without_pyhf_the_extra_is_named(channel, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyhf", None)
    with pytest.raises(MissingExtraError, match=r'pip install "netwright\[statistics\]"'):
        median_limit(build_workspace(channel))
