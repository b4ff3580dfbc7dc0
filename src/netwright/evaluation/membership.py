"""Which rows a network was fitted to, by their identity, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import PARTS, Division, Rows

__all__ = ["UNSEEN", "Membership", "membership_of"]

UNSEEN = "unseen"
"""The part of rows that are not in the training data."""


@dataclass(frozen=True)
class Membership:
    """What each row of the training data is to the network that scores it.

    Attributes:
        identity: of these rows, shape (n,), increasing and each once.
        part: place in `netwright.data.split.split.PARTS`, shape (n,).
    """

    identity: npt.NDArray[np.uint64]
    part: npt.NDArray[np.uint8]

    def parts_of(self, identity: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
        """Say what rows are to the network.

        Args:
            identity: of the rows, shape (rows,), dimensionless.

        Returns:
            Place in `names`, shape (rows,).
        """
        if not len(self.identity):
            return np.full(len(identity), len(PARTS), np.uint8)
        place = np.minimum(np.searchsorted(self.identity, identity), len(self.identity) - 1)
        return np.where(self.identity[place] == identity, self.part[place], len(PARTS)).astype(np.uint8)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of what rows may be: train, valid, test, and unseen for those of other data."""
        return (*PARTS, UNSEEN)

    def counts(self, parts: npt.NDArray[np.uint8]) -> Mapping[str, int]:
        """Count rows by what they are.

        Args:
            parts: of `parts_of`, shape (rows,).

        Returns:
            Rows by name.
        """
        counted = np.bincount(parts, minlength=len(PARTS) + 1).tolist()
        return dict(zip(self.names(), counted, strict=True))


def membership_of(experiment: Experiment, rows: Rows, division: Division) -> Membership:
    """Say what each row is to the members that score it, wherever it comes from.

    A row that any of them was fitted to is a train row. After a cross-validation over all rows, the members that score
    a row never saw it: all are test rows.

    Args:
        experiment: has the kind of division.
        rows: all rows.
        division: what each row is to each fold.

    Returns:
        By identity; of rows of one identity in several parts, the first of train, valid, test.
    """
    if experiment.split.every_row_is_tested:
        of_group = [PARTS.index("test")] * len(division.roles)
    else:
        of_group = [min(PARTS.index(role) for role in roles) for roles in division.roles]
    part = np.asarray(of_group, np.uint8)[division.group]
    order = np.lexsort((part, rows.identity))
    identity, first = np.unique(rows.identity[order], return_index=True)
    return Membership(identity, part[order][first])
