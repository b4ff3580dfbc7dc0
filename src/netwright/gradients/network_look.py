"""A network at some rows: what every layer gives, and the gradient of the loss by it and by its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.gradients._heard import heard, layers_in_order
from netwright.training import PreparedMember, RowArrays, StepView, make_loss, probe_rows

__all__ = ["LayerLook", "NetworkLook", "WeightLook", "look_at_layers"]

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class WeightLook:
    """A weight of a layer.

    Attributes:
        name: such as ``kernel``.
        value: as it is.
        gradient: of the loss, of the same shape; None for what is not trained.
    """

    name: str
    value: Array
    gradient: Array | None


@dataclass(frozen=True)
class LayerLook:
    """A layer at some rows.

    Attributes:
        name: of the layer; with the number of the call, or the place in its output, where there are several.
        kind: its class.
        output: shape (rows, ...).
        gradient: of the loss by the output, of the same shape; None where it has none, as for masks.
        weights: its weights.
    """

    name: str
    kind: str
    output: Array
    gradient: Array | None
    weights: tuple[WeightLook, ...]


@dataclass(frozen=True)
class NetworkLook:
    """A network at some rows, in the order in which it computes.

    Attributes:
        loss: what a step with these rows minimises, dimensionless.
        penalty: the part of it that no row has, dimensionless.
        head_losses: by head, the mean of f ŵ l over the rows, dimensionless.
        outputs: raw outputs by head, shape (rows, n), dimensionless.
        truth: by head, labels, or targets in their unit, shape (rows,).
        row_weights: by head, f ŵ, shape (rows,), dimensionless.
        layers: all layers.
    """

    loss: float
    penalty: float
    head_losses: Mapping[str, float]
    outputs: Mapping[str, Array]
    truth: Mapping[str, Array]
    row_weights: Mapping[str, Array]
    layers: tuple[LayerLook, ...]

    def __str__(self) -> str:
        """Return everything as text; of many values of a row, the first eight."""
        from netwright.gradients._look_text import look_text

        return look_text(self)


def look_at_layers(
    member: PreparedMember,
    arrays: RowArrays,
    rows: npt.NDArray[np.integer],
    *,
    factors: npt.NDArray[np.float32] | None = None,
    training: bool,
) -> NetworkLook:
    """Run a network on some rows forwards and backwards, and keep everything in between.

    Args:
        member: its network, with the weights that it has, and its losses; nothing of it is changed.
        arrays: all rows.
        rows: numbers of those to look at, shape (rows,).
        factors: by what the weight of each row is multiplied, shape (rows,); 1 if not given.
        training: whether dropout and noise are on, and batch normalisation takes the numbers of these rows.

    Returns:
        What was found.

    Raises:
        RunError: Keras runs on another backend than JAX.

    Source: definition; the gradient by an output is that by an offset of 0 added to it.
    """
    names: list[str] = []  # JAX sorts what it returns

    def look(view: StepView) -> dict[str, Any]:
        loss_of = make_loss(view.model, view.penalised, training=training)

        def run(trainable: list[jax.Array], offsets: dict[str, jax.Array]) -> tuple[jax.Array, Any]:
            with heard(view.model, offsets) as noted:
                loss, parts = loss_of(trainable, view.state.other, view.batch, view.hyperparameters)
            return loss, (parts, noted)

        loss, (parts, outputs) = run(view.state.trainable, {})
        names[:] = outputs
        zeros = {name: jnp.zeros_like(one) for name, one in outputs.items() if jnp.issubdtype(one.dtype, jnp.inexact)}
        (of_weights, of_outputs), _ = jax.grad(run, argnums=(0, 1), has_aux=True)(view.state.trainable, zeros)
        return {
            "loss": loss,
            "parts": {"penalty": parts.penalty, "sums": parts.sums, "outputs": parts.outputs},
            "batch": {"values": dict(view.batch.values), "weights": dict(view.batch.weights)},
            "layers": outputs,
            "of_layers": of_outputs,
            "of_weights": {one.path: g for one, g in zip(view.model.trainable_variables, of_weights, strict=True)},
        }

    found = probe_rows(member, arrays, rows, look, factors=factors)
    heads = member.objective
    return NetworkLook(
        float(found["loss"]),
        float(found["parts"]["penalty"]),
        {head: float(found["parts"]["sums"][head]) / len(rows) for head in heads},
        {head: found["parts"]["outputs"][head] for head in heads},
        {head: found["batch"]["values"][head] for head in heads},
        {head: found["batch"]["weights"][head] for head in heads},
        _layers(member.raw, names, found["layers"], found["of_layers"], found["of_weights"]),
    )


def _layers(
    model: keras.Model,
    names: list[str],
    outputs: Mapping[str, Array],
    of_outputs: Mapping[str, Array],
    of_weights: Mapping[str, Array],
) -> tuple[LayerLook, ...]:
    """Join what layers give with what they are; a layer's weights stand at its first output."""
    layers = {layer.name: layer for layer in layers_in_order(model)}
    found, told = [], set()
    for name in names:
        own = max((one for one in layers if name.startswith(one)), key=len)
        weights = () if own in told else tuple(_weights(layers[own], of_weights))
        told.add(own)
        found.append(LayerLook(name, type(layers[own]).__name__, outputs[name], of_outputs.get(name), weights))
    return tuple(found)


def _weights(layer: keras.layers.Layer, of_weights: Mapping[str, Array]) -> list[WeightLook]:
    return [
        WeightLook(one.path.partition(f"{layer.name}/")[2] or one.name, np.asarray(one.value), of_weights.get(one.path))
        for one in layer.weights
        if "seed_generator" not in one.path
    ]
