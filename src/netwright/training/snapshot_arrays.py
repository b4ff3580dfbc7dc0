"""The state of a training as arrays by name, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from netwright.training.compiled.step import StepRecord, TrainState
from netwright.training.means import joined

__all__ = ["packed", "unpacked"]

Arrays = dict[str, npt.NDArray[np.generic]]

_OF_STEPS = ("loss", "penalty", "rows", "gradient_norm")
_OF_HEADS = ("losses", "weights")


def packed(state: TrainState, start: TrainState | None, best: TrainState, records: Sequence[StepRecord]) -> Arrays:
    """Name every array of a training.

    Args:
        state: of all members.
        start: the state at the start of the epoch, if it may be needed again.
        best: with the best weights of each; the values of its optimizer are not needed again.
        records: of the steps of this epoch so far.

    Returns:
        Arrays by name, such as ``trainable.3`` and ``best.trainable.3``.
    """
    arrays: Arrays = {}
    kept = [("", state, TrainState._fields), ("best.", best, ("trainable", "other"))]
    if start is not None:
        kept.append(("start.", start, TrainState._fields))
    for prefix, one, parts in kept:
        for part in parts:
            arrays |= {f"{prefix}{part}.{n}": np.asarray(x) for n, x in enumerate(getattr(one, part))}
    if records:
        together = joined(records)
        for name in _OF_STEPS:
            arrays[f"epoch.{name}"] = np.asarray(getattr(together, name))
        for name in _OF_HEADS:
            arrays |= {f"epoch.{name}.{head}": np.asarray(x) for head, x in getattr(together, name).items()}
    return arrays


def unpacked(
    arrays: Mapping[str, npt.NDArray[np.generic]], like: TrainState
) -> tuple[TrainState, TrainState, TrainState, list[StepRecord]]:
    """Find state, start of the epoch, best state and records of the epoch in arrays by name.

    Args:
        arrays: of `packed`, shape (members, ...) each.
        like: a state of as many arrays.

    Returns:
        What was packed; the start is the state where it was not, and the best state has the optimizer's values of it.
    """

    def part(name: str, values: Sequence[jax.Array]) -> list[jax.Array]:
        return [jnp.asarray(arrays[f"{name}.{n}"]) for n in range(len(values))]

    def whole(prefix: str) -> TrainState:
        return TrainState(*(part(f"{prefix}{name}", getattr(like, name)) for name in TrainState._fields))

    state = whole("")
    start = whole("start.") if "start.optimizer.0" in arrays else state
    best = TrainState(part("best.trainable", like.trainable), part("best.other", like.other), state.optimizer)
    if "epoch.rows" not in arrays:
        return state, start, best, []

    def by_head(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}

    values: dict[str, Any] = {name: arrays[f"epoch.{name}"] for name in _OF_STEPS}
    values |= {name: by_head(f"epoch.{name}.") for name in _OF_HEADS}
    return state, start, best, [StepRecord(**values)]
