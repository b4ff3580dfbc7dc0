"""What does not fit between the end of a network, its loss and its labels."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.finding import Severity

__all__ = ["ACTIVATION", "ENCODING", "LOGITS", "LOSS", "UNITS", "Mismatch"]

ACTIVATION = "The output activation is wrong."
LOSS = "The loss function is wrong."
LOGITS = "The setting from_logits is wrong."
ENCODING = "The encoding of the labels is wrong."
UNITS = "The number of output units is wrong."


@dataclass(frozen=True)
class Mismatch:
    """What does not fit.

    Args:
        cause: one of the causes above.
        why: what was seen, as a sentence without its capital letter and full stop.
        remedy: the next step.
        severity: how bad it is.
        confidence: from 0 to 1.
    """

    cause: str
    why: str
    remedy: str
    severity: Severity
    confidence: float
