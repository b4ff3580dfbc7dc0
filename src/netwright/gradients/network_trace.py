"""A network at some rows: the output of every layer, and the gradients of the loss by it and by its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.gradients._layer_outputs import layers_in_order, record_outputs
from netwright.training import PreparedMember, RowArrays, StepView, make_loss, probe_rows

__all__ = ["LayerTrace", "NetworkTrace", "WeightTrace", "trace_layers"]

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class WeightTrace:
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
class LayerTrace:
    """A layer at some rows.

    Attributes:
        name: of the layer; with the number of the call, or the path in its output, where there are several.
        kind: its class.
        output: shape (rows, ...).
        gradient: of the loss by the output, of the same shape; None where it has none, as for masks.
        weights: its weights.
    """

    name: str
    kind: str
    output: Array
    gradient: Array | None
    weights: tuple[WeightTrace, ...]


@dataclass(frozen=True)
class NetworkTrace:
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
    layers: tuple[LayerTrace, ...]

    def __str__(self) -> str:
        """Return everything as text; of many values of a row, the first eight."""
        from netwright.gradients._network_text import network_text

        return network_text(self)


def trace_layers(
    member: PreparedMember,
    arrays: RowArrays,
    rows: npt.NDArray[np.integer],
    *,
    factors: npt.NDArray[np.float32] | None = None,
    training: bool,
) -> NetworkTrace:
    """Run a network on some rows forwards and backwards, and keep everything in between.

    Args:
        member: its network, with the weights that it has, and its losses; nothing of it is changed.
        arrays: all rows.
        rows: numbers of those to trace, shape (rows,).
        factors: by what the weight of each row is multiplied, shape (rows,); 1 if not given.
        training: whether dropout and noise are on, and batch normalisation takes the numbers of these rows.

    Returns:
        What was found.

    Raises:
        RunError: Keras runs on another backend than JAX.

    Source: definition; the gradient by an output is that by an offset of 0 added to it.
    """
    names: list[str] = []  # JAX sorts what it returns

    def probe(view: StepView) -> dict[str, Any]:
        values = _values(view, training=training)
        names[:] = values["layers"]
        return values

    values = probe_rows(member, arrays, rows, probe, factors=factors)
    heads = member.objective
    return NetworkTrace(
        float(values["loss"]),
        float(values["aux"]["penalty"]),
        {head: float(values["aux"]["sums"][head]) / len(rows) for head in heads},
        {head: values["aux"]["outputs"][head] for head in heads},
        {head: _in_unit(values["batch"]["values"][head], heads[head].offset) for head in heads},
        {head: values["batch"]["weights"][head] for head in heads},
        _layers(member.raw, names, values["layers"], values["output_gradients"], values["weight_gradients"]),
    )


def _in_unit(values: Array, offset: float) -> Array:
    """Return values with what was taken off them before they became float32."""
    return values.astype(np.float64) + offset if offset else values


def _values(view: StepView, *, training: bool) -> dict[str, Any]:
    """Return the losses of a step, the outputs of all layers, and the gradients by these and by the weights."""
    loss_of = make_loss(view.model, view.penalised, training=training)

    def run(trainable: list[jax.Array], offsets: dict[str, jax.Array]) -> tuple[jax.Array, Any]:
        with record_outputs(view.model, offsets) as recorded:
            loss, aux = loss_of(trainable, view.state.other, view.batch, view.hyperparameters)
        return loss, (aux, recorded)

    weights = view.state.trainable
    loss, (aux, outputs) = run(weights, {})
    offsets = {
        name: jnp.zeros_like(output) for name, output in outputs.items() if jnp.issubdtype(output.dtype, jnp.inexact)
    }
    (weight_gradients, output_gradients), _ = jax.grad(run, argnums=(0, 1), has_aux=True)(weights, offsets)
    return {
        "loss": loss,
        "aux": {"penalty": aux.penalty, "sums": aux.sums, "outputs": aux.outputs},
        "batch": {"values": dict(view.batch.values), "weights": dict(view.batch.weights)},
        "layers": outputs,
        "output_gradients": output_gradients,
        "weight_gradients": {
            variable.path: g for variable, g in zip(view.model.trainable_variables, weight_gradients, strict=True)
        },
    }


def _layers(
    model: keras.Model,
    names: list[str],
    outputs: Mapping[str, Array],
    output_gradients: Mapping[str, Array],
    weight_gradients: Mapping[str, Array],
) -> tuple[LayerTrace, ...]:
    """Join the outputs of layers with their kinds; a layer's weights stand at its first output."""
    layers = {layer.name: layer for layer in layers_in_order(model)}
    traces, with_weights = [], set()
    for name in names:
        layer_name = max((candidate for candidate in layers if name.startswith(candidate)), key=len)
        weights = () if layer_name in with_weights else tuple(_weights(layers[layer_name], weight_gradients))
        with_weights.add(layer_name)
        traces.append(
            LayerTrace(name, type(layers[layer_name]).__name__, outputs[name], output_gradients.get(name), weights)
        )
    return tuple(traces)


def _weights(layer: keras.layers.Layer, weight_gradients: Mapping[str, Array]) -> list[WeightTrace]:
    return [
        WeightTrace(
            variable.path.partition(f"{layer.name}/")[2] or variable.name,
            np.asarray(variable.value),
            weight_gradients.get(variable.path),
        )
        for variable in layer.weights
        if "seed_generator" not in variable.path
    ]
