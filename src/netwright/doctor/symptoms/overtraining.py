"""A network that goes on to learn its training rows by heart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Array, Case
from netwright.doctor.quantities.losses import row_losses
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["OVERTRAINING"]

_EPOCHS = 5
_RISE = 0.3, 0.8  # of the smallest validation loss
_ERRORS = 2.0, 1.0  # standard errors, for each
_FEWEST = 10  # validation rows
_REPLICAS = 400  # of the bootstrap


def _smooth(values: Array) -> Array:
    """Return the mean over a twentieth of the epochs, so that one lucky epoch is no minimum."""
    width = max(1, len(values) // 20)
    return np.convolve(values, np.ones(width) / width, mode="valid")


def _loss_gap(case: Case) -> tuple[float, float, float] | None:
    """Return mean loss of validation rows minus that of training rows, with its 95% interval; None if unknown.

    The interval is that of the bootstrap: both sets of rows are drawn anew, with replacement.
    """
    if not case.vitals:
        return None
    both, last = [], case.vitals[-1]
    for rows, outputs in ((case.rows, last.outputs), (case.validation, last.validation)):
        if rows is None or rows.target is None or outputs is None or len(outputs) != len(rows) or len(rows) < _FEWEST:
            return None
        losses = row_losses(outputs, rows.target, case.objective)
        if losses is None or not np.isfinite(losses).all():
            return None
        both.append(losses)
    random = np.random.default_rng(0)
    train, judged = (losses[random.integers(len(losses), size=(_REPLICAS, len(losses)))].mean(1) for losses in both)
    low, high = np.quantile(judged - train, [0.025, 0.975])
    return float(both[1].mean() - both[0].mean()), float(low), float(high)


def _error(case: Case) -> float:
    """Return the standard error of the validation loss at the end; infinite if unknown."""
    last = case.vitals[-1].validation if case.vitals else None
    rows = case.validation
    if last is None or rows is None or rows.target is None or len(rows) < _FEWEST:
        return float("inf")
    found = row_losses(last, rows.target, case.objective)
    return float(found.std() / np.sqrt(len(found))) if found is not None else float("inf")


def _look(case: Case) -> Iterator[Finding]:
    loss, judged = case.course["loss"], case.course["val_loss"]
    if len(judged) < _EPOCHS or len(judged) != len(loss) or not np.isfinite([*loss, *judged]).all():
        return
    smooth, train = _smooth(judged), _smooth(loss)
    best = int(smooth.argmin())
    rise = float(smooth[-1] - smooth[best])
    late = len(smooth) - 1 - best >= max(2, len(smooth) // 10)
    if not late or train[-1] >= train[best] or rise <= 0:
        return
    error, gap = _error(case), _loss_gap(case)
    lowest = abs(float(smooth[best]))
    kept = case.plan.kept
    clear = any(rise > share * lowest and rise > errors * error for share, errors in zip(_RISE, _ERRORS, strict=True))
    if kept and not clear:
        return
    yield Finding(
        "overtraining",
        "WARN" if clear and not kept else "NOTE",
        f"The validation loss was smallest in epoch {best + 1} ({smooth[best]:.3g}) and rose to {smooth[-1]:.3g} while "
        f"that of the training rows went on falling, to {train[-1]:.3g}."
        + (f" The weights of epoch {kept} were kept." if kept else "")
        + (f" A validation row's loss is {gap[0]:.3g} larger ({gap[1]:.3g} to {gap[2]:.3g}, 95%)." if gap else ""),
        threshold=OVERTRAINING.threshold,
        cause="There are too many epochs.",
        remedy=f"Stop after epoch {best + 1}: keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True).",
        see="docs/doctor.md",
        confidence=0.8 if clear else 0.4,
        step=(best + 1) * case.plan.steps_per_epoch or None,
    )


OVERTRAINING = Symptom(
    name="overtraining",
    needs=("course", "validation"),
    threshold="The validation loss ends at most 30% and 2 standard errors above its smallest value (or 80% and 1).",
    silent="Fewer than 5 epochs or 10 validation rows; a training loss that rises as well; a NOTE where the weights of "
    "the best epoch were kept.",
    look=_look,
)
