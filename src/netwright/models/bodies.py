"""The layers that all heads share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import Body, DeepSetsBody, HiddenLayers
from netwright.layers import MaskedSum
from netwright.models.encode import Encoded
from netwright.models.encode_four_vectors import ParticleFeatures

__all__ = ["body_output", "initialiser"]


def body_output(name: str, body: Body, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Put the shared layers onto the features of the inputs.

    Args:
        name: of the body, the beginning of its layers' names.
        body: the body section of an experiment.
        encoded: standardised features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The last shared layer's output, shape (rows, units).
    """
    parts = list(encoded.flat)
    for number, particles in enumerate(encoded.particles):
        if isinstance(body, DeepSetsBody):
            parts.append(_deep_set(body, particles, f"{name}-constituent-{number}", seeds))
        else:
            parts.append(keras.layers.Flatten(name=f"{name}-flat-{number}")(particles.features))
    x = keras.layers.Concatenate(name=f"{name}-features")(parts) if len(parts) > 1 else parts[0]
    for number, units in enumerate(body.units):
        x = _hidden(body, x, units, f"{name}-{number}", seeds)
    return x


def initialiser(activation: str, seed: int) -> keras.initializers.Initializer:
    """Return the initialiser that keeps the variance from layer to layer under an activation.

    He for the rectifiers, LeCun for SELU, Glorot for what saturates.

    Args:
        activation: name of the activation.
        seed: of the random numbers.

    Returns:
        A Keras initialiser of weights.

    Source: arXiv:1502.01852, equation 10; arXiv:1706.02515, section 2; Glorot and Bengio (2010), equation 16.
    """
    if activation == "selu":
        return keras.initializers.LecunNormal(seed=seed)
    if activation in {"tanh", "sigmoid"}:
        return keras.initializers.GlorotNormal(seed=seed)
    return keras.initializers.HeNormal(seed=seed)


def _deep_set(body: DeepSetsBody, particles: ParticleFeatures, name: str, seeds: Iterator[int]) -> Any:
    """Run one small network over every constituent and sum; batch statistics would see the padding, so none."""
    x = particles.features
    for layer, units in enumerate(body.constituent_units):
        x = _dense(body, units, f"{name}-{layer}", seeds)(x)
        x = keras.layers.Activation(body.activation, name=f"{name}-{layer}-activation")(x)
    return MaskedSum(scale=particles.typical, name=f"{name}-sum")(x, particles.mask)


def _hidden(body: HiddenLayers, x: Any, units: int, name: str, seeds: Iterator[int]) -> Any:
    # a normalisation takes the mean away, and any bias with it
    x = _dense(body, units, name, seeds, bias=body.batch_normalisation != "before")(x)
    if body.batch_normalisation == "before":
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x)
    x = keras.layers.Activation(body.activation, name=f"{name}-activation")(x)
    if body.dropout:
        x = keras.layers.Dropout(body.dropout, seed=next(seeds), name=f"{name}-dropout")(x)
    return x


def _dense(body: HiddenLayers, units: int, name: str, seeds: Iterator[int], *, bias: bool = True) -> keras.layers.Layer:
    return keras.layers.Dense(
        units,
        use_bias=bias,
        kernel_initializer=initialiser(body.activation, next(seeds)),
        kernel_regularizer=keras.regularizers.L2(body.l2) if body.l2 else None,
        name=name,
    )
