"""The whole state of a training in memory, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from netwright.training.members.plan import TrainingPlan
from netwright.training.records import EpochRecord

__all__ = ["CheckpointStore", "Checkpointing", "Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """The whole state of a training between two steps, in memory.

    Attributes:
        arrays: by name: weights, what layers keep besides them, values of the optimizer, best weights so far, losses
            of the steps of this epoch; of all members that are trained at once, along the first axis.
        values: numbers, text, lists and dictionaries that JSON can write: epoch, step, patience of each member.
    """

    arrays: Mapping[str, npt.NDArray[np.generic]]
    values: Mapping[str, Any]


class CheckpointStore(Protocol):
    """Where the snapshots of a team are kept: `netwright.lab.Checkpoints` writes them into files."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; the one before it is kept until this one is safe.

        Args:
            snapshot: the state.
        """

    def latest(self) -> Snapshot | None:
        """Return the newest snapshot that is complete, or None."""

    def close(self) -> None:
        """Wait until everything that was saved is safe."""


@dataclass(frozen=True)
class Checkpointing:
    """How a training saves its state, and what it goes on from.

    Attributes:
        store: gives the store of a team, by the numbers of its members.
        history: gives the records of a member that belong to the latest snapshot of its team.
        plan: the one that the training began with; None where it begins now.
        save_plan: called with the plan, before the training begins.
    """

    store: Callable[[Sequence[int]], CheckpointStore]
    history: Callable[[int], list[EpochRecord]]
    plan: TrainingPlan | None
    save_plan: Callable[[TrainingPlan], None]
