"""How the numbers of an experiment become float32 without losing what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.data.precision.fine import FineColumns

__all__ = ["Forms"]


@dataclass(frozen=True)
class Forms:
    """What a network takes and gives in another form than one float32 in raw units.

    Attributes:
        fine: by group of numbers, the columns that it takes as value and rest.
        offsets: by regression head, what its outputs are less than the value, in the target's unit.
    """

    fine: FineColumns = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
