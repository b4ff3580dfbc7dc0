"""Weights that do not change: frozen layers, steps not taken, rows of weight 0, clipped gradients, a falling rate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import largest_rate, usual_rate
from netwright.doctor._shortfall import falls_short, falls_slightly_short, severity_of_shortfall, with_shortfall
from netwright.doctor.case import Case, Layer
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, Severity

__all__ = ["STILL_WEIGHTS"]

_CLIP = 0.01
_EPSILON = 0.1  # gradients are rarely larger
_BEFORE_AND_AFTER = 2
_ROUNDED = 1e-6  # of the weights: smaller steps vanish in 32 bits
_EPOCHS = 4  # fewer may well be a whole schedule
_FALLEN = 0.01  # of the largest learning rate, in the middle of the training


def _with_weights(case: Case) -> list[Layer]:
    return [layer for layer in case.architecture.layers if layer.learns]


def _fallen(case: Case) -> bool:
    """Whether the learning rate has come down to nearly nothing before half of the training."""
    rates = case.history.rates
    return bool(len(rates) >= _EPOCHS and rates[(len(rates) - 1) // 2] < _FALLEN * largest_rate(case))


def _as_before(case: Case) -> bool:
    """Whether all weights are to the last bit as before the training, though it has gradients and a rate."""
    first, last = (case.vitals[0], case.vitals[-1]) if case.vitals else (None, None)
    if first is None or last is None or not case.plan.finished or case.plan.epochs < 1 or first is last:
        return False
    moved = [layer.moved for layer in last.layers if np.isfinite(layer.moved)]
    rate = largest_rate(case)
    slow = np.isfinite(rate) and rate < _FALLEN * usual_rate(case)  # so slow that steps vanish by rounding
    return bool(moved) and not any(moved) and any(layer.gradient > 0 for layer in first.layers) and not slow


def _left_out(case: Case) -> tuple[str, ...]:
    """Return trainable layers to which the loss has gradients, and which steps left to the last bit as they were."""
    if not case.plan.finished or len(case.vitals) < _BEFORE_AND_AFTER:
        return ()
    learning = {layer.name for layer in _with_weights(case) if layer.trainable}
    rate, first = largest_rate(case), case.vitals[0].layers
    pulled = {layer.name for layer in first if layer.gradient * rate > _ROUNDED * layer.weight}
    last = case.vitals[-1].layers
    return tuple(layer.name for layer in last if layer.name in learning & pulled and layer.moved == 0)


def _never_updated(case: Case) -> Finding:
    plan, sums = case.plan, case.objective.sums_gradients_of
    if 0 < plan.steps < sums:
        text = f"The optimizer adds up the gradients of {sums} steps, and the training has {plan.steps}."
        remedy = "Leave out gradient_accumulation_steps, or use 2 and train for more epochs."
    elif case.objective.own_step:
        text = "After the training all weights are to the last bit as before; train_step is your own."
        remedy = (
            "In train_step, call self.optimizer.apply_gradients(zip(gradients, self.trainable_variables)), with the "
            "gradients of the loss by these."
        )
    else:
        text = "After the training all weights are to the last bit as before, though the loss has gradients."
        remedy = "Leave out the callback that sets the weights again (set_weights, load_weights) after each epoch."
    return Finding(
        "weights do not change",
        "FAIL",
        with_shortfall(case, text),
        threshold=STILL_WEIGHTS.threshold,
        cause="The weights are not updated.",
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.95,
    )


def _partly_updated(case: Case, left_out: tuple[str, ...]) -> Finding:
    text = f"After the training the weights of {', '.join(left_out)} are to the last bit as before, and others are not."
    return Finding(
        "weights do not change",
        "WARN",
        with_shortfall(case, text),
        where=left_out,
        threshold=STILL_WEIGHTS.threshold,
        cause="Layers are not updated.",
        remedy="Take the gradients by all trainable_variables of the model, and give all of them to the optimizer.",
        see="docs/doctor.md",
        confidence=0.85,
    )


def _nothing_learns(frozen: list[str]) -> Finding:
    return Finding(
        "weights do not change",
        "FAIL",
        "No layer learns: trainable is False in all of them.",
        where=tuple(frozen),
        threshold=STILL_WEIGHTS.threshold,
        cause="Layers are frozen.",
        remedy="Set trainable=True and compile again.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _no_row_counts() -> Finding:
    return Finding(
        "weights do not change",
        "FAIL",
        "The weights of the rows are all 0, by sample_weight or class_weight, so that no row counts.",
        threshold=STILL_WEIGHTS.threshold,
        cause="All rows have the weight 0.",
        remedy="Leave out the weights, or give fit weights above 0.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _examine(case: Case) -> Iterator[Finding]:
    with_weights = _with_weights(case)
    frozen = [layer.name for layer in with_weights if not layer.trainable]
    if frozen and len(frozen) == len(with_weights):
        yield _nothing_learns(frozen)
        return
    rows = case.rows
    if rows is not None and rows.weight is not None and len(rows) and not rows.weight.any():
        yield _no_row_counts()
        return
    clipped = case.objective.clipping < _CLIP
    if _as_before(case) and not frozen and not clipped:
        yield _never_updated(case)
        return
    left_out = () if frozen or clipped else _left_out(case)
    if left_out and falls_slightly_short(case):
        yield _partly_updated(case, left_out)
        return
    if (frozen and falls_slightly_short(case)) or falls_short(case):
        yield from _held_back(case, frozen)


def _held_back(case: Case, frozen: list[str]) -> Iterator[Finding]:
    """Yield what keeps the weights of a network that falls short from changing enough, if anything."""
    severity: Severity = "WARN"
    on_purpose = bool(frozen) and all(layer.pretrained for layer in _with_weights(case) if not layer.trainable)
    if frozen:
        if on_purpose:
            severity = severity_of_shortfall(case)
        text = f"{', '.join(frozen)} do not learn (trainable is False)."
        cause, remedy = "Layers are frozen.", "Set trainable=True and compile again."
    elif case.objective.clipping < _CLIP:
        text = f"Gradients are clipped at {case.objective.clipping:g}."
        cause = "The gradients are clipped too hard."
        remedy = "Clip at the 90th percentile of the gradient's norm, clipnorm=1 for instance, or not at all."
    elif case.objective.epsilon > _EPSILON:
        text = f"The optimizer divides gradients by their size and epsilon={case.objective.epsilon:g}."
        cause, remedy = "The optimizer's epsilon is too large.", "Leave out epsilon, which is 1e-7 then."
    elif _fallen(case):
        half_way = case.history.rates[len(case.history.rates) // 2]
        text = f"The learning rate is {half_way:.2g} half-way through the training."
        cause = "The learning rate falls too early."
        remedy = f"Use a constant learning rate of {usual_rate(case):g}, or a schedule as long as all steps."
    else:
        return
    yield Finding(
        "weights do not change",
        severity,
        with_shortfall(case, text),
        where=tuple(frozen),
        threshold=STILL_WEIGHTS.threshold,
        cause=cause,
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.6 if on_purpose else 0.85,  # inputs that are not scaled are likelier then
    )


STILL_WEIGHTS = Symptom(
    name="weights do not change",
    needs=(),
    threshold="All layers learn, weights change, some rows have a weight, gradients are clipped at 0.01 or above, "
    "epsilon is 0.1 at most, and the learning rate is above a hundredth of its largest value in the middle of the "
    "training.",
    silent="A network that does as well as a simple method, unless no weight at all changes or no row counts; beside "
    "frozen layers, being behind by 2% of the rows or 5% of the variance counts, and 2.5 standard errors. A NOTE where "
    "all frozen layers were trained before (their biases or embeddings are not as they begin) and the network is only "
    "a little behind: three quarters of what a simple method learns, and at most 10% of the rows.",
    examine=_examine,
    explains=("too few epochs", "underfitting", "constant output", "learning rate too low", "vanishing gradients",
              "hidden activation", "initial weights", "saturation", "dead units", "learning rate too high"),
    stays="NOTE",
)  # fmt: skip
