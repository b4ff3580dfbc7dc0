"""Hidden activations that let the signal or the gradient fade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from netwright.doctor._shortfall import falls_short, shortfall_text
from netwright.doctor.case import Case, Layer
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["HIDDEN_ACTIVATION", "MANY_SIGMOIDS", "VANISHING_GRADIENTS"]

_FADING = {"sigmoid", "hard_sigmoid"}
_FALL = 1e-3  # of the gradient from the last to the first layer (AutoTrainer)
_LAYERS = 2
_MANY = 4  # layers with sigmoid: together they pass on a 256th of the gradient at most


def _softmax(case: Case) -> Iterator[Finding]:
    hidden = _weighted_sums(case) if case.architecture.outputs else []
    dense = [layer for layer in hidden if layer.kind == "Dense"]
    soft = [layer.name for layer in dense if layer.activation == "softmax" and _only_to_dense(layer, case)]
    if soft:
        text = f"Hidden layers with softmax, whose units share one unit of output: {', '.join(soft)}."
        yield _finding(soft, text, 0.6 if falls_short(case) is False else 0.7)
    if not soft:
        yield from _sigmoids(case, hidden, _LAYERS)


def _many_sigmoids(case: Case) -> Iterator[Finding]:
    return _sigmoids(case, _weighted_sums(case), _MANY)


def _weighted_sums(case: Case) -> list[Layer]:
    """Return the hidden dense and convolutional layers, whose activation is free to choose."""
    return [layer for layer in case.architecture.hidden if layer.kind == "Dense" or layer.kind.startswith("Conv")]


def _sigmoids(case: Case, hidden: Sequence[Layer], least: int) -> Iterator[Finding]:
    slow = [layer.name for layer in hidden if layer.activation in _FADING]
    if len(slow) >= least and falls_short(case) and case.skill is not None:
        text = f"{len(slow)} hidden layers with sigmoid, which passes on a quarter of the gradient at most. "
        finding = _finding(slow, text + shortfall_text(case.skill), 0.75 if len(slow) > _LAYERS else 0.65)
        yield replace(finding, symptom="vanishing gradients") if len(slow) > _LAYERS else finding


def _only_to_dense(layer: Layer, case: Case) -> bool:
    """Whether nothing but dense layers takes what a layer gives: it is no gate and no attention."""
    after = [case.architecture.layer(name) for name in layer.follows]
    return bool(after) and all(following is not None and following.kind == "Dense" for following in after)


def _finding(names: list[str], text: str, confidence: float) -> Finding:
    return Finding(
        "hidden activation",
        "WARN",
        text,
        where=tuple(names),
        threshold=HIDDEN_ACTIVATION.threshold,
        cause="The hidden activation is unsuitable.",
        remedy=f'Use activation="relu" in {", ".join(names)}.',
        see="docs/doctor.md",
        confidence=confidence,
    )


def _vanishing(case: Case) -> Iterator[Finding]:
    hidden = {layer.name for layer in case.architecture.hidden} | set(case.architecture.outputs)
    for vitals in (case.vitals[0], case.vitals[-1]):
        layers = [layer for layer in vitals.layers if layer.name in hidden and np.isfinite(layer.gradient)]
        if len(layers) < _LAYERS + 1 or not falls_short(case):
            return
        first, last = layers[0], layers[-1]
        if first.gradient < _FALL * last.gradient:
            yield Finding(
                "vanishing gradients",
                "WARN",
                f"The gradient of {first.name} is {first.gradient:.2g}, that of {last.name} {last.gradient:.2g}.",
                where=(first.name, last.name),
                threshold=VANISHING_GRADIENTS.threshold,
                cause="The gradient vanishes on its way to the first layers.",
                remedy='Use activation="relu" with kernel_initializer="he_normal", or BatchNormalization.',
                see="docs/doctor.md",
                confidence=0.7,
                step=None,
            )
            return


HIDDEN_ACTIVATION = Symptom(
    name="hidden activation",
    needs=(),
    threshold="No hidden layer has softmax; fewer than two have sigmoid where the network does worse than a simple "
    "method.",
    silent="Softmax whose output goes elsewhere than into dense layers (a gate); sigmoids in a network that does as "
    "well as a simple method.",
    examine=_softmax,
    explains=("vanishing gradients", "saturation", "too few epochs", "underfitting", "constant output"),
    stays="NOTE",
)
MANY_SIGMOIDS = Symptom(
    name="vanishing gradients",
    needs=("skill",),
    threshold="Fewer than four hidden layers have sigmoid where the network does worse than a simple method.",
    silent="A network that does as well as a simple method.",
    examine=_many_sigmoids,
    stays="WARN",
)
VANISHING_GRADIENTS = Symptom(
    name="vanishing gradients",
    needs=("vitals", "skill"),
    threshold="The gradient of the first layer is above a thousandth of that of the last (AutoTrainer).",
    silent="A network that does as well as a simple method; fewer than three layers.",
    examine=_vanishing,
    explains=("too few epochs", "underfitting", "constant output"),
)
