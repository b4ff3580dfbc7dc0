"""What simple methods reach on the rows of a network: the baseline that its skill is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np

from netwright.doctor.case import Array, Rows, Skill
from netwright.doctor.quantities.counted import counted_skill, counts_of
from netwright.doctor.quantities.kernel_ridge import MAX_FOR_PRODUCTS, Method, leave_one_out
from netwright.doctor.quantities.random_labels import random_share
from netwright.doctor.quantities.rightness import explained_rows, same_class, weighted_mean

__all__ = ["MIN_ROWS", "with_baseline"]

MIN_ROWS = 20
"""Rows: with fewer, leaving one out says nothing."""
_WIDEST = 300  # columns for which straight lines through all rows cost little
_MANY = 1000  # rows: random Fourier features of all know more than Gaussian kernels of some
_AHEAD = 2.0  # standard errors: where no method is, the one of all rows counts, whatever the network gives
_CHANCE = 5.0  # rows' worth of variance that the best of the settings explains where there is nothing
_MAX_ROWS = 256  # rows for the baseline: time grows with the cube


def with_baseline(
    skill: Skill, rows: Rows, aim: Array, right: Array, predicted: Array | None, factors: Array | None
) -> Skill:
    """Add what simple methods reach on rows that they have not seen, by as many rows as each can take.

    Args:
        skill: of the network alone.
        rows: those that it was trained on.
        aim: indicators of the classes, or targets, shape ``(rows, columns)``.
        right: how right the network is, shape ``(rows,)``.
        predicted: its outputs, the shape of `aim`; None where they do not compare.
        factors: mean weight of a row of each class, shape ``(classes,)``, dimensionless; None where all count the same.

    Returns:
        The skill, and that of the best simple method.
    """
    if rows.tokens:
        return skill if factors is not None else _with_counts(skill, rows.inputs, aim, right, predicted)
    narrow = rows.inputs.shape[1] <= _WIDEST
    few = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MAX_ROWS)).astype(int))
    if narrow and factors is None and skill.classes:
        skill = replace(skill, counted=counted_skill(rows.inputs[few], aim[few]))
    if narrow and factors is None and len(rows) > _MANY:
        return _add_baseline(skill, rows.inputs, aim, right, predicted, _methods(rows, "fourier"))
    if factors is not None:
        return _with_weights(skill, rows.inputs[few], aim[few], right[few], factors, _methods(rows, "gaussian"))
    predicted_few = predicted[few] if predicted is not None else None
    of_few = _add_baseline(skill, rows.inputs[few], aim[few], right[few], predicted_few, _methods(rows, "gaussian"))
    if len(few) == len(rows) or not narrow:
        return of_few
    of_all = _add_baseline(skill, rows.inputs, aim, right, predicted, _methods(rows, "fourier"))
    ahead = _significance(of_few) > max(_AHEAD, _significance(of_all))
    return replace(of_few if ahead else of_all, random_labels=max(of_few.random_labels, of_all.random_labels))


def _methods(rows: Rows, last: Method) -> tuple[Method, ...]:
    """Return the simple methods for some rows, straight lines first."""
    return ("linear", "quadratic", last) if 1 < rows.inputs.shape[1] <= MAX_FOR_PRODUCTS else ("linear", last)


def _with_counts(skill: Skill, inputs: Array, aim: Array, right: Array, predicted: Array | None) -> Skill:
    """Add what a line reaches by how often each word is in a row; where that is little, their order may tell more."""
    counts = counts_of(inputs) if len(inputs) >= MIN_ROWS else None
    if counts is None:
        return skill
    return replace(_add_baseline(skill, counts, aim, right, predicted, ("linear",)), random_labels=0.0)


def _with_weights(
    skill: Skill, inputs: Array, aim: Array, right: Array, factors: Array, methods: tuple[Method, ...]
) -> Skill:
    """Add what the best simple method reaches where classes have weights: both are judged with these."""
    of_row = factors[aim.argmax(1)]
    predictions = [predicted for method in methods for predicted in leave_one_out(inputs, aim, method)]
    right_by_setting = [
        (predicted.clip(0) * factors[: aim.shape[1]]).argmax(1) == aim.argmax(1) for predicted in predictions
    ]
    best = max((rows.astype(float) for rows in right_by_setting), key=lambda rows: weighted_mean(rows, of_row))
    gap = best - right
    share = of_row / max(of_row.sum(), 1e-300)
    mean = float((share * gap).sum())
    error = float(np.sqrt((share**2 * (gap - mean) ** 2).sum()))
    return replace(skill, baseline=weighted_mean(best, of_row), shortfall=mean, error=error)


def _add_baseline(
    skill: Skill, inputs: Array, aim: Array, right: Array, predicted: Array | None, methods: tuple[Method, ...]
) -> Skill:
    """Add what the best simple method reaches on rows that it has not seen."""
    linear, *others = (leave_one_out(inputs, aim, method) for method in methods)
    predictions = [*linear, *chain.from_iterable(others)]

    def best(predictions: list[Array], measure: Callable[[Array, Array], Array]) -> Array:
        return max((measure(prediction, aim) for prediction in predictions), key=lambda rows: float(rows.mean()))

    measure = same_class if skill.classes else explained_rows
    reached, straight = best(predictions, measure), best(linear, measure)
    gap = reached - right
    likeliest = max(predictions, key=lambda prediction: float(explained_rows(prediction, aim).mean()))
    explained = explained_rows(likeliest, aim)
    apart = explained - explained_rows(predicted, aim) if predicted is not None else np.full(1, np.nan)
    root = np.sqrt(len(gap))
    return replace(
        skill,
        baseline=float(reached.mean()),
        shortfall=float(gap.mean()),
        error=float(gap.std() / root),
        linear=float(straight.mean()),
        explained_shortfall=float(apart.mean()),
        explained_error=float(apart.std() / root),
        explained_baseline=float(explained.mean()),
        explained_limit=3 * _CHANCE / len(gap),
        random_labels=random_share(likeliest, aim, classes=skill.classes),
    )


def _significance(skill: Skill) -> float:
    """Return by how many standard errors the simple method is ahead."""
    return skill.shortfall / max(skill.error, 1e-9)
