"""Rows of a data set in the form that networks take: inputs, targets and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from netwright.data.precision.fine import FineColumns
from netwright.data.precision.forms import Forms
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.row_values import RowValues, beyond_memory
from netwright.data.rows.streamed import Blocks

__all__ = ["HeadRows", "Rows"]


@dataclass(frozen=True)
class HeadRows:
    """The targets of one head for every row.

    Attributes:
        values: shape (rows,): 0 or 1 (binary), the class index (multiclass), or a number in its unit.
        counts: shape (rows,): whether the head learns from the row: it fulfils `where`, and is of one of the classes.
        offset: of a regression, the offset subtracted from its target in float64 before it became float32, in its unit.
            0 unless float32 is too coarse for the target.
        protected: shape (rows,): what the head's score may not depend on, in its unit; None without.
    """

    values: npt.NDArray[np.float32] | npt.NDArray[np.int32]
    counts: npt.NDArray[np.bool_]
    offset: float = 0.0
    protected: npt.NDArray[np.float32] | None = None

    @property
    def truth(self) -> npt.NDArray[np.float32] | npt.NDArray[np.int32] | npt.NDArray[np.float64]:
        """Values including their offset, shape (rows,), in the target's unit: float64 if there is one."""
        return self.values.astype(np.float64) + self.offset if self.offset else self.values

    def take(self, rows: npt.NDArray[np.integer]) -> HeadRows:
        """Return some of the rows, in the given order.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The targets of these rows.
        """
        protected = None if self.protected is None else self.protected[rows]
        return HeadRows(self.values[rows], self.counts[rows], self.offset, protected)


@dataclass(frozen=True)
class Rows:
    """Rows of a data set in the form that networks take.

    Attributes:
        inputs: by group: (rows, columns) float32 or int32, or (rows, P, k) float32, in raw units, including markers of
            missing values; for a group with fine columns also the remainders, under `rest_of` its name, and for
            particles with categories these, under `categories_of` its name.
            `whole` gives the inputs of `prepare` with their full capacity without a copy; inputs larger than memory
            are stored in a scratch file.
        heads: by head: its targets.
        weights: event weights, shape (rows,), float64.
        identity: hash of the rows' identity, shape (rows,).
        numbers: the rows' positions in the data set, shape (rows,).
        words: by categorical text column, the number of each word.
        fine: by group of numbers, the columns that float32 is too coarse for.
        emphasis: factors on the weights in training only, shape (rows,), dimensionless; None for ones.
        blocks: which rows are read together, of files that are not converted to the cache; None for any.
    """

    inputs: Mapping[str, RowValues]
    heads: Mapping[str, HeadRows]
    weights: npt.NDArray[np.float64]
    identity: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int32]
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    fine: FineColumns = field(default_factory=dict)
    emphasis: npt.NDArray[np.float64] | None = None
    blocks: Blocks | None = None

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def forms(self) -> Forms:
        """How the numbers were converted to float32, to convert other rows for the same network."""
        return Forms(self.fine, {name: head.offset for name, head in self.heads.items() if head.offset})

    @property
    def mapped(self) -> bool:
        """Whether inputs lie in a file, because they are too large for memory."""
        return any(map(beyond_memory, self.inputs.values()))

    def take(self, rows: npt.NDArray[np.integer]) -> Rows:
        """Return some of the rows, in the given order.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The rows.
        """
        heads = {name: head.take(rows) for name, head in self.heads.items()}
        return replace(
            self,
            inputs={
                name: values.take(rows) if isinstance(values, Ragged) else values[rows]
                for name, values in self.inputs.items()
            },
            heads=heads,
            weights=self.weights[rows],
            identity=self.identity[rows],
            numbers=self.numbers[rows],
            emphasis=None if self.emphasis is None else self.emphasis[rows],
            blocks=None,
        )
