"""``separation.jsonl`` of a run: how its networks told classes apart at the end of epochs, for those who watch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.lab.lines import line_writer

if TYPE_CHECKING:
    from netwright.doctor import SeparationRecord
    from netwright.metrics import Separation

__all__ = ["SEPARATION_ARRAYS", "separation_content", "separation_writer"]

SEPARATION_ARRAYS = ("signal_efficiency", "background_efficiency", "edges", "signal_density", "background_density")


def separation_writer(path: Path) -> Callable[[SeparationRecord], None]:
    """Make the function that appends one look at a member, from any number of threads.

    Args:
        path: the file.

    Returns:
        The function. A file that cannot be written is no reason to end a training.
    """
    write = line_writer(path)

    def append(record: SeparationRecord) -> None:
        heads = {head: separation_content(separation) for head, separation in record.heads.items()}
        with suppress(OSError):
            write({"member": record.member, "epoch": record.epoch, "step": record.step, "heads": heads})

    return append


def separation_content(separation: Separation) -> dict[str, Any]:
    """Return curve and distributions in a form that JSON can hold, with four digits.

    Args:
        separation: of one head.

    Returns:
        ``auc`` as text with its uncertainty, and its arrays as lists.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {name: getattr(separation, name) for name in SEPARATION_ARRAYS}
    return {"auc": str(separation.auc)} | {
        name: [float(f"{value:.4g}") for value in values.tolist()] for name, values in arrays.items()
    }
