"""Hidden layers: weights, normalisation, activation, dropout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import HiddenLayers
from netwright.layers import Dropout, SharedDense
from netwright.models.bodies.initialiser import initialiser

__all__ = ["activated", "hidden_layer", "hidden_layers", "weighted"]


def hidden_layers(section: HiddenLayers, x: Any, name: str, seeds: Iterator[int]) -> Any:
    """Apply all hidden layers of a body to features, in sequence.

    Args:
        section: numbers of units and style of the layers.
        x: features, shape (rows, features).
        name: name of the section.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The last layer's output, shape (rows, units).
    """
    for number, units in enumerate(section.units):
        x = hidden_layer(section, x, units, f"{name}-hidden-{number}", seeds)
    return x


def hidden_layer(
    section: HiddenLayers, x: Any, units: int, name: str, seeds: Iterator[int], *, exists: Any = None
) -> Any:
    """Apply one hidden layer to features: y = dropout(f(W x + b)), with normalisation before or after f.

    Args:
        section: activation f, normalisation and regularisation.
        x: features, shape (rows, features) or (rows, P, features).
        units: number of units of the layer.
        name: name of the layer, the prefix of the names of its parts.
        seeds: iterator over seeds for initialisers and dropout.
        exists: mask of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

    Returns:
        Features, shape (rows, units) or (rows, P, units).
    """
    layer = weighted(section, units, name, seeds, of_particles=len(x.shape) == 3)
    return activated(section, layer(x), name, seeds, exists=exists)


def weighted(
    section: HiddenLayers,
    units: int,
    name: str,
    seeds: Iterator[int],
    *,
    linear: bool = False,
    bias: bool = True,
    share: float = 1.0,
    of_particles: bool = False,
) -> keras.layers.Layer:
    """Create the layer of weights, W x + b, with its initialiser, penalties and constraint.

    There is no bias if a normalisation follows, which would cancel it.

    Args:
        section: activation that the initial weights must suit, and regularisation.
        units: number of units of the layer.
        name: name of the layer.
        seeds: iterator over seeds for initialisers.
        linear: the inputs have not been reduced in size by an activation.
        bias: use a bias, if no normalisation follows.
        share: factor on the variance of the initial weights, dimensionless.
        of_particles: apply the same weights to every particle of a row.

    Returns:
        A dense layer.
    """
    kind = SharedDense if of_particles else keras.layers.Dense
    return kind(
        units,
        use_bias=bias and section.batch_normalisation != "before",
        kernel_initializer=initialiser("linear" if linear else section.activation, next(seeds), share=share),
        kernel_regularizer=keras.regularizers.L1L2(section.l1, section.l2) if section.l1 or section.l2 else None,
        kernel_constraint=None if section.max_norm is None else keras.constraints.MaxNorm(section.max_norm),
        name=name,
    )


def activated(section: HiddenLayers, x: Any, name: str, seeds: Iterator[int], *, exists: Any = None) -> Any:
    """Apply activation, normalisation and dropout to the output of a layer of weights.

    Normalisation uses mean and standard deviation of existing constituents only. Dropout drops a unit for all
    constituents of a row together: otherwise, the sum over constituents would average it out. SELU uses AlphaDropout,
    which preserves the mean and standard deviation of SELU's fixed point; its rate is compiled into the program,
    whereas that of dropout is data.

    Args:
        section: activation, normalisation and dropout.
        x: features, shape (rows, units) or (rows, P, units).
        name: name of the layer of weights.
        seeds: iterator over seeds for dropout.
        exists: mask of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

    Returns:
        Features, same shape as `x`.
    """
    if section.batch_normalisation == "before":
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x, mask=exists)
    x = keras.layers.Activation(section.activation, name=f"{name}-activation")(x)
    if section.batch_normalisation == "after":
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x, mask=exists)
    if section.dropout:
        kind = keras.layers.AlphaDropout if section.activation == "selu" else Dropout
        shape = None if exists is None else (None, 1, x.shape[-1])
        x = kind(section.dropout, noise_shape=shape, seed=next(seeds), name=f"{name}-dropout")(x)
    return x
