"""Learning rates that are too high or too low, and trainings that end too early."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import (
    BARELY,
    STEPS_OF_RATE,
    barely_moved,
    constant_output,
    dead_from_start,
    diverged,
    largest_rate,
    loss_near_zero,
    losses,
    steadily_falls,
    swing,
    tail_fall,
    usual_rate,
)
from netwright.doctor._shortfall import falls_short, severity_of_shortfall, with_shortfall
from netwright.doctor.case import Case, Plan
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = [
    "FEW_STEPS",
    "HIGH_RATE",
    "RATE_OUT_OF_PROPORTION",
    "RATE_TOO_HIGH",
    "RATE_TOO_LOW",
    "RATE_TOO_LOW_HERE",
    "TOO_FEW_EPOCHS",
    "VERY_FEW_EPOCHS",
]

_HIGH = 5.0  # times the usual rate
_TOO_HIGH = 30.0  # times the usual rate, which need no other sign
_USUAL_BATCH = 32.0
_LOW = 0.2
_FEW_ROWS = 20
_LENIENT = 10.0  # large steps are usual on a handful of rows
_SOME_STEPS = 50
_VERY = 5.0  # times more makes it sure
_UNSURE = 0.45  # too little to explain anything else
_SWING = 0.1
_FALLS = 0.02  # of the loss within the last tenth of the epochs
_SEEN = 0.0005  # of it: less reads as 0.0%
_PROPORTION = 500.0
_MOVED = 0.02  # of the loss in all: less is no training
_FEW_STEPS = 300
_SHORT = 20  # epochs
_VERY_FEW = 3  # of them, in which nothing else could show
_MANY_ROWS = 100
_STOP = ", and stop early on the validation loss"


def _high(case: Case) -> Iterator[Finding]:
    short, rate, usual = falls_short(case), largest_rate(case), usual_rate(case)
    curve = losses(case)
    if short is False or not case.plan.finished or not len(curve) or not np.isfinite(curve).all():
        return
    relative = rate / usual
    grew = diverged(case)
    swings = swing(case) > _SWING and not (short is None and loss_near_zero(case))
    exploded = len(curve) > 1 and curve[1] - curve[0] > 2 * abs(curve[0]) + 1
    evidence = [relative > _HIGH, grew, swings, exploded]
    alone = _TOO_HIGH * (_LENIENT if case.rows is not None and len(case.rows) < _FEW_ROWS else 1.0)
    alone *= min(1.0, np.sqrt(max(case.plan.batch_size, 1) / _USUAL_BATCH))  # noise grows as the batch shrinks
    long = case.plan.steps >= _SOME_STEPS and not dead_from_start(case) and not case.architecture.straight
    goes_on = steadily_falls(case) and tail_fall(case) > _FALLS
    if not any(evidence[1:]) and not (short and relative > alone and long and not goes_on):
        return
    if relative < 1 and not grew:
        return
    sure = min(0.95, 0.35 + 0.2 * sum(evidence) + (0.2 if relative > _TOO_HIGH else 0.0))
    if not any(evidence[1:]) and any(one.units == 1 for one in case.architecture.hidden):
        sure = _UNSURE  # a single unit is cause enough
    behaviour = "grew" if grew else "jumped up and down" if swings else "stayed"
    if exploded and not (grew or swings):
        behaviour = f"rose to {curve[1]:.3g} at once"
    yield Finding(
        "learning rate too high",
        "FAIL" if grew and short else "WARN",
        with_shortfall(
            case, f"The loss {behaviour}: from {curve[0]:.3g} to {curve[-1]:.3g}, {curve.min():.3g} at best."
        ),
        threshold=RATE_TOO_HIGH.threshold,
        cause="The learning rate is too high.",
        remedy=f"Use a learning rate of {_round(min(usual, rate / 10))} (now {rate:.3g}).",
        see="docs/doctor.md",
        confidence=float(sure),
        step=case.plan.steps or None,
    )


def _low(case: Case) -> Iterator[Finding]:
    short, rate, usual = falls_short(case), largest_rate(case), usual_rate(case)
    curve = losses(case)
    if not case.plan.finished or len(curve) < 2 or not np.isfinite(curve).all() or diverged(case):
        return
    moved = (curve[0] - curve[-1]) / max(abs(curve[0]), 1e-12)
    relative = rate / usual
    still = moved < _MOVED and relative < _LOW / _VERY
    if short is False or relative > _LOW or not (short or still):
        return
    yield Finding(
        "learning rate too low",
        "WARN",
        with_shortfall(
            case, f"The loss went from {curve[0]:.3g} to {curve[-1]:.3g} in {len(case.history['loss'])} epochs."
        ),
        threshold=RATE_TOO_LOW.threshold,
        cause="The learning rate is too low.",
        remedy=f"Use a learning rate of {_round(max(usual, 10 * rate))} (now {rate:.3g}).",
        see="docs/doctor.md",
        confidence=0.9 if relative < _LOW / _VERY else 0.7,
        step=case.plan.steps or None,
    )


def _low_with_small_gradients(case: Case) -> Iterator[Finding]:
    """A usual rate that is too low all the same, as gradients are small: those of an embedding, for instance."""
    shrink = case.objective.optimizer not in STEPS_OF_RATE  # the others' steps are as long whatever the gradient is
    still = bool(constant_output(case)) and barely_moved(case)
    if not shrink or not still or not falls_short(case) or not case.plan.finished or case.plan.steps < _SOME_STEPS:
        return
    aside = " but that of an embedding" if any(layer.kind == "Embedding" for layer in case.architecture.layers) else ""
    yield Finding(
        "learning rate too low",
        "WARN",
        with_shortfall(
            case,
            f"Gradients are so small that the weights of no layer{aside} have moved by more than {BARELY:.0%} of their "
            f"size in {case.plan.steps} steps.",
        ),
        threshold=RATE_TOO_LOW_HERE.threshold,
        cause="The learning rate is too low.",
        remedy="Use Adam with a learning rate of 0.001: its steps do not shrink with the gradients.",
        see="docs/doctor.md",
        confidence=0.5,
        step=case.plan.steps,
    )


def _out_of_proportion(case: Case) -> Iterator[Finding]:
    """Rates that no training has, whatever comes of it."""
    rate, usual = largest_rate(case), usual_rate(case)
    few = case.rows is not None and len(case.rows) < _FEW_ROWS
    if not np.isfinite(rate) or few or 1 / _PROPORTION < rate / usual < _PROPORTION:
        return
    high = rate > usual
    yield Finding(
        "learning rate too high" if high else "learning rate too low",
        "WARN",
        f"The learning rate is {rate:.3g}, and {usual:.2g} is usual for {case.objective.optimizer}.",
        threshold=RATE_OUT_OF_PROPORTION.threshold,
        cause="The learning rate is too high." if high else "The learning rate is too low.",
        remedy=f"Use a learning rate of {_round(usual)} (now {rate:.3g}).",
        see="docs/doctor.md",
        confidence=0.6,
    )


def _early(case: Case) -> Iterator[Finding]:
    plan = case.plan
    curve = losses(case)
    if not falls_short(case) or not len(curve) or not np.isfinite(curve).all() or constant_output(case):
        return
    if len(curve) < 2 and plan.epochs != 1:  # a single epoch is too few, whatever its loss
        return
    fall = tail_fall(case) if len(curve) > 1 else 1.0
    few = 0 < plan.steps < _FEW_STEPS
    hardly = 0 < plan.steps < _SOME_STEPS and plan.epochs <= _SHORT // 2 and not diverged(case)
    steady = steadily_falls(case) and largest_rate(case) <= _HIGH * usual_rate(case)
    if not (fall > _FALLS or (few and fall > 0) or hardly or steady):
        return
    large = plan.steps_per_epoch in {1, 2} and plan.batch_size > _MANY_ROWS
    shrink = case.objective.optimizer not in STEPS_OF_RATE and largest_rate(case) <= usual_rate(case)
    faster = shrink if few else steady
    yield Finding(
        "too few epochs",
        severity_of_shortfall(case),
        with_shortfall(
            case,
            f"The loss still falls ({fall:.1%} within the last tenth) when the training ends after {_done(plan)}."
            if len(curve) > 1 and fall >= _SEEN
            else f"The training ends after {_done(plan)}.",
        ),
        threshold=TOO_FEW_EPOCHS.threshold,
        cause="The batch size is too large." if large else "There are too few epochs.",
        remedy=f"Use batch_size={_smaller_batch(case)}."
        if large
        else f"Train for {_more_epochs(case)} epochs{'' if case.validation is None else _STOP}."
        + (f" {'And' if few else 'Or'} use a learning rate of {_round(_faster(case))}." if faster else ""),
        see="docs/doctor.md",
        confidence=0.75 if few or plan.epochs <= 10 else 0.6,
        step=plan.steps or None,
    )


def _few(case: Case) -> Iterator[Finding]:
    """Few epochs, or few steps in each, are left to be mended whatever else is wrong, even where nothing learns."""
    plan, curve = case.plan, losses(case)
    if not falls_short(case) or not np.isfinite(curve).all() or not 0 < plan.steps < _FEW_STEPS:
        return
    few, large = plan.epochs <= _SHORT // 2, plan.steps_per_epoch in {1, 2} and plan.batch_size > _MANY_ROWS
    done = f"The training ends after {_done(plan)}"
    if few:
        yield _note_of_steps(case, f"{done}.", "There are too few epochs.", f"Train for {_more_epochs(case)} epochs.")
    if large:
        text = f"{done}, as a batch has {plan.batch_size} rows."
        yield _note_of_steps(case, text, "The batch size is too large.", f"Use batch_size={_smaller_batch(case)}.")


def _note_of_steps(case: Case, text: str, cause: str, remedy: str) -> Finding:
    return Finding(
        "too few epochs",
        "NOTE",
        with_shortfall(case, text),
        threshold=FEW_STEPS.threshold,
        cause=cause,
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.5,
    )


def _done(plan: Plan) -> str:
    epochs, steps = plan.epochs, plan.steps_per_epoch
    return f"{epochs} epoch{'s' if epochs > 1 else ''} of {steps} step{'s' if steps > 1 else ''}"


def _more_epochs(case: Case) -> int:
    """Return ten times the epochs, five of many, and no fewer than make some hundred steps."""
    plan = case.plan
    few = -(-_FEW_STEPS // plan.steps_per_epoch) if plan.steps_per_epoch else 0
    return max(few, plan.epochs * (10 if plan.epochs < _SHORT else 5))


def _smaller_batch(case: Case) -> int:
    return max(16, int(2 ** int(np.log2(case.plan.batch_size / 16))))


def _high_as_written(case: Case) -> Iterator[Finding]:
    if largest_rate(case) > _TOO_HIGH * usual_rate(case):
        yield from _high(case)


def _very_early(case: Case) -> Iterator[Finding]:
    if case.plan.epochs <= _VERY_FEW and case.plan.steps < _FEW_STEPS:
        yield from _early(case)


def _faster(case: Case) -> float:
    """Return ten times the learning rate, up to ten times the usual one."""
    return 10 * min(largest_rate(case), usual_rate(case))


def _round(rate: float) -> str:
    return f"{float(f'{rate:.1g}'):g}"


RATE_TOO_HIGH = Symptom(
    name="learning rate too high",
    needs=("history",),
    threshold="The loss does not end above 1.5 times its best or above its start, nor rise by 10% from one epoch to "
    "the next; a rate above 30 times the usual one (less with batches below 32 rows, by their root) counts where the "
    "network does worse than a simple method.",
    silent="A network that does as well as a simple method; a rate that is high and shows no other sign, without "
    "hidden layers, or where the loss still falls from nearly every epoch to the next and by 2% within the last tenth.",
    examine=_high,
    explains=("dead units", "constant output", "saturation", "underfitting", "too few epochs", "not finite",
              "vanishing gradients", "hidden activation"),
)  # fmt: skip
HIGH_RATE = Symptom(
    name="learning rate too high",
    needs=("history",),
    threshold="Where another cause is found: the learning rate is below 30 times what is usual for the optimiser.",
    silent="Wherever the loss does as it should by the rule above.",
    examine=_high_as_written,
    stays="NOTE",
)
RATE_TOO_LOW = Symptom(
    name="learning rate too low",
    needs=("history",),
    threshold="The network does as well as a simple method, or the learning rate is above a fifth of what is usual for "
    "the optimiser; the loss falls by 2% at least.",
    silent="A network that does as well as a simple method.",
    examine=_low,
    explains=("too few epochs", "underfitting", "constant output", "vanishing gradients", "hidden activation"),
    stays="NOTE",
)
RATE_TOO_LOW_HERE = Symptom(
    name="learning rate too low",
    needs=("vitals", "skill"),
    threshold="Outputs differ from row to row, or the weights of a layer have moved by 3% of their size.",
    silent="A network that does as well as a simple method; fewer than 50 steps; Adam and its kin.",
    examine=_low_with_small_gradients,
    explains=("constant output", "underfitting"),
)
TOO_FEW_EPOCHS = Symptom(
    name="too few epochs",
    needs=("history", "skill"),
    threshold="The loss falls by less than 2% within the last tenth of the epochs, and not from nearly every epoch to "
    "the next, or the network does as well as a simple method.",
    silent="A network that does as well as a simple method. One that has learnt three quarters of what that learns, "
    "and is behind by 10% at most, gets a NOTE.",
    examine=_early,
    explains=("underfitting",),
)
VERY_FEW_EPOCHS = Symptom(
    name="too few epochs",
    needs=("history", "skill"),
    threshold="There are more than three epochs, or 300 steps, or the network does as well as a simple method.",
    silent="A network that does as well as a simple method.",
    examine=_very_early,
    stays="WARN",
)
FEW_STEPS = Symptom(
    name="too few epochs",
    needs=("history", "skill"),
    threshold="There are more than ten epochs, each of more than two steps of 100 rows, or 300 steps in all.",
    silent="A network that does as well as a simple method. It is a NOTE, beside what else is wrong.",
    examine=_few,
    stays="NOTE",
)
RATE_OUT_OF_PROPORTION = Symptom(
    name="learning rate out of proportion",
    needs=(),
    threshold="The learning rate is within a factor of 500 of the usual one of the optimiser.",
    silent="Fewer than 20 rows.",
    examine=_out_of_proportion,
    explains=("too few epochs", "underfitting", "constant output", "dead units", "vanishing gradients", "overtraining"),
    stays="NOTE",
)
