"""The training of one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.data import TrainingRows
from netwright.training.backend import check_backend
from netwright.training.compiled.objective import HeadObjective
from netwright.training.compiled.program import Trainee, compile_program
from netwright.training.feed.arrays import Feed
from netwright.training.feed.loader import supply_of
from netwright.training.hooks import Company
from netwright.training.interrupt import interruptible
from netwright.training.loop import train_team
from netwright.training.observer import Observer
from netwright.training.trained import TrainedModel

__all__ = ["train"]


def train(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    feed: Feed,
    *,
    train_rows: TrainingRows,
    valid_rows: npt.NDArray[np.integer],
    section: TrainingSection,
    observers: Sequence[Observer] = (),
    name_row: Callable[[int], str] = "row {}".format,
) -> TrainedModel:
    """Fit the weights of one network, and keep those of the best validation; Ctrl-C ends with the best so far.

    Args:
        model: a network of `netwright.models.build`; its weights are changed.
        objective: loss of each head.
        feed: all rows.
        train_rows: the rows that weights are fitted to, of `netwright.data.balance.training_rows.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        observers: who is told of it.
        name_row: how a row is called in messages.

    Returns:
        The network with its best weights; where what is watched never was a number, with its last ones.

    Raises:
        RunError: Keras runs on another backend than JAX.
    """
    check_backend()
    trainee = Trainee(0, model, objective, train_rows, valid_rows, section)
    with interruptible() as interrupted:
        company = Company(tuple(observers), interrupted=interrupted, name_row=name_row)
        return train_team([trainee], supply_of(feed, section), compile_program([trainee]), company)[0]
