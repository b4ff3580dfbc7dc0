"""A member that is ready to be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import ResultSection, TrainingSection
from netwright.data import TrainingRows
from netwright.models import raw_outputs
from netwright.training.compiled.objective import HeadObjective
from netwright.training.monitor import Monitor, make_monitor
from netwright.training.result_monitor import ResultMonitor

__all__ = ["PreparedMember"]


@dataclass(frozen=True)
class PreparedMember:
    """A member that is ready to be trained: its network is built, and its rows are chosen.

    Attributes:
        number: of the member, from 0; also its line in the weights of `RowArrays`.
        model: the network that is trained; its weights are changed.
        objective: loss of each head.
        train_rows: the rows that weights are fitted to, of `netwright.data.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        result: what is expected in recorded collisions, where the best epoch is chosen by it.
    """

    number: int
    model: keras.Model
    objective: Mapping[str, HeadObjective]
    train_rows: TrainingRows
    valid_rows: npt.NDArray[np.integer]
    section: TrainingSection
    result: ResultSection | None = None

    @cached_property
    def monitor(self) -> Monitor | ResultMonitor | None:
        """What the best epoch is chosen by; None for the validation loss."""
        return make_monitor(self.section.select, self.result, self.objective)

    @cached_property
    def raw(self) -> keras.Model:
        """The network up to its raw outputs."""
        return raw_outputs(self.model, self.objective)
