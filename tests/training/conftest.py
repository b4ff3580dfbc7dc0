"""A small problem for the engine: two classes of Gaussian features, weights of both signs, and a regression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from netwright.config import Experiment, parse_experiment
from netwright.data import Description, HeadRows, Rows, Split, TrainingRows, chosen_rows, describe, divide
from netwright.models import build
from netwright.training import RowArrays, TrainedModel, head_weights, make_objective, make_row_arrays, train


@dataclass(frozen=True)
class Toy:
    """Everything that a training takes."""

    experiment: Experiment
    rows: Rows
    split: Split
    description: Description

    @property
    def chosen(self) -> TrainingRows:
        """Return the rows that batches are made of."""
        return chosen_rows(self.rows, self.split.train, self.experiment.targets)

    @property
    def arrays(self) -> RowArrays:
        """Return all rows, as training takes them."""
        return make_row_arrays(self.rows, [head_weights(self.rows, self.split.train, self.experiment.targets)])

    def train(self, **kwargs: Any) -> TrainedModel:
        """Train a fresh network."""
        return train(
            build(self.experiment, self.description),
            make_objective(self.experiment.targets, self.description, self.experiment.result),
            self.arrays,
            train_rows=self.chosen,
            valid_rows=self.split.valid,
            section=self.experiment.training,
            **kwargs,
        )


def make_toy(rows: int = 600, **training: Any) -> Toy:
    """Make a toy with the same numbers in every process."""
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, rows)
    x = (random.normal(size=(rows, 3)) + labels[:, None]).astype(np.float32)
    weights = random.uniform(0.5, 1.5, rows) * np.where(random.uniform(size=rows) < 0.1, -1, 1)
    size = (10 + 3 * x[:, 0] + random.normal(scale=0.1, size=rows)).astype(np.float32)
    experiment = parse_experiment(
        {
            "data": {"files": ["toy.npz"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b", "c"]}},
            "targets": {
                "is_signal": {"kind": "binary", "column": "label"},
                "size": {"kind": "regression", "column": "size", "where": "label = 1", "loss_weight": 0.5},
            },
            "model": {"body": {"kind": "dense", "units": [8], "dropout": 0.1, "batch_normalisation": "before"}},
            "training": {"epochs": 4, "batch_size": 32, "learning_rate": 0.01} | training,
        }
    )
    table = Rows(
        inputs={"x": x},
        heads={
            "is_signal": HeadRows(labels.astype(np.int32), np.ones(rows, np.bool_)),
            "size": HeadRows(size, labels == 1),
        },
        weights=weights,
        identity=np.arange(rows, dtype=np.uint64),
        numbers=np.arange(rows),
    )
    split = divide(table.identity, experiment.split).split(0)
    return Toy(experiment, table, split, describe(table, split, experiment))


@pytest.fixture
def toy() -> Callable[..., Toy]:
    """Return the maker of toys."""
    return make_toy


@pytest.fixture(scope="module")
def toy_of_module() -> Callable[..., Toy]:
    """Return the maker of toys, for fixtures of a module."""
    return make_toy
