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
        loss: training loss Σ λ L of this epoch so far, as in `EpochRecord`, mean of these members, dimensionless.
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
        loss: training loss Σ λ L, without the penalty: each L is Σ w l / Σ w over the rows that the epoch saw, each
            with its weight in training and as its step found it, dropout and noise on and weights on their way.
        head_losses: L by head, before λ.
        valid_loss: validation loss Σ λ L, each L being Σ w l / Σ w over the validation rows at the end of the epoch.
        valid_head_losses: L by head, before λ.
        gradient_norm: mean over steps of the norm of the gradient of all weights, penalty included, before it is
            clipped; a last batch of fewer rows counts by its share of a batch.
        learning_rate: α of the epoch's last step.
        seconds: since the start of the training.
        rows_per_second: training rows of this member per second of this epoch, without validation.
        monitored: what early stopping watches: the validation loss, or a metric in its unit (of a bias the absolute
            value), which may be infinite.
        best: whether what is watched is the best so far.
        halvings: how often a loss that was not finite halved the learning rate so far.
        penalty: what the steps minimised beside the training loss, mean over steps: penalties on weights, and losses
            that layers add themselves.
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
    penalty: float = 0.0


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
