"""A loss or weights that are no numbers any more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import largest_rate, usual_rate
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms._mismatch import LOSS
from netwright.doctor.symptoms.layers_in_order import drops_outputs
from netwright.finding import Finding

__all__ = ["NOT_FINITE"]

_HIGH = 3.0  # times the usual learning rate


def _examine(case: Case) -> Iterator[Finding]:
    loss = case.history["loss"]
    bad = np.flatnonzero(~np.isfinite(loss))
    broken = next(((vitals, layer) for vitals in case.vitals for layer in vitals.layers if not layer.finite), None)
    if not len(bad) and broken is None:
        return
    epoch = int(bad[0]) + 1 if len(bad) else broken[0].epoch if broken else 0
    layer = broken[1].name if broken else ""
    if case.objective.loss == "custom" and _undefined_at_start(case):
        yield _undefined()
        return
    rate, usual = largest_rate(case), usual_rate(case)
    high = rate > _HIGH * usual
    if not high and "categorical" in case.objective.loss and drops_outputs(case):
        return  # where all classes of a row are dropped, their sum is 0, by which they are divided
    yield Finding(
        "learning rate too high" if high else "not finite",
        "FAIL",
        f"The loss is not finite from epoch {epoch} on." + (f" The first such layer is {layer}." if layer else ""),
        where=(layer,) if layer else (),
        threshold=NOT_FINITE.threshold,
        cause="The learning rate is too high.",
        remedy=f"Use a learning rate of {min(usual, rate / 10):.1g} (now {rate:.3g}), and clipnorm=1 in the optimiser.",
        see="docs/doctor.md",
        confidence=0.9 if high else 0.6,
        step=epoch * case.plan.steps_per_epoch or None,
    )


def _undefined_at_start(case: Case) -> bool:
    """Whether a loss is not finite for the finite outputs of a network whose weights are as they began."""
    start = case.vitals[0] if case.vitals else None
    targets = case.rows.target if case.rows is not None else None
    if start is None or start.epoch != 0 or start.outputs is None or targets is None:
        return False
    return bool(np.isfinite(start.outputs).all() and np.isfinite(targets).all() and not np.isfinite(start.loss))


def _undefined() -> Finding:
    return Finding(
        "not finite",
        "FAIL",
        "The loss function is not finite for the outputs of the network before the first step, which are finite.",
        threshold=NOT_FINITE.threshold,
        cause=LOSS,
        remedy="Keep what it takes the logarithm of, or divides by, above 0: keras.ops.clip(y_pred, 1e-7, 1.0) for "
        "probabilities; and give the output the activation that it wants, softmax or sigmoid for these.",
        see="docs/doctor.md",
        confidence=0.9,
    )


NOT_FINITE = Symptom(
    name="not finite",
    needs=("history",),
    threshold="The loss of every epoch, all weights and outputs of layers are finite.",
    silent="Dropout on the output before a categorical cross entropy, which is the cause at a usual rate.",
    examine=_examine,
    explains=(
        "dead units",
        "constant output",
        "saturation",
        "underfitting",
        "learning rate too high",
        "vanishing gradients",
    ),
)
