"""``identity.npy`` of a run: the rows that the network was fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netwright.atomic_files import atomic_write
from netwright.data import PARTS
from netwright.errors import RunError
from netwright.evaluation import Membership
from netwright.file_names import in_command
from netwright.lab.contents import refuse_folder

__all__ = ["read_membership", "write_membership"]

_COLUMNS = np.dtype([("identity", "<u8"), ("part", "u1")])


def write_membership(path: Path, membership: Membership) -> None:
    """Write the parts of the rows of the training data.

    Args:
        path: ``identity.npy`` of a run.
        membership: of all rows.
    """
    refuse_folder(path)
    table = np.empty(len(membership.identity), _COLUMNS)
    table["identity"], table["part"] = membership.identity, membership.part
    with atomic_write(path) as partial:
        np.save(partial, table)


def read_membership(path: Path) -> Membership | None:
    """Read the parts of the rows of the training data.

    Args:
        path: ``identity.npy`` of a run.

    Returns:
        By identity; None if the file does not exist.

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
        f"{path} cannot be read ({reason}). It says which rows the network was fitted to. Restore the file from a "
        f"backup, or train again: netwright train {in_command(path.parent / 'experiment.yaml')}"
    )
