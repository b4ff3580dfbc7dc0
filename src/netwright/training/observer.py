"""What the training loop tells, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["EpochRecord", "Observer", "StepsRecord"]


@dataclass(frozen=True)
class StepsRecord:
    """What a few steps measured.

    Attributes:
        members: numbers of the members that were trained, from 0.
        epoch: number of the epoch, from 1.
        epochs: epochs at the most.
        step: steps of this epoch so far.
        steps: steps of an epoch.
        loss: mean training loss of this epoch so far, of all these members, dimensionless.
        rows_per_second: training speed since the epoch began, of all these members.
    """

    members: tuple[int, ...]
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    rows_per_second: float


@dataclass(frozen=True)
class EpochRecord:
    """What an epoch measured; losses are dimensionless.

    Attributes:
        member: number of the member, from 0.
        epoch: number of the epoch, from 1.
        steps: steps done since the start of the training.
        loss: weighted mean training loss with the penalties, over the steps as they were taken.
        head_losses: the same by head, before λ, without penalties.
        valid_loss: weighted mean validation loss Σ λ L, without penalties.
        valid_head_losses: the same by head, before λ.
        gradient_norm: mean over steps of the norm of the gradient of all weights.
        learning_rate: α of the epoch's last step.
        seconds: since the start of the training.
        rows_per_second: training rows per second of this epoch, without validation.
        monitored: what early stopping watches: the validation loss, or a metric in its unit (of a bias the absolute
            value), which may be infinite.
        best: whether what is watched is the best so far.
        halvings: how often a loss that was not finite halved the learning rate so far.
    """

    member: int
    epoch: int
    steps: int
    loss: float
    head_losses: Mapping[str, float]
    valid_loss: float
    valid_head_losses: Mapping[str, float]
    gradient_norm: float
    learning_rate: float
    seconds: float
    rows_per_second: float
    monitored: float
    best: bool
    halvings: int = 0


class Observer(Protocol):
    """Somebody who is told how a training goes; an observer never changes it."""

    def on_steps(self, record: StepsRecord) -> None:
        """Take note of a few steps.

        Args:
            record: what they measured.
        """

    def on_epoch(self, record: EpochRecord) -> None:
        """Take note of an epoch.

        Args:
            record: what it measured.
        """
