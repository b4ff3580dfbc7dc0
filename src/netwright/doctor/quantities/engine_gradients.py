"""Gradients of the heads of a network of our engine, and how much they differ from batch to batch.

A look that costs a compilation: it is for networks that do worse than they could.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.anatomy import layers_of
from netwright.doctor.quantities.engine_forward import values_of
from netwright.doctor.quantities.head_gradients import HeadGradients, gradients_of_head
from netwright.training import HeadObjective

__all__ = ["head_gradients"]

_BATCH = 128  # rows of one gradient
_BATCHES = 8  # gradients whose scatter is measured


def head_gradients(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    inputs: Mapping[str, Array],
    values: Mapping[str, Array],
    weights: Mapping[str, Array],
) -> dict[str, HeadGradients]:
    """Measure the gradient of each head by itself, dropout and noise switched off.

    Args:
        model: the network up to its raw outputs.
        objective: loss of each head.
        inputs: by group, shape (rows, ...), in raw units.
        values: by head, labels, or targets in their unit, shape (rows,).
        weights: by head, shape (rows,), dimensionless.

    Returns:
        By head.
    """
    names = list(objective)
    count = len(next(iter(values.values())))
    batches = max(1, min(_BATCHES, count // _BATCH))

    def loss(trainable: Any, other: Any, rows: Any, wanted: Any) -> Any:  # noqa: ANN401  # trees of arrays
        own_inputs, own_values, own_weights = rows
        outputs, _ = model.stateless_call(trainable, other, own_inputs, training=False)
        heads = [
            one.loss_weight * jnp.mean(one.weighted_losses(outputs[head], own_values[head], own_weights[head]))
            for head, one in objective.items()
        ]
        return jnp.sum(wanted * jnp.stack(heads))

    gradient = jax.jit(jax.grad(loss))
    found: dict[str, list[list[Array]]] = {head: [] for head in names}
    for number in range(batches):
        chosen = (number + batches * np.arange(_BATCH)) % count
        rows = tuple({key: one[chosen] for key, one in part.items()} for part in (inputs, values, weights))
        for place, head in enumerate(names):
            wanted = np.eye(len(names), dtype=np.float32)[place]
            found[head].append([np.asarray(one) for one in gradient(*values_of(model), rows, wanted)])
    return {head: _of_head(model, found[head]) for head in names}


def _of_head(model: keras.Model, batches: list[list[Array]]) -> HeadGradients:
    order = [one.path for one in model.trainable_variables]
    paths = {
        layer.name: [one.path for one in layer.trainable_variables]
        for layer in layers_of(model)
        if layer.trainable_variables
    }
    return gradients_of_head([dict(zip(order, batch, strict=True)) for batch in batches], paths, _BATCH)
