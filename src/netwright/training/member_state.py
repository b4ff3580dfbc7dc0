"""How far the training of one member has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from netwright.training.observer import EpochRecord
from netwright.training.patience import Patience

__all__ = ["Course", "Stopped"]

Stopped = Literal["early stopping", "last epoch", "interrupted"]


@dataclass
class Course:
    """How far the training of one member has come.

    Attributes:
        patience: how long its validation has not become better.
        history: one record per epoch.
        steps: done since the start of the training.
        halvings: how often a loss that was not finite halved its learning rate.
        stopped: why its training ended; None while it goes on.
    """

    patience: Patience = field(default_factory=Patience)
    history: list[EpochRecord] = field(default_factory=list)
    steps: int = 0
    halvings: int = 0
    stopped: Stopped | None = None

    def values(self) -> dict[str, Any]:
        """Return what JSON can write: everything but the history, which has a file of its own."""
        return {
            "patience": asdict(self.patience),
            "steps": self.steps,
            "halvings": self.halvings,
            "stopped": self.stopped,
        }

    @classmethod
    def again(cls, values: Mapping[str, Any], history: list[EpochRecord]) -> Course:
        """Return the course that values were taken of.

        Args:
            values: of a course.
            history: its records.

        Returns:
            The course.
        """
        return cls(
            Patience(**values["patience"]), list(history), values["steps"], values["halvings"], values["stopped"]
        )
