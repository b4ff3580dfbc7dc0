"""Constants of the preprocessing, from training rows only, in one pass and in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netwright.config import CategoricalInput, Experiment, FourVectorsInput, NumericInput, RegressionTarget
from netwright.data.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, constituent_features, jet_features
from netwright.data.rows import Rows
from netwright.data.split import Split
from netwright.errors import DataError

__all__ = ["Description", "Moments", "describe", "weighted_moments"]

Floats = npt.NDArray[np.float64]

_ROWS_AT_ONCE = 8_192
_NEARLY_CONSTANT = 1e-6  # of the feature's size: below, float32 cannot tell the values apart


@dataclass(frozen=True)
class Moments:
    """Weighted mean and standard deviation of features, and their range.

    Attributes:
        names: of the features.
        mean: Σ w x / Σ w, shape (features,), in the features' units.
        std: sqrt(Σ w (x - mean)² / Σ w), shape (features,); 1 for a constant feature.
        minimum: shape (features,).
        maximum: shape (features,).
        missing: share of weights with no value, shape (features,), dimensionless.
    """

    names: tuple[str, ...]
    mean: Floats
    std: Floats
    minimum: Floats
    maximum: Floats
    missing: Floats

    @property
    def constant(self) -> list[str]:
        """Return the names of the features that have one value only, as far as float32 can tell."""
        same = _nearly_constant(self.minimum, self.maximum)
        return [name for name, one_value in zip(self.names, same, strict=True) if one_value]


@dataclass(frozen=True)
class Description:
    """What a network needs to know of its training rows.

    Attributes:
        numeric: moments of the columns of every numeric group.
        vocabulary: by categorical group, the values of each column that occur, increasing.
        constituents: moments of the constituents' features of every four-vector group.
        jets: moments of the jets' features of every four-vector group.
        shapes: shape of one row of every group.
        targets: weighted mean and standard deviation of every regression target, in its unit.
        class_weights: by classification head, the sum of weights of each class.
    """

    numeric: Mapping[str, Moments] = field(default_factory=dict)
    vocabulary: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    constituents: Mapping[str, Moments] = field(default_factory=dict)
    jets: Mapping[str, Moments] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    targets: Mapping[str, Moments] = field(default_factory=dict)
    class_weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def describe(rows: Rows, split: Split, experiment: Experiment) -> Description:
    """Find the constants of a network's preprocessing.

    Args:
        rows: all rows.
        split: which of them are training rows; of valid and test rows only the classes are counted.
        experiment: says of which kind each group and head is.

    Returns:
        Means, deviations and vocabularies.

    Raises:
        DataError: the weights of the rows that a statistic is taken over add up to nothing positive, or a part
            of the split has no weight of a class.

    Source: West (1979), doi:10.1145/359146.359153, for updating weighted moments chunk by chunk.
    """
    groups, heads, among = experiment.inputs, experiment.targets, split.train
    class_heads = {name: head for name, head in heads.items() if not isinstance(head, RegressionTarget)}
    class_weights = {
        part: {
            name: _class_weights(name, rows, numbers, list(head.classes), part) for name, head in class_heads.items()
        }
        for part, numbers in split.parts().items()
    }
    numeric = {
        name: weighted_moments(f"inputs.{name}", group.columns, rows.inputs[name][among], rows.weights[among])
        for name, group in groups.items()
        if isinstance(group, NumericInput)
    }
    constituents, jets = {}, {}
    for name, group in groups.items():
        if isinstance(group, FourVectorsInput):
            constituents[name], jets[name] = _four_vector_moments(name, rows, among)
    targets = {
        name: weighted_moments(f"targets.{name}", [head.column], *_counting(rows, among, name), constant=False)
        for name, head in heads.items()
        if isinstance(head, RegressionTarget)
    }
    return Description(
        numeric=numeric,
        vocabulary={
            name: tuple(tuple(int(v) for v in np.unique(column)) for column in rows.inputs[name][among].T)
            for name, group in groups.items()
            if isinstance(group, CategoricalInput)
        },
        constituents=constituents,
        jets=jets,
        shapes={name: values.shape[1:] for name, values in rows.inputs.items()},
        targets=targets,
        class_weights=class_weights["train"],
    )


def weighted_moments(
    where: str,
    names: list[str] | tuple[str, ...],
    values: npt.NDArray[np.generic],
    weights: Floats,
    *,
    constant: bool = True,
) -> Moments:
    """Take weighted moments of columns over their finite values, chunk by chunk in float64.

    mean = Σ w x / Σ w and std = sqrt(Σ w (x - mean)² / Σ w); sums run over values around that of a first guess,
    so that no digits cancel.

    Args:
        where: what the columns are, for messages.
        names: of the columns.
        values: shape (rows, columns) or (rows,), in any unit; NaN is left out, and so are rows of weight 0.
        weights: event weights, shape (rows,); they may be negative.
        constant: whether a column may have one value only.

    Returns:
        The moments.

    Raises:
        DataError: the weights of the values there are do not add up to a positive number, negative weights
            make a variance negative, or a column is constant and may not be.

    Source: West (1979), doi:10.1145/359146.359153.

    Example:
        >>> moments = weighted_moments("x", ["x"], np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> float(moments.mean[0]), float(moments.std[0].round(4))
        (1.5, 0.866)
    """
    sums = _Sums(len(names))
    for start in range(0, len(values), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        chunk = np.asarray(values[part], dtype=np.float64).reshape(-1, len(names))
        sums.add(chunk, np.broadcast_to(weights[part, None], chunk.shape), np.isfinite(chunk))
    return sums.moments(where, tuple(names), constant=constant)


class _Sums:
    """Running weighted sums of columns around a first guess of their means."""

    def __init__(self, columns: int) -> None:
        self.guess: Floats = np.full(columns, np.nan)
        self.weight, self.first, self.second, self.absent = (np.zeros(columns) for _ in range(4))
        self.minimum, self.maximum = np.full(columns, np.inf), np.full(columns, -np.inf)

    def add(self, values: Floats, weights: Floats, exists: npt.NDArray[np.bool_]) -> None:
        """Add values of shape (n, columns) with their weights, where they exist."""
        exists = exists & (weights != 0)  # a row of no weight says nothing
        self.minimum = np.minimum(self.minimum, np.where(exists, values, np.inf).min(axis=0))
        self.maximum = np.maximum(self.maximum, np.where(exists, values, -np.inf).max(axis=0))
        count = exists.sum(axis=0)
        first_values = np.isnan(self.guess) & (count > 0)  # a column may begin with missing values
        self.guess[first_values] = (np.where(exists, values, 0).sum(axis=0) / np.maximum(count, 1))[first_values]
        distance = np.where(exists, values - self.guess, 0)
        weighted = weights * distance
        self.weight += np.where(exists, weights, 0).sum(axis=0)
        self.absent += np.where(exists, 0, weights).sum(axis=0)
        self.first += weighted.sum(axis=0)
        self.second += (weighted * distance).sum(axis=0)

    def moments(self, where: str, names: tuple[str, ...], *, constant: bool) -> Moments:
        """Turn the sums into moments."""
        for name, weight in zip(names, self.weight, strict=True):
            if not weight > 0:
                msg = (
                    f"{where}: the weights of the training rows with a value of {name} add up to {weight:g}; "
                    "a mean needs a positive sum. Look at the weights and at missing values."
                )
                raise DataError(msg)
        shift = self.first / self.weight
        variance = self.second / self.weight - shift**2
        mean = self.guess + shift
        same = _nearly_constant(self.minimum, self.maximum)
        for name, value, is_same, centre in zip(names, variance, same, mean, strict=True):
            if is_same and not constant:
                msg = f"{where}: {name} is {centre:g} in every training row; there is nothing to learn"
                raise DataError(msg)
            if not is_same and value <= 0:
                msg = (
                    f"{where}: the variance of {name} is {value:g} with these weights, and must be positive. "
                    "Look for large negative weights, and leave some of them out."
                )
                raise DataError(msg)
        std = np.where(same, 1.0, np.sqrt(np.where(same, 1.0, variance)))
        missing = self.absent / (self.weight + self.absent)
        return Moments(names, mean, std, self.minimum, self.maximum, missing)


def _nearly_constant(minimum: Floats, maximum: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(maximum - minimum <= _NEARLY_CONSTANT * np.maximum(abs(minimum), abs(maximum)))


def _four_vector_moments(name: str, rows: Rows, among: npt.NDArray[np.int64]) -> tuple[Moments, Moments]:
    """Take moments over the constituents there are, and over jets."""
    of_constituents, of_jets = _Sums(len(CONSTITUENT_FEATURES)), _Sums(len(JET_FEATURES))
    for start in range(0, len(among), _ROWS_AT_ONCE):
        part = among[start : start + _ROWS_AT_ONCE]
        p4 = np.asarray(rows.inputs[name][part], dtype=np.float64)
        features, mask = constituent_features(p4)
        exists = np.broadcast_to(mask > 0, features.shape)
        weights = np.broadcast_to(rows.weights[part, None, None], features.shape)
        flat = (-1, len(CONSTITUENT_FEATURES))
        of_constituents.add(features.reshape(flat), weights.reshape(flat), exists.reshape(flat))
        jets = jet_features(p4)
        filled = np.broadcast_to(mask.any(axis=1), jets.shape)
        of_jets.add(jets, np.broadcast_to(rows.weights[part, None], jets.shape), filled)
    return (
        of_constituents.moments(f"inputs.{name}", CONSTITUENT_FEATURES, constant=True),
        of_jets.moments(f"inputs.{name}", JET_FEATURES, constant=True),
    )


def _counting(
    rows: Rows, among: npt.NDArray[np.int64], head: str
) -> tuple[npt.NDArray[np.float32] | npt.NDArray[np.int32], Floats]:
    """Return the values and weights of the rows that count for a head."""
    counting = among[rows.heads[head].counts[among]]
    return rows.heads[head].values[counting], rows.weights[counting]


def _class_weights(
    name: str, rows: Rows, among: npt.NDArray[np.int64], classes: list[str], part: str
) -> tuple[float, ...]:
    """Add up the weights of each class in one part of the split."""
    values, weights = _counting(rows, among, name)
    sums = np.bincount(values.astype(np.int64), weights=weights, minlength=len(classes))
    for class_name, total in zip(classes, sums, strict=True):
        if not total > 0:
            msg = (
                f"targets.{name}: the weights of class {class_name} add up to {total:g} in the {part} rows; "
                "a class needs a positive sum in every part. Take more rows of it, or look at its weights."
            )
            raise DataError(msg)
    return tuple(float(total) for total in sums)
