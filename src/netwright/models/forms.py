"""In which form a network takes and gives numbers that float32 is too coarse for, as its layers say it."""

from __future__ import annotations

import keras

from netwright.config import Experiment, NumericInput
from netwright.data import Forms, rest_of
from netwright.layers import Unstandardise
from netwright.models._ensemble import first_member
from netwright.models.encode_numeric import CENTRE

__all__ = ["forms_of"]


def forms_of(model: keras.Model, experiment: Experiment) -> Forms:
    """Say which columns a network takes as value and rest, and what its outputs are less than a target.

    Args:
        model: of `netwright.models.build` or `netwright.models._ensemble`.
        experiment: that it was trained by.

    Returns:
        The forms, the same for all members.
    """
    member = first_member(model)
    fine, offsets = {}, {}
    for name, group in experiment.inputs.items():
        if isinstance(group, NumericInput) and rest_of(name) in member.input:
            fine[name] = tuple(group.columns[place] for place in member.get_layer(CENTRE.format(name)).columns)
    for name in experiment.targets:
        layer = member.get_layer(name)
        if isinstance(layer, Unstandardise) and layer.offset:
            offsets[name] = layer.offset
    return Forms(fine, offsets)
