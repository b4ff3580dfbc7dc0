"""Rows with the same content as another: within a file, in two files, in two parts of a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ContentHash", "Copies", "find_copies"]

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

_SEED = 20_240_229  # of the multipliers; any number does
CONCLUSIVE = 1_000.0  # possible contents per row, above which equal content means the same row, not chance
MOSTLY_UNIQUE = 0.9  # share of rows with unique content, above which it means the same too


class ContentHash:
    """A hash of what a row holds, built feature by feature: h = Σ_k x_k · m_k mod 2⁶⁴ over its 32-bit words.

    Two rows with the same values have the same hash; others share one with a probability below 2⁻³². Missing
    values are equal to each other, and 0 to -0.

    Args:
        features: how many there are.

    Source: multilinear hashing, doi:10.1093/comjnl/bxt070, section 2.
    """

    def __init__(self, features: int) -> None:
        random = np.random.default_rng(_SEED)
        self.multipliers: Hashes = random.integers(0, 2**63, size=(features, 2), dtype=np.uint64) * np.uint64(2) + 1

    def words(self, feature: int, values: Floats, *, double: bool) -> Hashes:
        """Return what one feature adds to the hashes of some rows.

        Args:
            feature: its number.
            values: shape (n,), in any unit; NaN where missing.
            double: whether single precision cannot hold the values.

        Returns:
            Shape (n,), dimensionless.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = values.astype(np.float32)
            words = _bits(rounded) * self.multipliers[feature, 0]
            if double:
                words += _bits((values - rounded).astype(np.float32)) * self.multipliers[feature, 1]
        return np.asarray(words, dtype=np.uint64)


def _bits(values: npt.NDArray[np.float32]) -> Hashes:
    """Return the bits of numbers, with one pattern each for zero and for what is missing."""
    canonical = np.where(np.isnan(values), np.float32(np.nan), values + np.float32(0))
    return canonical.view(np.uint32).astype(np.uint64)


@dataclass(frozen=True)
class Copies:
    """How many rows have the same content as another.

    Attributes:
        rows: how many rows there are.
        unique: rows whose content no other row has.
        extra: rows that would be dropped if every content were kept once.
        across: by partition (files, parts of the split), rows whose content is in more than one of its parts.
        possible: about how many different contents there could be.
    """

    rows: int
    unique: int
    extra: int
    across: Mapping[str, int]
    possible: float

    @property
    def conclusive(self) -> bool:
        """Whether equal content means the same row, and not just that there are few distinct values."""
        return self.possible >= CONCLUSIVE * self.rows or self.unique >= MOSTLY_UNIQUE * self.rows


def find_copies(hashes: Hashes, partitions: Mapping[str, npt.NDArray[np.int64]], possible: float = np.inf) -> Copies:
    """Count rows with the same content.

    Args:
        hashes: of the rows' content, shape (rows,), dimensionless.
        partitions: by name, the part that each row is in, shape (rows,); below 0 where it is in none.
        possible: about how many different contents there could be, dimensionless.

    Returns:
        The counts.

    Source: definition.

    Example:
        >>> find_copies(np.array([7, 7, 9], dtype=np.uint64), {"split": np.array([0, 1, 1])}, 1e6)
        Copies(rows=3, unique=1, extra=1, across={'split': 2}, possible=1000000.0)
    """
    order = np.argsort(hashes, kind="stable")
    sorted_hashes = hashes[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_hashes[1:] != sorted_hashes[:-1]]))
    sizes = np.diff(np.append(starts, len(hashes)))
    across = {}
    for name, parts in partitions.items():
        parts_in_order = parts[order]
        highest = np.maximum.reduceat(parts_in_order, starts)
        lowest = np.minimum.reduceat(np.where(parts_in_order < 0, np.iinfo(np.int64).max, parts_in_order), starts)
        across[name] = int(sizes[(highest >= 0) & (lowest < highest)].sum())
    return Copies(len(hashes), int((sizes == 1).sum()), len(hashes) - len(starts), across, possible)
