"""Gradients of the heads of a network of our engine, and how much they differ from batch to batch.

A look that costs a compilation: it is for networks that do worse than they could.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.anatomy import layers_of
from netwright.doctor.quantities.engine_forward import values_of
from netwright.training import HeadObjective

__all__ = ["HeadGradients", "head_gradients", "noise_scale"]

_BATCH = 128  # rows of one gradient
_BATCHES = 8  # gradients whose scatter is measured


@dataclass(frozen=True)
class HeadGradients:
    """The gradient of one head's part of the loss, λ L.

    Attributes:
        layers: norm by name of the layer, dimensionless.
        noise: rows of a batch for which noise and signal of the gradient are equal; NaN with fewer than two batches.
    """

    layers: Mapping[str, float]
    noise: float


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
            one.loss_weight * jnp.mean(own_weights[head] * one.row_losses(outputs[head], own_values[head]))
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
    means = [np.mean(one, axis=0, dtype=np.float64) for one in zip(*batches, strict=True)]
    by_path = {one.path: mean for one, mean in zip(model.trainable_variables, means, strict=True)}
    layers = {
        layer.name: float(np.sqrt(sum(float((by_path[one.path] ** 2).sum()) for one in layer.trainable_variables)))
        for layer in layers_of(model)
        if layer.trainable_variables
    }
    flat = [np.concatenate([one.ravel() for one in batch]).astype(np.float64) for batch in batches]
    return HeadGradients(layers, noise_scale(np.stack(flat), _BATCH))


def noise_scale(gradients: Array, rows: int) -> float:
    """Return the size of a batch at which noise and signal of its gradient are equal, tr Σ / |G|².

    Σ is the covariance of the gradient of one row, G its mean; both are estimated without bias, |G|² by
    |mean|² - s² / n with the scatter s² of n batches.

    Args:
        gradients: of batches, shape (n, weights), dimensionless.
        rows: of each batch.

    Returns:
        Rows; infinite where the signal drowns in the noise, NaN with fewer than two batches.

    Source: McCandlish et al. (2018), arXiv:1812.06162, equation 2.8.

    Example:
        >>> noise_scale(np.array([[1.0], [3.0]]), 10)
        6.666666666666667
    """
    if len(gradients) < 2:  # no scatter
        return float("nan")
    scatter = float(gradients.var(axis=0, ddof=1).sum())
    signal = float((gradients.mean(axis=0) ** 2).sum()) - scatter / len(gradients)
    return rows * scatter / signal if signal > 0 else float("inf")
