"""From columns to the arrays of a network: inputs, targets and weights, with every value checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from netwright.config import SAMPLE, CategoricalInput, Experiment, InputGroup, ParticlesInput, Target
from netwright.data.cache.arrays import whole
from netwright.data.dataset import Dataset
from netwright.data.elements import how_to_name_one
from netwright.data.in_expressions import derived_text, in_sql
from netwright.data.precision.fine_columns import choose_fine_columns
from netwright.data.precision.forms import Forms
from netwright.data.precision.target_offset import less, target_offset
from netwright.data.rows.categories import words_of
from netwright.data.rows.file_inputs import blocks_of
from netwright.data.rows.inputs import input_rows
from netwright.data.rows.labels import class_places, refuse_empty_classes
from netwright.data.rows.particles import particle_words
from netwright.data.rows.row_values import RowValues
from netwright.data.rows.rows import HeadRows, Rows
from netwright.data.split.identity import content_identity, identity_of
from netwright.data.split.split import refuse_too_many
from netwright.errors import DataError
from netwright.tasks import task_of

__all__ = ["event_weights", "prepare", "row_identity", "target_rows", "with_protected"]

Array = npt.NDArray[np.generic]

_SMALLEST_WEIGHT = 1e-140


def prepare(dataset: Dataset, experiment: Experiment, forms: Forms | None = None) -> Rows:
    """Convert a data set to the rows that an experiment trains and is evaluated on.

    Args:
        dataset: columns, with derived ones, after the selection.
        experiment: defines which columns are inputs, targets, weight and identity.
        forms: those of a network; by default determined from the values.

    Returns:
        The rows, in the data set's order.

    Raises:
        DataError: a column is missing, a value cannot be used, a class has no rows, all weights are zero, there
            are more than 2³¹ - 1 rows, or elements of one event differ in their identity.
    """
    refuse_too_many(dataset.rows)
    fine = choose_fine_columns(dataset, experiment.inputs) if forms is None else forms.fine
    offsets = {} if forms is None else {name: forms.offsets.get(name, 0.0) for name in experiment.targets}
    inputs = input_rows(dataset, experiment.inputs, fine)
    identity = row_identity(dataset, experiment.data.identity_columns, inputs)
    if experiment.data.rows is not None:
        _refuse_divided_events(dataset, experiment.data.identity, identity)
    return Rows(
        inputs=inputs,
        fine=fine,
        heads={
            name: with_protected(dataset, name, target, target_rows(dataset, name, target, offsets.get(name)))
            for name, target in experiment.targets.items()
        },
        weights=event_weights(dataset, experiment.data.weight_column),
        identity=identity,
        numbers=np.arange(dataset.rows, dtype=np.int32),
        words={
            column: words for group in experiment.inputs.values() for column, words in _words(dataset, group).items()
        },
        emphasis=_emphasis(dataset, experiment),
        blocks=blocks_of(dataset, experiment.inputs),
    )


def _refuse_divided_events(dataset: Dataset, columns: Sequence[str], identity: npt.NDArray[np.uint64]) -> None:
    """Refuse elements of one event that differ in their identity: the split would divide them."""
    of_event = np.arange(dataset.rows) if dataset.origin is None else dataset.origin
    differ = np.flatnonzero((np.diff(of_event) == 0) & (identity[1:] != identity[:-1]))
    if len(differ):
        msg = (
            f"data.identity: elements of one event ({dataset.locate(int(differ[0]))}) differ in {', '.join(columns)}, "
            "and the split would divide them between training and test. Name columns of the event (run, event ...) "
            "alone."
        )
        raise DataError(msg)


def _words(dataset: Dataset, group: InputGroup) -> dict[str, dict[str, int]]:
    """Return the numbers of words by column of categories that holds words."""
    if isinstance(group, ParticlesInput):
        return particle_words(dataset, group)
    columns = group.columns if isinstance(group, CategoricalInput) else []
    return {column: words for column in columns if (words := words_of(dataset, column))}


def _emphasis(dataset: Dataset, experiment: Experiment) -> npt.NDArray[np.float64] | None:
    """Return the factors on the training weights of samples; None if there are none."""
    factors = {name: sample.importance for name, sample in experiment.data.samples.items() if sample.importance != 1}
    if not factors:
        return None
    column = dataset.arrow(SAMPLE)
    factors_of_rows = np.ones(dataset.rows)
    for name, factor in factors.items():
        factors_of_rows[np.asarray(pc.equal(column, name))] = factor
    return factors_of_rows


def target_rows(
    dataset: Dataset, name: str, target: Target, offset: float | None = None, *, every_class: bool = True
) -> HeadRows:
    """Read the targets of one head.

    Args:
        dataset: the columns.
        name: the head's name, for messages.
        target: the head of an experiment.
        offset: the offset of a regression; by default determined by `netwright.data.precision.target_offset`.
        every_class: whether each class must have rows; rows that are only evaluated may lack some of several.

    Returns:
        Values of shape (rows,), and which rows count.

    Raises:
        DataError: a row of two classes, a class without rows, a value that is not finite, no row that counts, or a
            target that float32 is too coarse for with any offset.
    """
    where = f"targets.{name}"
    counts = np.ones(dataset.rows, dtype=np.bool_)
    if target.where is not None:
        counts = dataset.condition(target.where, f"{where}.where")
    if not counts.any():
        msg = f"{where}.where: no row fulfils {target.where!r}; the head would learn nothing. Correct the condition."
        raise DataError(msg)
    values: Array
    if not target.labels:
        fixed_offset = (
            offset if task_of(target).output(target).standardised else 0.0
        )  # else nothing adds it to the output
        values, offset = _regression(dataset, where, target.column, counts, fixed_offset)
    else:
        values, offset = class_places(dataset, where, target, counts), 0.0
        counts = values >= 0
        if every_class or not counts.any():
            refuse_empty_classes(dataset, where, target, values)
        values = np.where(counts, values, 0).astype(np.int32)
    return HeadRows(whole(values)[: len(values)], counts, offset)  # spare capacity lets a device take it without a copy


def with_protected(dataset: Dataset, name: str, target: Target, head: HeadRows) -> HeadRows:
    """Add the values that the head's score may not depend on, if there are any.

    Args:
        dataset: the columns.
        name: the head's name, for messages.
        target: the head of an experiment.
        head: its truth.

    Returns:
        The same with the protected values, shape (rows,), in their unit.

    Raises:
        DataError: the column is missing, a value is not finite, or float32 is too coarse for the column.
    """
    column = target.protected_column
    if not column:
        return head
    where = f"targets.{name}"
    values, _ = _regression(dataset, where, column, head.counts, 0.0)
    if offset := target_offset(where, column, dataset.column(column), head.counts, dataset.schema):
        msg = (
            f"{where}.protected: column {column} is too fine for float32, in which networks compute. Protect it "
            f"relative to a value in its middle: {derived_text(column, 'shifted', f'- {offset:.17g}', dataset.schema)}."
        )
        raise DataError(msg)
    return replace(head, protected=whole(values)[: len(values)])


def _float32(values: Array) -> npt.NDArray[np.float32]:
    """Return single precision; values that are too large become infinite, and are refused as such."""
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float32)


def _regression(
    dataset: Dataset, where: str, column: str, counts: npt.NDArray[np.bool_], offset: float | None
) -> tuple[npt.NDArray[np.float32], float]:
    values = dataset.column(column)
    if values.ndim != 1:
        shape = values.shape[1:]
        msg = f"{where}: column {column} has shape {shape} in each row; a target is one number per row. "
        msg += how_to_name_one(column, shape)
        raise DataError(msg)
    offset = target_offset(where, column, values, counts, dataset.schema) if offset is None else offset
    numbers = _float32(less(values, offset) if offset else values)
    bad = counts & ~np.isfinite(numbers)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = (
            f"{where}: column {column}, {dataset.locate(row)}: {values[row]} is not a finite number in float32. "
            f"Exclude such rows from this head with {where}.where."
        )
        raise DataError(msg)
    return np.where(counts, numbers, np.float32(0)), offset


def event_weights(dataset: Dataset, column: str | None) -> npt.NDArray[np.float64]:
    """Read the event weights.

    Args:
        dataset: the columns.
        column: of the weight; without one, every row has weight 1.

    Returns:
        Weights, shape (rows,), dimensionless; they may be negative.

    Raises:
        DataError: a weight is not a finite number, all are zero, or the largest is beyond 10^±140, so that its square
            exceeds float64.
    """
    if column is None:
        return np.ones(dataset.rows)
    weights = np.asarray(dataset.column(column), dtype=np.float64)
    if weights.ndim != 1:
        msg = (
            f"data.weight: column {column} has shape {weights.shape[1:]} in each row; a weight is one number per row. "
            f"{how_to_name_one(column, weights.shape[1:])}"
        )
        raise DataError(msg)
    bad = ~np.isfinite(weights)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = (
            f"data.weight: column {column}, {dataset.locate(row)}: {weights[row]} is not a finite number. Leave such "
            f"rows out: data.selection: isfinite({in_sql(column, dataset.schema)})."
        )
        raise DataError(msg)
    largest = float(np.abs(weights).max(initial=0.0))
    if largest and not _SMALLEST_WEIGHT < largest < 1 / _SMALLEST_WEIGHT:
        msg = (
            f"data.weight: the largest weight in column {column} is {largest:.3g} in absolute value, and its square "
            f"is beyond float64. Only ratios of weights count: use one of order 1, "
            f"{derived_text(column, 'scaled', f'/ {largest:.0e}', dataset.schema)}."
        )
        raise DataError(msg)
    if not weights.any():
        msg = (
            f"data.weight: all {len(weights)} weights in column {column} are zero; nothing would be learnt. Name "
            "another column, or leave data.weight out."
        )
        raise DataError(msg)
    return weights


def row_identity(dataset: Dataset, columns: list[str], inputs: Mapping[str, RowValues]) -> npt.NDArray[np.uint64]:
    """Return the identity of every row: from its identity columns, or otherwise from its content.

    Args:
        dataset: the columns.
        columns: the identity columns; empty for the content.
        inputs: the network's inputs, shape (rows, ...) by group, in raw units.

    Returns:
        Shape (rows,), dimensionless.
    """
    if not columns:
        return content_identity(inputs)
    return identity_of({column: dataset.arrow(column) for column in columns})
