"""The end of a fit: derivatives against differences, and the minimum against another minimiser in other coordinates."""

from __future__ import annotations

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize

from netwright.statistics import Channel, Process, Yields, build_workspace
from netwright.statistics._fisher import Fisher
from netwright.statistics._likelihood import AsimovLikelihood
from netwright.statistics._pyhf import numpy_pyhf


@pytest.fixture(params=["few", "many"])
def spec(request, channel):
    """Few events, and so many that SLSQP alone ends early."""
    if request.param == "few":
        return build_workspace(channel)
    relative, values = np.array([0.0012, 0.02, 0.05]), np.array([1.9e6, 9e4, 1e4])
    rates = {"luminosity": (1 / 1.01, 1.01)}
    processes = (
        Process("qcd", Yields(values, np.square(relative * values)), rates | {"rate": (0.9, 1.12)}, is_signal=False),
        Process("top", Yields([150.0, 350.0, 500.0], np.zeros(3)), rates, is_signal=True),
    )
    return build_workspace(Channel("score", np.array([0.0, 0.3, 0.6, 1.0]), processes), largest_strength=100.0)


@pytest.mark.parametrize("strength", [0.3, 3.0])
def test_a_fit_ends_at_the_minimum(spec, strength):
    """Powell, without derivatives, in coordinates in which the information is a unit matrix."""
    with numpy_pyhf() as lent:
        likelihood = AsimovLikelihood(lent, spec, strength=0.0)
        fitted, smallest = likelihood.fit(strength, likelihood.data)
        free = [place for place in range(len(fitted)) if place != likelihood.model.config.poi_index]
        start = np.asarray(likelihood.at(likelihood.parameters, strength))
        information = likelihood.fisher.information(start)[np.ix_(free, free)]
        directions = np.linalg.inv(np.linalg.cholesky(information)).T

        def value(coordinates):
            moved = start.copy()
            moved[free] += directions @ coordinates
            return likelihood.twice_nll(moved.tolist(), likelihood.data)

        result = minimize(value, np.zeros(len(free)), method="Powell", options={"xtol": 1e-7, "ftol": 1e-13})
    assert smallest == pytest.approx(result.fun, abs=2e-6)
    assert smallest > likelihood.smallest


def test_the_information_is_the_second_derivative_of_asimov_data(channel):
    spec = build_workspace(channel)
    samples = spec["channels"][0]["samples"]
    samples[2]["modifiers"].append({"name": "u", "type": "shapesys", "data": [2.0, 1.0, 0.0]})
    shifted = [modifier["data"] for modifier in samples[0]["modifiers"] if modifier["type"] == "histosys"]
    for yields in [*(sample["data"] for sample in samples), *(data[side] for data in shifted for side in data)]:
        yields[2] /= 100  # a bin of less than one event counts as well
    with numpy_pyhf() as lent:
        likelihood = AsimovLikelihood(lent, spec, strength=1.0)
        assert 0 < likelihood.model.expected_actualdata(likelihood.parameters)[2] < 1
        best = np.asarray(likelihood.parameters)
        steps = 0.01 * likelihood.fisher.widths

        def value(*moves):
            moved = best.copy()
            for place, sign in moves:
                moved[place] += sign * steps[place]
            return likelihood.twice_nll(moved.tolist(), likelihood.data) / 2

        information = likelihood.fisher.information(best)
        for i in range(len(best)):
            for j in range(i + 1):
                mixed = (
                    value((i, 1), (j, 1)) + value((i, -1), (j, -1)) - value((i, 1), (j, -1)) - value((i, -1), (j, 1))
                )
                slow = mixed / (4 * steps[i] * steps[j])
                size = np.sqrt(information[i, i] * information[j, j])
                assert information[i, j] == pytest.approx(slow, abs=2e-3 * size)  # differences over 2% of a width


def test_a_fit_that_cannot_improve_stays_where_it_is(channel):
    model = pyhf.Workspace(build_workspace(channel)).model()
    parameters = np.asarray(model.config.suggested_init(), np.float64)
    parameters[model.config.poi_index] = 0.0
    data = np.asarray(model.expected_data(parameters.tolist()), np.float64)
    bounds = np.asarray(model.config.suggested_bounds(), np.float64)
    free = [place for place in range(len(parameters)) if place != model.config.poi_index]
    result, converged = Fisher(model).minimise(data, parameters, free, bounds)
    assert converged
    assert result == pytest.approx(parameters, abs=1e-6)
    nothing = np.full(len(data), np.nan)
    result, converged = Fisher(model).minimise(nothing, parameters, free, bounds)
    assert not converged
    assert result.tolist() == parameters.tolist()


def test_a_minimum_on_a_bound_is_one(channel):
    model = pyhf.Workspace(build_workspace(channel)).model()
    start = np.asarray(model.config.suggested_init(), np.float64)
    data = np.asarray(model.expected_data(start.tolist()), np.float64)
    data[: model.config.nmaindata] *= 3  # more than the uncertainties of the background give
    bounds = np.asarray(model.config.suggested_bounds(), np.float64)
    place = model.config.par_slice("tt_rate").start
    bounds[place] = (-0.5, 0.5)
    free = [one for one in range(len(start)) if one != model.config.poi_index]
    start[model.config.poi_index] = 0.0
    result, converged = Fisher(model).minimise(data, start, free, bounds)
    assert converged
    assert result[place] == 0.5
