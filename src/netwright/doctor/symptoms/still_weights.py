"""Weights that do not change: frozen layers, rows of weight 0, clipped gradients, a rate that falls at once."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._dynamics import largest_rate, usual_rate
from netwright.doctor._shortfall import falls_short, falls_slightly_short, severity_of_shortfall, with_shortfall
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, Severity

__all__ = ["STILL_WEIGHTS"]

_CLIP = 0.01
_EPOCHS = 4  # fewer may well be a whole schedule
_FALLEN = 0.01  # of the largest learning rate, in the middle of the training


def _fallen(case: Case) -> bool:
    """Whether the learning rate has come down to nearly nothing before half of the training."""
    rates = case.history.rates
    return bool(len(rates) >= _EPOCHS and rates[(len(rates) - 1) // 2] < _FALLEN * largest_rate(case))


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
    with_weights = [layer for layer in case.architecture.layers if layer.learns]
    frozen = [layer.name for layer in with_weights if not layer.trainable]
    if frozen and len(frozen) == len(with_weights):
        yield _nothing_learns(frozen)
        return
    rows = case.rows
    if rows is not None and rows.weight is not None and len(rows) and not rows.weight.any():
        yield _no_row_counts()
        return
    clipped = case.objective.clipping < _CLIP
    fallen = _fallen(case)
    if not (frozen and falls_slightly_short(case)) and not ((clipped or fallen) and falls_short(case)):
        return
    severity: Severity = "WARN"
    if frozen:
        if all(layer.pretrained for layer in with_weights if not layer.trainable):  # on purpose, as it seems
            severity = severity_of_shortfall(case)
        text = f"{', '.join(frozen)} do not learn (trainable is False)."
        cause, remedy = "Layers are frozen.", "Set trainable=True and compile again."
    elif clipped:
        text = f"Gradients are clipped at {case.objective.clipping:g}."
        cause = "The gradients are clipped too hard."
        remedy = "Clip at the 90th percentile of the gradient's norm, clipnorm=1 for instance, or not at all."
    else:
        half_way = case.history.rates[len(case.history.rates) // 2]
        text = f"The learning rate is {half_way:.2g} half-way through the training."
        cause = "The learning rate falls too early."
        remedy = f"Use a constant learning rate of {usual_rate(case):g}, or a schedule as long as all steps."
    yield Finding(
        "weights do not change",
        severity,
        with_shortfall(case, text),
        where=tuple(frozen),
        threshold=STILL_WEIGHTS.threshold,
        cause=cause,
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.85,
    )


STILL_WEIGHTS = Symptom(
    name="weights do not change",
    needs=(),
    threshold="All layers learn, some rows have a weight, gradients are clipped at 0.01 or above, and the learning "
    "rate is above a hundredth of its largest value in the middle of the training.",
    silent="A network that does as well as a simple method, unless no layer at all learns or no row counts; beside "
    "frozen layers, being behind by 2% of the rows or 5% of the variance counts, and 2.5 standard errors. A NOTE where "
    "all frozen layers were trained before (their biases or embeddings are not as they begin) and the network is only "
    "a little behind: three quarters of what a simple method learns, and at most 10% of the rows.",
    examine=_examine,
    explains=("too few epochs", "underfitting", "constant output", "learning rate too low", "vanishing gradients",
              "hidden activation", "initial weights", "saturation", "dead units", "learning rate too high"),
    stays="NOTE",
)  # fmt: skip
