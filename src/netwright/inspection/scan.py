"""One scan of all rows: sums of every feature and pair of features, and a hash of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.inspection.binning import choose_binning
from netwright.inspection.copies import ContentHash
from netwright.inspection.correlations import MAX_FEATURES, LinearSums
from netwright.inspection.features import Feature
from netwright.inspection.stream import Chunk, RowStream, chunks
from netwright.inspection.sums import SLOTS, FeatureSums
from netwright.progress import Progress, silent

__all__ = ["Scan", "scan_rows"]

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Scan:
    """The sums over all rows.

    Attributes:
        sums: of every feature.
        linear: linear correlations, shape (features, features), dimensionless; None where there are too many.
        hashes: of the inputs of each row, shape (rows,), dimensionless.
    """

    sums: Sequence[FeatureSums]
    linear: Floats | None
    hashes: Hashes


def scan_rows(
    rows: RowStream,
    subset: Floats,
    weights: Floats,
    labels: npt.NDArray[np.int64] | None,
    classes: int,
    progress: Progress = silent,
) -> Scan:
    """Sum every feature and every pair of features, and hash the inputs of every row, some rows at a time.

    Args:
        rows: what to scan.
        subset: features of some rows, shape (features, m), in their units, from which the bins are chosen.
        weights: shape (rows,), dimensionless.
        labels: class of each row, shape (rows,); -1 for none; None where there are no classes.
        classes: how many classes there are.
        progress: callback for progress updates.

    Returns:
        The sums and hashes.
    """
    features = rows.layout.features
    sums = [FeatureSums(choose_binning(values), classes) for values in subset]
    products = LinearSums(len(features)) if 2 <= len(features) <= MAX_FEATURES else None
    content = ContentHash(len(features))
    hashes: Hashes = np.zeros(len(rows), dtype=np.uint64)
    for chunk in chunks(rows, "Scanning rows", progress):
        weight = weights[chunk.rows]
        slots = np.zeros(len(weight), dtype=np.int64)
        if labels is not None:
            slots = np.where(labels[chunk.rows] < 0, classes, labels[chunk.rows]) * SLOTS
        distances, largest = _add_features(chunk, features, sums, weight, slots)
        if products is not None:
            products.add(distances, weight, largest)
        for at, feature in enumerate(features):
            if feature.role == "input":
                hashes[chunk.rows] += content.words(at, chunk.values[at], double=feature.double)
    linear = None if products is None else products.correlations(np.array([feature.first for feature in sums]))
    return Scan(sums, linear, hashes)


def _add_features(
    chunk: Chunk,
    features: Sequence[Feature],
    sums: Sequence[FeatureSums],
    weights: Floats,
    slots: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float32], float]:
    """Add some rows to each feature's sums; return the distances from the centres, and the largest of them."""
    ones = np.ones(len(weights))
    distances = np.empty(chunk.values.shape, dtype=np.float32)
    largest = 0.0
    for at, (feature, values, running) in enumerate(zip(features, chunk.values, sums, strict=True)):
        distance = running.add(values, ones if feature.unweighted else weights, slots)
        largest = max(largest, float(np.abs(distance).max()))
        with np.errstate(over="ignore"):
            distances[at] = distance
    return distances, largest
