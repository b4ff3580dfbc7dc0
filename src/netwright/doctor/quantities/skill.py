"""How well a network does, compared with what is possible without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netwright.doctor.case import Array, Objective, Rows, Skill
from netwright.doctor.quantities.baseline import MIN_ROWS, with_baseline
from netwright.doctor.quantities.drawn_rows import drawn_by_weight
from netwright.doctor.quantities.kernel_ridge import straight_line
from netwright.doctor.quantities.labels import Labels, describe_labels, means_numbers
from netwright.doctor.quantities.losses import probabilities
from netwright.doctor.quantities.rightness import (
    class_factors,
    explained_rows,
    factors_of_rows,
    indicators,
    predicted_indicators,
    right_rows,
    same_class,
    weighted_mean,
)

__all__ = ["skill_of"]

_OWN_LOSSES = {"", "custom"}
_COPIES = 0.1  # of the rows: more are drawn again on purpose


def skill_of(rows: Rows, outputs: Array, objective: Objective, validation: tuple[Rows, Array] | None) -> Skill | None:
    """Compare a network with simple methods on the same rows.

    Args:
        rows: those that it was trained on.
        outputs: what it gives for them, shape ``(rows, units)``.
        objective: how it was compiled.
        validation: rows that it was not trained on, and its outputs for these.

    Returns:
        Its skill; None where targets and outputs do not fit, values are not finite, or the loss leaves their size open.

    Example:
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> skill = skill_of(Rows(x, 3 * x), 0 * x, Objective(loss="mean_squared_error"), None)
        >>> round(abs(skill.network), 6), skill.trivial, round(skill.baseline, 2)
        (0.0, 0.0, 1.0)
    """
    target = rows.target
    if target is None or len(target) != len(outputs) or not np.isfinite(outputs).all():
        return None
    kind = describe_labels(target, outputs.shape[1], numbers=means_numbers(objective, outputs.shape[1]))
    if kind is not None and not kind.is_class:
        rows, outputs = drawn_by_weight(rows, outputs)
        validation = None if validation is None else drawn_by_weight(*validation)
        target = rows.target
        if target is None or len(rows) == 0:
            return None
    outputs, validation = _scaled_to_target(target, outputs, validation, objective)
    weighted = rows.weight is not None
    rows, target, outputs = _without_copies(rows, target, outputs)
    units = outputs.shape[1]
    labels = describe_labels(target, units, rows.weight, numbers=means_numbers(objective, units))
    if labels is None or not _fits(outputs, labels):
        return None
    if objective.from_logits and labels.encoding == "multi-hot" and not objective.loss.startswith("binary"):
        return None  # classes of several places of a row: which outputs add up to 1 is not known here
    if objective.loss == "cosine_similarity" and not labels.is_class:
        return None  # outputs may be of any length: only their direction is trained
    right = right_rows(outputs, target, labels, objective)
    factors = class_factors(target, labels, rows.weight)
    trivial = labels.shares[0] if labels.is_class and labels.shares else 0.0
    aim = indicators(target, labels)
    predicted = predicted_indicators(probabilities(outputs, objective), aim, labels, objective.loss)
    skill = Skill(
        network=weighted_mean(right, factors_of_rows(target, labels, factors)),
        trivial=trivial,
        validation=_validation_skill(validation, labels, objective, factors if weighted else None),
        explained=float(explained_rows(predicted, aim).mean())
        if predicted is not None and factors is None
        else float("nan"),
        classes=labels.is_class,
        consistent=_consistent(rows.inputs, target),
    )
    if len(rows) < MIN_ROWS and not rows.tokens:
        line = straight_line(rows.inputs, aim)
        return replace(skill, linear=float((same_class if skill.classes else explained_rows)(line, aim).mean()))
    if not aim.var(0).any() or np.array_equal(rows.inputs, target):
        return skill  # of an autoencoder any method that copies its inputs is perfect
    return with_baseline(skill, rows, aim, right, predicted, factors)


def _scaled_to_target(
    target: Array, outputs: Array, validation: tuple[Rows, Array] | None, objective: Objective
) -> tuple[Array, tuple[Rows, Array] | None]:
    """With a custom loss, shift and stretch each output so that it comes nearest to its target.

    Such a loss may want a quantile, a raw output, or a distance that is small for class 1: what counts is what the
    output tells of the target. Validation rows are turned by the same numbers.
    """
    if objective.loss not in _OWN_LOSSES or outputs.shape != target.shape:
        return outputs, validation
    centre, middle = outputs.mean(0), target.mean(0)
    squares = ((outputs - centre) ** 2).sum(0)
    slope = ((outputs - centre) * (target - middle)).sum(0) / np.where(squares > 0, squares, np.inf)

    def scaled(values: Array) -> Array:
        return np.asarray(middle + slope * (values - centre))

    scaled_validation = validation
    if validation is not None and validation[1].shape[1:] == outputs.shape[1:]:
        scaled_validation = (validation[0], scaled(validation[1]))
    return scaled(outputs), scaled_validation


def _without_copies(rows: Rows, target: Array, outputs: Array) -> tuple[Rows, Array, Array]:
    """Leave one of rows that are there several times, with their number as weight.

    A simple method that leaves one row out would find it again in its copies. Rows that contradict each other stay.
    """
    inputs_and_target = _bytes_of_rows(rows.inputs, target)
    many = MIN_ROWS <= len(set(inputs_and_target)) < (1 - _COPIES) * len(rows)
    if not many or rows.weight is not None or rows.tokens or not _consistent(rows.inputs, target):
        return rows, target, outputs
    both = np.concatenate([rows.inputs, target], axis=1)
    _, first, count = np.unique(both, axis=0, return_index=True, return_counts=True)
    distinct_rows = replace(rows, inputs=rows.inputs[first], target=target[first], weight=count.astype(float))
    return distinct_rows, target[first], outputs[first]


def _consistent(inputs: Array, target: Array) -> bool:
    """Whether rows with the same inputs have the same targets."""
    inputs_and_target = _bytes_of_rows(inputs, target)
    return len(set(inputs_and_target)) == len({of_inputs for of_inputs, _ in inputs_and_target})


def _bytes_of_rows(inputs: Array, target: Array) -> list[tuple[bytes, bytes]]:
    return [(row.tobytes(), of_row.tobytes()) for row, of_row in zip(inputs, target, strict=True)]


def _fits(outputs: Array, labels: Labels) -> bool:
    if labels.encoding == "classes":
        return bool(outputs.shape[1] == 1 or outputs.shape[1] > labels.high)
    units = int(outputs.shape[1])
    return units == labels.columns or (labels.encoding == "binary" and units == 2)


def _validation_skill(
    validation: tuple[Rows, Array] | None, labels: Labels, objective: Objective, factors: Array | None
) -> float:
    if validation is None:
        return float("nan")
    rows, outputs = validation
    target = rows.target
    if target is None or len(target) != len(outputs) or target.shape[1] != labels.columns:
        return float("nan")
    if not len(outputs) or not np.isfinite(outputs).all():  # rows of small or negative weight may leave none
        return float("nan")
    return weighted_mean(right_rows(outputs, target, labels, objective), factors_of_rows(target, labels, factors))
