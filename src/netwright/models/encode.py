"""Encoding inputs in raw units as features for bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from netwright.config import CategoricalInput, InputGroup, NumericInput
from netwright.data import Description, categories_of, rest_of
from netwright.models._particles import Particles
from netwright.models.encode_categorical import encode_categorical
from netwright.models.encode_numeric import centred, encode_numeric, present
from netwright.models.encode_particles import encode_particles

__all__ = ["Encoded", "encode"]


@dataclass(frozen=True)
class Encoded:
    """Input of bodies: scaled features, and particles.

    Attributes:
        inputs: the network's inputs by group, in raw units, and the float32 remainders of groups with fine columns.
        flat: features of shape (rows, features), one or more tensors per group.
        particles: particles of every group with features of each particle.
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
        group_inputs = inputs_of(name, group, description)
        inputs |= group_inputs
        if isinstance(group, NumericInput):
            flat.append(_numbers(name, group, group_inputs, description, seeds))
        elif isinstance(group, CategoricalInput):
            flat.append(encode_categorical(name, group, group_inputs[name], description.vocabulary[name], seeds))
        else:
            encoded = encode_particles(name, group, group_inputs, description, seeds)
            flat.extend(encoded.flat)
            if encoded.particles is not None:
                particles.append(encoded.particles)
    return Encoded(inputs, tuple(flat), tuple(particles))


def inputs_of(name: str, group: InputGroup, description: Description) -> dict[str, Any]:
    """Create the inputs of a group: its own, and those of its remainders and categories.

    Args:
        name: name of the group.
        group: its section of the experiment.
        description: has their shapes.

    Returns:
        Symbolic inputs by name.
    """
    types = {name: "int32" if isinstance(group, CategoricalInput) else "float32"}
    types |= {rest_of(name): "float32", categories_of(name): "int32"}
    return {
        input_name: keras.Input(description.shapes[input_name], dtype=dtype, name=input_name)
        for input_name, dtype in types.items()
        if input_name in description.shapes
    }


def _numbers(
    name: str, group: NumericInput, inputs: Mapping[str, Any], description: Description, seeds: Iterator[int]
) -> Any:
    centres = description.centres.get(name)
    x = inputs[name]
    x = present(name, group, x) if centres is None else centred(name, group, x, inputs[rest_of(name)], centres)
    return encode_numeric(name, group, x, description.numeric[name], seeds)
