"""One hidden layer: weights, normalisation, activation, dropout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import HiddenLayers
from netwright.layers import Dropout, SharedDense
from netwright.models.bodies.initialiser import initialiser

__all__ = ["activated", "hidden", "weighted"]


def hidden(body: HiddenLayers, x: Any, units: int, name: str, seeds: Iterator[int], *, exists: Any = None) -> Any:
    """Put one hidden layer onto features: y = dropout(f(W x + b)), with normalisation before or after f.

    Args:
        body: says which activation f, normalisation and regularisation.
        x: features, shape (rows, features) or (rows, P, features).
        units: of the layer.
        name: of the layer, the beginning of the names of its parts.
        seeds: seeds of initialisers and dropout, one after another.
        exists: of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

    Returns:
        Features, shape (rows, units) or (rows, P, units).
    """
    layer = weighted(body, units, name, seeds, of_particles=len(x.shape) == 3)
    return activated(body, layer(x), name, seeds, exists=exists)


def weighted(
    body: HiddenLayers,
    units: int,
    name: str,
    seeds: Iterator[int],
    *,
    linear: bool = False,
    bias: bool = True,
    share: float = 1.0,
    of_particles: bool = False,
) -> keras.layers.Layer:
    """Make the layer of weights, W x + b, with its first values, penalties and constraint.

    A bias is left out where a normalisation follows, which would take it away again.

    Args:
        body: says which activation the weights must fit, and how they are kept small.
        units: of the layer.
        name: of the layer.
        seeds: seeds of initialisers, one after another.
        linear: the weights work on what no activation has made smaller.
        bias: there is a bias, if no normalisation follows.
        share: what the variance of the first weights is multiplied by, dimensionless.
        of_particles: the same weights work on every particle of a row.

    Returns:
        A dense layer.
    """
    kind = SharedDense if of_particles else keras.layers.Dense
    return kind(
        units,
        use_bias=bias and body.batch_normalisation != "before",
        kernel_initializer=initialiser("linear" if linear else body.activation, next(seeds), share=share),
        kernel_regularizer=keras.regularizers.L1L2(body.l1, body.l2) if body.l1 or body.l2 else None,
        kernel_constraint=None if body.max_norm is None else keras.constraints.MaxNorm(body.max_norm),
        name=name,
    )


def activated(body: HiddenLayers, x: Any, name: str, seeds: Iterator[int], *, exists: Any = None) -> Any:
    """Put activation, normalisation and dropout onto what a layer of weights gives.

    Normalisation takes mean and deviation over existing constituents only. Dropout drops a unit for all constituents
    of a row at once: one by one, the sum over constituents would average it out. SELU takes AlphaDropout, which keeps
    the mean and deviation that SELU settles at; its rate is compiled in, that of dropout is data.

    Args:
        body: says which activation, normalisation and dropout.
        x: features, shape (rows, units) or (rows, P, units).
        name: of the layer of weights.
        seeds: seeds of dropout, one after another.
        exists: of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

    Returns:
        Features, same shape as before.
    """
    if body.batch_normalisation == "before":
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x, mask=exists)
    x = keras.layers.Activation(body.activation, name=f"{name}-activation")(x)
    if body.batch_normalisation == "after":
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x, mask=exists)
    if body.dropout:
        kind = keras.layers.AlphaDropout if body.activation == "selu" else Dropout
        shape = None if exists is None else (None, 1, x.shape[-1])
        x = kind(body.dropout, noise_shape=shape, seed=next(seeds), name=f"{name}-dropout")(x)
    return x
