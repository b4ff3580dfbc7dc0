"""Whether parts of the data differ: files, or train, valid and test; a classifier tries to tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data import Purpose, generator_of
from netwright.errors import DataError
from netwright.metrics import Measured, roc_curve

__all__ = ["Drift", "drifts", "grouped_files"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

MIN_ROWS = 50  # of a part; with fewer an AUC is known to no better than 0.04
MAX_PARTS = 20
CLIP = 5.0  # deviations, so that a few wild values do not rule the classifier
MIN_RIDGE = 0.01  # of the variance of a feature
NAMED = 3  # features that differ most
NAMED_SHARE = 0.2  # of the largest difference, from which on others are named beside it


@dataclass(frozen=True)
class Drift:
    """How well a classifier tells one part of the data from the rest.

    Attributes:
        part: the part.
        rows: how many rows of it took part.
        auc: of the classifier on rows that it was not fitted to, dimensionless; ½ where the parts are alike.
        features: those whose means differ most, in deviations, the most different first.
    """

    part: str
    rows: int
    auc: Measured
    features: tuple[str, ...]


def drifts(
    values: Floats, weights: Floats, parts: Integers, part_names: Sequence[str], names: Sequence[str], classes: Integers
) -> list[Drift]:
    """Try to tell each part from the rest, with a linear discriminant of features, their squares and what is missing.

    With Φ the standardised features, their squares and indicators, and M their covariance, the scores are
    s = Φ M⁻¹ (⟨Φ⟩_part - ⟨Φ⟩_rest): the first Newton step of logistic regression from zero. It is
    fitted on one half of the rows and tested on the other, and vice versa. Where rows have classes, parts are
    compared within each class, so that files of different processes are not taken for drift.

    Args:
        values: shape (features, n), in the units of the files; NaN where missing.
        weights: shape (n,), dimensionless, also negative.
        parts: the part of each row, shape (n,); below 0 for none.
        part_names: of the parts.
        names: of the features.
        classes: the class of each row, shape (n,), dimensionless; all the same where there are none.

    Returns:
        One result for each part that has at least 50 rows with a class in which there are also as many of the rest.

    Source: R. A. Fisher, Ann. Eugen. 7 (1936) 179, with the ridge of A. E. Hoerl, R. W. Kennard,
        Technometrics 12 (1970) 55.

    Example:
        >>> random = np.random.default_rng(1)
        >>> x, parts = random.normal(size=(1, 4000)), np.arange(4000) % 2
        >>> x[0, parts == 1] += 1
        >>> found = drifts(x, np.ones(4000), parts, ["a", "b"], ["x"], np.zeros(4000, dtype=np.int64))
        >>> [(drift.part, round(drift.auc.value, 1)) for drift in found]  # Φ(1/√2) = 0.76
        [('a', 0.8), ('b', 0.8)]
    """
    results_of_part: dict[int, list[tuple[int, Measured, Floats]]] = {}
    for label in np.unique(classes):
        rows = np.flatnonzero((classes == label) & (parts >= 0))
        sizes = np.bincount(parts[rows], minlength=len(part_names))
        tested = [k for k, size in enumerate(sizes) if min(size, sizes.sum() - size) >= MIN_ROWS]
        if tested:
            for k, auc, shift in _within(values[:, rows], weights[rows], parts[rows], tested):
                results_of_part.setdefault(k, []).append((int(sizes[k]), auc, shift))
    return [_joined(part_names[k], results, names) for k, results in sorted(results_of_part.items())]


def _joined(part: str, results: Sequence[tuple[int, Measured, Floats]], names: Sequence[str]) -> Drift:
    """Take the mean over classes, by number of rows."""
    rows = sum(size for size, _, _ in results)
    value = sum(size * auc.value for size, auc, _ in results) / rows
    uncertainty = float(np.sqrt(sum((size * auc.uncertainty) ** 2 for size, auc, _ in results))) / rows
    shift = np.max([shift for _, _, shift in results], axis=0)
    largest = [int(i) for i in np.argsort(-shift, kind="stable")[:NAMED] if shift[i] > NAMED_SHARE * shift.max()]
    return Drift(part, rows, Measured(value, uncertainty), tuple(names[i] for i in largest))


def _within(
    values: Floats, weights: Floats, parts: Integers, tested: list[int]
) -> Iterator[tuple[int, Measured, Floats]]:
    """Compare the parts within one class: fit on one half and test on the other, and vice versa."""
    features, shifts = _expanded(values), _shifts(values, parts, tested)
    chosen = generator_of(Purpose.DRIFT_HALVES, 0).permutation(len(parts)) % 2 == 0
    halves = [chosen, ~chosen]
    scores = [_scores(features, weights, parts, half, tested) for half in halves]
    for at, k in enumerate(tested):
        try:
            aucs = [
                roc_curve(parts[test_half] == k, score[at], weights[test_half]).auc
                for test_half, score in zip(reversed(halves), scores, strict=True)
            ]
        except DataError:  # weights of a part that do not add up to something positive: nothing can be said
            continue
        uncertainty = float(np.hypot(aucs[0].uncertainty, aucs[1].uncertainty)) / 2
        yield k, Measured((aucs[0].value + aucs[1].value) / 2, uncertainty), shifts[at]


def _scores(
    features: Singles, weights: Floats, parts: Integers, half: npt.NDArray[np.bool_], tested: list[int]
) -> Floats:
    """Return the scores of the other half by discriminants fitted on one, shape (tested, rows of the other half)."""
    x, w = features[:, half], np.abs(weights[half]).astype(np.float32)
    total = max(float(w.sum()), 1e-30)
    mean = x @ w / total
    covariance = ((x * w) @ x.T / total - np.outer(mean, mean)).astype(np.float64)
    ridge = max(MIN_RIDGE, len(x) / x.shape[1])  # as strong as the noise of a covariance from so few rows
    covariance[np.diag_indices(len(x))] += ridge
    indicators = _indicators(parts[half], tested) * weights[half, None]
    inside, outside = indicators, weights[half, None] - indicators
    directions = np.linalg.solve(covariance, _means(x, inside) - _means(x, outside)).astype(np.float32)
    return np.asarray(directions.T @ features[:, ~half], dtype=np.float64)


def _indicators(parts: Integers, tested: list[int]) -> Floats:
    """Return 1 where a row is in a part and 0 where it is not, shape (rows, tested)."""
    return np.asarray(parts[:, None] == np.array(tested), dtype=np.float64)


def _means(x: Singles, weights: Floats) -> Floats:
    """Return the mean of each feature by each weighting, shape (features, tested); 0 without weight."""
    total = weights.sum(axis=0)
    means = x @ weights.astype(np.float32) / np.where(total > 0, total, np.inf)
    return np.asarray(means, dtype=np.float64)


def _expanded(values: Floats) -> Singles:
    """Return standardised features, their squares, and what is missing where that varies."""
    exists = np.isfinite(values)
    standardised = np.zeros(values.shape, dtype=np.float32)
    for row, existing, scaled in zip(values, exists, standardised, strict=True):
        scaled[existing] = np.clip(_standardised(row[existing]), -CLIP, CLIP)
    absent = np.unique(~exists[~exists.all(axis=1)], axis=0).astype(np.float32)
    expanded = np.concatenate([standardised, standardised * standardised, absent])
    for feature in expanded:
        feature[:] = _standardised(feature)
    return expanded[expanded.any(axis=1)]


def _standardised(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values minus their mean over their deviation; zeros where they are all the same."""
    distance = values - values.mean() if len(values) else values
    deviation = np.sqrt(np.mean(distance**2)) if len(values) else 0.0
    return distance / deviation if deviation > 0 else np.zeros_like(values)


def _shifts(values: Floats, parts: Integers, tested: list[int]) -> Floats:
    """Return by how much parts differ from the rest, in deviations of the mean or in presence, (tested, features)."""
    inside = _indicators(parts, tested)
    indicators = [inside, 1 - inside]
    exists = np.isfinite(values).astype(np.float64)
    filled = np.where(exists > 0, values, 0.0)
    centre = filled.sum(axis=1, keepdims=True) / np.maximum(exists.sum(axis=1, keepdims=True), 1)
    filled = np.where(exists > 0, values - centre, 0.0)
    sizes = [exists @ rows for rows in indicators]
    means = [filled @ rows / np.maximum(n, 1) for rows, n in zip(indicators, sizes, strict=True)]
    squares = [filled**2 @ rows / np.maximum(n, 1) for rows, n in zip(indicators, sizes, strict=True)]
    spread = np.sqrt(sum(np.maximum(s - m**2, 0) for s, m in zip(squares, means, strict=True)) / 2)
    shift = np.abs(means[0] - means[1]) / np.where(spread > 0, spread, 1.0)
    shift[np.minimum(*sizes) == 0] = 0
    present = [n / rows.sum(axis=0) for rows, n in zip(indicators, sizes, strict=True)]
    return np.asarray(np.maximum(shift, np.abs(present[0] - present[1])).T, dtype=np.float64)


def grouped_files(names: Sequence[str], sizes: Sequence[int]) -> tuple[Integers, list[str]]:
    """Return which part each row of several files is in: its file, or one of 20 groups of files in their order.

    Args:
        names: of the files.
        sizes: how many rows each has.

    Returns:
        The part of each row, shape (rows,), dimensionless, and the names of the parts.

    Source: definition.

    Example:
        >>> grouped_files(["a", "b"], [1, 2])
        (array([0, 1, 1]), ['a', 'b'])
    """
    groups = min(len(names), MAX_PARTS)
    of_file = np.arange(len(names)) * groups // max(1, len(names))
    groups_of_names = [[name for name, k in zip(names, of_file, strict=True) if k == group] for group in range(groups)]
    labels = [m[0] if len(m) == 1 else f"{m[0]} … {m[-1]}" for m in groups_of_names]
    return np.repeat(of_file, sizes), labels
