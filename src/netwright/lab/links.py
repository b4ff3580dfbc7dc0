"""Symbolic links in runs and folders of runs: a stranger's must not lead what is written there to other files."""

from __future__ import annotations

import os
from pathlib import Path

from netwright.errors import RunError

__all__ = ["refuse_link", "refuse_links"]


def refuse_link(path: Path) -> None:
    """Refuse a file that is a symbolic link out of its folder, before it is written without the user having named it.

    Args:
        path: the file, which need not exist.

    Raises:
        RunError: it is such a link.
    """
    target = os.path.realpath(path)
    if path.is_symlink() and not Path(target).is_relative_to(os.path.realpath(path.parent)):
        msg = (
            f"{path} is a symbolic link to {target}, outside of its folder, so it is not written: that could overwrite "
            "another file. Remove the link."
        )
        raise RunError(msg)


def refuse_links(run: Path) -> None:
    """Refuse a run with a symbolic link that leads out of it, before something is written into it.

    Args:
        run: the directory, which may be reached through links itself.

    Raises:
        RunError: there is such a link.
    """
    inside = os.path.realpath(run)
    for folder, folders, files in os.walk(run):
        for path in (Path(folder, name) for name in [*folders, *files]):
            if path.is_symlink() and not Path(target := os.path.realpath(path)).is_relative_to(inside):
                msg = (
                    f"{path} is a symbolic link to {target}, outside of the run, so nothing is written into the run: "
                    "that could overwrite it. Replace the link by a copy of what it leads to, or remove it. (A whole "
                    "run may be a link.)"
                )
                raise RunError(msg)
