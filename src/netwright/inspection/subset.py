"""What is computed on a random subset of the rows, because it would take too long on all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.inspection.correlations import ENOUGH_ROWS, Pair, correlation, pair_counts, ranks, strongest
from netwright.inspection.drift import Drift, drifts
from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.features import Layout
from netwright.inspection.findings.pairs import NEARLY_IDENTICAL
from netwright.inspection.partition import Partition
from netwright.inspection.result import Correlations, PairHistogram
from netwright.inspection.units import UnitClash, unit_clashes
from netwright.progress import Progress, silent

__all__ = ["Subset", "closest_inputs", "compute_correlations", "find_drift", "find_unit_clashes", "pair_histograms"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STRONGEST = 100  # pairs in a table
CANDIDATES = 100_000  # pairs among which those for figures are picked
DRAWN_PAIRS = 9
FOLLOWED_ROWS = 10_000  # a correlation is then known to 0.01, and near 1 far better
WEAK = 0.1  # |ρ| of either kind, below which a figure would show nothing
PAIRS_OF_ONE = 2  # figures that one feature may be in
PAIRS_OF_A_FAMILY = 2  # figures of the same two columns of lists, or components in them
ENOUGH_SHARE = 0.01  # of the subset with a value: rarer features are not compared in pairs


@dataclass(frozen=True, eq=False)
class Subset:
    """A subset of the rows.

    Attributes:
        layout: the features.
        values: shape (features, m), in their units; NaN where missing.
        weights: shape (m,), dimensionless.
        labels: class of each row, shape (m,), dimensionless; 0 where there are no classes.
        partitions: into files and parts of the split.
    """

    layout: Layout
    values: Floats
    weights: Floats
    labels: Integers
    partitions: Mapping[str, Partition]

    def take(self, rows: Integers) -> Subset:
        """Return some of the rows.

        Args:
            rows: positions in the subset, shape (n,).

        Returns:
            A smaller subset.
        """
        partitions = {name: Partition(divided.part[rows], divided.names) for name, divided in self.partitions.items()}
        return Subset(self.layout, self.values[:, rows], self.weights[rows], self.labels[rows], partitions)


def compute_correlations(subset: Subset, linear: Floats | None, progress: Progress = silent) -> Correlations | None:
    """Combine linear correlations of all rows with rank correlations of the subset, for inputs, targets and others.

    Features that have a value in fewer than 1% of the rows, or in fewer than 100, are left out.

    Args:
        subset: the subset.
        linear: shape (features, features), dimensionless; None where there are too few or too many features.
        progress: callback for progress updates.

    Returns:
        Both matrices; None without `linear`.
    """
    rows = subset.values.shape[1]
    enough = max(ENOUGH_SHARE * rows, min(ENOUGH_ROWS, rows))
    counts = np.count_nonzero(np.isfinite(subset.values), axis=1)
    positions = [
        at
        for at, f in enumerate(subset.layout.features)
        if f.role not in {"identity", "weight"} and counts[at] >= enough
    ]
    if linear is None or len(positions) < 2:
        return None
    ranked = np.empty((len(positions), subset.values.shape[1]))
    for row, at in enumerate(positions):
        ranked[row] = ranks(subset.values[at])
        progress("Ranking", row + 1, len(positions), "features")
    rank = correlation(ranked, subset.weights)
    names = [subset.layout.features[at].name for at in positions]
    linear_of_chosen = linear[np.ix_(positions, positions)]
    return Correlations(
        tuple(names), linear_of_chosen, rank, tuple(strongest(linear_of_chosen, rank, names, STRONGEST))
    )


def closest_inputs(subset: Subset, columns: Sequence[str]) -> list[Pair]:
    """Return the input most correlated with each regression target, on the rows that have both.

    Args:
        subset: the subset, of which the first 10,000 rows of the target are taken.
        columns: of regression targets.

    Returns:
        For each target, the pair of it and that input; none for a target without inputs that vary.
    """
    features = subset.layout.features
    closest = []
    for target in (at for at, f in enumerate(features) if f.column in columns):
        rows = np.flatnonzero(np.isfinite(subset.values[target]))[:FOLLOWED_ROWS]
        truth, weights = subset.values[target, rows], subset.weights[rows]
        pairs = []
        for at in (at for at, f in enumerate(features) if f.role == "input"):
            values = subset.values[at, rows]
            both = np.isfinite(values)
            if np.count_nonzero(both) >= ENOUGH_ROWS:
                x, y, w = truth[both], values[both], weights[both]
                linear = float(correlation(np.stack([x, y]), w)[0, 1])
                rank = float(correlation(np.stack([ranks(x), ranks(y)]), w)[0, 1])
                pairs.append(Pair(features[target].name, features[at].name, linear, rank))
        defined = [pair for pair in pairs if np.isfinite(pair.linear) and np.isfinite(pair.rank)]
        if defined:
            closest.append(max(defined, key=lambda pair: max(abs(pair.linear), abs(pair.rank))))
    return closest


def pair_histograms(subset: Subset, correlations: Correlations | None) -> Iterator[PairHistogram]:
    """Count the strongest pairs in two dimensions, each feature in at most two.

    Args:
        subset: the subset.
        correlations: of the features.

    Yields:
        Up to nine histograms.
    """
    if correlations is None:
        return
    position = {feature.name: at for at, feature in enumerate(subset.layout.features)}
    family = {f.name: f"{f.column}{f.index[1:]}" if f.index else f.name for f in subset.layout.features}
    used: dict[str, int] = {}
    drawn = 0
    many = strongest(correlations.linear, correlations.rank, list(correlations.names), CANDIDATES)
    for pair in many:
        families = " ".join(sorted((family[pair.first], family[pair.second])))
        is_drawn_enough = max(used.get(pair.first, 0), used.get(pair.second, 0)) >= PAIRS_OF_ONE
        if drawn == DRAWN_PAIRS or max(abs(pair.linear), abs(pair.rank)) < WEAK:
            return
        if is_drawn_enough or used.get(families, 0) >= PAIRS_OF_A_FAMILY or _is_line(pair):
            continue
        histogram = pair_counts(
            subset.values[position[pair.first]], subset.values[position[pair.second]], subset.weights
        )
        if histogram is not None:
            drawn += 1
            for name in (pair.first, pair.second, families):
                used[name] = used.get(name, 0) + 1
            yield PairHistogram(pair, *histogram)


def _is_line(pair: Pair) -> bool:
    return abs(pair.linear) >= NEARLY_IDENTICAL  # which is a finding of its own


def find_drift(
    subset: Subset, features: Sequence[FeatureSummary], progress: Progress = silent
) -> dict[str, tuple[Drift, ...]]:
    """Compare files with each other within each class, and the parts of the split with each other.

    Args:
        subset: the subset.
        features: of which the inputs take part that vary and do not number the rows.
        progress: callback for progress updates.

    Returns:
        By partition, the result for each part.
    """
    used = [
        at
        for at, f in enumerate(features)
        if f.feature.role == "input" and f.count and not f.constant and not (f.integer and f.unique)
    ]
    names = [features[at].name for at in used]
    drifts_of_partition = {}
    for done, (name, partition) in enumerate(subset.partitions.items()):
        progress("Looking for drift", done, len(subset.partitions), "partitions")
        classes = subset.labels if name == "files" else np.zeros_like(subset.labels)
        if used:
            values = subset.values[used]
            drifts_of_partition[name] = tuple(
                drifts(values, subset.weights, partition.part, partition.names, names, classes)
            )
    progress("Looking for drift", len(subset.partitions), len(subset.partitions), "partitions")
    return drifts_of_partition


def find_unit_clashes(subset: Subset, features: Sequence[FeatureSummary]) -> list[UnitClash]:
    """Look for mixed units.

    Args:
        subset: the subset.
        features: whose spikes, which may be padding, are left out.

    Returns:
        The clashes.
    """
    files = subset.partitions.get("files")
    parts = np.zeros(subset.values.shape[1], dtype=np.int64) if files is None else files.part
    names = ["all rows"] if files is None else files.names
    values = subset.values.copy()
    for row, feature in zip(values, features, strict=True):
        if feature.spike is not None:
            row[row == feature.spike] = np.nan
    return unit_clashes(subset.layout.features, values, parts, names, subset.layout.vectors)
