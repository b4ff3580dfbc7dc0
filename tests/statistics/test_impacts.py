"""Impacts: against a fit of cabinetry with MINUIT's covariance."""

from __future__ import annotations

import cabinetry
import numpy as np
import pytest

from netwright.errors import InferenceError
from netwright.statistics import Channel, Process, Yields, build_workspace, expected_impacts


def test_constraints_and_impacts_are_those_of_minuit(channel):
    spec = build_workspace(channel)
    impacts = expected_impacts(spec)
    model, _ = cabinetry.model_utils.model_and_data(spec)
    data = cabinetry.model_utils.asimov_data(model, poi_value=1.0)
    fit = cabinetry.fit.fit(model, data)
    labels, sigma = list(fit.labels), np.asarray(fit.uncertainty)
    mu = labels.index("mu")
    assert impacts.strength_uncertainty == pytest.approx(sigma[mu], rel=0.02)
    prefit = cabinetry.model_utils.prefit_uncertainties(model)
    for name, constraint, impact in zip(impacts.names, impacts.constraints, impacts.impacts, strict=True):
        at = labels.index(name)
        assert constraint == pytest.approx(sigma[at] / prefit[at], rel=0.02)
        assert impact == pytest.approx(fit.corr_mat[mu, at] * sigma[mu], abs=0.02 * sigma[mu])
    assert impacts.pulls == pytest.approx(0.0, abs=1e-6)
    assert list(np.abs(impacts.impacts)) == sorted(np.abs(impacts.impacts), reverse=True)


def test_many_events_that_know_the_background_far_better_than_its_uncertainty():
    """A bin of 10⁶ events known to 20%: σ of its parameter is (10⁻⁶ + 1/0.2²)^-½ of itself, not a broken matrix."""
    processes = (
        Process("b", Yields([1e6, 1e5], [4e10, 1e8]), {"rate": (0.9, 1.1)}, is_signal=False),
        Process("s", Yields([10.0, 1000.0], [1.0, 10.0]), {"rate": (0.9, 1.1)}, is_signal=True),
    )
    impacts = expected_impacts(build_workspace(Channel("score", np.array([0.0, 0.5, 1.0]), processes)))
    constraint = dict(zip(impacts.names, impacts.constraints, strict=True))
    # the two bins know rate × γ only: γ and rate of ±20% and ±10% with a fixed product have 1/√(1/0.2² + 1/0.1²)
    assert constraint["rate"] == pytest.approx(2 / np.sqrt(5), rel=0.01)
    assert 0 < impacts.strength_uncertainty < 20


def test_a_parameter_that_is_not_determined_is_an_error(channel):
    spec = build_workspace(channel)
    spec["channels"][0]["samples"][0]["modifiers"] = [{"name": "free", "type": "normfactor", "data": None}]
    spec["channels"][0]["samples"].append(
        {"name": "none", "data": [0.0] * 3, "modifiers": [{"name": "idle", "type": "normfactor", "data": None}]}
    )
    with pytest.raises(InferenceError, match=r"does not determine all parameters.*leave out systematics one by one"):
        expected_impacts(spec)
