"""The statistics of each feature, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

import numpy as np
import numpy.typing as npt

from netwright.inspection.features import Feature
from netwright.inspection.quantiles import binned_quantiles
from netwright.inspection.separation import separation
from netwright.inspection.sums import BELOW, MISSING, FeatureSums

__all__ = ["Distribution", "FeatureSummary", "distribution_of", "summarise_feature"]

Floats = npt.NDArray[np.float64]

MIN_DIGITS, MAX_DIGITS = 5, 15
SHOWN_BINS = 50
SHOWN_OUTSIDE = 0.005  # share of values at either end that a figure may leave out


@dataclass(frozen=True)
class Distribution:
    """A histogram of one feature, by class.

    Attributes:
        edges: shape (b + 1,), in the feature's unit.
        heights: by class, Σw in each bin, shape (b,), dimensionless; "" is all rows, where there are no classes.
        outside: weighted share of values outside of the edges, from 0 to 1, dimensionless; 0 without weight.
    """

    edges: tuple[float, ...]
    heights: dict[str, tuple[float, ...]]
    outside: float


@dataclass(frozen=True)
class FeatureSummary:
    """One feature over all rows; numbers in its unit, None where the weights leave them undefined.

    Attributes:
        feature: which one.
        count: how many values there are.
        missing: how many rows in which it counts have none: NaN, nothing, or a value declared as missing.
        infinite: how many of these are infinite, or are so in single precision.
        missing_share: Σw of the rows without a value over that of all, dimensionless; None where it counts in some
            rows only.
        mean: weighted mean.
        deviation: weighted standard deviation.
        minimum: smallest value.
        maximum: largest value.
        quantiles: weighted quantiles at `PROBABILITIES`.
        quantile_error: upper bound on the error of every quantile.
        whole: whether all values are whole numbers, near enough to each other to be counted one by one.
        integer: whether all values of the subset are whole numbers.
        distinct: different values in the subset.
        unique: whether no two values of the subset are the same.
        spike: a value far more frequent than any other; None where there is none.
        spike_share: share of the values that are this value, dimensionless.
        spike_distance: of it from the mean of the others, in their standard deviations.
        spike_natural: whether it is 0, no value is below it, and others come close to it, as with an isolation.
        auc: the best area under the ROC curve with which this feature alone tells a class from the others.
        separates: this class, with its head if several heads have classes; empty where there are no classes.
        missing_at: where the network encodes a missing value, in deviations; None where that is not known.
        varies: whether the column has whole numbers beyond 2⁵³ that differ, though float64 makes them one.
    """

    feature: Feature
    count: int
    missing: int
    infinite: int
    missing_share: float | None
    mean: float | None
    deviation: float | None
    minimum: float | None
    maximum: float | None
    quantiles: tuple[float, ...] | None
    quantile_error: float | None
    whole: bool
    integer: bool
    distinct: int
    unique: bool
    spike: float | None
    spike_share: float
    spike_distance: float
    auc: float | None
    separates: str
    missing_at: float | None
    varies: bool = False
    spike_natural: bool = False

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.feature.name

    @property
    def constant(self) -> bool:
        """Whether there is only one value."""
        return self.minimum is not None and self.minimum == self.maximum and not self.varies

    @property
    def digits(self) -> int:
        """How many digits of its numbers are worth showing: five, and more where these hide the deviation."""
        if not self.mean or not self.deviation:
            return MIN_DIGITS
        hidden = ceil(log10(abs(self.mean) / self.deviation))
        return min(max(MIN_DIGITS, hidden + 3), MAX_DIGITS)


def summarise_feature(
    feature: Feature,
    sums: FeatureSums,
    classes: Sequence[str],
    class_rows: Floats,
    *,
    missing_at: float | None,
    uncounted: int = 0,
    sample: tuple[Floats, Floats] | None = None,
) -> FeatureSummary:
    """Summarise a feature from its sums.

    Args:
        feature: which one.
        sums: over all rows.
        classes: names of the classes; empty where there are none.
        class_rows: how many rows each class has, shape (classes,), dimensionless.
        missing_at: where the network encodes a missing value, in deviations.
        uncounted: rows in which the feature does not count; they are not counted as missing.
        sample: some of its values with their weights, shape (m,) each, by which quantiles are read off inside of bins.

    Returns:
        The summary.
    """
    binning, has_values = sums.binning, sums.count > 0
    quantiles = binned_quantiles(
        sums.counts.sum(axis=0)[:MISSING], sums.edges, whole=binning.whole and not sums.not_whole, sample=sample
    )
    best = separation(sums.counts[: len(classes)], class_rows) if len(classes) > 1 else None
    total = sums.weight + sums.absent
    return FeatureSummary(
        feature=feature,
        count=sums.count,
        missing=sums.missing - uncounted,
        infinite=sums.infinite,
        missing_share=sums.absent / total if total > 0 and not uncounted else None,
        mean=sums.mean,
        deviation=sums.deviation,
        minimum=sums.minimum if has_values else None,
        maximum=sums.maximum if has_values else None,
        quantiles=None if quantiles is None else tuple(float(x) for x in quantiles[0]),
        quantile_error=None if quantiles is None else float(quantiles[1].max()),
        whole=binning.whole and not sums.not_whole,
        integer=binning.integer and not sums.not_whole,
        distinct=binning.distinct,
        unique=binning.distinct == binning.values,
        spike=binning.spike,
        spike_share=sums.spikes / sums.count if has_values else 0.0,
        spike_distance=binning.spike_distance,
        spike_natural=binning.spike_natural,
        auc=None if best is None else best[0],
        separates="" if best is None else classes[best[1]],
        missing_at=missing_at,
    )


def distribution_of(sums: FeatureSums, classes: Sequence[str]) -> Distribution | None:
    """Join the bins of a feature to a histogram for a figure.

    Args:
        sums: over all rows.
        classes: names of the classes; empty where there are none.

    Returns:
        At most 50 bins over the central 99% of the feature; None where there is no value.
    """
    counts = sums.counts[:, BELOW + 1 : MISSING - 1]
    size = np.cumsum(np.abs(counts).sum(axis=0))
    if not sums.count or not size[-1] > 0:
        return None
    whole = sums.binning.whole and not sums.not_whole
    outside = 0.0 if whole else SHOWN_OUTSIDE
    filled = np.flatnonzero(np.diff(size, prepend=0.0))
    first = max(int(np.searchsorted(size, outside * size[-1], side="right")), int(filled[0]))
    last = min(int(np.searchsorted(size, (1 - outside) * size[-1] * (1 - 1e-12))), int(filled[-1]))
    step = max(1, -(-(last + 1 - first) // SHOWN_BINS))
    stop = min(first + step * -(-(last + 1 - first) // step), counts.shape[1])
    shown = np.add.reduceat(counts[:, first:stop], np.arange(0, stop - first, step), axis=1)
    edges = sums.edges[1:-1][np.append(np.arange(first, stop, step), stop)]
    heights = dict(zip(classes, shown, strict=False)) if classes else {"": shown.sum(axis=0)}
    inside, total = float(counts[:, first:stop].sum()), float(sums.counts[:, :MISSING].sum())
    return Distribution(
        edges=tuple(float(x) for x in edges),
        heights={name: tuple(float(x) for x in values) for name, values in heights.items()},
        outside=min(max(0.0, 1 - inside / total), 1.0) if total > 0 else 0.0,
    )
