"""Weights at the start: all the same, or far too large or too small for the signal to pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, LayerVitals
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["INITIAL_WEIGHTS"]

_CAUSE = "The initial weights are unsuitable."
_LARGE = 3.0  # the gain of He's, the largest of the usual ones, is 1.4
_NEVER = 10.0  # where nothing else has to be seen
_FEW = 8  # weights: with fewer, a deviation says nothing
_SMALL = 0.03  # times less signal and gradient with each layer
_FAINT, _LOST = 0.3, 1e-5  # the same of one of many layers; of all of them together


def _same(case: Case) -> Iterator[Finding]:
    """Units with the same weights get the same gradient, and stay the same."""
    first, last = case.vitals[0], case.vitals[-1]
    hidden = {layer.name for layer in case.architecture.hidden}
    now = {layer.name for layer in last.layers if layer.identical}
    same = [layer for layer in first.layers if layer.identical and layer.name in hidden & now]
    if not same:
        return
    names = ", ".join(layer.name for layer in same)
    value = "zero" if any(layer.weight == 0 for layer in same) else "the same"
    yield Finding(
        "initial weights",
        "FAIL",
        f"All units of {names} have the same weights ({value}), and do the same for ever.",
        where=tuple(layer.name for layer in same),
        threshold=INITIAL_WEIGHTS.threshold,
        cause=_CAUSE,
        remedy='Leave out kernel_initializer, or use "glorot_uniform" (tanh, sigmoid) or "he_normal" (relu).',
        see="docs/doctor.md",
        confidence=0.96,
    )


def _gain(case: Case) -> Iterator[Finding]:
    hidden = {layer.name for layer in case.architecture.hidden}
    few = {layer.name for layer in case.architecture.layers if 0 < layer.inputs * (layer.units or _FEW) < _FEW}
    layers = [layer for layer in case.vitals[0].layers if np.isfinite(layer.kernel) and layer.name not in few]
    large = [layer for layer in layers if layer.kernel > _LARGE]
    small = [layer for layer in layers if layer.kernel < _SMALL and layer.name in hidden and not layer.identical]
    short = falls_short(case)
    faint = [layer for layer in layers if layer.kernel < _FAINT and layer.name in hidden and not layer.identical]
    if not (large or small) and short:
        small = _fading(case, layers)
        if not small and len(faint) > 1:
            yield replace(_finding(faint, short=short), severity="NOTE", confidence=0.4)
            return
    extreme = any(layer.kernel > _NEVER for layer in large)
    if (short is False and not extreme) or not (large or small):
        return
    yield _finding(large or small, short=short)


def _finding(bad: list[LayerVitals], *, short: bool | None) -> Finding:
    large = bad[0].kernel > 1
    product = float(np.prod([layer.kernel for layer in bad]))
    return Finding(
        "initial weights",
        "WARN",
        f"The initial weights of {bad[0].name} are {'large' if large else 'small'}: their deviation times the root of "
        f"the number of inputs is {bad[0].kernel:.3g}, where usual initialisers have 0.6 to 1.4.",
        where=tuple(layer.name for layer in bad),
        threshold=INITIAL_WEIGHTS.threshold,
        cause=_CAUSE,
        remedy='Leave out kernel_initializer, or use "glorot_uniform" (tanh, sigmoid) or "he_normal" (relu).',
        see="docs/doctor.md",
        confidence=(0.85 if short else 0.6) if product > 2 * _LARGE or product < _SMALL else 0.55,
    )


def _fading(case: Case, layers: list[LayerVitals]) -> list[LayerVitals]:
    """Return layers of which each passes on a part of the signal and all together nothing, without normalisation."""
    faint = [layer for layer in layers if layer.kernel < _FAINT and not layer.identical]
    restored = any(layer.kind.endswith("Normalization") for layer in case.architecture.layers)
    return faint if not restored and np.prod([layer.kernel for layer in faint]) < _LOST else []


def _examine(case: Case) -> Iterator[Finding]:
    same = list(_same(case))
    yield from same or _gain(case)


INITIAL_WEIGHTS = Symptom(
    name="initial weights",
    needs=("vitals",),
    threshold="Units of a layer differ; the gain (deviation of the kernel times the root of a unit's inputs) is within "
    "0.03 and 3, where Glorot (2010) has about 1 and He (2015) 1.4; layers below 0.3 have a product above 0.00001.",
    silent="A gain out of bounds, below 10, where the network learns well all the same; layers of fewer than 8 "
    "weights. A NOTE where two hidden layers are below 0.3 and the network does worse than a simple method.",
    examine=_examine,
    explains=("dead units", "saturation", "constant output", "learning rate too low", "underfitting", "too few epochs",
              "hidden activation", "learning rate too high", "vanishing gradients", "noisy gradients"),
    stays="NOTE",
)  # fmt: skip
