"""How a network represents inputs and outputs that float32 cannot resolve, read from its layers."""

from __future__ import annotations

import keras

from netwright.config import Experiment, NumericInput
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
        if isinstance(group, NumericInput) and rest_of(name) in member.input:
            fine[name] = tuple(group.columns[place] for place in member.get_layer(CENTRE.format(name)).columns)
    for name in experiment.targets:
        layer = member.get_layer(name)
        if isinstance(layer, Unstandardise) and layer.offset:
            offsets[name] = layer.offset
    return Forms(fine, offsets)
