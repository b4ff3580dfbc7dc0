"""A new run directory: complete from its first moment, and never in the place of another one."""

from __future__ import annotations

import os
import secrets
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.atomic_files import remove_left_behind, write_text
from netwright.config import dump_experiment
from netwright.errors import RunError
from netwright.lab.run import Run
from netwright.processes import process_tag

if TYPE_CHECKING:
    from netwright.config import Experiment

__all__ = ["create_run"]

_NEW = ".new-"


def create_run(experiment: Experiment, path: Path | None = None, *, trust: bool = False) -> Run:
    """Create a new run directory, never overwriting an existing one.

    It is made under another name and then moved, so that a process that is killed here leaves no half a run, which the
    same command would refuse to write over; what it leaves is removed when the next run is created there.

    Args:
        experiment: the experiment; its resolved file is written.
        path: the directory; default: ``runs/NAME``, or ``runs/NAME-2`` and so on if that exists. It may exist if it
            is empty.
        trust: trust the modules of custom layers, on this machine from now on.

    Returns:
        The run.

    Raises:
        RunError: the directory exists or cannot be created.
    """
    preferred = Path("runs") / experiment.name if path is None else path
    new = preferred.parent / f"{_NEW}{process_tag()}-{secrets.token_hex(4)}"
    try:
        new.mkdir(parents=True)
        remove_left_behind(new.parent, _NEW)
        write_text(new / "notes.md", f"# Notes on {experiment.name}\n\n")
        write_text(new / "experiment.yaml", dump_experiment(experiment))
        target = _first_free(new, preferred) if path is None else _move_to(new, preferred)
    except OSError as error:
        msg = f"{preferred}: the run directory cannot be made ({error.strerror or error}). Name another with --run."
        raise RunError(msg) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)  # it is there only if something was raised
    return Run(target, trust)


def _first_free(new: Path, preferred: Path) -> Path:
    """Move a folder to the first of NAME, NAME-2, NAME-3 that is free."""
    names = (preferred if number == 1 else preferred.with_name(f"{preferred.name}-{number}") for number in count(1))
    return next(target for target in names if not os.path.lexists(target) and _move_if_free(new, target))


def _move_to(new: Path, target: Path) -> Path:
    if not _move_if_free(new, target):
        msg = f"{target} exists; a run is never written over. Name another directory with --run, or remove it."
        raise RunError(msg)
    return target


def _move_if_free(new: Path, target: Path) -> bool:
    """Move a folder if its place is free or an empty folder; of two processes, one succeeds."""
    try:
        new.rename(target)
    except OSError:
        if not os.path.lexists(target):
            raise
        return False
    return True
