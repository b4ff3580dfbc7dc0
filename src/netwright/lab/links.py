"""Symbolic links in a run: a run of a stranger must not lead what is written into it to other files."""

from __future__ import annotations

import os
from pathlib import Path

from netwright.errors import RunError

__all__ = ["refuse_links"]


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
