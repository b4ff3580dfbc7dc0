"""The state of a training as arrays by name, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.compiled.state import StepSums, TrainState
from netwright.training.means import joined

__all__ = ["from_arrays", "to_arrays"]

Arrays = dict[str, npt.NDArray[np.generic]]

_OF_STEPS = ("loss", "penalty", "rows", "gradient_norm")
_OF_HEADS = ("losses", "weights")


def to_arrays(
    state: TrainState,
    epoch_start: TrainState | None,
    best: TrainState,
    averaged: Sequence[jax.Array],
    sums: Sequence[StepSums],
) -> Arrays:
    """Name every array of a training.

    Args:
        state: of all members.
        epoch_start: the state at the start of the epoch, if it may be needed again.
        best: with the best weights of each; the values of its optimizer are not needed again.
        averaged: moving averages of the weights, shape (members, ...) each, if there are any.
        sums: of the steps of this epoch so far.

    Returns:
        Arrays by name, such as ``trainable.3`` and ``best.trainable.3``.
    """
    arrays: Arrays = {}
    saved = [("", state, TrainState._fields), ("best.", best, ("trainable", "other"))]
    if epoch_start is not None:
        saved.append(("start.", epoch_start, TrainState._fields))
    for prefix, train_state, fields in saved:
        for field in fields:
            arrays |= {f"{prefix}{field}.{n}": np.asarray(x) for n, x in enumerate(getattr(train_state, field))}
    arrays |= {f"averaged.{n}": np.asarray(x) for n, x in enumerate(averaged)}
    if sums:
        all_steps = joined(sums)
        for name in _OF_STEPS:
            arrays[f"epoch.{name}"] = np.asarray(getattr(all_steps, name))
        for name in _OF_HEADS:
            arrays |= {f"epoch.{name}.{head}": np.asarray(x) for head, x in getattr(all_steps, name).items()}
    return arrays


def from_arrays(
    arrays: Mapping[str, npt.NDArray[np.generic]], like: TrainState
) -> tuple[TrainState, TrainState, TrainState, list[jax.Array], list[StepSums]]:
    """Find the state, that at the start of the epoch, the best one, averages and sums of the epoch in arrays by name.

    Args:
        arrays: of `to_arrays`, shape (members, ...) each.
        like: a state of as many arrays.

    Returns:
        What the arrays were made of. The state at the start of the epoch is the state itself where it was not saved,
        the best state has the optimizer's values of the state, and averages are its weights where there were none.
    """

    def load(name: str, values: Sequence[jax.Array]) -> list[jax.Array]:
        return [jax.device_put(arrays[f"{name}.{n}"]) for n in range(len(values))]

    def load_state(prefix: str) -> TrainState:
        return TrainState(*(load(f"{prefix}{name}", getattr(like, name)) for name in TrainState._fields))

    state = load_state("")
    epoch_start = load_state("start.") if "start.optimizer.0" in arrays else state
    best = TrainState(load("best.trainable", like.trainable), load("best.other", like.other), state.optimizer)
    averaged = load("averaged", like.trainable) if "averaged.0" in arrays else state.trainable
    if "epoch.rows" not in arrays:
        return state, epoch_start, best, averaged, []

    def by_head(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}

    values: dict[str, Any] = {name: arrays[f"epoch.{name}"] for name in _OF_STEPS}
    values |= {name: by_head(f"epoch.{name}.") for name in _OF_HEADS}
    return state, epoch_start, best, averaged, [StepSums(**values)]
