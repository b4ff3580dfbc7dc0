"""What the doctor knows of one head of one member of our engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.doctor.case import Architecture, Array, Case, History, LayerVitals, Objective, Plan, Rows, Vitals
from netwright.doctor.quantities.architecture import architecture_of
from netwright.doctor.quantities.engine_forward import ForwardOutputs
from netwright.doctor.quantities.skill import skill_of
from netwright.doctor.quantities.vitals import layer_vitals, weights_of
from netwright.tasks import task_of
from netwright.training import EpochRecord, HeadObjective, MemberStart, RowArrays

__all__ = [
    "HeadOutputs",
    "MemberRows",
    "case_at_start",
    "case_of_head",
    "case_with_rows",
    "history_of_head",
    "optimizer_facts",
    "rows_of_member",
    "vitals_at_start",
]

_ROWS = 1000  # of training and of validation each: a mean is then known to 3% of its deviation
_ENTROPIES = {"binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
_LOSSES = _ENTROPIES | {"regression": "mean_squared_error"}


@dataclass(frozen=True)
class MemberRows:
    """Rows that the doctor examines.

    Attributes:
        inputs: by group, shape ``(rows, ...)``, in raw units.
        values: by head, labels, or targets in their unit, shape ``(rows,)``.
        weights: by head, shape ``(rows,)``, dimensionless; 0 where a row does not count.
        total: how many there are in the whole part.
    """

    inputs: Mapping[str, Array]
    values: Mapping[str, Array]
    weights: Mapping[str, Array]
    total: int


@dataclass(frozen=True)
class HeadOutputs:
    """What a network gives for rows, for one head; rows that do not count for it are left out.

    Attributes:
        head: its name.
        rows: the rows.
        network: what the network gives for them.
    """

    head: str
    rows: MemberRows
    network: ForwardOutputs

    @property
    def counts(self) -> npt.NDArray[np.bool_]:
        """Which rows count, shape ``(rows,)``."""
        return np.asarray(self.rows.weights[self.head] != 0)

    @property
    def outputs(self) -> Array:
        """Raw outputs, shape ``(counting rows, units)``, dimensionless."""
        return np.asarray(self.network.outputs[self.head][self.counts], np.float64)

    def as_rows(self, objective: HeadObjective) -> Rows:
        """Return features, targets and weights as symptoms take them; targets of numbers are standardised.

        Args:
            objective: loss of the head.

        Returns:
            The rows that count.
        """
        values = self.rows.values[self.head][self.counts].astype(np.float64)
        if objective.standardised:
            values = (values - objective.mean) / objective.std
        features = self.network.features[self.counts].astype(np.float64)
        weights = np.asarray(self.rows.weights[self.head][self.counts], np.float64)
        return Rows(features, values[:, None], weights, self.rows.total)


def rows_of_member(
    arrays: RowArrays, numbers: npt.NDArray[np.integer], member: int, most: int = _ROWS, *, measured: bool = False
) -> MemberRows:
    """Take evenly spaced rows of a part.

    Args:
        arrays: all rows.
        numbers: those of the part, shape (n,).
        member: number of the member, for its weights.
        most: how many at most.
        measured: whether weights are those of metrics, event weights, instead of those of the loss, which have balance
            and importance.

    Returns:
        The rows.
    """
    chosen = numbers[np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), most)).astype(int))]

    def take(arrays_by_name: Mapping[str, Any]) -> dict[str, Array]:
        return {name: np.asarray(values[chosen]) for name, values in arrays_by_name.items()}

    weights = take({head: of_head[min(member, len(of_head) - 1)] for head, of_head in arrays.weights.items()})
    if measured and arrays.events is not None:
        weights = {head: np.where(of_head != 0, arrays.events[chosen], 0.0) for head, of_head in weights.items()}
    return MemberRows(take(arrays.inputs), take(arrays.values), weights, len(numbers))


def vitals_at_start(model: keras.Model) -> tuple[LayerVitals, ...]:
    """Measure what weights alone tell: it costs nothing.

    Args:
        model: a network before its first step.

    Returns:
        The layers that have weights.
    """
    return tuple(layer_vitals(name, None, weights, [], activation=None) for name, weights in weights_of(model).items())


def optimizer_facts(section: TrainingSection) -> Objective:
    """Return how weights are moved, as symptoms take it.

    Args:
        section: how a network is trained.

    Returns:
        Optimizer, learning rate, momentum and clipping.
    """
    optimizer = section.optimizer
    return Objective(
        optimizer="sgd" if optimizer.kind == "momentum" else optimizer.kind,
        learning_rate=section.learning_rate,
        momentum=float(getattr(optimizer, "momentum", 0.0)),
        clipping=float("inf") if section.clip_norm is None else section.clip_norm,
    )


def case_at_start(start: MemberStart, head: str, layers: tuple[LayerVitals, ...]) -> Case:
    """Collect what is known of a head before the training, rows aside.

    Args:
        start: the member.
        head: name of the head.
        layers: of `vitals_at_start`.

    Returns:
        The case.
    """
    section, loss = start.section, _loss(start.objective[head])
    objective = replace(optimizer_facts(section), loss=loss, from_logits=loss in _ENTROPIES.values())
    architecture = _architecture_of_head(start.model, head)
    plan = Plan(0, start.steps_per_epoch, min(section.batch_size, len(start.train_rows)))
    return Case(
        head=head,
        architecture=architecture,
        objective=objective,
        plan=plan,
        vitals=(_vitals(architecture, 0, layers),),
        classes=tuple(getattr(start.objective[head].target, "classes", ())),
    )


def case_with_rows(before: Case, start: MemberStart, train: HeadOutputs, valid: HeadOutputs) -> Case:
    """Add the rows to what is known of a head before the training.

    Args:
        before: of `case_at_start`.
        start: the member.
        train: training rows and what the network gives for them.
        valid: the same of validation rows.

    Returns:
        The case.
    """
    objective = start.objective[train.head]
    return replace(before, rows=train.as_rows(objective), validation=valid.as_rows(objective))


def case_of_head(
    start: MemberStart, before: Case, history: Sequence[EpochRecord], train: HeadOutputs, valid: HeadOutputs
) -> Case:
    """Collect what is known of a head after the training.

    Args:
        start: the member.
        before: of `case_at_start`.
        history: of the member.
        train: training rows and what the network gives for them.
        valid: the same of validation rows.

    Returns:
        The case.
    """
    before = case_with_rows(before, start, train, valid)
    best = next((record.epoch for record in reversed(history) if record.best), 0)
    last = history[-1] if history else None
    vitals = replace(
        _vitals(before.architecture, len(history), train.network.layers),
        outputs=train.outputs,
        validation=valid.outputs,
        loss=last.loss + last.penalty if last else float("nan"),
        penalty=last.penalty if last else 0.0,
    )
    rows, validation = before.rows, before.validation
    has_known_loss = before.objective.loss != "custom"
    validation_and_outputs = (validation, valid.outputs) if validation else None
    return replace(
        before,
        plan=replace(before.plan, epochs=len(history), finished=True, kept=best, seconds=last.seconds if last else 0.0),
        vitals=(*before.vitals, vitals),
        history=history_of_head(history, train.head),
        skill=skill_of(rows, train.outputs, before.objective, validation_and_outputs)
        if has_known_loss and rows
        else None,
    )


def history_of_head(history: Sequence[EpochRecord], head: str) -> History:
    """Return the losses of a head epoch by epoch.

    Args:
        history: of a member.
        head: name of the head.

    Returns:
        Training and validation loss, before λ, and learning rates.
    """
    logs = {
        "loss": np.array([record.head_losses[head] for record in history]),
        "val_loss": np.array([record.valid_head_losses[head] for record in history]),
    }
    return History(logs, np.array([record.learning_rate for record in history]))


def _loss(objective: HeadObjective) -> str:
    kind = task_of(objective.target).figures
    if objective.loss is not task_of(objective.target).loss:
        return "custom"
    return _LOSSES.get(kind, "custom")


def _architecture_of_head(model: keras.Model, head: str) -> Architecture:
    """Return the layers that make one head, without those of other heads."""
    return architecture_of(keras.Model(model.input, model.output[head]))


def _vitals(architecture: Architecture, epoch: int, layers: Sequence[LayerVitals]) -> Vitals:
    return Vitals(epoch, tuple(layer for layer in layers if architecture.layer(layer.name) is not None))
