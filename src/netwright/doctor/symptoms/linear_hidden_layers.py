"""Hidden layers without activation: two layers in a row that are one linear map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, Layer
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["LINEAR_HIDDEN_LAYERS"]

_DENSE = "Dense"
_LITTLE = 0.01  # of the rows, or of the variance
_CONVOLUTIONS = {"Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D"}


def _is_linear(layer: Layer, case: Case) -> bool:
    """Whether a layer and the next with weights are one linear map, and the layer is no bottleneck."""
    architecture = case.architecture
    if layer.activation != "linear" or layer.kind not in {_DENSE, *_CONVOLUTIONS}:
        return False
    following = [after for name in layer.follows if (after := architecture.layer(name)) is not None]
    if not following or not all(after.kind in {_DENSE, *_CONVOLUTIONS} for after in following):
        return False
    wide = [after.units or 0 for after in following if after.name not in architecture.outputs or _reproduces(case)]
    narrow = bool(wide) and (layer.units or 0) < min(layer.inputs, *wide)
    return not narrow


def _reproduces(case: Case) -> bool:
    """Whether the targets are the inputs: linear layers that are narrow in between find principal components."""
    rows = case.rows
    return rows is not None and rows.target is not None and np.array_equal(rows.target, rows.inputs)


def _examine(case: Case) -> Iterator[Finding]:
    architecture = case.architecture
    if not architecture.connected:
        return
    hidden = [layer for layer in architecture.hidden if layer.kind in {_DENSE, *_CONVOLUTIONS}]
    linear = [layer.name for layer in hidden if _is_linear(layer, case)]
    if not linear:
        return
    every = len(linear) == len(hidden)
    unlikely = every and (
        _line_suffices(case) or not case.history.ends_finite
    )  # a straight line alone does not diverge
    if unlikely and falls_short(case) is False:
        return
    names = ", ".join(linear)
    yield Finding(
        "hidden layers without activation",
        "WARN",
        "No hidden layer has an activation: the network is one linear map."
        if every
        else f"Hidden layers without activation: {names}.",
        where=tuple(linear),
        threshold=LINEAR_HIDDEN_LAYERS.threshold,
        cause="Hidden layers have no activation.",
        remedy=f'Give {names} an activation, activation="relu" for instance.',
        see="docs/doctor.md",
        confidence=0.4 if unlikely else 0.9 if every else 0.7,
    )


def _line_suffices(case: Case) -> bool:
    """Whether no simple method does better than a straight line, so that an activation is not what is missing.

    Where rows are too few for a simple method, the network is that line; it fits rows by chance if these are few beside
    the columns.
    """
    skill, rows = case.skill, case.rows
    if skill is not None and rows is not None and np.isnan(skill.baseline):
        return falls_short(case) is False and len(rows) > 2 * rows.inputs.shape[1]
    return skill is not None and skill.learnable and skill.linear > skill.baseline - max(_LITTLE, skill.error)


LINEAR_HIDDEN_LAYERS = Symptom(
    name="hidden layers without activation",
    needs=(),
    threshold="A hidden layer is followed by another layer with weights and has a non-linear activation before it.",
    silent="A layer that is narrower than both its neighbours (a bottleneck; the output "
    "is a neighbour where it reproduces the inputs); models whose connections are not known; "
    "rows for which a straight line is as good as any simple method, and a network that is as good as these; "
    "fewer than 20 rows that such a network fits, of more than twice as many as columns.",
    examine=_examine,
    explains=("underfitting", "learning rate too low", "too few epochs", "constant output", "hidden activation",
              "noisy gradients"),
    stays="NOTE",
)  # fmt: skip
