"""The scores of rows, from a network or from the members of an ensemble."""

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
    """The scores of rows, from a network or from the members of an ensemble that may score each row.

    Attributes:
        heads: by head, shape (rows,), or (rows, classes) for several classes: probabilities, or values in a unit;
            float64 where the target is finer than float32.
        spread: standard deviation over the members that score, in the same shapes; NaN where only one member scores.
        members: outputs of each member, shape (rows, members, n) with n numbers for each row.
        member_mask: which members evaluate each row, shape (rows, members).
    """

    heads: Mapping[str, npt.NDArray[np.floating[Any]]]
    spread: Mapping[str, npt.NDArray[np.float32]]
    members: Mapping[str, npt.NDArray[np.floating[Any]]]
    member_mask: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.integer]) -> Scores:
        """Select the scores of some of the rows.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            Scores of these n rows.
        """
        heads, spread, members = (
            {head: values[rows] for head, values in by_head.items()}
            for by_head in (self.heads, self.spread, self.members)
        )
        return Scores(heads, spread, members, self.member_mask[rows])


def joined_scores(chunks: list[Scores]) -> Scores:
    """Concatenate the scores of consecutive chunks of rows.

    Args:
        chunks: scores of the chunks, in order.

    Returns:
        Scores of all rows.
    """
    return Scores(
        heads=_joined([chunk.heads for chunk in chunks]),
        spread=_joined([chunk.spread for chunk in chunks]),
        members=_joined([chunk.members for chunk in chunks]),
        member_mask=np.concatenate([chunk.member_mask for chunk in chunks]),
    )


def combined_scores(
    model: keras.Model,
    outputs: Mapping[str, npt.NDArray[np.float32]],
    member_mask: npt.NDArray[np.bool_],
    offsets: Mapping[str, float],
) -> Scores:
    """Combine the outputs of members into scores.

    Args:
        model: the network, or the ensemble.
        outputs: as returned by `netwright.models.make_forward`, shape (rows, members, n) by head.
        member_mask: which members score, shape (rows, members).
        offsets: by regression head, what has to be added to its outputs, in the unit of its target.

    Returns:
        The scores.
    """
    heads, spread = combine(model, outputs, member_mask)
    return Scores(_raised(heads, offsets), spread, _raised(outputs, offsets), member_mask)


def _raised(outputs: Mapping[str, npt.NDArray[Any]], offsets: Mapping[str, float]) -> dict[str, npt.NDArray[Any]]:
    """Add offsets in float64; outputs without an offset are unchanged."""
    return {
        head: values.astype(np.float64) + offsets[head] if head in offsets else values
        for head, values in outputs.items()
    }


def _joined(chunks: Sequence[Mapping[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    return {head: np.concatenate([chunk[head] for chunk in chunks]) for head in chunks[0]}
