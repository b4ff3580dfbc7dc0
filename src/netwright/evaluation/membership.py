"""Which rows a network was fitted to, recognised by their identity in any file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import PARTS, Division, Rows

__all__ = ["UNSEEN", "Membership", "membership_of"]

UNSEEN = "unseen"
"""The name of the part for rows that are not in the training data."""


@dataclass(frozen=True)
class Membership:
    """The part (train, valid or test) of each row of the training data, for the network that scores it.

    Attributes:
        identity: identities of these rows, shape (n,), increasing and without duplicates.
        part: index into `netwright.data.split.split.PARTS`, shape (n,).
    """

    identity: npt.NDArray[np.uint64]
    part: npt.NDArray[np.uint8]

    def parts_of(self, identity: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
        """Return the part that each row belongs to.

        Args:
            identity: identities of the rows, shape (rows,), dimensionless.

        Returns:
            Index into `names`, shape (rows,).
        """
        if not len(self.identity):
            return np.full(len(identity), len(PARTS), np.uint8)
        position = np.minimum(np.searchsorted(self.identity, identity), len(self.identity) - 1)
        return np.where(self.identity[position] == identity, self.part[position], len(PARTS)).astype(np.uint8)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of the parts: train, valid, test, and unseen for rows of other data."""
        return (*PARTS, UNSEEN)

    def counts(self, parts: npt.NDArray[np.uint8]) -> Mapping[str, int]:
        """Count the rows in each part.

        Args:
            parts: as returned by `parts_of`, shape (rows,).

        Returns:
            Number of rows by name of the part.
        """
        counted = np.bincount(parts, minlength=len(PARTS) + 1).tolist()
        return dict(zip(self.names(), counted, strict=True))


def membership_of(experiment: Experiment, rows: Rows, division: Division) -> Membership:
    """Find the part of each row for the members that score it.

    A row that any of these members was fitted to is a train row. After a cross-validation over all rows, the members
    that score a row never saw it, so all rows are test rows.

    Args:
        experiment: specifies how rows are divided.
        rows: all rows.
        division: whether each row is a train, valid or test row in each fold.

    Returns:
        The part of each identity; if rows with the same identity are in several parts, the first of train, valid, test.
    """
    if experiment.split.every_row_is_tested:
        part_of_group = [PARTS.index("test")] * len(division.roles)
    else:
        part_of_group = [min(PARTS.index(role) for role in roles) for roles in division.roles]
    part = np.asarray(part_of_group, np.uint8)[division.group]
    order = np.lexsort((part, rows.identity))
    identity, first = np.unique(rows.identity[order], return_index=True)
    return Membership(identity, part[order][first])
