"""Rows with systematic variations, aligned with the rows as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.data import Rows
from netwright.evaluation import PartScores
from netwright.statistics import ScoredEvents

__all__ = ["ScoredRows", "VariedRows", "varied_shapes"]

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class VariedRows:
    """The rows of a variation, and the part of them that is looked at.

    Attributes:
        rows: all rows of the variation.
        part: a part of the split, with the scores of its rows.
    """

    rows: Rows
    part: PartScores


@dataclass(frozen=True)
class ScoredRows:
    """Rows with what templates are made from.

    Attributes:
        identity: hash of the identity, shape (n,).
        scores: shape (n,), dimensionless.
        weights: shape (n,), in events.
        classes: position of the class, shape (n,); -1 for rows that do not count.
    """

    identity: Keys
    scores: Floats
    weights: Floats
    classes: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.integer]) -> ScoredRows:
        """Return some of the rows.

        Args:
            rows: row numbers, shape (m,).

        Returns:
            These rows.
        """
        return ScoredRows(self.identity[rows], self.scores[rows], self.weights[rows], self.classes[rows])

    def of_class(self, class_index: int) -> ScoredRows:
        """Return the rows of one class.

        Args:
            class_index: position of the class.

        Returns:
            These rows.
        """
        return self.take(np.flatnonzero(self.classes == class_index))


def varied_shapes(
    nominal: ScoredRows, others: Mapping[str, Sequence[ScoredRows]], factor: float
) -> tuple[ScoredEvents, dict[str, tuple[ScoredEvents, ScoredEvents]]]:
    """Return a process and its variations with the same rows: those that occur in any of them.

    A row that a variation moves across the selection is absent in one of them, and has weight 0 there; so a bootstrap
    draws an event with all its variations. Rows with the same identity are matched in their order.

    Args:
        nominal: the rows of a process as they are.
        others: by systematic, its rows at -1σ and +1σ.
        factor: on all weights, dimensionless.

    Returns:
        The rows as they are, and by systematic those at -1σ and +1σ, all with the same rows.

    Example:
        >>> classes = np.zeros(2, np.int64)
        >>> rows = ScoredRows(np.array([7, 8], np.uint64), np.array([0.1, 0.2]), np.ones(2), classes)
        >>> moved = ScoredRows(np.array([8, 9], np.uint64), np.array([0.3, 0.4]), np.ones(2), classes)
        >>> one, shapes = varied_shapes(rows, {"jes": (rows, moved)}, 10.0)
        >>> one.weights.tolist(), shapes["jes"][1].weights.tolist(), shapes["jes"][1].scores.tolist()
        ([10.0, 10.0, 0.0], [0.0, 10.0, 10.0], [0.1, 0.3, 0.4])
    """
    all_rows = [nominal, *(side for sides in others.values() for side in sides)]
    keys = [_keys(rows.identity) for rows in all_rows]
    union, inverse = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    ends = np.cumsum([len(key) for key in keys])
    positions = np.split(inverse.reshape(-1), ends[:-1])
    anywhere = np.zeros(len(union))
    for rows, position in zip(reversed(all_rows), reversed(positions), strict=True):
        anywhere[position] = rows.scores
    events = []
    for rows, position in zip(all_rows, positions, strict=True):
        scores, weights = anywhere.copy(), np.zeros(len(union))
        scores[position], weights[position] = rows.scores, factor * rows.weights
        events.append(ScoredEvents(scores, weights))
    return events[0], {name: (events[1 + 2 * number], events[2 + 2 * number]) for number, name in enumerate(others)}


def _keys(identity: Keys) -> Keys:
    """Return identity and number of occurrence of each row, shape (n, 2)."""
    order = np.argsort(identity, kind="stable")
    sorted_identity = identity[order]
    starts = (
        np.flatnonzero(np.concatenate([[True], sorted_identity[1:] != sorted_identity[:-1]]))
        if len(sorted_identity)
        else np.array([], int)
    )
    occurrence = np.empty(len(identity), np.uint64)
    occurrence[order] = np.arange(len(sorted_identity)) - np.repeat(
        starts, np.diff(np.append(starts, len(sorted_identity)))
    )
    return np.stack([identity, occurrence], axis=1)
