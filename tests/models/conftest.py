"""A small experiment of every kind with its rows, and networks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from netwright.config import Body, Experiment, parse_experiment
from netwright.data import Description, HeadRows, Rows, Split, describe, divide
from netwright.models import build
from netwright.models._particles import Particles
from netwright.models.bodies.registry import body_output
from netwright.models.encode import Encoded

INPUTS = {
    "flat": {"kind": "numeric", "columns": ["a", "b"], "missing": True},
    "kind": {"kind": "categorical", "columns": ["q", "r"]},
    "jet": {"kind": "four-vectors", "columns": "p4", "at_most": 6},
}
TARGETS = {
    "is_top": {"kind": "binary", "column": "y"},
    "flavour": {"kind": "multiclass", "column": "f", "classes": {"u": 0, "s": 1, "b": 2}},
    "mass": {"kind": "regression", "column": "m"},
    "range": {"kind": "quantiles", "column": "m"},
}


def make_rows(constituents: int = 6, number: int = 400) -> Rows:
    """Make rows of every kind; jets have at most six constituents, whatever the padding."""
    random = np.random.default_rng(4)
    p3 = random.normal(0, 100, (number, 6, 3))
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1)
    p4[np.arange(6) >= random.integers(1, 7, (number, 1))] = 0
    padded = np.zeros((number, constituents, 4), dtype=np.float32)
    padded[:, :6] = p4
    flat = (random.exponential(size=(number, 2)) * [5, 1e3] + [10, -1e5]).astype(np.float32)
    flat[random.uniform(size=flat.shape) < 0.1] = np.nan
    every = np.ones(number, dtype=bool)
    heads = {
        "is_top": HeadRows((random.uniform(size=number) < 0.2).astype(np.int32), every),
        "flavour": HeadRows(random.integers(0, 3, number).astype(np.int32), every),
        "mass": HeadRows(random.normal(91, 2.5, number).astype(np.float32), every),
    }
    heads["range"] = heads["mass"]
    inputs = {"flat": flat, "kind": random.integers(0, 4, (number, 2)).astype(np.int32), "jet": padded}
    identity = np.arange(number, dtype=np.uint64)
    return Rows(inputs, heads, random.uniform(0.5, 1.5, number), identity, np.arange(number))


@dataclass(frozen=True)
class Problem:
    """An experiment with its rows."""

    experiment: Experiment
    rows: Rows
    split: Split
    description: Description

    def build(self) -> Any:
        """Build its network."""
        return build(self.experiment, self.description)


def make_problem(
    *, inputs=("flat", "kind", "jet"), targets=("is_top", "flavour", "mass"), constituents=6, seed=1, **body: Any
) -> Problem:
    """Make the problem of some inputs, heads and a body."""
    content = {
        "data": {"files": ["f"]},
        "inputs": {name: INPUTS[name] for name in inputs},
        "targets": {name: TARGETS[name] for name in targets},
        "model": {"body": {"kind": "dense", "units": [8, 4]} | body},
        "training": {"seed": seed},
    }
    experiment, rows = parse_experiment(content), make_rows(constituents)
    split = divide(rows.identity, experiment.split).split(0)
    return Problem(experiment, rows, split, describe(rows, split, experiment))


OF_DENSE_LAYERS = {"dense", "residual", "densely-connected", "deep-sets"}


@pytest.fixture(scope="session")
def problem_of():
    """Return the maker of problems."""
    return make_problem


def make_body(*, features: int = 3, particles: tuple[int, int] | None = None, seed: int = 1, **body: Any) -> Any:
    """Make a network of nothing but a body: from x (rows, features), and particles with their mask, to its output."""
    inputs = {"x": keras.Input((features,), name="x")}
    sets = []
    if particles is not None:
        inputs["particles"] = keras.Input(particles, name="particles")
        inputs["mask"] = keras.Input((particles[0], 1), name="mask")
        sets = [Particles("jet", inputs["particles"], inputs["mask"], 2.5, keras.Input((particles[0], 4)))]
    random = np.random.default_rng(seed)
    seeds = iter(lambda: int(random.integers(2**31)), None)
    encoded = Encoded(inputs, (inputs["x"],), tuple(sets))
    defaults = {"units": [8, 4]} if body.setdefault("kind", "dense") in OF_DENSE_LAYERS else {}
    section = TypeAdapter(Body).validate_python(defaults | body)
    return keras.Model(inputs, body_output("body", section, encoded, seeds))


@pytest.fixture(scope="session")
def body_of():
    """Return the maker of bodies."""
    return make_body
