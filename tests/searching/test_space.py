"""Spaces: what varies is checked before anything is trained, and every trial is an experiment."""

from __future__ import annotations

import builtins
import re

import pytest

from netwright.config import value_at
from netwright.errors import ExperimentError, MissingExtraError
from netwright.searching import space_of
from netwright.workflow import check

RATE = "training.learning_rate"
MASS = {"kind": "regression", "column": "m"}


def experiment(experiment_of, parameters, **section):
    return experiment_of(search={"parameters": parameters, **section})


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"low": 0, "high": 1, "log": True}, "a logarithmic range begins above 0, received low 0. Begin higher"),
        ({"low": 1, "high": 1}, "low must be below high, received 1 and 1"),
        ({"low": 1}, "needs low and high, or choices"),
        ({}, "needs low and high, or choices"),
        ({"choices": [1, 2], "low": 1}, "choices stand alone, without low, high, log and step"),
        ({"choices": [1]}, "choices needs two values or more, received 1"),
        ({"choices": [1, 2, 1]}, "choices has a value twice"),
        ({"low": 1, "high": 10, "log": True, "step": 1}, "log and step exclude each other"),
        ({"low": -1e308, "high": 1e308, "step": 1}, "step 1 is too small for the range"),
        ({"low": 1, "high": 2, "step": 3}, "step 3 is larger than the range"),
        ({"low": 1, "hihg": 2}, 'unknown key. Did you mean "high"'),
    ],
)
def test_what_is_no_range_is_refused(experiment_of, parameter, message):
    with pytest.raises(ExperimentError, match=re.escape(message)):
        experiment(experiment_of, {RATE: parameter})


@pytest.mark.parametrize(
    ("path", "parameter", "section", "message"),
    [
        ("training.learning_rat", {"low": 1, "high": 2}, {}, 'no key training.learning_rat. Did you mean "learn'),
        ("split.seed", {"low": 1, "high": 2}, {}, "search.parameters.split.seed: only keys of targets"),
        (RATE, {"low": -1, "high": 2}, {}, "learning_rate: -1.0 is refused: training.learning_rate: Input"),
        ("training.optimizer.kind", {"choices": ["adam", "adm"]}, {}, '"adm".*Did you mean "adam"'),
        ("training.epochs", {"low": 1.5, "high": 7}, {}, "is a whole number, and its range is not; received 1.5 to 7"),
        ("training.epochs", {"low": 1, "high": 7, "step": 1.5}, {}, "epochs.step: the key is a whole number.* 1.5"),
        ("training.epochs", {"low": 1, "high": 7, "step": 0.5}, {}, "epochs.step: the key is a whole number.* 0.5"),
        ("training.select", {"choices": ["loss", "is_signal.roc_auc"]}, {}, "select: trials chosen by different meas"),
        ("training", {"choices": [{"select": "loss"}, {"epochs": 2}]}, {}, "training: trials chosen by different meas"),
        (RATE, {"low": 1, "high": 2}, {"objective": "is_signl.roc_auc"}, 'search.objective: there is no head "is_sig'),
        (RATE, {"low": 1, "high": 2}, {"folds": 2}, "search.folds: the split has 1 fold, received 2. Leave"),
        ("targets.is_signal.importance.signal", {"low": 1, "high": 2}, {}, "changes the loss itself.*Name a metric"),
        ("targets.m.huber_delta", {"low": 0.1, "high": 2}, {}, "changes the loss itself.*Name a metric"),
        ("targets.m.flat_bins", {"choices": [0, 20]}, {}, "changes the loss itself.*Name a metric"),
        ("targets.m", {"choices": [MASS, MASS | {"loss": "huber"}]}, {}, "m: changes the loss itself.*Name a metric"),
        ("targets.is_signal.calibration", {"choices": ["none", "isotonic"]}, {}, "trials are compared before"),
        ("targets.m.where", {"choices": ["a > 0", "a < 0"]}, {"objective": "m.bias"}, "m.where: changes which rows.*"),
        ("targets.m", {"choices": [MASS, MASS | {"column": "c"}]}, {"objective": "m.bias"}, "m: changes which rows"),
        (RATE, {"low": 1e-6, "high": 1, "step": 1e-6}, {"sampler": "grid"}, "1,000,000 points.*would take 116 days"),
    ],
)
def test_what_cannot_be_searched_is_named_before_anything_is_trained(experiment_of, path, parameter, section, message):
    targets = {"is_signal": {"kind": "binary", "column": "y"}, "m": MASS}
    with pytest.raises(ExperimentError, match=message):
        space_of(experiment_of(targets=targets, search={"parameters": {path: parameter}, **section}))


def test_what_changes_a_loss_can_be_searched_by_a_metric(experiment_of):
    parameters = {"targets.m.huber_delta": {"low": 0.1, "high": 2}, "targets.m.loss": {"choices": ["squared", "huber"]}}
    space = space_of(experiment_of(targets={"m": MASS}, search={"parameters": parameters, "objective": "m.resolution"}))
    assert space.distributions.keys() == parameters.keys()


def test_check_names_them_too(experiment_of):
    with pytest.raises(ExperimentError, match=r"no key training\.learning_rat"):  # before it opens the data
        check(experiment(experiment_of, {"training.learning_rat": {"low": 1, "high": 2}}))


def test_all_mistakes_are_told_at_once(experiment_of):
    parameters = {RATE: {"low": -2, "high": -1}, "model.body.unts": {"choices": [1, 2]}}
    with pytest.raises(ExperimentError, match=r"search: 3 mistakes(?s:.)*-2\.0(?s:.)*-1\.0(?s:.)*unts"):
        space_of(experiment(experiment_of, parameters))


def test_an_experiment_without_the_section_says_how_to_get_one(experiment_of):
    with pytest.raises(ExperimentError, match=r"no section search.*netwright init FILES"):
        space_of(experiment_of())


def test_a_space_without_parameters_is_refused(experiment_of):
    with pytest.raises(ExperimentError, match=r"search.parameters: .* at least 1 item"):
        experiment(experiment_of, {})


def test_without_optuna_the_extra_is_named(experiment_of, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments):
        if name == "optuna":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"netwright\[search\]"):
        space_of(experiment(experiment_of, {RATE: {"low": 1, "high": 2}}))


PARAMETERS = {
    RATE: {"low": 1e-4, "high": 1e-2, "log": True},
    "training.batch_size": {"low": 64, "high": 256, "step": 64},
    "model.body.units": {"choices": [[128, 128], [8]]},
    "training.optimizer": {"choices": [{"kind": "adam"}, {"kind": "sgd"}]},
}


def test_values_stand_in_the_trial_and_the_own_values_are_in_the_space(experiment_of):
    base = experiment_of(model={"body": {"kind": "dense", "units": [8]}}, search={"parameters": PARAMETERS})
    space = space_of(base)
    assert space.own_parameters() == {
        RATE: 1e-3, "training.batch_size": 256, "model.body.units": "[8]", "training.optimizer": '{"kind": "adam"}',
    }  # fmt: skip
    chosen = {RATE: 2e-3, "training.batch_size": 64, "model.body.units": "[128, 128]"}
    chosen["training.optimizer"] = '{"kind": "sgd"}'
    trial = space.trial(chosen, 3)
    paths = (RATE, "training.batch_size", "model.body.units")
    assert [value_at(trial, path) for path in paths] == [2e-3, 64, [128, 128]]
    assert trial.training.optimizer.kind == "sgd"
    assert trial.search is None
    assert space.parameters(space.values(chosen)) == chosen
    narrow = base.model_copy(update={"training": base.training.model_copy(update={"learning_rate": 0.5})})
    assert space_of(narrow).own_parameters() is None
    logarithmic = {"model.body.l2": {"low": 1e-6, "high": 1e-2, "log": True}}  # the own value is 0
    assert space_of(experiment(experiment_of, logarithmic)).own_parameters() is None


def test_whole_sections_of_the_training_are_compared_by_the_objective(experiment_of):
    choices = [{"epochs": 40}, {"epochs": 2, "learning_rate": 0.01}]
    space = space_of(experiment(experiment_of, {"training": {"choices": choices}}, objective="is_signal.roc_auc"))
    trial = space.trial(space.parameters({"training": choices[1]}), 1)
    assert (trial.training.epochs, trial.training.select) == (2, "is_signal.roc_auc")  # not loss, its default
    assert space.section.parameters["training"].choices == choices
    assert choices[1] == {"epochs": 2, "learning_rate": 0.01}  # as given


def test_the_grid_has_steps_choices_and_so_many_values_of_a_range(experiment_of):
    space = space_of(experiment(experiment_of, PARAMETERS | {"model.body.dropout": {"low": 0, "high": 0.5}}, grid=3))
    grid = space.grid()
    assert grid[RATE] == [1e-4, 1e-3, 1e-2]
    assert grid["training.batch_size"] == [64, 128, 192, 256]
    assert grid["model.body.units"] == ["[128, 128]", "[8]"]
    assert grid["model.body.dropout"] == [0, 0.25, 0.5]
