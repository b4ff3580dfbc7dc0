"""Gradients of the heads of a network of our engine, and how much they differ from batch to batch.

It costs a compilation: it is for networks that do worse than they could.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.architecture import layers_of
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

    def loss(trainable: Any, other: Any, rows: Any, selected: Any) -> Any:  # noqa: ANN401  # trees of arrays
        row_inputs, row_values, row_weights = rows
        outputs, _ = model.stateless_call(trainable, other, row_inputs, training=False)
        heads = [
            one.loss_weight * jnp.mean(one.weighted_losses(outputs[head], row_values[head], row_weights[head]))
            for head, one in objective.items()
        ]
        return jnp.sum(selected * jnp.stack(heads))

    gradient = jax.jit(jax.grad(loss))
    batches_of_head: dict[str, list[list[Array]]] = {head: [] for head in names}
    for number in range(batches):
        chosen = (number + batches * np.arange(_BATCH)) % count
        rows = tuple({key: array[chosen] for key, array in arrays.items()} for arrays in (inputs, values, weights))
        for index, head in enumerate(names):
            selected = np.eye(len(names), dtype=np.float32)[index]
            batches_of_head[head].append([np.asarray(array) for array in gradient(*values_of(model), rows, selected)])
    return {head: _summary(model, batches_of_head[head]) for head in names}


def _summary(model: keras.Model, batches: list[list[Array]]) -> HeadGradients:
    order = [variable.path for variable in model.trainable_variables]
    paths = {
        layer.name: [variable.path for variable in layer.trainable_variables]
        for layer in layers_of(model)
        if layer.trainable_variables
    }
    return gradients_of_head([dict(zip(order, batch, strict=True)) for batch in batches], paths, _BATCH)
