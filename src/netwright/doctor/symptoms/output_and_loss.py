"""Output activation, loss, ``from_logits`` and the encoding of labels have to fit one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from netwright.doctor._shortfall import falls_short, falls_slightly_short
from netwright.doctor.case import Array, Case, Layer, Skill
from netwright.doctor.quantities.labels import NUMBER_LOSSES, Labels, describe_labels, means_numbers
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms._mismatch import (
    ACTIVATION,
    ENCODING,
    LOGITS,
    LOSS,
    SCALE,
    SMOOTHING,
    UNITS,
    Mismatch,
    advice,
)
from netwright.doctor.symptoms._positions import output_per_position, output_positions, targets_of_positions
from netwright.doctor.symptoms._relative_losses import unlike_targets
from netwright.finding import Finding

__all__ = ["OUTPUT_AND_LOSS", "Output", "mismatch"]

_BOUNDED = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
_NEVER_NEGATIVE = {"relu", "relu6", "softplus", "exponential"}
# Keras's own that give no probabilities; what a function of one's own gives is not known
_NO_PROBABILITIES = {
    *("linear", "tanh", "hard_tanh", "tanh_shrink", "softsign", "relu", "relu6", "leaky_relu", "elu", "selu", "celu"),
    *("gelu", "silu", "swish", "hard_silu", "hard_swish", "mish", "softplus", "squareplus", "exponential"),
    *("log_sigmoid", "log_softmax", "soft_shrink", "hard_shrink"),
}
# whose units have the activation that they name; recurrent layers multiply theirs by a gate
_PLAIN = {"Dense", *(f"{kind}{axes}D" for kind in ("Conv", "SeparableConv") for axes in (1, 2, 3))}
_PLAIN |= {f"Conv{axes}DTranspose" for axes in (1, 2, 3)}
_HINGES = {"hinge", "squared_hinge"}
_CROSS_ENTROPIES = {
    *("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"),
    *("binary_focal_crossentropy", "categorical_focal_crossentropy", "kl_divergence"),
}
_ALL_RIGHT, _FEWER_RIGHT = 0.98, 0.03  # of the training rows; fewer of others
_ALL_SURE = 0.85  # of the variance of the indicators of classes
_EDGE = 1e-6
_MIDDLE = 0.5  # between two classes
_ROUNDED = 0.05  # of 1, in half precision
_ANY = 1e300
_MIN_PIXELS, _BRIGHT, _BRIGHTEST = 36, 128.0, 255.0  # 6 a side; the largest value of pictures in bytes is between these
_FEW_CLASSES, _UNEVEN = 5, 4.0  # of whole numbers; times as frequent is the most frequent as the rarest
_ALL_SMOOTHED, _MUCH_SMOOTHED = 0.99, 0.5


@dataclass(frozen=True)
class Output:
    """The end of a network and what it is trained with.

    Attributes:
        activation: of the last layer.
        last_activation: of what follows on that, where it is another activation; empty elsewhere.
        units: of it.
        loss: its name.
        from_logits: whether the loss takes raw outputs.
        accuracy: whether the share of right rows is measured.
        stretch: factor and offset of a layer for rescaling after it.
    """

    activation: str
    units: int
    loss: str
    from_logits: bool = False
    accuracy: bool = False
    stretch: tuple[float, float] = (1.0, 0.0)
    last_activation: str = ""

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value that the network can give."""
        low, high = _BOUNDED.get(self.activation, (0.0 if self.activation in _NEVER_NEGATIVE else -_ANY, _ANY))
        ends = [self.stretch[0] * end + self.stretch[1] for end in (low, high)]
        return min(ends), max(ends)


def mismatch(output: Output, labels: Labels) -> Mismatch | None:
    """Return what does not fit, if anything.

    Args:
        output: end of the network and its loss.
        labels: how the targets are encoded.

    Returns:
        What does not fit, why and what to do; None where all fits or nothing is known of the loss.

    Example:
        >>> labels = Labels("binary", 1, 2, 0.0, 1.0, (0.5, 0.5))
        >>> mismatch(Output("softmax", 1, "binary_crossentropy"), labels).remedy
        'Use Dense(1, activation="sigmoid") with the loss binary_crossentropy.'
        >>> mismatch(Output("sigmoid", 1, "binary_crossentropy"), labels) is None
        True
    """
    if output.activation == "softmax" and output.units == 1:
        return Mismatch(ACTIVATION, "softmax over one unit is 1 for every row", advice(labels), "FAIL", 0.98)
    if output.last_activation:
        found = _twice(output)
        return found or mismatch(replace(output, activation=output.last_activation, last_activation=""), labels)
    if output.from_logits and output.activation in {"tanh", *_NEVER_NEGATIVE}:
        reason = f"from_logits=True takes any number, and {output.activation} cuts some off"
        return Mismatch(ACTIVATION, reason, 'Leave the output without activation, "linear".', "FAIL", 0.9)
    if output.from_logits and output.activation in {"sigmoid", "hard_sigmoid", "softmax"}:
        return Mismatch(
            LOGITS,
            f"the loss was compiled with from_logits=True and the output has {output.activation} already",
            'Leave out from_logits, or use activation="linear" for the output.',
            "FAIL",
            0.95,
        )
    if output.loss in _CROSS_ENTROPIES:
        return _cross_entropy(output, labels)
    if output.loss in _HINGES:
        return _hinge(output, labels)
    if output.loss in NUMBER_LOSSES:
        return _regression(output, labels)
    if output.loss == "cosine_similarity" and output.units == 1:
        reason = "cosine_similarity compares directions, and of one number that is its sign"
        return Mismatch(LOSS, reason, advice(labels), "FAIL", 0.95)
    if output.loss == "poisson" and output.activation in {"linear", "tanh"} and labels.low >= 0:
        return Mismatch(
            ACTIVATION,
            f"the loss poisson takes the logarithm of the output, and {output.activation} may be negative",
            'Use activation="softplus" or "exponential" for the output.',
            "WARN",
            0.8,
        )
    return None


def _twice(output: Output) -> Mismatch | None:
    """Probabilities of probabilities, or of numbers that cannot be negative: they never come near 0 and 1."""
    first, last = output.activation, output.last_activation
    squashes = {"softmax", "sigmoid", "hard_sigmoid"}
    if output.loss not in _CROSS_ENTROPIES or last not in squashes or first not in squashes | _NEVER_NEGATIVE:
        return None
    reason = f"{last} is applied to what {first} has made of the outputs already"
    fix = f"Leave {first} out: use Dense({output.units}) without activation before {last}."
    return Mismatch(ACTIVATION, reason, fix, "FAIL", 0.95)


def _cross_entropy(output: Output, labels: Labels) -> Mismatch | None:
    sparse, binary = output.loss.startswith("sparse"), output.loss.startswith("binary")
    return (
        _cross_entropy_labels(output, labels, sparse=sparse, binary=binary)
        or _cross_entropy_output(output, labels, binary=binary)
        or (_several_classes_binary(output, labels) if binary else None)
    )


def _cross_entropy_labels(output: Output, labels: Labels, *, sparse: bool, binary: bool) -> Mismatch | None:
    if labels.encoding == "numbers" and (labels.low < -_EDGE or labels.high > 1 + _EDGE or not binary):
        reason = f"targets are numbers from {labels.low:.4g} to {labels.high:.4g}, and {output.loss} is for classes"
        return Mismatch(LOSS, reason, advice(labels), "FAIL", 0.95)
    if not sparse and not binary and output.units == 1:
        says = "looks at rows of class 1 alone" if output.loss == "kl_divergence" else "is 0 for every row"
        return Mismatch(LOSS, f"{output.loss} of one unit {says}", advice(labels), "FAIL", 0.97)
    if sparse and labels.encoding in {"binary", "classes"} and labels.high >= output.units:
        reason = f"labels go to {labels.high:g} and the output has {output.units} units, for 0 to {output.units - 1}"
        fix = "Number the classes from 0. " if labels.low >= 1 and labels.high == output.units else ""
        return Mismatch(ENCODING if fix else UNITS, reason, fix or advice(labels), "FAIL", 0.97)
    if sparse and labels.encoding == "signs":
        return Mismatch(ENCODING, "labels are -1 and 1", advice(labels), "FAIL", 0.97)
    if sparse and labels.columns > 1:
        reason = f"labels have {labels.columns} columns, and {output.loss} takes one column of class numbers"
        return Mismatch(LOSS, reason, advice(labels), "FAIL", 0.97)
    if binary and labels.columns == output.units == 1 and labels.encoding not in {"binary", "numbers"}:
        values = "-1 and 1" if labels.encoding == "signs" else f"{labels.low:g} to {labels.high:g}"
        two = labels.classes == 2  # two classes
        fix = 'Encode labels as 0 and 1, as "binary_crossentropy" takes them.' if two else advice(labels)
        if _look_like_counts(labels):
            fix += " If they are amounts, such as counts, use Dense(1) without activation and mean_squared_error."
        return Mismatch(
            ENCODING if two else LOSS, f"labels are {values}, and {output.loss} takes 0 to 1", fix, "FAIL", 0.97
        )
    if not sparse and labels.columns != output.units:
        reason = f"labels have {labels.columns} columns and the output has {output.units} units"
        return Mismatch(ENCODING if labels.columns == 1 and not binary else UNITS, reason, advice(labels), "FAIL", 0.9)
    return None


def _cross_entropy_output(output: Output, labels: Labels, *, binary: bool) -> Mismatch | None:
    if output.activation == "softmax" and labels.encoding == "multi-hot":
        reason = "rows belong to several classes or to none, and softmax gives probabilities that add up to 1"
        return Mismatch(ACTIVATION, reason, advice(labels), "WARN", 0.8)
    if output.from_logits or output.activation not in {"sigmoid", "hard_sigmoid", *_NO_PROBABILITIES}:
        return None
    if output.activation in {"sigmoid", "hard_sigmoid"}:
        if binary or labels.encoding == "multi-hot":
            return None
        reason = f"{output.loss} is for one class out of {output.units}, and sigmoid treats each unit alone"
        return Mismatch(ACTIVATION, reason, advice(labels), "WARN", 0.8)
    if output.activation in {"softplus", "exponential"} and not binary:
        return None
    reason = f"{output.loss} takes probabilities, and the output activation is {output.activation}"
    return Mismatch(ACTIVATION, reason, advice(labels), "FAIL", 0.95)


def _several_classes_binary(output: Output, labels: Labels) -> Mismatch | None:
    """Binary cross entropy of several classes: right for tags, not for classes that exclude one another."""
    if labels.encoding != "one-hot" or output.units < 3:  # of two it is the same
        return None
    reason = (
        f"each row belongs to one of {output.units} classes, and binary_crossentropy treats them as {output.units} tags"
    )
    return Mismatch(LOSS, reason, advice(labels), "WARN", 0.75 if output.activation == "softmax" else 0.6)


def _two_numbers(target: Array, labels: Labels) -> Mismatch | None:
    """Labels of two classes that were scaled as inputs are, so that both lie on one side of 0.5."""
    one_side = labels.high <= _MIDDLE or labels.low >= _MIDDLE
    if labels.encoding != "numbers" or labels.columns > 1 or not one_side or labels.low == labels.high:
        return None
    if not np.isin(target, (labels.low, labels.high)).all():
        return None
    reason = f"labels are {labels.low:.4g} and {labels.high:.4g}, and binary_crossentropy takes 0 and 1 for two classes"
    return Mismatch(ENCODING, reason, "Encode labels as 0 and 1; scale inputs alone.", "FAIL", 0.9)


def _hinge(output: Output, labels: Labels) -> Mismatch | None:
    if labels.encoding not in {"binary", "signs"}:
        return Mismatch(LOSS, f"{output.loss} is for two classes, and targets are not", advice(labels), "FAIL", 0.9)
    if output.activation in {"sigmoid", "hard_sigmoid", "softmax", *_NEVER_NEGATIVE}:
        reason = f"{output.loss} wants outputs from -1 to 1, and {output.activation} is never negative"
        return Mismatch(ACTIVATION, reason, 'Use activation="tanh", or sigmoid with binary_crossentropy.', "FAIL", 0.9)
    return None


def _regression(output: Output, labels: Labels) -> Mismatch | None:
    if labels.columns != output.units:
        reason = f"targets have {labels.columns} columns and the output has {output.units} units"
        loss = LOSS if labels.is_class else UNITS
        return Mismatch(loss, reason, advice(labels), "FAIL", 0.92)
    low, high = output.limits
    if output.activation == "softmax" and labels.encoding not in {"one-hot", "fractions"}:
        reason = "softmax outputs add up to 1, and targets do not"
        return Mismatch(ACTIVATION, reason, advice(labels), "FAIL", 0.93)
    if labels.low < low - _EDGE or labels.high > high + _EDGE:
        gives = f"nothing below {low:.4g}" if high >= _ANY else f"nothing above {high:.4g}"
        gives = f"{low:.4g} to {high:.4g}" if output.activation in _BOUNDED else gives
        reason = f"targets go from {labels.low:.4g} to {labels.high:.4g}, and {output.activation} gives {gives}"
        if output.activation == "sigmoid" and _are_pictures(labels):
            return Mismatch(
                SCALE, reason, "Divide inputs and targets by 255, so that they are from 0 to 1.", "FAIL", 0.93
            )
        encoding = labels.encoding in {"signs", "classes"} and (output.accuracy or not _look_like_counts(labels))
        fix = advice(labels) if encoding else 'Leave the output without activation, "linear".'
        return Mismatch(LOSS if encoding else ACTIVATION, reason, fix, "FAIL", 0.93)
    return _classes_as_numbers(output, labels)


def _are_pictures(labels: Labels) -> bool:
    """Whether targets are pictures in bytes, as an autoencoder has them."""
    return labels.columns >= _MIN_PIXELS and labels.low >= 0 and _BRIGHT <= labels.high <= _BRIGHTEST


def _look_like_counts(labels: Labels) -> bool:
    """Whether whole numbers look like counts or marks: of many values, the outer ones are rare."""
    many = labels.encoding == "classes" and labels.classes > _FEW_CLASSES
    return many and labels.shares[0] > _UNEVEN * labels.shares[-1]


def _classes_as_numbers(output: Output, labels: Labels) -> Mismatch | None:
    """Classes trained by a loss for numbers: it works now and then, and never well."""
    if not labels.is_class:
        return None
    encoding = "whole numbers" if labels.encoding == "classes" else labels.encoding
    reason = f"targets are classes ({encoding}), and {output.loss} is for numbers"
    unbounded = output.activation in _NO_PROBABILITIES - set(_BOUNDED) and labels.encoding != "signs"
    if unbounded and labels.encoding == "one-hot":
        return Mismatch(LOSS, reason, advice(labels), "WARN", 0.6)
    if unbounded and output.accuracy:
        return Mismatch(LOSS, reason, advice(labels), "WARN", 0.7)
    return Mismatch(LOSS, reason, advice(labels), "NOTE", 0.4)


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
    if by_position is None and output is not None and output.loss in _CROSS_ENTROPIES | NUMBER_LOSSES | _HINGES:
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
