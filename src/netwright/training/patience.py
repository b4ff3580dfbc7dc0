"""When a validation loss has not become better for long: decay of the learning rate, and the end."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.config import EarlyStoppingSection, PlateauSchedule, Schedule

__all__ = ["Patience"]


@dataclass(frozen=True)
class Patience:
    """How long the validation loss has not become better.

    Attributes:
        best: lowest validation loss so far, dimensionless.
        best_epoch: its epoch; 0 before the first.
        since_best: epochs since then.
        since_change: epochs since then, or since the last decay.
        decays: decays of the learning rate so far.
        decayed: whether the last epoch brought a decay.
    """

    best: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    since_change: int = 0
    decays: int = 0
    decayed: bool = False

    def after(self, loss: float, epoch: int, schedule: Schedule, stopping: EarlyStoppingSection) -> Patience:
        """Take note of an epoch's validation loss.

        Args:
            loss: the weighted validation loss, dimensionless.
            epoch: its number.
            schedule: of the learning rate; one on plateau decays it.
            stopping: what counts as better.

        Returns:
            The patience after it.
        """
        if loss < self.best - stopping.min_improvement:
            return Patience(loss, epoch, decays=self.decays)
        decay = (
            isinstance(schedule, PlateauSchedule)
            and self.since_change + 1 >= schedule.patience
            and self.decays < schedule.times
        )
        return Patience(
            self.best,
            self.best_epoch,
            self.since_best + 1,
            0 if decay else self.since_change + 1,
            self.decays + decay,
            decay,
        )
