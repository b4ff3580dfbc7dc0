"""Trials of a task, trained by what `netwright search` trains with, each with its score on test rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import netwright as nw
from netwright.metrics import roc_auc
from netwright.models import program_of
from netwright.progress import silent
from netwright.searching import Batch, FinishedTrials, Space, space_of
from netwright.training import TrainedModel
from netwright.workflow._data import load_data
from netwright.workflow.searches.trials import TrialTrainer
from netwright.workflow.searches.work import open_study
from searches.tasks import HEAD


@dataclass(frozen=True)
class Training:
    """One trained network.

    Attributes:
        valid: area under the ROC curve on validation rows, by epoch; NaN after its end.
        test: that on test rows, with the weights of the best epoch.
    """

    valid: list[float]
    test: float


class Trainer(TrialTrainer):
    """Trains trials and keeps what became of them.

    Args:
        space: what is searched.

    Attributes:
        trained: networks by the number of their trial, until `take` is called.
    """

    def __init__(self, space: Space) -> None:
        super().__init__(space, load_data(space.experiment, silent), -1.0, lambda: False)
        self.trained: dict[int, TrainedModel] = {}
        self.test = self.data.division.split(0).test
        self.inputs = {name: jnp.asarray(values[self.test]) for name, values in self.data.rows.inputs.items()}
        self._scores: dict[str, Callable[..., Any]] = {}

    def _end_training(self, trial: Any, trained: TrainedModel) -> None:  # noqa: ANN401  # private to its file
        super()._end_training(trial, trained)
        self.trained[trial.number] = trained

    def take(self) -> dict[int, Training]:
        """Score the trained networks on test rows, and forget them.

        Returns:
            What became of each, by the number of its trial.
        """
        numbers, models = list(self.trained), [one.model for one in self.trained.values()]
        scores = self._asked(models)
        rows = self.data.rows
        truth, weights = rows.heads[HEAD].values[self.test], rows.weights[self.test]
        epochs = self.space.experiment.training.epochs
        found = {}
        for number, said in zip(numbers, scores, strict=True):
            valid = [one.monitored for one in self.trained[number].history]
            auc = float(roc_auc(truth, said, weights)) if np.isfinite(said).all() else float("nan")
            found[number] = Training(valid + [float("nan")] * (epochs - len(valid)), auc)
        self.trained = {}
        return found

    def _asked(self, models: Sequence[Any]) -> np.ndarray[Any, Any]:
        """Return the scores of all test rows by all networks, shape (networks, rows): one program for each shape."""
        by_shape: dict[str, list[int]] = {}
        for place, model in enumerate(models):
            by_shape.setdefault(program_of(model), []).append(place)
        found = np.empty((len(models), len(self.test)))
        for shape, places in by_shape.items():
            found[places] = self._of_a_shape(shape, [models[place] for place in places])
        return found

    def _of_a_shape(self, shape: str, models: Sequence[Any]) -> np.ndarray[Any, Any]:
        if shape not in self._scores:
            first = models[0]

            def scores(trainable: Any, other: Any) -> Any:  # noqa: ANN401  # lists of arrays
                said, _ = first.stateless_call(trainable, other, self.inputs, training=False)
                return said[HEAD][..., 0]

            self._scores[shape] = jax.jit(jax.vmap(scores))
        width = 2 ** int(np.ceil(np.log2(len(models))))  # so that few widths are compiled
        padded = [*models, *[models[0]] * (width - len(models))]
        stacked = [
            [jnp.stack([one.value for one in of_all]) for of_all in zip(*variables, strict=True)]
            for variables in ([m.trainable_variables for m in padded], [m.non_trainable_variables for m in padded])
        ]
        return np.asarray(self._scores[shape](*stacked))[: len(models)]


def train_points(trainer: Trainer, points: Mapping[int, Mapping[str, Any]]) -> dict[int, Training]:
    """Train points of the space at once.

    Args:
        trainer: of the task.
        points: parameters by number.

    Returns:
        What became of each that did not fail.
    """
    trainer.train(Batch(0, Path(), points, []), FinishedTrials({}))
    return trainer.take()


def searched(one: nw.Experiment, trials: int) -> dict[str, list[float]]:
    """Search as `netwright search` does, and score on test rows beside the clock.

    Args:
        one: the experiment, with a section search.
        trials: how many.

    Returns:
        By trial: its best validation value (NaN where it failed), its test value, the seconds after which it ended.
    """
    space = space_of(one)
    found: dict[str, list[float]] = {"valid": [], "test": [], "ended": []}
    beside = 0.0
    began = time.perf_counter()
    trainer = Trainer(space)
    with tempfile.TemporaryDirectory() as name:
        study = open_study(Path(name), space)
        trials = study.total(trials)
        while len(found["valid"]) < trials:
            batch = study.ask(min(space.section.at_once, trials - len(found["valid"])))
            outcomes = trainer.train(batch, study.finished_before(batch)) or []
            study.tell(outcomes)
            now = time.perf_counter()
            test = trainer.take()
            for outcome in outcomes:
                value = float("nan") if outcome.value is None else outcome.value
                # a trial that was given up cannot be chosen
                found["valid"].append(value if outcome.state == "complete" else float("nan"))
                found["test"].append(test[outcome.number].test if outcome.number in test else float("nan"))
                found["ended"].append(now - began - beside)
            beside += time.perf_counter() - now
    return {name: [round(value, 5) for value in values] for name, values in found.items()}
