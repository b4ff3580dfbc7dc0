"""Everything that a training needs to go on, and who keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Keeper", "Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """The whole state of a training between two steps.

    Attributes:
        arrays: by name: weights, what layers keep beside them, values of the optimizer, best weights so far, losses
            of the steps of this epoch; of all members that are trained at once, along the first axis.
        values: numbers, text, lists and dictionaries that JSON can write: epoch, step, patience of each member.
    """

    arrays: Mapping[str, npt.NDArray[np.generic]]
    values: Mapping[str, Any]


class Keeper(Protocol):
    """Somebody who keeps snapshots safe: the lab does so in files."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; the one before it is kept until this one is safe.

        Args:
            snapshot: the state.
        """

    def latest(self) -> Snapshot | None:
        """Return the newest snapshot that is whole, or None."""

    def close(self) -> None:
        """Wait until everything that was saved is safe."""
