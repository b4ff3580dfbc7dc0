"""Constants of the preprocessing, from training rows only, in one pass and in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netwright.config import (
    CategoricalInput,
    Experiment,
    FourVectorsInput,
    InputGroup,
    NumericInput,
    ParticlesInput,
    category_columns_of,
)
from netwright.cpu_count import cpu_count
from netwright.data.description.numeric import centres_of, describe_numeric
from netwright.data.description.particles import centres_of_particles, describe_particles, vocabulary_of_particles
from netwright.data.moments.moments import Moments, weighted_moments
from netwright.data.rows.row_values import RowValues
from netwright.data.rows.rows import Rows
from netwright.data.split.split import Division, Split
from netwright.errors import DataError
from netwright.metrics import CANCELLED
from netwright.tasks import TruthSummary

__all__ = ["Description", "describe", "describe_folds"]

Floats = npt.NDArray[np.float64]

_ROWS_AT_ONCE = 65_536
_FOLDS_AT_ONCE = 4  # each holds a block of rows with its features


@dataclass(frozen=True)
class Description:
    """What a network needs to know of its training rows.

    Attributes:
        numeric: moments of the columns of every numeric group, of their logarithm if configured, and of the distance
            from
            the centre for a column finer than float32.
        centres: by group with such fine columns, the centre of each.
        offsets: by regression target that float32 is too coarse for, the offset subtracted from it, in its unit.
        vocabulary: by group with categories, the values of each column that occur, increasing; a missing one is
            `MISSING_CATEGORY`.
        words: by text column, the number of each word that occurs.
        particles: by group of particles, the moments of each kind of its features (constituents, jet ...) and section
            of its numbers.
        shapes: shape of one row of every group.
        targets: weighted mean and standard deviation of every regression target, minus its offset, in its unit.
        class_weights: by classification head, the sum of weights of each class.
    """

    numeric: Mapping[str, Moments] = field(default_factory=dict)
    vocabulary: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    particles: Mapping[str, Mapping[str, Moments]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    targets: Mapping[str, Moments] = field(default_factory=dict)
    class_weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    centres: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)

    def truth_of(self, head: str) -> TruthSummary:
        """Return what the training rows say of a head's truth.

        Args:
            head: its name.

        Returns:
            Sums of weights of classes, or mean and standard deviation of values in their unit.
        """
        if head in self.class_weights:
            return TruthSummary(class_weights=self.class_weights[head])
        moments = self.targets[head]
        return TruthSummary((), float(moments.mean[0]), float(moments.std[0]), self.offsets.get(head, 0.0))


def describe(
    rows: Rows, split: Split, experiment: Experiment, *, name_row: Callable[[int], str] = "row {}".format
) -> Description:
    """Compute the constants of a network's preprocessing.

    Args:
        rows: all rows.
        split: which of them are training rows; of valid and test rows only the classes are counted.
        experiment: defines the kind of each group and head.
        name_row: returns the origin of a row, for messages.

    Returns:
        Means, deviations and quantiles of numbers in their units, and vocabularies.

    Raises:
        DataError: the weights of the rows of a statistic do not add up to a positive number, a part of the split has no
            weight of a class, or a value whose logarithm is needed is not positive.

    Source: West (1979), doi:10.1145/359146.359153, for updating weighted moments chunk by chunk.

    Example:
        >>> import netwright as nw
        >>> nw.describe(rows, split, experiment).truth_of("energy").mean  # doctest: +SKIP
        843.1
    """
    groups, heads, among = experiment.inputs, experiment.targets, split.train
    class_heads = {name: head for name, head in heads.items() if head.labels}
    class_weights = {
        part: {name: _class_weights(name, rows, numbers, list(head.labels), part) for name, head in class_heads.items()}
        for part, numbers in split.parts().items()
    }
    numeric = {
        name: describe_numeric(name, group, rows, among, name_row)
        for name, group in groups.items()
        if isinstance(group, NumericInput)
    }
    targets = {
        name: weighted_moments(
            f"targets.{name}", [head.column], *_counting(rows, among, name), constant=False, tolerance=0.0
        )
        for name, head in heads.items()
        if not head.labels
    }
    vocabulary = {
        name: _vocabulary(name, group, rows, among)
        for name, group in groups.items()
        if isinstance(group, CategoricalInput) or (isinstance(group, ParticlesInput) and group.categories)
    }
    return Description(
        numeric=numeric,
        vocabulary=vocabulary,
        words=_words(rows, groups, vocabulary),
        particles={
            name: describe_particles(name, group, rows, among, name_row)
            for name, group in groups.items()
            if isinstance(group, FourVectorsInput | ParticlesInput)
        },
        shapes={name: values.shape[1:] for name, values in rows.inputs.items()},
        targets=targets,
        class_weights=class_weights["train"],
        centres={name: _centres(name, groups[name], rows, among) for name in rows.fine},
        offsets=rows.forms.offsets,
    )


def describe_folds(
    rows: Rows, division: Division, experiment: Experiment, *, name_row: Callable[[int], str] = "row {}".format
) -> list[Description]:
    """Compute the constants of every fold's preprocessing, several folds at a time in parallel.

    Args:
        rows: all rows.
        division: the folds.
        experiment: defines the kind of each group and head.
        name_row: returns the origin of a row, for messages.

    Returns:
        Means, deviations and quantiles of numbers in their units, and vocabularies, fold by fold.

    Raises:
        DataError: as for `describe`, for the first fold that fails.

    Source: `describe`.
    """

    def of_fold(fold: int) -> Description:
        return describe(rows, division.split(fold), experiment, name_row=name_row)

    with ThreadPoolExecutor(min(cpu_count(), _FOLDS_AT_ONCE), "netwright-describe") as pool:
        return list(pool.map(of_fold, range(division.folds)))


def _centres(name: str, group: InputGroup, rows: Rows, among: npt.NDArray[np.integer]) -> dict[str, float]:
    if isinstance(group, FourVectorsInput | ParticlesInput):
        return centres_of_particles(name, group, rows, among)
    return centres_of(name, group, rows, among) if isinstance(group, NumericInput) else {}


def _vocabulary(
    name: str, group: CategoricalInput | ParticlesInput, rows: Rows, among: npt.NDArray[np.integer]
) -> tuple[tuple[int, ...], ...]:
    if isinstance(group, ParticlesInput):
        return vocabulary_of_particles(name, group, rows, among)
    return _occurring(rows.inputs[name], among)


def _occurring(values: RowValues, among: npt.NDArray[np.integer]) -> tuple[tuple[int, ...], ...]:
    """Return the values that occur in some rows of each column, increasing."""
    values_of_columns: list[set[int]] = [set() for _ in range(values.shape[1])]
    for start in range(0, len(among), _ROWS_AT_ONCE):
        for occurring, column in zip(values_of_columns, values[among[start : start + _ROWS_AT_ONCE]].T, strict=True):
            occurring.update(np.unique(column).tolist())
    return tuple(tuple(sorted(occurring)) for occurring in values_of_columns)


def _words(
    rows: Rows, groups: Mapping[str, InputGroup], vocabulary: Mapping[str, tuple[tuple[int, ...], ...]]
) -> dict[str, dict[str, int]]:
    """Return the words of a vocabulary, by column."""
    words = {}
    for name, column_values in vocabulary.items():
        for column, numbers in zip(category_columns_of(groups[name]), column_values, strict=True):
            occur = set(numbers)
            if column in rows.words:
                words[column] = {word: number for word, number in rows.words[column].items() if number in occur}
    return words


def _counting(
    rows: Rows, among: npt.NDArray[np.integer], head: str
) -> tuple[npt.NDArray[np.float32] | npt.NDArray[np.int32], Floats]:
    """Return the values and weights of the rows that count for a head."""
    counting = among[rows.heads[head].counts[among]]
    return rows.heads[head].values[counting], rows.weights[counting]


def _rows_of(name: str, rows: Rows, among: npt.NDArray[np.integer], class_number: int) -> int:
    """Count the rows of a class that count for a head."""
    return int(np.count_nonzero(_counting(rows, among, name)[0] == class_number))


def _class_weights(
    name: str, rows: Rows, among: npt.NDArray[np.integer], classes: list[str], part: str
) -> tuple[float, ...]:
    """Add up the weights of each class in one part of the split."""
    sums, sizes = np.zeros(len(classes)), np.zeros(len(classes))
    for start in range(0, len(among), _ROWS_AT_ONCE):
        values, weights = _counting(rows, among[start : start + _ROWS_AT_ONCE], name)
        sums += np.bincount(values.astype(np.int64), weights=weights, minlength=len(classes))
        sizes += np.bincount(values.astype(np.int64), weights=np.abs(weights), minlength=len(classes))
    for number, (class_name, total, size) in enumerate(zip(classes, sums, sizes, strict=True)):
        if size == 0 and not _rows_of(name, rows, among, number):
            everywhere = _rows_of(name, rows, np.arange(len(rows.weights)), number)
            msg = (
                f"targets.{name}: none of the {len(among):,} {part} rows is of class {class_name} ({everywhere:,} of "
                f"all {len(rows.weights):,} rows); a class needs rows in every part. Use more of it, leave it out "
                "(data.selection), or divide the rows differently (split)."
            )
            raise DataError(msg)
        if not total > CANCELLED * size:
            msg = (
                f"targets.{name}: the weights of class {class_name} add up to {total:g} in the {part} rows; "
                "a class needs a positive sum in every part. Use more rows of it, or check its weights."
            )
            raise DataError(msg)
    return tuple(float(total) for total in sums)
