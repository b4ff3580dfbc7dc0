"""Impacts: against a fit of cabinetry with MINUIT's covariance."""

from __future__ import annotations

import cabinetry
import numpy as np
import pytest

from netwright.errors import InferenceError
from netwright.statistics import build_workspace, expected_impacts


def test_constraints_and_impacts_are_those_of_minuit(channel):
    spec = build_workspace(channel)
    found = expected_impacts(spec)
    model, _ = cabinetry.model_utils.model_and_data(spec)
    data = cabinetry.model_utils.asimov_data(model, poi_value=1.0)
    fit = cabinetry.fit.fit(model, data)
    labels, sigma = list(fit.labels), np.asarray(fit.uncertainty)
    mu = labels.index("mu")
    assert found.strength_uncertainty == pytest.approx(sigma[mu], rel=0.02)
    prefit = cabinetry.model_utils.prefit_uncertainties(model)
    for name, constraint, impact in zip(found.names, found.constraints, found.impacts, strict=True):
        at = labels.index(name)
        assert constraint == pytest.approx(sigma[at] / prefit[at], rel=0.02)
        assert impact == pytest.approx(fit.corr_mat[mu, at] * sigma[mu], abs=0.02 * sigma[mu])
    assert found.pulls == pytest.approx(0.0, abs=1e-6)
    assert list(np.abs(found.impacts)) == sorted(np.abs(found.impacts), reverse=True)


def test_a_parameter_that_is_not_determined_is_an_error(channel):
    spec = build_workspace(channel)
    spec["channels"][0]["samples"][0]["modifiers"] = [{"name": "free", "type": "normfactor", "data": None}]
    spec["channels"][0]["samples"].append(
        {"name": "none", "data": [0.0] * 3, "modifiers": [{"name": "idle", "type": "normfactor", "data": None}]}
    )
    with pytest.raises(InferenceError, match=r"does not determine all parameters"):
        expected_impacts(spec)
