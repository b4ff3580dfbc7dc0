"""Parts of the rows: what a generator draws, and what a program trains, validates and is tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Part", "Rows", "Table"]


@dataclass(frozen=True)
class Table:
    """Rows in both units.

    Args:
        order_one: features in units in which they are of order one, shape (N, ...).
        raw: the same features as they come, in GeV, rad, mm.
        targets: of each head, shape (N,): 0 or 1, number of the class, or a value of order one.
        raw_targets: those that have another unit, shape (N,).
    """

    order_one: NDArray[np.float64]
    raw: NDArray[np.float64]
    targets: Mapping[str, NDArray[np.float64]]
    raw_targets: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Features (N, ...) and, for each head, targets of shape (N,), both float32."""

    x: NDArray[np.float32]
    y: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Rows:
    """What a program has: rows for training, for validation and, never seen by it, for the test."""

    train: Part
    valid: Part
    test: Part
