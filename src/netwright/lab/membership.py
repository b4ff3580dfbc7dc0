"""Which rows a network was fitted to, by their identity, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.config import CrossSplit, Experiment, ReversedSplit
from netwright.data import Division, Rows
from netwright.data.split import PARTS
from netwright.errors import RunError
from netwright.lab.contents import refuse_folder
from netwright.safely import beside

__all__ = ["UNSEEN", "Membership", "membership_of", "read_membership", "write_membership"]

_COLUMNS = np.dtype([("identity", "<u8"), ("part", "u1")])

UNSEEN = "unseen"
"""The part of rows that are not in the training data."""


@dataclass(frozen=True)
class Membership:
    """What each row of the training data is to the network that judges it.

    Attributes:
        identity: of these rows, shape (n,), increasing and each once.
        part: place in `netwright.data.split.PARTS`, shape (n,).
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
    """Say what each row is to the members that judge it, wherever it comes from.

    A row that any of them was fitted to is a train row. After a cross-validation over all rows, the members that judge
    a row never saw it: all are test rows.

    Args:
        experiment: has the kind of division.
        rows: all rows.
        division: what each row is to each fold.

    Returns:
        By identity; of rows of one identity in several parts, the first of train, valid, test.
    """
    if isinstance(experiment.split, CrossSplit | ReversedSplit):
        of_group = [PARTS.index("test")] * len(division.roles)
    else:
        of_group = [min(PARTS.index(role) for role in roles) for roles in division.roles]
    part = np.asarray(of_group, np.uint8)[division.group]
    order = np.lexsort((part, rows.identity))
    identity, first = np.unique(rows.identity[order], return_index=True)
    return Membership(identity, part[order][first])


def write_membership(path: Path, membership: Membership) -> None:
    """Write what rows of the training data are to the network.

    Args:
        path: ``identity.npy`` of a run.
        membership: of all rows.
    """
    refuse_folder(path)
    table = np.empty(len(membership.identity), _COLUMNS)
    table["identity"], table["part"] = membership.identity, membership.part
    with beside(path) as part:
        np.save(part, table)


def read_membership(path: Path) -> Membership | None:
    """Read what rows of the training data are to the network.

    Args:
        path: ``identity.npy`` of a run.

    Returns:
        By identity; None where the file is not there.

    Raises:
        RunError: the file cannot be read.
    """
    try:
        table = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, TypeError, MemoryError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(table, np.ndarray) or table.dtype != _COLUMNS or table.ndim != 1:
        raise _unreadable(path, "it holds no identities with their parts")
    identity, part = table["identity"].copy(), table["part"].copy()
    if (part >= len(PARTS)).any() or (identity[1:] <= identity[:-1]).any():
        raise _unreadable(path, "its identities are out of order, or a part is unknown")
    return Membership(identity, part)


def _unreadable(path: Path, reason: str) -> RunError:
    return RunError(
        f"{path} cannot be read ({reason}). It says which rows the network was fitted to. Bring the file back from a "
        f"copy, or train again: netwright train {path.parent / 'experiment.yaml'}"
    )
