"""Sums over all rows of one feature: moments, extremes and a fine histogram for each class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.inspection.binning import BINS, LARGEST, Binning
from netwright.metrics import CANCELLED

__all__ = ["BELOW", "MISSING", "SLOTS", "FeatureSums"]

Floats = npt.NDArray[np.float64]

BELOW, ABOVE, MISSING = 0, BINS + 1, BINS + 2  # slots of a histogram besides those of the bins, 1 to BINS
SLOTS = BINS + 3


class FeatureSums:
    """Running sums of one feature around the mean of a subset, so that no digits cancel.

    Args:
        binning: the centre, and where the bins are.
        classes: how many classes there are.

    Attributes:
        counts: Σw in each slot, shape (classes + 1, slots); the last line is for rows of no class.
        count: how many values there are.
        missing: how many rows have none.
        infinite: how many of these are infinite, or are so in single precision.
        weight: Σw of the values there are.
        size: Σ|w| of them.
        absent: Σw of the rows without one.
        first: Σ w (x - centre) / scale, dimensionless.
        second: Σ w ((x - centre) / scale)², dimensionless.
        minimum: the smallest value, in the feature's unit.
        maximum: the largest value, in the feature's unit.
        spikes: how many values are the spike of the binning.
        not_whole: whether there are values that are not whole numbers.
    """

    def __init__(self, binning: Binning, classes: int) -> None:
        self.binning = binning
        self.counts: Floats = np.zeros((classes + 1, SLOTS))
        self.count = self.missing = self.infinite = self.spikes = 0
        self.weight = self.size = self.absent = self.first = self.second = 0.0
        self.minimum, self.maximum = np.inf, -np.inf
        self.not_whole = False

    def add(self, values: Floats, weights: Floats, first_slot: npt.NDArray[np.int64]) -> Floats:
        """Add some rows.

        Args:
            values: shape (n,), in the feature's unit; NaN where missing.
            weights: shape (n,), dimensionless.
            first_slot: `SLOTS` times the class of each row, shape (n,).

        Returns:
            The distances of the values from the centre, in deviations, shape (n,), dimensionless; 0 where missing.
        """
        exists = np.abs(values) <= LARGEST
        count = int(np.count_nonzero(exists))
        complete = count == len(values)
        self.count += count
        if not complete:
            self.missing += len(values) - count
            self.infinite += int(np.count_nonzero(np.abs(values) > LARGEST))
            self.absent += float(weights[~exists].sum())
            values = np.where(exists, values, self.binning.centre)
        self._add_extremes(values if complete else values[exists])
        distance = (values - self.binning.centre) / self.binning.scale
        weighted = weights * distance
        counted = weights if complete else weights[exists]
        self.weight += float(counted.sum())
        self.size += float(np.abs(counted).sum())
        self.first += float(weighted.sum())
        self.second += float(weighted @ distance)
        slot = np.clip(np.floor((values - self.binning.low) / self.binning.width), -1, BINS).astype(np.int64) + 1
        if not complete:
            slot[~exists] = MISSING
        self.counts += np.bincount(slot + first_slot, weights, self.counts.size).reshape(self.counts.shape)
        return distance

    def _add_extremes(self, existing: Floats) -> None:
        if not len(existing):
            return
        self.minimum = min(self.minimum, float(existing.min()))
        self.maximum = max(self.maximum, float(existing.max()))
        if self.binning.spike is not None:
            self.spikes += int(np.count_nonzero(existing == self.binning.spike))
        if self.binning.whole and not self.not_whole:
            self.not_whole = bool((existing != np.floor(existing)).any())

    @property
    def mean(self) -> float | None:
        """Weighted mean, in the feature's unit; None where the weights do not add up to something positive."""
        if not self.weight > CANCELLED * self.size:
            return None
        return self.binning.centre + self.binning.scale * self.first / self.weight

    @property
    def deviation(self) -> float | None:
        """Weighted deviation, in the feature's unit; None where it is not defined, as with a negative variance."""
        if not self.weight > CANCELLED * self.size:
            return None
        variance = self.second / self.weight - (self.first / self.weight) ** 2
        if self.minimum == self.maximum or -1e-12 < variance < 0:
            return 0.0
        return self.binning.scale * float(np.sqrt(variance)) if variance >= 0 else None

    @property
    def edges(self) -> Floats:
        """Edges of the slots that hold values, shape (slots,): smallest value, edges of the bins, largest value."""
        inner = self.binning.low + self.binning.width * np.arange(BINS + 1)
        return np.concatenate([[min(self.minimum, inner[0])], inner, [max(self.maximum, inner[-1])]])
