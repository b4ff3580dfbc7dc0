"""The rows that the doctor examines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from netwright.metrics import effective_rows

__all__ = ["Array", "Rows"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """Rows that the doctor may examine: all of a small data set, some of a large one.

    Attributes:
        inputs: one number a column, one row a row, shape ``(rows, features)``; inputs of several dimensions flattened;
            in the units that the model gets.
        target: shape ``(rows, outputs)``; None where there is none or it is no number.
        weight: of a row, shape ``(rows,)``; None where all count the same.
        total: number of rows in the whole set, of which these are some; 0 if unknown.
        tokens: whether inputs are numbers of words or categories that an embedding looks up.
        raw: the same rows as the model takes them, not copied.
    """

    inputs: Array
    target: Array | None = None
    weight: Array | None = None
    total: int = 0
    tokens: bool = False
    raw: Any = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def effective(self) -> float:
        """How many rows of one weight have the statistics of these: `netwright.metrics.effective_rows`.

        Example:
            >>> import numpy as np
            >>> Rows(np.zeros((4, 1)), weight=np.array([3.0, 1.0, 1.0, 1.0])).effective
            3.0
        """
        if self.weight is None:
            return float(len(self))
        return effective_rows(self.weight)
