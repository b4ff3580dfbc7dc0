"""A small experiment of every kind with its rows, and networks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from netwright.config import Experiment, parse_experiment
from netwright.data import Description, HeadRows, Rows, Split, describe, split_by_identity
from netwright.models import build

INPUTS = {
    "flat": {"kind": "numeric", "columns": ["a", "b"], "missing": True},
    "kind": {"kind": "categorical", "columns": ["q", "r"]},
    "jet": {"kind": "four-vectors", "columns": "p4", "at_most": 6},
}
TARGETS = {
    "is_top": {"kind": "binary", "column": "y"},
    "flavour": {"kind": "multiclass", "column": "f", "classes": {"u": 0, "s": 1, "b": 2}},
    "mass": {"kind": "regression", "column": "m"},
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
    split = split_by_identity(rows.identity, experiment.split)
    return Problem(experiment, rows, split, describe(rows, split, experiment))


@pytest.fixture(scope="session")
def problem_of():
    """Return the maker of problems."""
    return make_problem
