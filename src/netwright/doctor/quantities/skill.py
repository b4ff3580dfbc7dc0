"""How well a network does, beside what can be had without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netwright.doctor.case import Array, Objective, Rows, Skill
from netwright.doctor.quantities.counted import counted_skill, counts_of
from netwright.doctor.quantities.labels import Labels, describe_labels, means_numbers
from netwright.doctor.quantities.losses import probabilities
from netwright.doctor.quantities.random_labels import random_share
from netwright.doctor.quantities.reference import MOST_FOR_PRODUCTS, Method, leave_one_out, straight_line

__all__ = ["FEWEST", "class_index", "right_rows", "skill_of"]

FEWEST = 20
"""Rows: with fewer, leaving one out says nothing."""
_OWN_LOSSES = {"", "custom"}
_UNEVEN = 1.5  # between the weights of classes
_WIDEST = 300  # columns for which straight lines through all rows cost little
_MANY = 1000  # rows: waves through all of them know more than bumps around some
_CHANCE = 5.0  # rows' worth of variance that the best of the settings explains where there is nothing
_COPIES = 0.1  # of the rows: more are drawn again on purpose
_MOST = 256  # rows for the reference: time grows with the cube


def class_index(values: Array, labels: Labels, *, threshold: float = 0.5) -> Array:
    """Return the class of each row, from targets or from outputs.

    Args:
        values: targets or outputs, shape ``(rows, columns)``.
        labels: how targets are encoded.
        threshold: above which the second of two classes is meant.

    Returns:
        Whole numbers, shape ``(rows,)``.

    Example:
        >>> class_index(np.array([[0.2], [0.9]]), Labels("binary", 1, 2, 0.0, 1.0))
        array([0, 1])
    """
    if values.shape[1] > 1:
        return np.asarray(values.argmax(1))
    if labels.encoding == "signs":
        return np.asarray((values[:, 0] > 0).astype(int))
    if labels.encoding == "binary":
        return np.asarray((values[:, 0] > threshold).astype(int))
    return np.asarray(np.rint(np.clip(values[:, 0], -1, 1e6)).astype(int))


def right_rows(outputs: Array, target: Array, labels: Labels, objective: Objective) -> Array:
    """Say how right each row is: 1 or 0 for classes, 1 minus the squared error in variances for numbers.

    Args:
        outputs: of the model, shape ``(rows, units)``.
        target: shape ``(rows, columns)``.
        labels: how targets are encoded.
        objective: how the model was compiled.

    Returns:
        Shape ``(rows,)``, dimensionless; its mean is the share of right rows, or of explained variance.

    Example:
        >>> labels = Labels("binary", 1, 2, 0.0, 1.0)
        >>> right_rows(np.array([[0.2], [0.4]]), np.array([[0.0], [1.0]]), labels, Objective())
        array([1., 0.])
    """
    if labels.is_class:
        given = probabilities(outputs, objective)
        return np.asarray((class_index(given, labels) == class_index(target, labels)).astype(float))
    return _explained(outputs, target)


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
        >>> round(abs(skill.network), 6), skill.trivial, round(skill.reference, 2)
        (0.0, 0.0, 1.0)
    """
    target = rows.target
    if target is None or len(target) != len(outputs) or not np.isfinite(outputs).all():
        return None
    outputs, validation = _turned_to(target, outputs, validation, objective)
    rows, target, outputs = _without_copies(rows, target, outputs)
    units = outputs.shape[1]
    labels = describe_labels(target, units, rows.weight, numbers=means_numbers(objective, units))
    if labels is None or not _fits(outputs, labels):
        return None
    if objective.loss == "cosine_similarity" and not labels.is_class:
        return None  # outputs may be of any length: only their direction is trained
    right = right_rows(outputs, target, labels, objective)
    weight = _class_factors(target, labels, rows.weight)
    trivial = labels.shares[0] if labels.is_class and labels.shares else 0.0
    aim = _indicators(target, labels)
    given = _indicators_given(probabilities(outputs, objective), aim, labels, objective.loss)
    skill = Skill(
        network=_mean(right, None if weight is None else weight[class_index(target, labels)]),
        trivial=trivial,
        validation=_validation_skill(validation, labels, objective),
        explained=float(_explained(given, aim).mean()) if given is not None and weight is None else float("nan"),
        classes=labels.is_class,
        consistent=_consistent(rows.inputs, target),
    )
    if len(rows) < FEWEST and not rows.tokens:
        line = straight_line(rows.inputs, aim)
        return replace(skill, linear=float((_same_class if skill.classes else _explained)(line, aim).mean()))
    if not aim.var(0).any() or np.array_equal(rows.inputs, target):
        return skill  # of an autoencoder any method that copies its inputs is perfect
    return _beside_methods(skill, rows, aim, right, given, weight)


def _beside_methods(
    skill: Skill, rows: Rows, aim: Array, right: Array, given: Array | None, weight: Array | None
) -> Skill:
    """Add what simple methods reach, by as many rows as each can take."""
    if rows.tokens:
        return skill if weight is not None else _beside_counts(skill, rows.inputs, aim, right, given)
    narrow = rows.inputs.shape[1] <= _WIDEST
    few = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MOST)).astype(int))
    if narrow and weight is None and skill.classes:
        skill = replace(skill, counted=counted_skill(rows.inputs[few], aim[few]))
    if narrow and weight is None and len(rows) > _MANY:
        return _beside_reference(skill, rows.inputs, aim, right, given, _methods(rows, "waves"))
    if weight is not None:
        return _beside_weighted(skill, rows.inputs[few], aim[few], right[few], weight, _methods(rows, "bumps"))
    some = given[few] if given is not None else None
    beside = _beside_reference(skill, rows.inputs[few], aim[few], right[few], some, _methods(rows, "bumps"))
    if len(few) == len(rows) or not narrow:
        return beside
    whole = _beside_reference(skill, rows.inputs, aim, right, given, _methods(rows, "waves"))
    return replace(max(beside, whole, key=_sureness), random_labels=max(beside.random_labels, whole.random_labels))


def _turned_to(
    target: Array, outputs: Array, validation: tuple[Rows, Array] | None, objective: Objective
) -> tuple[Array, tuple[Rows, Array] | None]:
    """With a loss of one's own, shift and stretch each output so that it comes nearest to its target.

    Such a loss may want a quantile, a raw output, or a distance that is small for class 1: what counts is what the
    output tells of the target. Validation rows are turned by the same numbers.
    """
    if objective.loss not in _OWN_LOSSES or outputs.shape != target.shape:
        return outputs, validation
    centre, middle = outputs.mean(0), target.mean(0)
    squares = ((outputs - centre) ** 2).sum(0)
    slope = ((outputs - centre) * (target - middle)).sum(0) / np.where(squares > 0, squares, np.inf)

    def turned(values: Array) -> Array:
        return np.asarray(middle + slope * (values - centre))

    other = validation
    if validation is not None and validation[1].shape[1:] == outputs.shape[1:]:
        other = (validation[0], turned(validation[1]))
    return turned(outputs), other


def _without_copies(rows: Rows, target: Array, outputs: Array) -> tuple[Rows, Array, Array]:
    """Leave one of rows that are there several times, with their number as weight.

    A simple method that leaves one row out would find it again in its copies. Rows that contradict each other stay.
    """
    both = np.concatenate([rows.inputs, target], axis=1)
    many = FEWEST <= len({row.tobytes() for row in both}) < (1 - _COPIES) * len(both)
    if not many or rows.weight is not None or rows.tokens or not _consistent(rows.inputs, target):
        return rows, target, outputs
    _, first, count = np.unique(both, axis=0, return_index=True, return_counts=True)
    kept = replace(rows, inputs=rows.inputs[first], target=target[first], weight=count.astype(float))
    return kept, target[first], outputs[first]


def _methods(rows: Rows, last: Method) -> tuple[Method, ...]:
    """Return the simple methods for some rows, straight lines first."""
    return ("lines", "products", last) if 1 < rows.inputs.shape[1] <= MOST_FOR_PRODUCTS else ("lines", last)


def _class_factors(target: Array, labels: Labels, weight: Array | None) -> Array | None:
    """Return the mean weight of a row of each class, shape ``(classes,)``; None where all rows count about the same."""
    if weight is None or not labels.is_class or not weight.sum() > 0:
        return None
    index = class_index(target, labels)
    sums, counts = np.bincount(index, weights=weight), np.bincount(index)
    factors = np.clip(sums / np.maximum(counts, 1), 0, None)
    seen = factors[counts > 0]
    return factors if seen.max() > _UNEVEN * max(seen.min(), 1e-12) else None


def _mean(right: Array, weight: Array | None) -> float:
    return float(np.average(right, weights=weight)) if weight is not None and weight.sum() > 0 else float(right.mean())


def _beside_weighted(
    skill: Skill, inputs: Array, aim: Array, right: Array, factors: Array, methods: tuple[Method, ...]
) -> Skill:
    """Add what the best simple method reaches where classes have weights: both are judged with these."""
    of_row = factors[aim.argmax(1)]
    found = [one for method in methods for one in leave_one_out(inputs, aim, method)]
    chosen = [(one.clip(0) * factors[: aim.shape[1]]).argmax(1) == aim.argmax(1) for one in found]
    best = max((one.astype(float) for one in chosen), key=lambda one: _mean(one, of_row))
    gap = best - right
    share = of_row / max(of_row.sum(), 1e-300)
    mean = float((share * gap).sum())
    error = float(np.sqrt((share**2 * (gap - mean) ** 2).sum()))
    return replace(skill, reference=_mean(best, of_row), shortfall=mean, error=error)


def _beside_counts(skill: Skill, inputs: Array, aim: Array, right: Array, given: Array | None) -> Skill:
    """Add what a line reaches by how often each word is in a row; where that is little, their order may tell more."""
    counts = counts_of(inputs) if len(inputs) >= FEWEST else None
    if counts is None:
        return skill
    return replace(_beside_reference(skill, counts, aim, right, given, ("lines",)), random_labels=0.0)


def _sureness(skill: Skill) -> float:
    """Return by how many standard errors the simple method is ahead."""
    return skill.shortfall / max(skill.error, 1e-9)


def _beside_reference(
    skill: Skill, inputs: Array, aim: Array, right: Array, given: Array | None, methods: tuple[Method, ...]
) -> Skill:
    """Add what the best simple method reaches on rows that it has not seen."""
    linear, *others = (leave_one_out(inputs, aim, method) for method in methods)
    every = [*linear, *(one for found in others for one in found)]

    def best(found: list[Array], measure: Callable[[Array, Array], Array]) -> Array:
        return max((measure(one, aim) for one in found), key=lambda one: float(one.mean()))

    measure = _same_class if skill.classes else _explained
    reached, straight = best(every, measure), best(linear, measure)
    gap = reached - right
    likeliest = max(every, key=lambda one: float(_explained(one, aim).mean()))
    explained = _explained(likeliest, aim)
    apart = explained - _explained(given, aim) if given is not None else np.full(1, np.nan)
    root = np.sqrt(len(gap))
    return replace(
        skill,
        reference=float(reached.mean()),
        shortfall=float(gap.mean()),
        error=float(gap.std() / root),
        linear=float(straight.mean()),
        explained_shortfall=float(apart.mean()),
        explained_error=float(apart.std() / root),
        explained_reference=float(explained.mean()),
        explained_limit=3 * _CHANCE / len(gap),
        random_labels=random_share(likeliest, aim, classes=skill.classes),
    )


def _indicators(target: Array, labels: Labels) -> Array:
    """Return targets as columns that add up to 1 for classes, and as they are for numbers."""
    return _one_hot(class_index(target, labels)) if labels.is_class else target


def _indicators_given(given: Array, aim: Array, labels: Labels, loss: str) -> Array | None:
    """Return outputs as such columns; None where they are no probabilities."""
    if "hinge" in loss:
        return None
    if not labels.is_class:
        return given
    if given.shape[1] == 1 and labels.encoding == "binary":
        return np.concatenate([1 - given, given], axis=1)[:, : aim.shape[1]]
    if given.shape[1] < aim.shape[1]:
        return None
    return given[:, : aim.shape[1]]


def _same_class(given: Array, aim: Array) -> Array:
    return np.asarray((given.argmax(1) == aim.argmax(1)).astype(float))


def _explained(given: Array, aim: Array) -> Array:
    """Return 1 minus the squared error in variances, row by row."""
    return np.asarray(1 - ((given - aim) ** 2).sum(1) / max(aim.var(0).sum(), 1e-300))


def _consistent(inputs: Array, target: Array) -> bool:
    """Whether rows with the same inputs have the same targets."""
    both = np.concatenate([inputs, target], axis=1)
    return len({row.tobytes() for row in both}) == len({row.tobytes() for row in np.ascontiguousarray(inputs)})


def _fits(outputs: Array, labels: Labels) -> bool:
    if labels.encoding == "classes":
        return bool(outputs.shape[1] == 1 or outputs.shape[1] > labels.high)
    units = int(outputs.shape[1])
    return units == labels.columns or (labels.encoding == "binary" and units == 2)


def _one_hot(index: Array) -> Array:
    return np.eye(int(index.max()) + 1)[index]


def _validation_skill(validation: tuple[Rows, Array] | None, labels: Labels, objective: Objective) -> float:
    if validation is None:
        return float("nan")
    rows, outputs = validation
    target = rows.target
    if target is None or len(target) != len(outputs) or target.shape[1] != labels.columns:
        return float("nan")
    if not np.isfinite(outputs).all():
        return float("nan")
    return float(right_rows(outputs, target, labels, objective).mean())
