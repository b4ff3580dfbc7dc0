"""Output activation, loss, ``from_logits`` and the encoding of labels have to fit one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.doctor._shortfall import falls_short, falls_slightly_short
from netwright.doctor.case import Array, Case, Layer, Skill
from netwright.doctor.quantities.labels import NUMBER_LOSSES, Labels, describe_labels, means_numbers
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms._mismatch import ACTIVATION, ENCODING, LOSS, SMOOTHING, Mismatch
from netwright.doctor.symptoms._output_table import CROSS_ENTROPIES, HINGES, Output, mismatch
from netwright.doctor.symptoms._positions import output_per_position, output_positions, targets_of_positions
from netwright.doctor.symptoms._relative_losses import unlike_targets
from netwright.finding import Finding

__all__ = ["OUTPUT_AND_LOSS"]

# whose units have the activation that they name; recurrent layers multiply theirs by a gate
_PLAIN = {"Dense", *(f"{kind}{axes}D" for kind in ("Conv", "SeparableConv") for axes in (1, 2, 3))}
_PLAIN |= {f"Conv{axes}DTranspose" for axes in (1, 2, 3)}
_ALL_RIGHT, _FEWER_RIGHT = 0.98, 0.03  # of the training rows; fewer of others
_ALL_SURE = 0.85  # of the variance of the indicators of classes
_MIDDLE = 0.5  # between two classes
_ROUNDED = 0.05  # of 1, in half precision
_ALL_SMOOTHED, _MUCH_SMOOTHED = 0.99, 0.5


def _examine(case: Case) -> Iterator[Finding]:
    layer = case.architecture.layer(case.architecture.outputs[0]) if case.architecture.outputs else None
    rows, objective = case.rows, case.objective
    if layer is None or rows is None or rows.target is None or objective.own_step:
        return
    output = output_of(layer, case)
    positions = output_positions(case, layer)
    by_position = targets_of_positions(rows, positions)
    labels = None
    if by_position is not None and by_position.target is not None:
        labels = describe_labels(by_position.target, layer.units, by_position.weight)
    mismatch_found = _other_axis(case, layer, positions)
    if mismatch_found is None and labels is not None and output is not None:
        mismatch_found = mismatch(output, labels)
    if mismatch_found is None and labels is not None and objective.loss.startswith("binary"):
        mismatch_found = _two_numbers(rows.target, labels)
    if mismatch_found is None and labels is not None and np.isfinite(rows.target).all():
        mismatch_found = unlike_targets(objective.loss, rows.target, labels)
    if by_position is None and output is not None and output.loss in CROSS_ENTROPIES | NUMBER_LOSSES | HINGES:
        mismatch_found = output_per_position(positions, rows.target.shape[1])
    if mismatch_found is None:
        mismatch_found = _smoothed(case)
    if mismatch_found is None:
        return
    mismatch_found = _by_result(mismatch_found, case, labels, layer)
    yield Finding(
        "output and loss",
        mismatch_found.severity,
        f"{mismatch_found.reason[0].upper()}{mismatch_found.reason[1:]}.",
        where=(layer.name,),
        threshold=OUTPUT_AND_LOSS.threshold,
        cause=mismatch_found.cause,
        remedy=mismatch_found.remedy,
        see="docs/doctor.md",
        confidence=mismatch_found.confidence,
    )


def _two_numbers(target: Array, labels: Labels) -> Mismatch | None:
    """Labels of two classes that were scaled as inputs are, so that both lie on one side of 0.5."""
    one_side = labels.high <= _MIDDLE or labels.low >= _MIDDLE
    if labels.encoding != "numbers" or labels.columns > 1 or not one_side or labels.low == labels.high:
        return None
    if not np.isin(target, (labels.low, labels.high)).all():
        return None
    reason = f"labels are {labels.low:.4g} and {labels.high:.4g}, and binary_crossentropy takes 0 and 1 for two classes"
    return Mismatch(ENCODING, reason, "Encode labels as 0 and 1; scale inputs alone.", "FAIL", 0.9)


def _smoothed(case: Case) -> Mismatch | None:
    """Labels of which so much goes to all classes alike that little or nothing is left of them."""
    smoothing = case.objective.label_smoothing
    nothing_left = smoothing > _ALL_SMOOTHED
    if not nothing_left and not (smoothing > _MUCH_SMOOTHED and falls_short(case)):
        return None
    left = "all rows get the same target" if nothing_left else f"{1 - smoothing:.0%} of each label is left"
    reason = f"with label_smoothing={smoothing:g}, {left}"
    fix = "Use label_smoothing=0.1, or leave it out."
    return Mismatch(SMOOTHING, reason, fix, "FAIL" if nothing_left else "WARN", 0.95 if nothing_left else 0.7)


def _other_axis(case: Case, layer: Layer, positions: int) -> Mismatch | None:
    """Whether a softmax goes along the rows of a batch or the places of a row instead of the classes."""
    outputs = case.vitals[-1].outputs if case.vitals else None
    if layer.activation != "softmax" or layer.stretch != (1.0, 0.0) or outputs is None or not layer.units:
        return None
    if outputs.shape[1] != positions * layer.units or not np.isfinite(outputs).all():
        return None
    probabilities = outputs.reshape(len(outputs), positions, layer.units)
    if np.abs(probabilities.sum(2) - 1).max() < _ROUNDED:
        return None
    axis, unit = ("places of a row", "place") if positions > 1 else ("rows of a batch", "row")
    if positions > 1 and np.abs(probabilities.sum(1) - 1).max() >= _ROUNDED:
        axis = "rows of a batch"
    reason = f"softmax goes along the {axis}: the probabilities of a {unit} do not add up to 1"
    fix = f'Use Dense({layer.units}, activation="softmax"), or Softmax() without an axis.'
    return Mismatch(ACTIVATION, reason, fix, "FAIL", 0.97)


def _by_result(mismatch_found: Mismatch, case: Case, labels: Labels | None, layer: Layer) -> Mismatch:
    """Take what does not fit the more seriously the worse the training went."""
    if mismatch_found.severity == "NOTE" and falls_short(case):
        amounts = labels is not None and labels.encoding == "classes" and means_numbers(case.objective, layer.units)
        relative = case.objective.loss == "mean_absolute_percentage_error"  # divided by the 0 of a class
        sure = 0.3 if amounts else 0.9 if relative else _surely(case)
        return replace(mismatch_found, severity="FAIL" if relative and not amounts else "WARN", confidence=sure)
    if mismatch_found.severity == "WARN" and mismatch_found.cause == ACTIVATION and not case.history.ends_finite:
        return replace(mismatch_found, severity="FAIL")
    if case.objective.loss == "mean_absolute_percentage_error" and mismatch_found.severity == "WARN":
        if case.plan.finished and not falls_slightly_short(case):
            return replace(mismatch_found, severity="NOTE", confidence=0.4)
        return replace(mismatch_found, severity="FAIL" if case.plan.finished else "WARN")
    squared = case.objective.loss in NUMBER_LOSSES and labels is not None and labels.classes == 2  # least squares
    if mismatch_found.severity == "WARN" and squared and _nearly_perfect(case.skill):
        return replace(mismatch_found, severity="NOTE", confidence=0.4)
    # of one of several classes, a binary cross entropy is least for the right probabilities too
    as_tags = case.objective.loss.startswith("binary") and labels is not None and labels.encoding == "one-hot"
    learnt = falls_short(case) is False and not falls_slightly_short(case)
    if mismatch_found.severity == "WARN" and mismatch_found.cause == LOSS and as_tags and learnt:
        return replace(mismatch_found, severity="NOTE", confidence=0.4)
    return mismatch_found


def _nearly_perfect(skill: Skill | None) -> bool:
    """Whether a network is right and sure of nearly all rows, also of those that it has not seen if there are such."""
    if skill is None or not skill.network >= _ALL_RIGHT or not skill.explained >= _ALL_SURE:
        return False
    return not skill.validation < _ALL_RIGHT - _FEWER_RIGHT


def _surely(case: Case) -> float:
    """Return how surely a loss for numbers is the cause: of the absolute error of many classes, "none" is a minimum."""
    return 0.8 if case.objective.loss == "mean_absolute_error" else 0.5


def output_of(layer: Layer, case: Case) -> Output | None:
    """Return the end of a network as the table needs it; None where its activation or number of units is unknown."""
    if layer.activation is None or layer.units is None or layer.kind not in _PLAIN:
        return None
    objective = case.objective
    return Output(
        layer.activation,
        layer.units,
        objective.loss,
        objective.from_logits,
        objective.accuracy,
        layer.stretch,
        layer.last_activation,
    )


OUTPUT_AND_LOSS = Symptom(
    name="output and loss",
    needs=("rows",),
    threshold="Output activation, loss, from_logits and encoding of labels are a row of the table in docs/doctor.md; "
    "a softmax adds up to 1 over the classes; label_smoothing is 0.99 at most, and 0.5 where the network does worse "
    "than a simple method.",
    silent="A custom loss or training step; an output that is neither Dense nor a convolution; targets that are not "
    "known; an activation function of one's own before a cross entropy; a NOTE for a loss for numbers on two classes "
    "where 98% of the rows are right and 85% of the variance is explained, and for a binary cross entropy of several "
    "classes where the network does as well as a simple method.",
    examine=_examine,
    explains=("*",),
)
