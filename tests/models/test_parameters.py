"""Parameters counted from an experiment are those of the network that is built of it."""

from __future__ import annotations

import math

import keras
import numpy as np

from netwright.config import parse_experiment
from netwright.data import describe
from netwright.layers import VarianceScaling
from netwright.models import build
from netwright.models.parameters import count_parameters

BODIES = {
    "body": {"kind": "dense", "units": [8, 4]},
    "before": {"kind": "dense", "units": [8, 4], "batch_normalisation": "before"},
    "residual": {"kind": "residual", "units": [8, 8, 4], "batch_normalisation": "after"},
    "linear": {"kind": "residual", "units": [8, 4, 4], "batch_normalisation": "before"},
    "connected": {"kind": "densely-connected", "units": [5, 4, 3], "batch_normalisation": "after"},
    "table": {"kind": "tabular", "units": [7, 3], "networks": 3, "waves": 2, "embedding_size": 3},
    "sets": {"kind": "deep-sets", "constituent_units": [7, 3], "units": [5], "batch_normalisation": "after"},
}
INPUTS = {
    "flat": {"kind": "numeric", "columns": ["a", "b"], "missing": True, "indicator": True},
    "both": {"kind": "numeric", "columns": ["a", "b"], "missing": True, "indicator": True, "scaling": "both"},
    "normalised": {"kind": "numeric", "columns": ["a", "b"], "missing": True, "scaling": "batch-normalisation"},
    "hot": {"kind": "categorical", "columns": ["q", "r"]},
    "bits": {"kind": "categorical", "columns": ["q", "r"], "encoding": "bits"},
    "embedding": {"kind": "categorical", "columns": ["q", "r"], "encoding": "embedding", "embedding_size": 3},
    "jet": {
        "kind": "four-vectors",
        "columns": "p4",
        "at_most": 6,
        "scaling": "batch-normalisation",
        "features": ["raw", "constituents", "objects", "jet", "pairs", "lorentz-boost"],
        "lorentz_boost": {"particles": 3},
    },
}  # fmt: skip
PLACES = {"both": "flat", "normalised": "flat", "hot": "kind", "bits": "kind", "embedding": "kind"}


def test_parameters_are_those_that_keras_counts(problem_of, monkeypatch):
    """One network with every body and every input; first values are zeros, as drawing them takes much longer."""
    problem = problem_of()
    say = problem.experiment.model_dump(mode="json")
    body, *others = BODIES
    say["inputs"] = INPUTS
    say["model"] = {"body": BODIES[body], "more_bodies": {name: BODIES[name] for name in others}}
    say["targets"] = {
        f"of_{name}": {"kind": "multiclass", "column": "f", "classes": {"u": 0, "s": 1, "b": 2}, "body": name}
        for name in BODIES
    }
    for name in ("of_sets", "of_table"):
        say["targets"][name] |= {"units": [5, 2]}
    experiment = parse_experiment(say)
    inputs = {name: problem.rows.inputs[PLACES.get(name, name)] for name in INPUTS}
    heads = dict.fromkeys(say["targets"], problem.rows.heads["flavour"])
    rows = type(problem.rows)(inputs, heads, problem.rows.weights, problem.rows.identity, problem.rows.numbers)
    description = describe(rows, problem.split, experiment)
    counted = count_parameters(experiment, description.vocabulary)
    monkeypatch.setattr(VarianceScaling, "__call__", lambda _, shape, **__: np.zeros(shape))
    model = build(experiment, description)
    built = [(variable.path, math.prod(variable.shape)) for variable in model.trainable_variables]
    for name in BODIES:
        path = "model.body" if name == "body" else f"model.more_bodies.{name}"
        assert counted[path] == sum(size for place, size in built if place.startswith(f"{name}-")), name
    for name in INPUTS:
        assert counted[f"inputs.{name}"] == sum(size for place, size in built if place.startswith(f"{name}-")), name
    assert (
        sum(counted.values())
        == sum(size for _, size in built)
        == model.count_params() - sum(math.prod(variable.shape) for variable in model.non_trainable_variables)
    )
    assert counted["targets.of_sets"] == (5 + 1 + 2) * 5 + (5 + 1 + 2) * 2 + (2 + 1) * 3
    assert sum(count_parameters(experiment).values()) < sum(counted.values())


def test_counting_leaves_no_weights_to_be_drawn(problem_of, monkeypatch):
    """Keras gives values to variables without one on leaving a scope, wherever that is."""
    say = problem_of().experiment.model_dump(mode="json")
    say["model"] = {"body": {"kind": "dense", "units": [3, 2]}}
    count_parameters(parse_experiment(say))
    drawn = []
    monkeypatch.setattr(VarianceScaling, "__call__", lambda _, shape, **__: drawn.append(shape) or np.zeros(shape))
    with keras.StatelessScope():
        pass
    assert not drawn


def test_a_body_of_users_own_is_not_counted(problem_of):
    say = problem_of().experiment.model_dump(mode="json")
    say["model"] = {"body": {"kind": "custom", "layer": "keras.layers:Dense", "arguments": {"units": 4}}}
    assert count_parameters(parse_experiment(say))["model.body"] == 0
