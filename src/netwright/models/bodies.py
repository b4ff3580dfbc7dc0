"""The layers that all heads share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import Body, DeepSetsBody
from netwright.layers import MaskedSum
from netwright.models.encode import Encoded

__all__ = ["body_output", "initialiser"]


def body_output(body: Body, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Put the shared layers onto the features of the inputs.

    Args:
        body: the body section of an experiment.
        encoded: standardised features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The last shared layer's output, shape (rows, units).
    """
    parts = list(encoded.flat)
    for number, (features, mask, typical) in enumerate(encoded.sets):
        if isinstance(body, DeepSetsBody):
            parts.append(_deep_set(body, features, mask, typical, number, seeds))
        else:
            parts.append(keras.layers.Flatten(name=f"flat-{number}")(features))
    x = keras.layers.Concatenate(name="all-features")(parts) if len(parts) > 1 else parts[0]
    for number, units in enumerate(body.units):
        x = _hidden(body, x, units, f"body-{number}", seeds)
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


def _deep_set(
    body: DeepSetsBody,
    features: Any,
    mask: Any,
    typical: float,
    number: int,
    seeds: Iterator[int],
) -> Any:
    """Run one small network over every constituent and sum; batch statistics would see the padding, so none."""
    x = features
    for layer, units in enumerate(body.constituent_units):
        x = _dense(body, units, f"constituent-{number}-{layer}", seeds)(x)
        x = keras.layers.Activation(body.activation, name=f"constituent-{number}-{layer}-activation")(x)
    return MaskedSum(scale=typical, name=f"constituent-{number}-sum")(x, mask)


def _hidden(body: Body, x: Any, units: int, name: str, seeds: Iterator[int]) -> Any:
    # a normalisation takes the mean away, and any bias with it
    x = _dense(body, units, name, seeds, bias=not body.batch_normalisation)(x)
    if body.batch_normalisation:
        x = keras.layers.BatchNormalization(name=f"{name}-normalisation")(x)
    x = keras.layers.Activation(body.activation, name=f"{name}-activation")(x)
    if body.dropout:
        x = keras.layers.Dropout(body.dropout, seed=next(seeds), name=f"{name}-dropout")(x)
    return x


def _dense(body: Body, units: int, name: str, seeds: Iterator[int], *, bias: bool = True) -> keras.layers.Layer:
    return keras.layers.Dense(
        units,
        use_bias=bias,
        kernel_initializer=initialiser(body.activation, next(seeds)),
        kernel_regularizer=keras.regularizers.L2(body.l2) if body.l2 else None,
        name=name,
    )
