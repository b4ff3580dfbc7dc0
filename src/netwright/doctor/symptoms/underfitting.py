"""Networks that do worse than they could, for reasons of their size, their arithmetic, or unknown ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.doctor._dynamics import usual_rate
from netwright.doctor._shortfall import falls_short, severity_of_shortfall, shortfall_text, with_shortfall
from netwright.doctor.case import Case, Skill
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = [
    "FEW_UNITS",
    "HALF_PRECISION",
    "SLOW_AVERAGES",
    "TOO_SMALL",
    "TOO_STRAIGHT",
    "UNDERFITTING",
]

_NARROW = 4  # units
_SMALL_CAUSE = "The network is too small."
_LEFT, _OTHER_LOSS = 0.1, 2.0  # of the averages' way; times the loss in the training
_IN_TURN = (
    "Try one after the other: Adam with a learning rate of 0.001; hidden layers of 64 units; 20 rows alone, which a "
    "sound program learns by heart. If it does not, look at what each layer gives for these: pooling, Lambda and "
    "reshaping may go along the wrong axis."
)
_OWN_STEP = (
    "As train_step is your own, look whether its loss compares each output with the target of its own row (y of shape "
    "(rows,) minus outputs of shape (rows, 1) gives all pairs of rows: take y[:, None])."
)
_LOOKED_AT = (
    "Looked at and not found to be the reason: scales of inputs and targets, labels, output and loss, initial weights, "
    "penalties, the learning rate, the number of steps, gradients and dead units."
)
_UPHILL = 1.5  # times the loss at the start
_MIN_EPOCHS, _NEARLY_ALL = 10, 0.9  # of them, in which the loss rises
_AUGMENTATION = ("Random", "AugMix", "CutMix", "MixUp")  # as the names of such layers begin
_TINY = 1
_FEW_LEFT, _MANY_COLUMNS = 2, 16  # of the numbers of a row
_LINE_BEHIND = 0.1, 0.2  # of the rows, of the variance
_FIT_FEW = 0.99, 0.9  # of them, which a network that is large enough fits
_ERRORS = 2.5
_NEARLY_PERFECT = 0.95, 0.85  # of the rows, of the variance


def _underfits(case: Case) -> Iterator[Finding]:
    if not falls_short(case) or case.skill is None:
        return
    hidden = [layer for layer in case.architecture.hidden if layer.units]
    narrow = [layer.name for layer in hidden if (layer.units or 0) < _NARROW]
    small = bool(narrow) or not hidden
    augmented = [layer.name for layer in case.architecture.layers if layer.kind.startswith(_AUGMENTATION)]
    cause = _SMALL_CAUSE if small else "The network learns too little, and why is not known."
    remedy = "Use hidden layers of 32 units." if small else _IN_TURN
    text, confidence = shortfall_text(case.skill), 0.55 if small else 0.4
    if augmented and not small:
        text = f"These are the rows as they are, which the training sees changed by {', '.join(augmented)}. {text}"
        cause, confidence = "The augmentation is too strong.", 0.5
        remedy = "Change rows less (factors of 0.1), and in no way that gives them the look of another class."
    if not small and not augmented:
        text = f"{text} {_LOOKED_AT}"
    if case.objective.own_step and not small and not augmented:
        remedy = f"{_IN_TURN} {_OWN_STEP}"
    if case.objective.own_step and (ends := _uphill(case)):
        text = f"The loss rose from {ends[0]:.3g} to {ends[1]:.3g}. {shortfall_text(case.skill)}"
        cause, confidence = "The training step makes the loss larger.", 0.8
        remedy = (
            "In train_step, give optimizer.apply_gradients the gradients of the loss as they are, which it subtracts; "
            f"if that is done, use a learning rate of {usual_rate(case):g}."
        )
    yield Finding(
        "underfitting",
        "WARN" if small else severity_of_shortfall(case),
        text,
        where=tuple(narrow or augmented),
        threshold=UNDERFITTING.threshold,
        cause=cause,
        remedy=remedy,
        see="docs/doctor.md",
        confidence=confidence,
    )


def _uphill(case: Case) -> tuple[float, float] | None:
    """Return the loss before and after, if it is much larger in the end or rose from nearly every epoch to the next."""
    curve = case.history["loss"]
    if case.vitals and case.vitals[-1].loss > _UPHILL * case.vitals[0].loss > 0:
        return case.vitals[0].loss, case.vitals[-1].loss
    steadily = len(curve) >= _MIN_EPOCHS and float((np.diff(curve) > 0).mean()) > _NEARLY_ALL
    return (float(curve[0]), float(curve[-1])) if steadily else None  # also of a model whose start is not known


def _half(case: Case) -> Iterator[Finding]:
    """Weights that are stored in 16 bits, from which small steps vanish by rounding, as do the optimiser's means."""
    half = [layer.name for layer in case.architecture.layers if layer.learns and layer.half_precision]
    if not half or not falls_short(case):
        return
    text = f"The weights of {', '.join(half)} are stored in 16 bits, from which small steps vanish by rounding."
    yield Finding(
        "underfitting",
        "WARN",
        with_shortfall(case, text),
        where=tuple(half),
        threshold=HALF_PRECISION.threshold,
        cause="The weights are stored in half precision.",
        remedy='Use keras.config.set_dtype_policy("mixed_bfloat16"), whose weights have 32 bits, or "float32".',
        see="docs/doctor.md",
        confidence=0.7,
    )


def _averages(case: Case) -> Iterator[Finding]:
    """Averages of weights or of batches that are still those of the start: the network in use is another one."""
    plan, loss, in_use = case.plan, case.history["loss"], case.vitals[-1].loss
    if not plan.finished or not plan.steps or not falls_short(case) or not len(loss):
        return
    slow = {layer.name: layer.averaging for layer in case.architecture.layers if layer.averaging**plan.steps > _LEFT}
    of_weights = case.objective.averaging**plan.steps > _LEFT
    if not (slow or of_weights) or not in_use > _OTHER_LOSS * loss[-1] > 0:
        return
    whose, fix = ", ".join(slow), "Use BatchNormalization(momentum=0.9), or train for more steps."
    cause = "The averages of batch normalisation have not arrived."
    if of_weights:
        whose, fix = "the weights (use_ema)", "Use ema_momentum=0.9, or leave out use_ema."
        cause = "The averages of the weights have not arrived."
    way = 1 - max([case.objective.averaging] if of_weights else slow.values()) ** plan.steps
    text = (
        f"In {plan.steps} steps the averages of {whose} have come {way:.0%} of their way: "
        f"the loss of the network in use is {in_use:.3g}, where it is {loss[-1]:.3g} in the training."
    )
    yield Finding(
        "underfitting",
        "WARN",
        with_shortfall(case, text),
        where=tuple(slow),
        threshold=SLOW_AVERAGES.threshold,
        cause=cause,
        remedy=fix,
        see="docs/doctor.md",
        confidence=0.85,
    )


def _narrow(case: Case) -> Iterator[Finding]:
    found = (finding for finding in _underfits(case) if finding.cause == _SMALL_CAUSE and finding.where)
    yield from (replace(finding, severity="NOTE") for finding in found)


def _too_small(case: Case) -> Iterator[Finding]:
    narrow = [layer.name for layer in case.architecture.hidden if layer.units is not None and layer.units <= _TINY]
    skill, short = case.skill, falls_short(case)
    copies = skill is not None and not skill.classes and np.isnan(skill.baseline)  # no simple method is there for it
    pooled = "" if narrow else _pooled_away(case)
    if not (narrow or pooled) or skill is None or not case.plan.finished:
        return
    if short is None and not (skill.learnable or copies):
        return
    well = not skill.explained < _NEARLY_PERFECT[1]  # or it is not known
    if not short and skill.network >= _NEARLY_PERFECT[0] and well:
        return
    yield Finding(
        "underfitting",
        "WARN",
        f"{pooled or ', '.join(narrow) + ' has a single unit.'} {shortfall_text(skill)}",
        where=tuple(narrow),
        threshold=TOO_SMALL.threshold,
        cause=_SMALL_CAUSE,
        remedy="Pool over smaller windows, behind layers with weights." if pooled else "Use hidden layers of 32 units.",
        see="docs/doctor.md",
        confidence=0.75 if short else 0.55,
    )


def _pooled_away(case: Case) -> str:
    """Return what is said where the first layer with weights gets one or two numbers of a row of many."""
    rows, layers = case.rows, [layer for layer in case.architecture.layers if layer.learns]
    single = rows is not None and rows.raw is not None and isinstance(rows.raw[0], np.ndarray)  # one array of inputs
    if rows is None or not single or not layers or layers[0].kind != "Dense" or layers[0].positions != 1:
        return ""
    first, columns = layers[0], rows.inputs.shape[1]
    if not 0 < first.inputs <= _FEW_LEFT or columns < _MANY_COLUMNS:
        return ""
    return f"{first.name}, the first layer with weights, gets {first.inputs} of the {columns} numbers of a row."


def _straight(case: Case) -> Iterator[Finding]:
    """A network without hidden layers where a line does not suffice; or one whose layers have no bias."""
    skill, layers = case.skill, [layer for layer in case.architecture.layers if layer.initializer]
    if skill is None or not falls_short(case) or not layers:
        return
    shift = any(layer.kind.endswith("Normalization") for layer in case.architecture.layers)
    if not shift and not any(layer.bias for layer in layers):
        text, cause, fix = "No layer has a bias.", "The layers have no bias.", "Leave out use_bias=False."
    elif case.architecture.straight and _line_fails(skill):
        text = f"There is no hidden layer, and a straight line reaches {skill.linear:.1%}."
        cause, fix = _SMALL_CAUSE, 'Use a hidden layer of 32 units with activation="relu".'
    else:
        return
    yield Finding(
        "underfitting",
        "WARN",
        f"{text} {shortfall_text(skill)}",
        where=tuple(layer.name for layer in layers),
        threshold=TOO_STRAIGHT.threshold,
        cause=cause,
        remedy=fix,
        see="docs/doctor.md",
        confidence=0.8,
    )


def _line_fails(skill: Skill) -> bool:
    """Whether a straight line cannot do what the rows allow: what simple methods do, or with few rows, to fit them."""
    number = 0 if skill.classes else 1
    if np.isnan(skill.baseline):
        return skill.linear < _FIT_FEW[number]
    return skill.linear < skill.baseline - max(_LINE_BEHIND[number], _ERRORS * skill.error)


UNDERFITTING = Symptom(
    name="underfitting",
    needs=("skill",),
    threshold="On its training rows the network does as well as ridge regression on rows that it has not seen, within "
    "2.5 standard errors and 4% of the rows (12% of the variance of numbers, 15% of that of classes).",
    silent="Rows from which a simple method learns nothing either. A network that has learnt three quarters of what a "
    "simple method learns, and is behind by 10% at most, gets a NOTE.",
    examine=_underfits,
)
TOO_SMALL = Symptom(
    name="underfitting",
    needs=("skill",),
    threshold="Hidden layers have more than one unit, and the first gets more than two of 16 numbers of a row or more.",
    silent="A network that gets 95% of its training rows right and explains 85% of the variance.",
    examine=_too_small,
    explains=("too few epochs", "dead units", "constant output", "underfitting", "saturation", "noisy gradients"),
    stays="NOTE",
)
HALF_PRECISION = Symptom(
    name="underfitting",
    needs=(),
    threshold="Weights are stored in 32 bits or more.",
    silent="A network that does as well as a simple method.",
    examine=_half,
    explains=("too few epochs", "constant output", "underfitting", "not finite", "dead units", "vanishing gradients"),
    stays="NOTE",
)
SLOW_AVERAGES = Symptom(
    name="underfitting",
    needs=("vitals", "history"),
    threshold="The moving averages of batch normalisation, and of the weights with use_ema, have come 90% of their way "
    "(momentum to the power of the steps), or the loss of the network in use is at most twice that of the training.",
    silent="A network that does as well as a simple method.",
    examine=_averages,
    explains=(
        "too few epochs",
        "constant output",
        "underfitting",
        "overtraining",
        "label noise",
        "learning rate too high",
    ),
    stays="NOTE",
)
FEW_UNITS = Symptom(
    name="underfitting",
    needs=("skill",),
    threshold="Where another cause is found: hidden layers have four units or more.",
    silent="A network that does as well as a simple method.",
    examine=_narrow,
    stays="NOTE",
)
TOO_STRAIGHT = Symptom(
    name="underfitting",
    needs=("skill",),
    threshold="There is a hidden layer, or a straight line is within 10% of the rows (20% of the variance of numbers) "
    "of the best simple method, or fits all of fewer than 20 rows; and a layer has a bias, or there is normalisation.",
    silent="A network that does as well as a simple method.",
    examine=_straight,
    explains=(
        *("too few epochs", "constant output", "underfitting", "learning rate too high", "learning rate too low"),
        "noisy gradients",
    ),
    stays="NOTE",
)
