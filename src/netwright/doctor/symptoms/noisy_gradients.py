"""Batches so small that their gradients are noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import dead_from_start, largest_rate, steadily_falls, usual_rate
from netwright.doctor._shortfall import falls_short, shortfall_text
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["NOISY_GRADIENTS", "NORMALISED_ROW"]

_SMALL = 8  # rows of a batch
_NOISE = 30.0  # times the batch: noise of a step 5 times as long as its signal
_USUAL_BATCH = 64
_HIGH, _LOW = 3.0, 0.2  # times the usual learning rate; the noise of many short steps averages out
_USUAL = 32
# layers after which a row has one number for each unit, and those that leave that as it is
_FLAT = {"Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"}
_LEAVES = {
    *("Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Rescaling", "Normalization"),
    *("BatchNormalization", "LayerNormalization", "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
}


def _examine(case: Case) -> Iterator[Finding]:
    batch, noise = case.plan.batch_size, case.vitals[-1].noise
    if not 0 < batch <= _SMALL or not noise > _NOISE * batch or not falls_short(case) or case.skill is None:
        return
    larger = max(_USUAL_BATCH, 16 * batch)
    few = case.rows is not None and 0 < case.rows.total < larger
    usual = _LOW * usual_rate(case) <= largest_rate(case) <= _HIGH * usual_rate(case)
    if few or not usual or dead_from_start(case) or steadily_falls(case):
        return
    size = f"equal for a batch of {noise:.3g}" if np.isfinite(noise) else "so unlike that it seems noise alone"
    yield Finding(
        "noisy gradients",
        "WARN",
        f"A batch has {batch} rows, and noise and signal of the gradient are {size}. {shortfall_text(case.skill)}",
        threshold=NOISY_GRADIENTS.threshold,
        cause="The batch size is too small.",
        remedy=f"Use batch_size={larger}.",
        see="docs/doctor.md",
        confidence=0.7,
    )


def _one_row(case: Case) -> Iterator[Finding]:
    """Batch normalisation over a single row: its mean is the row, so that nothing of the row is left."""
    wiped = _wiped(case)
    if case.plan.batch_size != 1 or not wiped or falls_short(case) is False:
        return
    yield Finding(
        "noisy gradients",
        "FAIL",
        f"A batch has 1 row, and {wiped[0]} subtracts the mean of its batch, which is the row itself: in training, "
        "nothing of the row is left.",
        where=tuple(wiped),
        threshold=NORMALISED_ROW.threshold,
        cause="The batch size is too small.",
        remedy=f"Use batch_size={_USUAL}, or LayerNormalization instead of BatchNormalization.",
        see="docs/doctor.md",
        confidence=0.9,
    )


def _wiped(case: Case) -> list[str]:
    """Return layers of batch normalisation, in a chain, to which each row gives one number for each unit."""
    rows, layers = case.rows, case.architecture.layers
    flat = rows is not None and not rows.tokens and getattr(_model_inputs(rows.raw), "ndim", 0) == 2  # rows and columns
    wiping = []
    for layer in layers:
        if layer.kind in _FLAT:
            flat = True
        elif layer.kind not in _LEAVES:
            flat = False
        if layer.kind == "BatchNormalization" and flat and layer.trainable:
            wiping.append(layer.name)
    return wiping if case.architecture.connected else []


def _model_inputs(raw: object) -> object:
    """Return the inputs of rows as a model takes them; with targets and weights beside them, the first."""
    return raw[0] if isinstance(raw, tuple) and raw else raw


NORMALISED_ROW = Symptom(
    name="noisy gradients",
    needs=("rows",),
    threshold="A batch has two rows or more where batch normalisation takes the mean over them.",
    silent="Batch normalisation that has many numbers of a unit in each row, as after a convolution; a network that "
    "does as well as a simple method all the same.",
    examine=_one_row,
    explains=(
        *("learning rate too high", "learning rate too low", "underfitting", "too few epochs", "constant output"),
        *("dead units", "overtraining", "label noise", "too few rows", "vanishing gradients", "saturation"),
        *("regularisation too strong", "labels shuffled"),
    ),
)
NOISY_GRADIENTS = Symptom(
    name="noisy gradients",
    needs=("vitals", "skill"),
    threshold="A batch has more than 8 rows, or a thirtieth of the rows at which noise and signal of the gradient are "
    "equal (McCandlish et al., arXiv:1812.06162).",
    silent="A network that does as well as a simple method; a loss that falls from nearly every epoch to the next; "
    "learning rates above 3 times the usual one or below a fifth of it, and layers that were dead before the first "
    "step, which are the cause then; fewer rows than the larger batch would have.",
    examine=_examine,
    explains=("learning rate too high", "underfitting", "too few epochs", "constant output", "dead units"),
)
