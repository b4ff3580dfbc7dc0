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
                loss, aux = loss_of(trainable, view.state.other, view.batch, view.hyperparameters)
            return loss, (aux, noted)

        loss, (aux, outputs) = run(view.state.trainable, {})
        names[:] = outputs
        zeros = {
            name: jnp.zeros_like(variable)
            for name, variable in outputs.items()
            if jnp.issubdtype(variable.dtype, jnp.inexact)
        }
        (of_weights, of_outputs), _ = jax.grad(run, argnums=(0, 1), has_aux=True)(view.state.trainable, zeros)
        return {
            "loss": loss,
            "aux": {"penalty": aux.penalty, "sums": aux.sums, "outputs": aux.outputs},
            "batch": {"values": dict(view.batch.values), "weights": dict(view.batch.weights)},
            "layers": outputs,
            "of_layers": of_outputs,
            "of_weights": {
                variable.path: g for variable, g in zip(view.model.trainable_variables, of_weights, strict=True)
            },
        }

    values = probe_rows(member, arrays, rows, look, factors=factors)
    heads = member.objective
    return NetworkLook(
        float(values["loss"]),
        float(values["aux"]["penalty"]),
        {head: float(values["aux"]["sums"][head]) / len(rows) for head in heads},
        {head: values["aux"]["outputs"][head] for head in heads},
        {head: values["batch"]["values"][head] for head in heads},
        {head: values["batch"]["weights"][head] for head in heads},
        _layers(member.raw, names, values["layers"], values["of_layers"], values["of_weights"]),
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
    looks, with_weights = [], set()
    for name in names:
        layer_name = max((candidate for candidate in layers if name.startswith(candidate)), key=len)
        weights = () if layer_name in with_weights else tuple(_weights(layers[layer_name], of_weights))
        with_weights.add(layer_name)
        looks.append(LayerLook(name, type(layers[layer_name]).__name__, outputs[name], of_outputs.get(name), weights))
    return tuple(looks)


def _weights(layer: keras.layers.Layer, of_weights: Mapping[str, Array]) -> list[WeightLook]:
    return [
        WeightLook(
            variable.path.partition(f"{layer.name}/")[2] or variable.name,
            np.asarray(variable.value),
            of_weights.get(variable.path),
        )
        for variable in layer.weights
        if "seed_generator" not in variable.path
    ]
