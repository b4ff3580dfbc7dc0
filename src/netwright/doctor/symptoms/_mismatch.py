"""What does not fit between the end of a network, its loss and its labels."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.doctor.quantities.labels import Labels
from netwright.finding import Severity

__all__ = ["ACTIVATION", "ENCODING", "LOGITS", "LOSS", "SCALE", "SMOOTHING", "UNITS", "Mismatch", "advice"]

ACTIVATION = "The output activation is wrong."
LOSS = "The loss function is wrong."
LOGITS = "The setting from_logits is wrong."
ENCODING = "The encoding of the labels is wrong."
SCALE = "The targets are not scaled."
SMOOTHING = "The labels are smoothed too much."
UNITS = "The number of output units is wrong."


@dataclass(frozen=True)
class Mismatch:
    """What does not fit.

    Attributes:
        cause: one of the causes above.
        reason: what was seen, as a sentence without its capital letter and full stop.
        remedy: the next step.
        severity: how bad it is.
        confidence: from 0 to 1.
    """

    cause: str
    reason: str
    remedy: str
    severity: Severity
    confidence: float


def advice(labels: Labels) -> str:
    """Return advice that names the output and loss which fit the labels."""
    if labels.encoding in {"binary", "signs"}:
        first = "" if labels.encoding == "binary" else "Encode labels as 0 and 1. "
        return f'{first}Use Dense(1, activation="sigmoid") with the loss binary_crossentropy.'
    if labels.encoding in {"one-hot", "fractions"}:
        return f'Use Dense({labels.columns}, activation="softmax") with the loss categorical_crossentropy.'
    if labels.encoding == "classes":
        units = int(labels.high) + 1
        return f'Use Dense({units}, activation="softmax") with the loss sparse_categorical_crossentropy.'
    if labels.encoding == "multi-hot":
        return f'Use Dense({labels.columns}, activation="sigmoid") with the loss binary_crossentropy.'
    return f"Use Dense({labels.columns}) without activation and the loss mean_squared_error."
