"""What a network in training says of validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netwright.metrics import Separation

__all__ = ["SeparationRecord"]


@dataclass(frozen=True)
class SeparationRecord:
    """How one member tells classes apart on fixed validation rows at the end of an epoch.

    Attributes:
        member: number of the member, from 0.
        epoch: number of the epoch, from 1.
        step: steps done since the start of the training.
        heads: by name of the head; those with classes whose rows have a signal and a background.
    """

    member: int
    epoch: int
    step: int
    heads: Mapping[str, Separation]
