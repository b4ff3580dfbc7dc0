"""What a training tells its observers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.training.compiled.objective import HeadObjective
from netwright.training.feed.arrays import RowArrays
from netwright.training.members.plan import TrainingPlan

__all__ = ["EndRecord", "EpochRecord", "MemberEnd", "MemberStart", "StartRecord", "StepsRecord", "Stopped"]

Stopped = Literal["early stopping", "last epoch", "interrupted", "pruned", "not finite"]


@dataclass(frozen=True)
class MemberStart:
    """A member before its first step.

    Attributes:
        member: its number, from 0.
        section: how it is trained.
        steps_per_epoch: batches in an epoch.
        train_rows: numbers of the rows that weights are fitted to, shape (n,).
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        model: the network up to its raw outputs, to be looked at only; its variables have their first values, and those
            that the training ends with when observers receive the end.
        objective: loss of each head.
    """

    member: int
    section: TrainingSection
    steps_per_epoch: int
    train_rows: npt.NDArray[np.integer]
    valid_rows: npt.NDArray[np.integer]
    model: keras.Model
    objective: Mapping[str, HeadObjective]

    @property
    def weights(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the trainable variables by their paths, such as ``dense/kernel``."""
        return {variable.path: tuple(variable.shape) for variable in self.model.trainable_variables}


@dataclass(frozen=True)
class StartRecord:
    """A training that begins or goes on.

    Attributes:
        plan: which members are trained at once.
        members: all members.
        arrays: all rows, in memory or mapped from a file.
    """

    plan: TrainingPlan
    members: tuple[MemberStart, ...]
    arrays: RowArrays


@dataclass(frozen=True)
class StepsRecord:
    """What a few steps measured.

    Attributes:
        members: numbers of the members that were trained, from 0.
        epoch: number of the epoch, from 1.
        epochs: epochs at most.
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
        penalty: what the steps minimised besides the training loss, mean over steps: penalties on weights, and losses
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


@dataclass(frozen=True)
class MemberEnd:
    """How the training of a member ended.

    Attributes:
        member: its number, from 0.
        stopped: why.
        epochs: how many it was trained.
        best_epoch: the epoch whose weights it has; 0 where no epoch ended.
    """

    member: int
    stopped: Stopped
    epochs: int
    best_epoch: int


@dataclass(frozen=True)
class EndRecord:
    """A training that ended.

    Attributes:
        members: all members; none where an error ended the training.
        error: that error, or None.
    """

    members: tuple[MemberEnd, ...]
    error: BaseException | None = None
