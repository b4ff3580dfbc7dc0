"""What a network, or the members of an ensemble, says of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.models import combine

__all__ = ["Scores", "combined_scores", "joined_scores"]


@dataclass(frozen=True)
class Scores:
    """What a network, or the members of an ensemble that may score a row, say of it.

    Attributes:
        heads: by head, shape (rows,), or (rows, classes) for several classes: probabilities, or values in a unit;
            float64 where the target is finer than float32.
        spread: the same shapes: standard deviation over the members that score; NaN where one scores alone.
        members: what each member says, shape (rows, members, n) with n numbers for a row.
        member_mask: which members evaluate each row, shape (rows, members).
    """

    heads: Mapping[str, npt.NDArray[np.floating[Any]]]
    spread: Mapping[str, npt.NDArray[np.float32]]
    members: Mapping[str, npt.NDArray[np.floating[Any]]]
    member_mask: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.integer]) -> Scores:
        """Return what was said of some of the rows.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            Scores of n rows.
        """
        heads, spread, members = (
            {head: values[rows] for head, values in part.items()} for part in (self.heads, self.spread, self.members)
        )
        return Scores(heads, spread, members, self.member_mask[rows])


def joined_scores(parts: list[Scores]) -> Scores:
    """Put scores of parts of the rows together.

    Args:
        parts: scores of rows that follow one another.

    Returns:
        Scores of all of them.
    """
    return Scores(
        heads=_joined([part.heads for part in parts]),
        spread=_joined([part.spread for part in parts]),
        members=_joined([part.members for part in parts]),
        member_mask=np.concatenate([part.member_mask for part in parts]),
    )


def combined_scores(
    model: keras.Model,
    outputs: Mapping[str, npt.NDArray[np.float32]],
    member_mask: npt.NDArray[np.bool_],
    offsets: Mapping[str, float],
) -> Scores:
    """Turn what members said into what the network says.

    Args:
        model: the network, or the ensemble.
        outputs: of `netwright.models.ask_members`, shape (rows, members, n) by head.
        member_mask: which members score, shape (rows, members).
        offsets: by regression head, what outputs are less than the value, in its unit.

    Returns:
        The scores.
    """
    heads, spread = combine(model, outputs, member_mask)
    return Scores(_raised(heads, offsets), spread, _raised(outputs, offsets), member_mask)


def _raised(outputs: Mapping[str, npt.NDArray[Any]], offsets: Mapping[str, float]) -> dict[str, npt.NDArray[Any]]:
    """Add offsets in float64; what has none stays as it is."""
    return {
        head: values.astype(np.float64) + offsets[head] if head in offsets else values
        for head, values in outputs.items()
    }


def _joined(parts: Sequence[Mapping[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}
