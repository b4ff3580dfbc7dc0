"""How a network represents inputs and outputs that float32 cannot resolve, read from its layers."""

from __future__ import annotations

import keras

from netwright.config import (
    CategoricalInput,
    Experiment,
    FourVectorsInput,
    Numbers,
    NumericInput,
    ParticlesInput,
    parts_of_particles,
)
from netwright.data import Forms, rest_of
from netwright.layers import Unstandardise
from netwright.models._ensemble import first_member
from netwright.models.encode_numeric import CENTRE

__all__ = ["forms_of"]


def forms_of(model: keras.Model, experiment: Experiment) -> Forms:
    """Return which columns a network takes as value and remainder, and the offsets between outputs and targets.

    Args:
        model: a network from `netwright.models.build` or `netwright.models._ensemble`.
        experiment: the experiment that it was trained with.

    Returns:
        The forms, which are the same for all members.
    """
    member = first_member(model)
    fine, offsets = {}, {}
    for name, group in experiment.inputs.items():
        if isinstance(group, CategoricalInput) or rest_of(name) not in member.input:
            continue
        sections = {name: group} if isinstance(group, NumericInput) else _sections(name, group)
        fine[name] = tuple(
            section.columns[column]
            for prefix, section in sections.items()
            for column in _fine_columns(member, CENTRE.format(prefix))
        )
    for name in experiment.targets:
        layer = member.get_layer(name)
        if isinstance(layer, Unstandardise) and layer.offset:
            offsets[name] = layer.offset
    return Forms(fine, offsets)


def _sections(name: str, group: FourVectorsInput | ParticlesInput) -> dict[str, Numbers]:
    """Return the sections of numbers of particles by the prefix of their layers."""
    return {f"{name}-{key}": section for key, section in parts_of_particles(group).numbers.items()}


def _fine_columns(member: keras.Model, layer_name: str) -> list[int]:
    """Return the positions of fine columns in their section; none if the network has no such layer."""
    return next((list(layer.columns) for layer in member.layers if layer.name == layer_name), [])
