"""The Gaussian process: coordinates, predictions where the truth is known, and its proposals."""

from __future__ import annotations

import builtins

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.gaussian_process import GaussianProcessRegressor
from threadpoolctl import threadpool_info

from netwright.errors import MissingExtraError
from netwright.searching import fit_process
from netwright.searching.gaussian_process import encoded
from netwright.searching.outcome import OUTCOME
from netwright.searching.samplers import GaussianProcessSampler, observed

SPACE = {"rate": FloatDistribution(1e-4, 1, log=True), "kind": CategoricalDistribution(["a", "b"])}


def truth(point):
    return (np.log10(point["rate"]) + 2) ** 2 + (0.5 if point["kind"] == "b" else 0.0)


@pytest.fixture(scope="module")
def process():
    generator = np.random.default_rng(1)
    points = [{"rate": 10 ** generator.uniform(-4, 0), "kind": "ab"[n % 2]} for n in range(24)]
    return fit_process(SPACE, points, [truth(point) for point in points], 1)


def test_coordinates_are_those_of_the_unit_cube():
    space = SPACE | {"units": IntDistribution(2, 10)}
    points = [{"rate": 1e-4, "kind": "a", "units": 2}, {"rate": 0.01, "kind": "b", "units": 6}]
    root = 0.5**0.5
    np.testing.assert_allclose(encoded(space, points), [[0, root, 0, 0], [0.5, 0, root, 0.5]], atol=1e-12)


def test_the_minimum_of_a_known_function_is_predicted(process):
    along_rate, along_kind = process.slices()
    result = along_rate.values[int(np.argmin(along_rate.mean))]
    assert np.log10(result) == pytest.approx(-2, abs=0.2)  # three steps of the slice
    assert along_kind.mean[1] - along_kind.mean[0] == pytest.approx(0.5, abs=0.2)
    inside = (np.array(along_rate.values) > 1e-3) & (np.array(along_rate.values) < 0.1)
    expected = np.array([truth(process.best | {"rate": x}) for x in along_rate.values])
    np.testing.assert_allclose(along_rate.mean[inside], expected[inside], atol=0.15)


def test_planes_are_predictions_along_two_parameters(process):
    (plane,) = process.planes(3)
    assert plane.names == ("rate", "kind")  # the rate changes the prediction more
    assert (len(plane.x), list(plane.y), plane.mean.shape) == (25, ["a", "b"], (2, 25))
    for row, kind in enumerate("ab"):
        mean, sigma = process.predict([{"rate": rate, "kind": kind} for rate in plane.x])
        np.testing.assert_allclose([plane.mean[row], plane.sigma[row]], [mean, sigma], rtol=1e-9)


def test_the_expected_improvement_is_the_mean_of_improvements(process):
    """Slow twin: drawn from the predicted normal distribution; five standard errors."""
    for point in ({"rate": 0.02, "kind": "a"}, process.best):  # at the best one only the scatter improves
        (mean,), (sigma,) = process.predict([point])
        drawn = np.maximum(process.lowest - np.random.default_rng(1).normal(mean, sigma, 200_000), 0)
        error = 5 * drawn.std() / 200_000**0.5 + 1e-12
        assert process._expected_improvement_at(encoded(SPACE, [point]))[0] == pytest.approx(drawn.mean(), abs=error)


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1), ("maximize", -1)])
def test_costs_of_trials_are_lower_the_better_they_are(direction, sign):
    study = optuna.create_study(direction=direction)
    states, common = optuna.trial.TrialState, {"params": {"rate": 0.1}, "distributions": {"rate": SPACE["rate"]}}
    study.add_trial(optuna.create_trial(state=states.COMPLETE, value=0.3, **common))
    study.add_trial(optuna.create_trial(state=states.PRUNED, user_attrs={OUTCOME: {"last_value": 0.7}}, **common))
    study.add_trial(optuna.create_trial(state=states.FAIL, **common))
    assert observed(study) == ([{"rate": 0.1}] * 2, [0.3 * sign, 0.7 * sign])


def test_proposals_lie_in_the_space():
    space = SPACE | {
        "units": IntDistribution(3, 11, step=4),
        "layers": IntDistribution(1, 64, log=True),
        "share": FloatDistribution(0.1, 0.5, step=0.2),
        "fixed": FloatDistribution(2.0, 2.0),
        "shape": CategoricalDistribution(["[8, 8]", "[16]"]),
    }
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    points = [study.ask(fixed_distributions=space).params for _ in range(12)]
    process = fit_process(space, points, [truth(point) for point in points], 1)
    for seed in range(20):
        proposed = process.next_point(np.random.default_rng(seed))
        assert {name: type(value) for name, value in proposed.items()} == {
            name: type(value) for name, value in points[0].items()
        }
        assert all(one._contains(one.to_internal_repr(proposed[name])) for name, one in space.items())
        assert proposed["units"] in {3, 7, 11}


def test_small_matrices_are_left_to_one_thread(monkeypatch):
    """Threads of BLAS wait for each other, where other programs work on the machine for ten times as long."""
    seen = []
    for name in ("fit", "predict"):
        method = getattr(GaussianProcessRegressor, name)

        def watched(self, *arguments, method=method, **options):
            seen.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
            return method(self, *arguments, **options)

        monkeypatch.setattr(GaussianProcessRegressor, name, watched)
    points = [{"rate": rate, "kind": "a"} for rate in (0.1, 0.2)]
    fit_process(SPACE, points, [1.0, 2.0], 1).next_point(np.random.default_rng(1))
    assert seen
    assert set(seen) == {1}


def test_fewer_trials_reach_the_minimum_than_by_chance():
    sampler = GaussianProcessSampler(SPACE, seed=2)
    study = optuna.create_study(sampler=sampler)
    for _ in range(16):
        trial = study.ask(fixed_distributions=SPACE)
        study.tell(trial, truth(trial.params))
    waiting = [study.ask(fixed_distributions=SPACE).params for _ in range(2)]
    assert study.best_value < 0.02  # chance gives 0.02 in one of 28 trials
    assert waiting[0] != waiting[1]


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"A Gaussian process.*netwright\[search\]"):
        fit_process(SPACE, [{"rate": 0.1, "kind": "a"}], [1.0], 1)
