"""Units that are always zero, or always at an end of their range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import largest_rate, usual_rate
from netwright.doctor._shortfall import falls_short, with_shortfall
from netwright.doctor.case import Case, LayerVitals
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DEAD_UNITS", "SATURATION"]

_DEAD = 0.75  # of a layer, zero for every probe row: sparse is not dead
_ALL = 0.99
_SATURATED = 0.6
_HIGH = 5.0  # times the usual learning rate


def _hidden(case: Case) -> tuple[LayerVitals, ...]:
    return tuple(layer for layer in case.vitals[-1].layers if layer.name not in case.architecture.outputs)


def _dead(case: Case) -> Iterator[Finding]:
    dead = [layer for layer in _hidden(case) if layer.dead >= _DEAD]
    ends = [layer for layer in case.vitals[-1].layers if layer.name in case.architecture.outputs and layer.dead >= _ALL]
    short = falls_short(case)
    worst = max([*dead, *ends], key=lambda layer: layer.dead, default=None)
    if worst is None or not case.plan.finished or short is False or (short is None and worst.dead < _ALL):
        return
    before = case.vitals[0].layer(worst.name)
    from_start = before is not None and before.dead >= _DEAD
    rate = largest_rate(case)
    high = not from_start and rate > _HIGH * usual_rate(case)
    text = f"{worst.dead:.0%} of the units of {worst.name} are zero for every row"
    text += " from the start on." if from_start else " at the end."
    yield Finding(
        "learning rate too high" if high else "dead units",
        "FAIL" if worst.dead >= _ALL else "WARN",
        with_shortfall(case, text),
        where=tuple(layer.name for layer in [*dead, *ends]),
        threshold=DEAD_UNITS.threshold,
        cause="The learning rate is too high." if high else "ReLU units have died.",
        remedy=f"Use a learning rate of {usual_rate(case):g} (now {rate:.3g})."
        if high
        else 'Use kernel_initializer="he_normal" with biases of zero and a smaller learning rate, or '
        'activation="leaky_relu".',
        see="docs/doctor.md",
        confidence=_unsure(case) if short is None and not from_start else 0.85 if worst.dead >= _ALL else 0.6,
    )


def _unsure(case: Case) -> float:
    """Return how sure it is that dead units are the cause: where nothing can be learnt, units die of that."""
    return 0.4 if case.skill is not None and np.isfinite(case.skill.baseline) else 0.85


def _saturated(case: Case) -> Iterator[Finding]:
    full = [layer for layer in _hidden(case) if layer.saturated >= _SATURATED]
    if not full or not falls_short(case):
        return
    before = case.vitals[0].layer(full[0].name)
    from_start = before is not None and before.saturated >= _SATURATED
    yield Finding(
        "saturation",
        "WARN",
        f"{full[0].saturated:.0%} of the outputs of {full[0].name} are at an end of their range"
        + (" from the start on." if from_start else "."),
        where=tuple(layer.name for layer in full),
        threshold=SATURATION.threshold,
        cause="Hidden units are saturated.",
        remedy='Scale the inputs, use the default initialiser and activation="relu".',
        see="docs/doctor.md",
        confidence=0.6,
    )


DEAD_UNITS = Symptom(
    name="dead units",
    needs=("vitals",),
    threshold="Fewer than three quarters of a layer's units are zero for every probe row.",
    silent="A network that does as well as a simple method; where that is not known, unless a whole layer is dead.",
    examine=_dead,
    explains=("constant output", "underfitting", "vanishing gradients", "too few epochs"),
)
SATURATION = Symptom(
    name="saturation",
    needs=("vitals", "skill"),
    threshold="Fewer than 60% of a hidden layer's outputs are within 1% of an end of their range.",
    silent="A network that does as well as a simple method; outputs of the network.",
    examine=_saturated,
    explains=("constant output", "underfitting", "vanishing gradients", "too few epochs"),
)
