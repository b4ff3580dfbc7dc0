"""When a validation has not become better for long: decay of the learning rate, and the end."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.config import EarlyStoppingSection, PlateauSchedule, Schedule

__all__ = ["Patience"]


@dataclass(frozen=True)
class Patience:
    """How long the validation has not become better.

    Attributes:
        best: lowest cost so far, in units of what is watched.
        best_epoch: its epoch; 0 before the first.
        since_best: epochs since then.
        since_change: epochs since then, or since the last decay.
        decays: decays of the learning rate so far.
    """

    best: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    since_change: int = 0
    decays: int = 0

    def after(self, cost: float, epoch: int, schedule: Schedule, stopping: EarlyStoppingSection) -> Patience:
        """Take note of an epoch's validation.

        Args:
            cost: what is watched, with the sign that makes lower better; -inf is better than all, and what is not a
                number is not an improvement.
            epoch: its number.
            schedule: of the learning rate; one on plateau decays it.
            stopping: what counts as better.

        Returns:
            The patience after it.
        """
        if cost < self.best - stopping.min_improvement:
            return Patience(cost, epoch, decays=self.decays)
        decay = (
            isinstance(schedule, PlateauSchedule)
            and self.since_change + 1 >= schedule.patience
            and self.decays < schedule.times
        )
        return Patience(
            self.best, self.best_epoch, self.since_best + 1, 0 if decay else self.since_change + 1, self.decays + decay
        )
