"""What training needs of rows, as arrays: inputs, targets, and how much each row counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import Blocks, Kept, Rows, allocate, beyond_memory, capacity, importance, kept_rows
from netwright.errors import DataError
from netwright.metrics import CANCELLED
from netwright.training.compiled.batch_loss import protected_name

__all__ = ["RowArrays", "head_weights", "make_row_arrays", "stacked_weights"]

Floats = npt.NDArray[np.float32]

_ROWS_AT_ONCE = 2**20


@dataclass(frozen=True)
class RowArrays:
    """Rows as arrays, of NumPy or on a device.

    Attributes:
        inputs: by group, shape (rows, ...), in raw units.
        values: by head, shape (rows,): labels, or targets in their unit; also the values that a head protects.
        weights: by head, shape (members, capacity of rows), of `head_weights`, then zeros; one line serves all where
            each member has its own rows.
        blocks: which rows are read together, of files that are not converted to the cache; None for any.
        events: event weights, without balance and importance, shape (rows,); None where `weights` are these.
    """

    inputs: Mapping[str, Any]
    values: Mapping[str, Any]
    weights: Mapping[str, Any]
    blocks: Blocks | None = None
    events: npt.NDArray[np.float64] | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.inputs.values())))

    @property
    def row_bytes(self) -> int:
        """The size of a row's inputs."""
        return sum(values.dtype.itemsize * int(np.prod(values.shape[1:])) for values in self.inputs.values())

    @property
    def mapped(self) -> bool:
        """Whether inputs lie in a file, because they are too large for the memory."""
        return any(map(beyond_memory, self.inputs.values()))


jax.tree_util.register_dataclass(
    RowArrays, data_fields=["inputs", "values", "weights"], meta_fields=[], drop_fields=["blocks", "events"]
)


def head_weights(rows: Rows, among: npt.NDArray[np.integer], targets: Mapping[str, Target]) -> dict[str, Floats]:
    """Return how much every row counts for each head, as seen by one set of training rows.

    ŵ_i = w_i f_i n / Σ_j w_j f_j, with the sum over the n training rows: event weights w times the importance f that
    balance gives to classes or bins, so that the mean of ŵ · loss over training rows is the weighted mean of the
    loss; 0 where the row does not count for the head. Of a training with down-sampling, the n rows are those that are
    kept, with the corrections that batches have.

    Args:
        rows: all rows.
        among: numbers of the training rows, shape (n,).
        targets: the heads of an experiment.

    Returns:
        ŵ by head, shape (rows,), dimensionless.

    Raises:
        DataError: the weights of the training rows that count for a head do not add up to a positive number.

    Source: definition.

    Example:
        >>> import netwright as nw
        >>> weights = nw.head_weights(rows, split.train, experiment.targets)  # doctest: +SKIP
        >>> float(weights["is_top"][split.train].mean())  # doctest: +SKIP
        1.0
    """
    training = kept_rows(rows, among, targets)
    factors = importance(rows, training, targets)
    return {name: _weights_of_head(rows, training, name, factors.get(name)) for name in targets}


def make_row_arrays(rows: Rows, weights: Sequence[Mapping[str, Floats]]) -> RowArrays:
    """Collect what training needs of rows, without a copy of the inputs.

    Args:
        rows: all rows.
        weights: of `head_weights`, for each member: by head, shape (rows,), dimensionless.

    Returns:
        The rows.
    """
    return RowArrays(
        inputs=rows.inputs,
        values={name: head.values for name, head in rows.heads.items()}
        | {protected_name(name): head.protected for name, head in rows.heads.items() if head.protected is not None},
        weights={name: stacked_weights([of_member[name] for of_member in weights]) for name in rows.heads},
        blocks=rows.blocks,
        events=rows.weights,
    )


def stacked_weights(lines: Sequence[Floats]) -> Floats:
    """Stack lines of weights, with as much room behind them as arrays of `netwright.data.cache.arrays` have.

    Args:
        lines: weights, shape (rows,) each, dimensionless.

    Returns:
        Shape (lines, capacity of rows): the weights, then zeros.
    """
    count = len(lines[0])
    stacked: Floats = allocate(1, (len(lines), capacity(count)), np.float32)[0]
    for number, line in enumerate(lines):
        stacked[number, :count] = line
    return stacked


def _weights_of_head(rows: Rows, training: Kept, name: str, factors: npt.NDArray[np.float64] | None) -> Floats:
    """Return the weights of one head; part by part, because of many rows each array is large."""

    def counted_weights(rows_slice: slice | npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        weights = np.where(rows.heads[name].counts[rows_slice], rows.weights[rows_slice], 0.0)
        return weights if factors is None else weights * factors[rows_slice]

    total = size = 0.0
    for start in _starts(len(training.rows)):
        chunk = slice(start, start + _ROWS_AT_ONCE)
        weights_of_chunk = counted_weights(training.rows[chunk]) * training.corrections[chunk]
        total += float(weights_of_chunk.sum())
        size += float(np.abs(weights_of_chunk).sum())
    if not total > CANCELLED * size:
        msg = (
            f"targets.{name}: the weights of the training rows that count add up to {total:g}; "
            "a weighted mean needs a positive sum. Look at the weights and at the condition in where."
        )
        raise DataError(msg)
    weights = np.empty(len(rows), np.float32)
    for start in _starts(len(rows)):
        chunk = slice(start, start + _ROWS_AT_ONCE)
        weights[chunk] = counted_weights(chunk) * (len(training.rows) / total)
    return weights


def _starts(count: int) -> range:
    return range(0, count, _ROWS_AT_ONCE)
