"""How far the training of one member has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from netwright.training.patience import Patience
from netwright.training.records import EpochRecord, Stopped

__all__ = ["MemberState"]


@dataclass
class MemberState:
    """How far the training of one member has come.

    Attributes:
        patience: for how long its validation has not become better.
        history: one record per epoch.
        steps: done since the start of the training, without those of the epoch that runs.
        halvings: how often a loss that was not finite halved its learning rate.
        stopped: why its training ended; None while it goes on.
    """

    patience: Patience = field(default_factory=Patience)
    history: list[EpochRecord] = field(default_factory=list)
    steps: int = 0
    halvings: int = 0
    stopped: Stopped | None = None

    def values(self) -> dict[str, Any]:
        """Return what JSON can write: everything but the history, which has its own file."""
        return {
            "patience": asdict(self.patience),
            "steps": self.steps,
            "halvings": self.halvings,
            "stopped": self.stopped,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any], history: list[EpochRecord]) -> MemberState:
        """Return the state that values were taken of.

        Args:
            values: of `values`.
            history: its records.

        Returns:
            The state.
        """
        return cls(
            Patience(**values["patience"]), list(history), values["steps"], values["halvings"], values["stopped"]
        )
