"""How the numbers of an experiment become float32 without losing what distinguishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.data.precision.fine import FineColumns

__all__ = ["Forms"]


@dataclass(frozen=True)
class Forms:
    """Inputs and outputs in another form than one float32 in raw units.

    Attributes:
        fine: by group of numbers, the columns passed as value and remainder.
        offsets: by regression head, the offset subtracted from its target, in the target's unit.
    """

    fine: FineColumns = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
