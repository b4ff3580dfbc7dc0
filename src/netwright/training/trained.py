"""A network that was trained, and how it came to its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import keras

from netwright.training.records import EpochRecord, Stopped

__all__ = ["TrainedModel"]


@dataclass(frozen=True)
class TrainedModel:
    """A network with its best weights, and how it came to them.

    Attributes:
        model: the network, a plain Keras model.
        history: one record per epoch.
        best_epoch: the epoch whose weights the model has; 0 where no epoch ended.
        stopped: why the training ended.
        remarks: what leaving out or repeating rows costs, and how often the learning rate was halved, in sentences.
        valid_head_losses: validation loss by head of the weights that the model has, dimensionless: those of the best
            epoch, but for the last biases that were moved; empty where no epoch ended.
        moved: by regression, how far its last bias moved all predictions in the end, in the target's unit.
        calibration: by calibrated head, what was fitted to its validation rows, dimensionless.
    """

    model: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Stopped
    remarks: tuple[str, ...] = ()
    valid_head_losses: Mapping[str, float] = field(default_factory=dict)
    moved: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
