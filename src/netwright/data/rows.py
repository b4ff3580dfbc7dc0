"""From columns to what a network takes: arrays of inputs, targets and weights, checked value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from netwright.config import (
    BinaryTarget,
    CategoricalInput,
    Experiment,
    FourVectorsInput,
    InputGroup,
    MulticlassTarget,
    NumericInput,
    RegressionTarget,
    Target,
)
from netwright.data.dataset import Dataset
from netwright.data.four_vectors import four_vector_array
from netwright.data.split import content_identity, identity_of
from netwright.errors import DataError

__all__ = ["HeadRows", "Rows", "input_rows", "prepare", "target_rows", "weights_of"]

Array = npt.NDArray[np.generic]

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class HeadRows:
    """What one head shall say of every row.

    Attributes:
        values: shape (rows,): 0 or 1 (binary), the class's position (multiclass), or a number in its unit.
        counts: shape (rows,): whether the row is one that the head learns from (`where`).
    """

    values: npt.NDArray[np.float32] | npt.NDArray[np.int32]
    counts: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Rows of a data set in the form that networks take.

    Attributes:
        inputs: by group: (rows, columns) float32 or int32, or (rows, P, 4) float32, in raw units.
        heads: by head: what it shall say.
        weights: event weights, shape (rows,), float64.
        identity: hash of the rows' identity, shape (rows,).
        numbers: the rows' places in the data set, shape (rows,).
    """

    inputs: Mapping[str, Array]
    heads: Mapping[str, HeadRows]
    weights: npt.NDArray[np.float64]
    identity: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: npt.NDArray[np.int64]) -> Rows:
        """Return some of the rows, in the order given.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The rows.
        """
        heads = {name: HeadRows(head.values[rows], head.counts[rows]) for name, head in self.heads.items()}
        return replace(
            self,
            inputs={name: values[rows] for name, values in self.inputs.items()},
            heads=heads,
            weights=self.weights[rows],
            identity=self.identity[rows],
            numbers=self.numbers[rows],
        )


def prepare(dataset: Dataset, experiment: Experiment) -> Rows:
    """Turn a data set into the rows that an experiment trains on and is judged by.

    Args:
        dataset: columns, with the derived ones, after the selection.
        experiment: says which columns are inputs, targets, weight and identity.

    Returns:
        The rows, in the data set's order.

    Raises:
        DataError: a column is missing, a value cannot be used, a class has no rows, or all weights are zero.
    """
    inputs = input_rows(dataset, experiment.inputs)
    return Rows(
        inputs=inputs,
        heads={name: target_rows(dataset, name, target) for name, target in experiment.targets.items()},
        weights=weights_of(dataset, experiment.data.weight),
        identity=_identity(dataset, experiment.data.identity, inputs),
        numbers=np.arange(dataset.rows, dtype=np.int64),
    )


def input_rows(dataset: Dataset, groups: Mapping[str, InputGroup]) -> dict[str, Array]:
    """Read the groups of inputs, in raw units.

    Args:
        dataset: the columns.
        groups: the groups of an experiment.

    Returns:
        Arrays by group: (rows, columns) float32 for numbers, int32 for categories, (rows, P, 4) float32 in the
        unit of the file for four-vectors.

    Raises:
        DataError: a column is missing or not a number, a value is not finite and not declared as missing, or a
            constituent has no positive energy.
    """
    return {name: _group(dataset, name, group) for name, group in groups.items()}


def target_rows(dataset: Dataset, name: str, target: Target) -> HeadRows:
    """Read what one head shall say.

    Args:
        dataset: the columns.
        name: the head's name, for messages.
        target: the head of an experiment.

    Returns:
        Values of shape (rows,), and which rows count.

    Raises:
        DataError: a label outside the classes, a class with no rows, a value that is not finite, or no row
            that counts.
    """
    where = f"targets.{name}"
    counts = np.ones(dataset.rows, dtype=np.bool_)
    if target.where is not None:
        counts = dataset.condition(target.where, f"{where}.where")
    if not counts.any():
        msg = f"{where}.where: no row fulfils {target.where!r}; the head would learn nothing. Mend the condition."
        raise DataError(msg)
    values = dataset.column(target.column)
    if values.ndim != 1:
        msg = f"{where}: column {target.column} has shape {values.shape}; a target is one number per row"
        raise DataError(msg)
    if isinstance(target, RegressionTarget):
        return HeadRows(_regression(dataset, where, target.column, values, counts), counts)
    return HeadRows(_labels(dataset, where, target, values, counts), counts)


def _group(dataset: Dataset, name: str, group: InputGroup) -> Array:
    if isinstance(group, FourVectorsInput):
        return _four_vectors(dataset, name, group)
    columns = [_flat(dataset, name, column) for column in group.columns]
    if isinstance(group, CategoricalInput):
        return np.stack([_whole(dataset, name, *pair) for pair in zip(group.columns, columns, strict=True)], axis=1)
    values = np.stack([_float32(column) for column in columns], axis=1)
    bad = np.isinf(values) if group.missing else ~np.isfinite(values)
    if bad.any():
        row, position = (int(i) for i in np.argwhere(bad)[0])
        _refuse_value(dataset, f"inputs.{name}", group.columns[position], row, columns[position][row], group)
    return values


def _four_vectors(dataset: Dataset, name: str, group: FourVectorsInput) -> npt.NDArray[np.float32]:
    values = four_vector_array(dataset, group.columns, group.at_most)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        part = values[start : start + _ROWS_AT_ONCE]
        bad = ~np.isfinite(part)
        if bad.any():
            row, constituent, component = (int(i) for i in np.argwhere(bad)[0])
            columns = group.columns if isinstance(group.columns, str) else group.columns[component]
            where = f"{columns} (constituent {constituent}, {group.basis.split(',')[component]})"
            _refuse_value(dataset, f"inputs.{name}", where, start + row, part[row, constituent, component], group)
        strange = (part[..., 0] < 0) | ((part[..., 0] == 0) & part[..., 1:].any(axis=-1))
        if strange.any():
            row, constituent = (int(i) for i in np.argwhere(strange)[0])
            msg = (
                f"inputs.{name}: {dataset.locate(start + row)}: constituent {constituent} is "
                f"{part[row, constituent].tolist()}; E must be positive where there is a constituent, and all four 0 "
                f"where there is none. Are the columns in the order {group.basis}?"
            )
            raise DataError(msg)
    return values


def _refuse_value(dataset: Dataset, where: str, column: str, row: int, value: np.generic, group: InputGroup) -> None:
    """Say which value of an input cannot be used."""
    hint = "Mend the file, or leave the row out with data.selection."
    if isinstance(group, NumericInput) and np.isnan(value):
        hint = "If it stands for a missing value, say missing: true in this group."
    elif isinstance(group, NumericInput):
        hint = "Derive a column without it (data.derived), or leave the row out with data.selection."
    msg = f"{where}: column {column}, {dataset.locate(row)}: {value} is not a finite number in float32. {hint}"
    raise DataError(msg)


def _flat(dataset: Dataset, name: str, column: str) -> Array:
    values = dataset.column(column)
    if values.ndim != 1:
        msg = (
            f"inputs.{name}: column {column} has shape {values.shape[1:]} in each row; this kind takes one number "
            f"per row. Take single ones with data.derived, for example first: {column}[1]."
        )
        raise DataError(msg)
    return values


def _whole(dataset: Dataset, name: str, column: str, values: Array) -> npt.NDArray[np.int32]:
    as_float = np.asarray(values, dtype=np.float64)
    bad = ~(np.isfinite(as_float) & (np.floor(as_float) == as_float) & (np.abs(as_float) < 2**31))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = (
            f"inputs.{name}: column {column}, {dataset.locate(row)}: {values[row]} is not a whole number between "
            "-2147483647 and 2147483647, as a category has to be. For continuous values use kind: numeric."
        )
        raise DataError(msg)
    return as_float.astype(np.int32)


def _float32(values: Array) -> npt.NDArray[np.float32]:
    """Return single precision; what is too large becomes infinite, and is refused as such."""
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float32)


def _labels(
    dataset: Dataset,
    where: str,
    target: BinaryTarget | MulticlassTarget,
    values: Array,
    counts: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int32]:
    positions = np.full(len(values), -1, dtype=np.int32)
    for position, value in enumerate(target.classes.values()):
        positions[np.asarray(values == value)] = position
    strange = counts & (positions < 0)
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        msg = (
            f"{where}: column {target.column}, {dataset.locate(row)}: {values[row]} is none of the classes "
            f"{target.classes}. Name it in {where}.classes, or leave such rows out with {where}.where."
        )
        raise DataError(msg)
    for position, (class_name, value) in enumerate(target.classes.items()):
        if not (counts & (positions == position)).any():
            msg = f"{where}: class {class_name} ({target.column} = {value}) has no rows in {dataset.named_sources()}"
            raise DataError(msg)
    return np.where(counts, positions, 0).astype(np.int32)


def _regression(
    dataset: Dataset, where: str, column: str, values: Array, counts: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    numbers = _float32(values)
    bad = counts & ~np.isfinite(numbers)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = (
            f"{where}: column {column}, {dataset.locate(row)}: {values[row]} is not a finite number in float32. "
            f"Leave such rows out of this head with {where}.where."
        )
        raise DataError(msg)
    return np.where(counts, numbers, np.float32(0))


def weights_of(dataset: Dataset, column: str | None) -> npt.NDArray[np.float64]:
    """Read the event weights.

    Args:
        dataset: the columns.
        column: of the weight; every row weighs 1 without one.

    Returns:
        Weights, shape (rows,), dimensionless; they may be negative.

    Raises:
        DataError: a weight is not a finite number, or all are zero.
    """
    if column is None:
        return np.ones(dataset.rows)
    weights = np.asarray(dataset.column(column), dtype=np.float64)
    if weights.ndim != 1:
        msg = f"data.weight: column {column} has shape {weights.shape[1:]} in each row; a weight is one number per row"
        raise DataError(msg)
    bad = ~np.isfinite(weights)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = f"data.weight: column {column}, {dataset.locate(row)}: {weights[row]} is not a finite number"
        raise DataError(msg)
    if not weights.any():
        msg = f"data.weight: all {len(weights)} weights in column {column} are zero; nothing would be learnt"
        raise DataError(msg)
    return weights


def _identity(dataset: Dataset, columns: list[str], inputs: Mapping[str, Array]) -> npt.NDArray[np.uint64]:
    if not columns:
        return content_identity(inputs)
    return identity_of({column: dataset.arrow(column) for column in columns})
