"""Encoding inputs in raw units as features for bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from netwright.config import CategoricalInput, InputGroup, NumericInput
from netwright.data import Description, rest_of
from netwright.models._particles import Particles
from netwright.models.encode_categorical import encode_categorical
from netwright.models.encode_four_vectors import encode_four_vectors
from netwright.models.encode_numeric import centred, encode_numeric

__all__ = ["Encoded", "encode"]


@dataclass(frozen=True)
class Encoded:
    """Input of bodies: scaled features, and particles.

    Attributes:
        inputs: the network's inputs by group, in raw units, and the float32 remainders of groups with fine columns.
        flat: features of shape (rows, features), one or more tensors per group.
        particles: particles of every four-vector group with features of each particle.
    """

    inputs: Mapping[str, Any]
    flat: tuple[Any, ...]
    particles: tuple[Particles, ...]


def encode(groups: Mapping[str, InputGroup], description: Description, seeds: Iterator[int]) -> Encoded:
    """Build the preprocessing of every group of inputs.

    Args:
        groups: the groups of an experiment.
        description: constants computed from the training rows.
        seeds: iterator over seeds for random layers and initialisers.

    Returns:
        The inputs and their features.
    """
    inputs: dict[str, Any] = {}
    flat: list[Any] = []
    particles: list[Particles] = []
    for name, group in groups.items():
        dtype = "int32" if isinstance(group, CategoricalInput) else "float32"
        x = inputs[name] = keras.Input(description.shapes[name], dtype=dtype, name=name)
        if isinstance(group, NumericInput):
            if name in description.centres:
                rest = inputs[rest_of(name)] = keras.Input(description.shapes[rest_of(name)], name=rest_of(name))
                x = centred(name, group, x, rest, description.centres[name])
            flat.append(encode_numeric(name, group, x, description, seeds))
        elif isinstance(group, CategoricalInput):
            flat.append(encode_categorical(name, group, x, description, seeds))
        else:
            encoded = encode_four_vectors(name, group, x, description, seeds)
            flat.extend(encoded.flat)
            if encoded.particles is not None:
                particles.append(encoded.particles)
    return Encoded(inputs, tuple(flat), tuple(particles))
