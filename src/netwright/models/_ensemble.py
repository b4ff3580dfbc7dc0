"""Several networks as one Keras model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import capacity
from netwright.layers import Combine
from netwright.models._compiled import keep_compiled
from netwright.models.finite import refuse_non_finite
from netwright.tasks import task_of

__all__ = ["MEMBER_MASK", "ask_members", "combine", "ensemble", "first_member", "members_of", "unweighted"]

MEMBER_MASK = "ensemble-judges"
"""The input that selects the members which evaluate a row, shape (rows, members); the hyphen keeps it apart.

Saved models have an input of this name, so it stays.
"""

Inputs = Mapping[str, npt.NDArray[np.generic]]

_ROWS_AT_ONCE = 4096
_MEMBER = "member-{}"
_COMBINED = "{}-combined"


def ensemble(
    members: Sequence[keras.Model],
    targets: Mapping[str, Target],
    how: Literal["mean", "weighted", "majority"],
    losses: Mapping[str, Sequence[float]],
) -> keras.Model:
    """Put networks together into one that takes the same inputs, and a mask of the members that evaluate each row.

    Args:
        members: networks of `netwright.models.build` for the same experiment.
        targets: the heads.
        how: how outputs are combined; weighted has weights 1 / validation loss, head by head, and equal ones where a
            loss is not positive (`unweighted`).
        losses: by head, the validation loss of each member.

    Returns:
        A plain Keras model from the inputs by group, and `MEMBER_MASK`, to the heads.
    """
    inputs = {name: keras.Input(x.shape[1:], dtype=x.dtype, name=name) for name, x in members[0].input.items()}
    member_mask = keras.Input((len(members),), name=MEMBER_MASK)
    said = []
    for number, member in enumerate(members):
        member.name = _MEMBER.format(number)
        said.append(member(inputs))
    outputs = {}
    for head, target in targets.items():
        stacked = _Stack(name=f"{head}-members")([one[head] for one in said])
        layer = Combine(
            _meaning(how, target),
            _weights(losses[head]) if how == "weighted" and head not in unweighted(losses) else None,
            name=_COMBINED.format(head),
        )
        outputs[head] = keras.layers.Identity(name=head)(layer(stacked, member_mask))
    return keras.Model({**inputs, MEMBER_MASK: member_mask}, outputs, name="ensemble")


def unweighted(losses: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Find the heads whose members cannot be weighted by 1 / validation loss.

    Args:
        losses: by head, the validation loss of each member; negative weights can make it negative.

    Returns:
        By head that has a loss which is not positive, the smallest.
    """
    lowest = {head: float(np.min(of_members)) for head, of_members in losses.items()}
    return {head: loss for head, loss in lowest.items() if not loss > 0}


def members_of(model: keras.Model) -> int:
    """Return how many networks a model holds.

    Args:
        model: of `build` or `ensemble`.

    Returns:
        Their number; 1 for a network of its own.
    """
    return int(model.input[MEMBER_MASK].shape[1]) if MEMBER_MASK in model.input else 1


def first_member(model: keras.Model) -> keras.Model:
    """Return the first network of an ensemble, or the network itself.

    Args:
        model: of `build` or `ensemble`.

    Returns:
        A network of `build`; the others are like it.
    """
    return model.get_layer(_MEMBER.format(0)) if MEMBER_MASK in model.input else model


def ask_members(model: keras.Model) -> Callable[[Inputs], dict[str, npt.NDArray[np.float32]]]:
    """Give the function that asks every member for its outputs, 4096 rows at a time.

    It is compiled when it is first called, once for all numbers of rows from 4096 on: the last rows are filled up
    with zeros. Fewer rows are filled up to one of 4 sizes an octave.

    Args:
        model: of `build` or `ensemble`.

    Returns:
        A function of the inputs by group, shape (rows, ...), in raw units; it returns by head what each member says,
        shape (rows, members, n), with n the numbers that the head gives for a row.

    Raises:
        RunError: a weight or constant of the network is not finite.
    """
    refuse_non_finite(model)
    keep_compiled()
    asked = model
    if MEMBER_MASK in model.input:
        groups = {name: x for name, x in model.input.items() if name != MEMBER_MASK}
        asked = keras.Model(groups, {head: model.get_layer(_COMBINED.format(head)).input[0] for head in model.output})

    say = _compiled(asked) if keras.config.backend() == "jax" else asked.predict_on_batch

    def ask(inputs: Inputs) -> dict[str, npt.NDArray[np.float32]]:
        rows = len(next(iter(inputs.values())))
        size = max(1, min(capacity(rows), _ROWS_AT_ONCE))
        parts = []
        for start in range(0, max(rows, 1), size):
            said = say({name: _filled_up(values[start : start + size], size) for name, values in inputs.items()})
            parts.append({head: np.asarray(values)[: rows - start] for head, values in said.items()})
        outputs = {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}
        return {head: values[:, None] if values.ndim == 2 else values for head, values in outputs.items()}

    return ask


def _compiled(model: keras.Model) -> Callable[[Inputs], Mapping[str, Any]]:
    """Compile a network for JAX: Keras's own `predict` takes longer to begin than a small network to answer."""
    import jax

    @jax.jit
    def say(trainable: list[Any], other: list[Any], inputs: Inputs) -> Any:
        return model.stateless_call(trainable, other, inputs, training=False)[0]

    def ask(inputs: Inputs) -> Any:
        trainable, other = model.trainable_variables, model.non_trainable_variables
        return say([one.value for one in trainable], [one.value for one in other], inputs)

    return ask


def _filled_up(values: npt.NDArray[np.generic], rows: int) -> npt.NDArray[np.generic]:
    """Return values with rows of zeros behind them, so many in all; the same array where it has them."""
    if len(values) == rows:
        return values
    filled = np.zeros((rows, *values.shape[1:]), values.dtype)
    filled[: len(values)] = values
    return filled


def combine(
    model: keras.Model, outputs: Mapping[str, npt.NDArray[np.float32]], member_mask: npt.NDArray[np.bool_]
) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, npt.NDArray[np.float32]]]:
    """Combine what members said as the model does, and say how far they are apart.

    Args:
        model: of `build` or `ensemble`.
        outputs: of `ask_members`, shape (rows, members, n) by head.
        member_mask: which members may score a row, shape (rows, members).

    Returns:
        By head, the combined outputs, and the standard deviation of the scoring members' outputs (NaN where one scores
        alone), shape (rows,) for one number per row, (rows, n) for several.
    """
    combined, spread = {}, {}
    rows, size = len(member_mask), capacity(len(member_mask))  # few sizes, because each is compiled for itself
    votes = np.ones((size, member_mask.shape[1]), np.float32)
    votes[:rows] = member_mask
    for head, values in outputs.items():
        if MEMBER_MASK in model.input:
            layer = model.get_layer(_COMBINED.format(head))
            together = keras.ops.convert_to_numpy(layer(_filled_up(values, size), votes))[:rows]
        else:
            together = values[:, 0]
        number = member_mask.sum(axis=1)[:, None]
        mean = (values * member_mask[:, :, None]).sum(axis=1) / number
        square = (np.square(values - mean[:, None]) * member_mask[:, :, None]).sum(axis=1)
        apart = np.sqrt(np.where(number > 1, square / np.maximum(number - 1, 1), np.nan)).astype(np.float32)
        one = values.shape[2] == 1
        combined[head], spread[head] = (together[:, 0], apart[:, 0]) if one else (together, apart)
    return combined, spread


@keras.saving.register_keras_serializable(package="netwright")
class _Stack(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Put the outputs of members, shape (rows, n) each, side by side: (rows, members, n)."""

    def call(self, outputs: Any) -> Any:
        return keras.ops.stack(outputs, axis=1)

    def compute_output_shape(self, shapes: Any) -> tuple[int | None, ...]:
        return shapes[0][0], len(shapes), *shapes[0][1:]


def _meaning(how: str, target: Target) -> Literal["mean", "votes", "median"]:
    if how != "majority":
        return "mean"
    return task_of(target).combine


def _weights(losses: Sequence[float]) -> list[float]:
    """Return weights 1 / loss, of mean 1: for squared errors of independent members the best there are."""
    inverse = 1 / np.asarray(losses)
    return [float(w) for w in inverse / inverse.mean()]
