"""Several networks as one Keras model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import RowValues, capacity
from netwright.layers import Combine
from netwright.models._compiled import keep_compiled
from netwright.models._precision import computing_in
from netwright.models.finite import refuse_non_finite
from netwright.tasks import task_of

__all__ = [
    "MEMBER_MASK",
    "combine",
    "ensemble",
    "first_member",
    "make_forward",
    "member_networks",
    "members_of",
    "unweighted",
]

MEMBER_MASK = "ensemble-judges"
"""The input that selects the members which evaluate a row, shape (rows, members); the hyphen keeps it apart.

Saved models have an input of this name, so it stays.
"""

Inputs = Mapping[str, RowValues]

_ROWS_AT_ONCE = 4096
_MEMBER = "member-{}"
_COMBINED = "{}-combined"


@computing_in("float32")  # whatever else the process computes in
def ensemble(
    members: Sequence[keras.Model],
    targets: Mapping[str, Target],
    how: Literal["mean", "weighted", "majority"],
    losses: Mapping[str, Sequence[float]],
) -> keras.Model:
    """Combine networks into one that takes the same inputs, and a mask of the members that evaluate each row.

    Args:
        members: networks from `netwright.models.build` for the same experiment.
        targets: the heads.
        how: how outputs are combined; weighted uses weights 1 / validation loss for each head, and equal weights
            where a loss is not positive (`unweighted`).
        losses: validation loss of each member, by head.

    Returns:
        A plain Keras model from the inputs by group, and `MEMBER_MASK`, to the outputs by head.
    """
    inputs = {name: keras.Input(x.shape[1:], dtype=x.dtype, name=name) for name, x in members[0].input.items()}
    member_mask = keras.Input((len(members),), name=MEMBER_MASK)
    member_outputs = []
    for number, member in enumerate(members):
        member.name = _MEMBER.format(number)
        member_outputs.append(member(inputs))
    outputs = {}
    for head, target in targets.items():
        stacked = _Stack(name=f"{head}-members")([outputs_of_member[head] for outputs_of_member in member_outputs])
        layer = Combine(
            _combination(how, target),
            _weights(losses[head]) if how == "weighted" and head not in unweighted(losses) else None,
            name=_COMBINED.format(head),
        )
        outputs[head] = keras.layers.Identity(name=head)(layer(stacked, member_mask))
    return keras.Model({**inputs, MEMBER_MASK: member_mask}, outputs, name="ensemble")


def unweighted(losses: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Find the heads whose members cannot be weighted by 1 / validation loss.

    Args:
        losses: validation loss of each member, by head; it can be negative because of negative event weights.

    Returns:
        The smallest loss of each head that has a loss which is not positive.
    """
    lowest = {head: float(np.min(of_members)) for head, of_members in losses.items()}
    return {head: loss for head, loss in lowest.items() if not loss > 0}


def members_of(model: keras.Model) -> int:
    """Return the number of networks in a model.

    Args:
        model: a network from `build` or `ensemble`.

    Returns:
        The number of members; 1 for a single network.
    """
    return int(model.input[MEMBER_MASK].shape[1]) if MEMBER_MASK in model.input else 1


def member_networks(model: keras.Model) -> list[keras.Model]:
    """Return the networks of an ensemble, or the network itself.

    Args:
        model: a network from `build` or `ensemble`.

    Returns:
        Networks as from `build`, in the order of the members.
    """
    if MEMBER_MASK not in model.input:
        return [model]
    return [model.get_layer(_MEMBER.format(number)) for number in range(members_of(model))]


def first_member(model: keras.Model) -> keras.Model:
    """Return the first network of an ensemble, or the network itself.

    Args:
        model: a network from `build` or `ensemble`.

    Returns:
        A network as from `build`; all members have the same structure.
    """
    return model.get_layer(_MEMBER.format(0)) if MEMBER_MASK in model.input else model


def make_forward(model: keras.Model) -> Callable[[Inputs], dict[str, npt.NDArray[np.float32]]]:
    """Return a function that computes the outputs of every member, in batches of 4096 rows.

    It is compiled on its first call, once for all inputs of 4096 rows or more: the last batch is padded with zeros.
    Fewer rows are padded to one of 4 sizes per octave.

    Args:
        model: a network from `build` or `ensemble`.

    Returns:
        A function of the inputs by group, shape (rows, ...), in raw units; it returns the outputs of each member by
        head, shape (rows, members, n), where n is the number of outputs of the head per row.

    Raises:
        RunError: a weight or constant of the network is not finite.
    """
    refuse_non_finite(model)
    keep_compiled()
    members = model
    if MEMBER_MASK in model.input:
        groups = {name: x for name, x in model.input.items() if name != MEMBER_MASK}
        members = keras.Model(groups, {head: model.get_layer(_COMBINED.format(head)).input[0] for head in model.output})

    predict_batch = _jit_forward(members) if keras.config.backend() == "jax" else members.predict_on_batch

    def forward(inputs: Inputs) -> dict[str, npt.NDArray[np.float32]]:
        rows = len(next(iter(inputs.values())))
        size = max(1, min(capacity(rows), _ROWS_AT_ONCE))
        batches = []
        for start in range(0, max(rows, 1), size):
            batch = {name: _pad_rows(values[start : start + size], size) for name, values in inputs.items()}
            batches.append({head: np.asarray(values)[: rows - start] for head, values in predict_batch(batch).items()})
        outputs = {head: np.concatenate([of_batch[head] for of_batch in batches]) for head in batches[0]}
        return {head: values[:, None] if values.ndim == 2 else values for head, values in outputs.items()}

    return forward


def _jit_forward(model: keras.Model) -> Callable[[Inputs], Mapping[str, Any]]:
    """Compile a network with JAX: Keras's `predict` takes longer to start than a small network takes to evaluate."""
    import jax

    @jax.jit
    def apply(trainable: list[Any], other: list[Any], inputs: Inputs) -> Any:
        return model.stateless_call(trainable, other, inputs, training=False)[0]

    def forward(inputs: Inputs) -> Any:
        trainable, other = model.trainable_variables, model.non_trainable_variables
        return apply([variable.value for variable in trainable], [variable.value for variable in other], inputs)

    return forward


def _pad_rows(values: npt.NDArray[np.generic], rows: int) -> npt.NDArray[np.generic]:
    """Pad values with rows of zeros up to `rows` rows; return the same array if it already has as many."""
    if len(values) == rows:
        return values
    padded = np.zeros((rows, *values.shape[1:]), values.dtype)
    padded[: len(values)] = values
    return padded


def combine(
    model: keras.Model, outputs: Mapping[str, npt.NDArray[np.float32]], member_mask: npt.NDArray[np.bool_]
) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, npt.NDArray[np.float32]]]:
    """Combine the outputs of members as the model does, and compute their spread.

    Args:
        model: a network from `build` or `ensemble`.
        outputs: outputs of members from `make_forward`, shape (rows, members, n) by head.
        member_mask: which members may score a row, shape (rows, members).

    Returns:
        By head, the combined outputs, and the standard deviation of the scoring members' outputs (NaN where one scores
        alone), shape (rows,) for one number per row, (rows, n) for several.
    """
    combined, spread = {}, {}
    rows, size = len(member_mask), capacity(len(member_mask))  # few sizes, because each is compiled separately
    votes = np.ones((size, member_mask.shape[1]), np.float32)
    votes[:rows] = member_mask
    for head, values in outputs.items():
        if MEMBER_MASK in model.input:
            layer = model.get_layer(_COMBINED.format(head))
            ensemble_output = keras.ops.convert_to_numpy(layer(_pad_rows(values, size), votes))[:rows]
        else:
            ensemble_output = values[:, 0]
        number = member_mask.sum(axis=1)[:, None]
        mean = (values * member_mask[:, :, None]).sum(axis=1) / number
        square = (np.square(values - mean[:, None]) * member_mask[:, :, None]).sum(axis=1)
        deviation = np.sqrt(np.where(number > 1, square / np.maximum(number - 1, 1), np.nan)).astype(np.float32)
        single_output = values.shape[2] == 1
        combined[head], spread[head] = (
            (ensemble_output[:, 0], deviation[:, 0]) if single_output else (ensemble_output, deviation)
        )
    return combined, spread


@keras.saving.register_keras_serializable(package="netwright")
class _Stack(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Stack the outputs of members, each of shape (rows, n), to shape (rows, members, n)."""

    def call(self, outputs: Any) -> Any:
        return keras.ops.stack(outputs, axis=1)

    def compute_output_shape(self, shapes: Any) -> tuple[int | None, ...]:
        return shapes[0][0], len(shapes), *shapes[0][1:]


def _combination(how: str, target: Target) -> Literal["mean", "votes", "median"]:
    if how != "majority":
        return "mean"
    return task_of(target).combine


def _weights(losses: Sequence[float]) -> list[float]:
    """Return weights 1 / loss with mean 1, which are optimal for squared errors of independent members."""
    inverse = 1 / np.asarray(losses)
    return [float(w) for w in inverse / inverse.mean()]
