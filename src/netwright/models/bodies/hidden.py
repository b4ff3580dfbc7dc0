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
    """Put all hidden layers of a body onto features, one after another.

    Args:
        section: says how many units each has, and how they are made.
        x: features, shape (rows, features).
        name: of the section.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The last layer's output, shape (rows, units).
    """
    for number, units in enumerate(section.units):
        x = hidden_layer(section, x, units, f"{name}-hidden-{number}", seeds)
    return x


def hidden_layer(
    section: HiddenLayers, x: Any, units: int, name: str, seeds: Iterator[int], *, exists: Any = None
) -> Any:
    """Put one hidden layer onto features: y = dropout(f(W x + b)), with normalisation before or after f.

    Args:
        section: says which activation f, normalisation and regularisation.
        x: features, shape (rows, features) or (rows, P, features).
        units: of the layer.
        name: of the layer, the beginning of the names of its parts.
        seeds: seeds of initialisers and dropout, one after another.
        exists: of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

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
    """Make the layer of weights, W x + b, with its first values, penalties and constraint.

    A bias is left out where a normalisation follows, which would take it away again.

    Args:
        section: says which activation the weights must fit, and how they are kept small.
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
        use_bias=bias and section.batch_normalisation != "before",
        kernel_initializer=initialiser("linear" if linear else section.activation, next(seeds), share=share),
        kernel_regularizer=keras.regularizers.L1L2(section.l1, section.l2) if section.l1 or section.l2 else None,
        kernel_constraint=None if section.max_norm is None else keras.constraints.MaxNorm(section.max_norm),
        name=name,
    )


def activated(section: HiddenLayers, x: Any, name: str, seeds: Iterator[int], *, exists: Any = None) -> Any:
    """Put activation, normalisation and dropout onto what a layer of weights gives.

    Normalisation takes mean and deviation over existing constituents only. Dropout drops a unit for all constituents
    of a row at once: one by one, the sum over constituents would average it out. SELU takes AlphaDropout, which keeps
    the mean and deviation that SELU settles at; its rate is compiled in, that of dropout is data.

    Args:
        section: says which activation, normalisation and dropout.
        x: features, shape (rows, units) or (rows, P, units).
        name: of the layer of weights.
        seeds: seeds of dropout, one after another.
        exists: of constituents, shape (rows, P), 1 where there is one, else 0; None without constituents.

    Returns:
        Features, same shape as before.
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
