"""When a validation has not become better for long: decay of the learning rate, and the end.

Where the best epoch is chosen by a metric or a result, an epoch with a lower loss is one of progress as well: a
significance may fall for ten epochs while the network learns, and a learning rate that decays meanwhile ends that.
"""

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
        since_progress: epochs since the cost or the loss was lower than ever before.
        since_change: epochs since then, or since the last decay.
        decays: decays of the learning rate so far.
        lowest_loss: lowest loss so far, dimensionless.
    """

    best: float = float("inf")
    best_epoch: int = 0
    since_progress: int = 0
    since_change: int = 0
    decays: int = 0
    lowest_loss: float = float("inf")

    def after(
        self, cost: float, loss: float, epoch: int, schedule: Schedule, stopping: EarlyStoppingSection
    ) -> Patience:
        """Take note of an epoch's validation.

        Args:
            cost: what is watched, with the sign that makes lower better; -inf is better than all, and what is not a
                number is not an improvement.
            loss: of validation; the same as the cost where the loss is watched.
            epoch: its number.
            schedule: of the learning rate; one on plateau decays it.
            stopping: what counts as better.

        Returns:
            The patience after it.
        """
        better = cost < self.best - stopping.min_improvement
        loss_is_watched = loss == cost  # then min_improvement says what counts
        progress = better or (not loss_is_watched and loss < self.lowest_loss)
        decay = (
            not progress
            and isinstance(schedule, PlateauSchedule)
            and self.since_change + 1 >= schedule.patience
            and self.decays < schedule.times
        )
        return Patience(
            best=cost if better else self.best,
            best_epoch=epoch if better else self.best_epoch,
            since_progress=0 if progress else self.since_progress + 1,
            since_change=0 if progress or decay else self.since_change + 1,
            decays=self.decays + decay,
            lowest_loss=min(self.lowest_loss, loss),
        )
