"""The training of one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import ResultSection, TrainingSection
from netwright.data import TrainingRows
from netwright.training.compiled.objective import HeadObjective
from netwright.training.feed.arrays import RowArrays
from netwright.training.hooks import Hooks
from netwright.training.interrupt import interruptible
from netwright.training.members.teams import train_members
from netwright.training.observer import Observer
from netwright.training.prepared_member import PreparedMember
from netwright.training.trained import TrainedModel

__all__ = ["train"]


def train(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    arrays: RowArrays,
    *,
    train_rows: TrainingRows,
    valid_rows: npt.NDArray[np.integer],
    section: TrainingSection,
    result: ResultSection | None = None,
    observers: Sequence[Observer] = (),
    name_row: Callable[[int], str] = "row {}".format,
) -> TrainedModel:
    """Fit the weights of one network, and keep those of the best validation; Ctrl-C ends with the best so far.

    Args:
        model: a network of `netwright.models.build`; its weights are changed.
        objective: loss of each head.
        arrays: all rows, with one line of weights.
        train_rows: the rows that weights are fitted to, of `netwright.data.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        result: what is expected in recorded collisions, where `section.select` chooses by it.
        observers: told what the training measures.
        name_row: the name of a row in messages, by its number.

    Returns:
        The network with its best weights; where what is watched never was a number, with its last ones.

    Raises:
        RunError: Keras runs on another backend than JAX.
        NonFiniteLossError: a loss is not finite.
        DataError: weights of validation rows do not add up to a positive number.
    """
    member = PreparedMember(0, model, objective, train_rows, valid_rows, section, result)
    with interruptible() as stop_signal:
        return train_members([member], arrays, Hooks(tuple(observers), stop_signal, name_row))[0]
