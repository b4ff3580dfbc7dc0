"""What the end of a network, its loss and the encoding of labels must be to fit one another: a table of the docs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netwright.doctor.quantities.labels import NUMBER_LOSSES, Labels
from netwright.doctor.symptoms._mismatch import ACTIVATION, ENCODING, LOGITS, LOSS, SCALE, UNITS, Mismatch, advice

__all__ = ["CROSS_ENTROPIES", "HINGES", "Output", "mismatch"]

_BOUNDED = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
_NEVER_NEGATIVE = {"relu", "relu6", "softplus", "exponential"}
# Keras's own that give no probabilities; what a function of one's own gives is not known
_NO_PROBABILITIES = {
    *("linear", "tanh", "hard_tanh", "tanh_shrink", "softsign", "relu", "relu6", "leaky_relu", "elu", "selu", "celu"),
    *("gelu", "silu", "swish", "hard_silu", "hard_swish", "mish", "softplus", "squareplus", "exponential"),
    *("log_sigmoid", "log_softmax", "soft_shrink", "hard_shrink"),
}
HINGES = {"hinge", "squared_hinge"}
CROSS_ENTROPIES = {
    *("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"),
    *("binary_focal_crossentropy", "categorical_focal_crossentropy", "kl_divergence"),
}
_EDGE = 1e-6
_ANY = 1e300
_MIN_PIXELS, _BRIGHT, _BRIGHTEST = 36, 128.0, 255.0  # 6 a side; the largest value of pictures in bytes is between these
_FEW_CLASSES, _UNEVEN = 5, 4.0  # of whole numbers; times as frequent is the most frequent as the rarest


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
    if output.loss in CROSS_ENTROPIES:
        return _cross_entropy(output, labels)
    if output.loss in HINGES:
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
    if output.loss not in CROSS_ENTROPIES or last not in squashes or first not in squashes | _NEVER_NEGATIVE:
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
