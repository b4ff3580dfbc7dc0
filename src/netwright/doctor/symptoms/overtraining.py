"""A network that goes on to learn its training rows by heart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import validation_accuracy
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Array, Case, Rows, Skill
from netwright.doctor.quantities.drawn_rows import drawn_by_weight
from netwright.doctor.quantities.labels import describe_labels
from netwright.doctor.quantities.losses import chance_loss, mean_loss, mean_losses_of_replicas, row_losses
from netwright.doctor.quantities.validation_baseline import validation_baseline
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding
from netwright.metrics import weight_sum

__all__ = ["OVERTRAINING"]

_EPOCHS = 5
_RISE = 0.3, 0.8  # of the smallest validation loss
_ERRORS = 2.0, 1.0  # standard errors, for each
_HARM = 0.1, 0.05  # of the loss of chance that a rise takes back: of a cross entropy, of another loss
_MIN_ROWS = 10  # validation rows
_MIN_JUDGED = 30  # validation rows whose share of right ones says something
_BEHIND = 0.06, 0.25  # of the rows, of the variance of numbers
_SURE = 3.0  # standard errors
_IMPROVES = 0.02  # of the validation loss within the last tenth of the epochs
_REPLICAS = 400  # of the bootstrap
_HOLDS = 0.02  # of the validation rows: so many fewer may be right than after the best epoch, or by an error


def _smooth(values: Array) -> Array:
    """Return the mean over a twentieth of the epochs, so that one lucky epoch is no minimum."""
    width = max(1, len(values) // 20)
    return np.convolve(values, np.ones(width) / width, mode="valid")


def _weight(case: Case, rows: Rows) -> Array | None:
    """Return the weights that rows have in the validation loss; ``fit`` leaves those of classes out there."""
    return None if case.objective.class_weight else rows.weight


def _loss_gap(case: Case) -> tuple[float, float, float] | None:
    """Return mean loss of validation rows minus that of training rows, with its 95% interval; None if unknown.

    The interval is that of the bootstrap: both sets of rows are resampled with replacement, with their weights.
    """
    if not case.vitals:
        return None
    sets, last = [], case.vitals[-1]
    for rows, outputs in ((case.rows, last.outputs), (case.validation, last.validation)):
        if rows is None or rows.target is None or outputs is None or len(outputs) != len(rows) or len(rows) < _MIN_ROWS:
            return None
        losses = row_losses(outputs, rows.target, case.objective)
        if losses is None or not np.isfinite(losses).all():
            return None
        sets.append((losses, _weight(case, rows)))
    random = np.random.default_rng(0)
    train, validation = (mean_losses_of_replicas(*of_set, _REPLICAS, random) for of_set in sets)
    low, high = np.quantile(validation - train, [0.025, 0.975])
    gap = mean_loss(*sets[1])[0] - mean_loss(*sets[0])[0]
    return (gap, float(low), float(high)) if np.isfinite([gap, low, high]).all() else None


def _error(case: Case) -> float:
    """Return the standard error of the validation loss at the end; infinite if unknown."""
    outputs = case.vitals[-1].validation if case.vitals else None
    rows = case.validation
    if outputs is None or rows is None or rows.target is None or len(rows) < _MIN_ROWS:
        return float("inf")
    losses = row_losses(outputs, rows.target, case.objective)
    return mean_loss(losses, _weight(case, rows))[1] if losses is not None else float("inf")


def _validation_error(case: Case, skill: Skill) -> float:
    """Return the standard error of how well the network does on the validation rows; infinite if unknown."""
    rows, outputs = case.validation, case.vitals[-1].validation if case.vitals else None
    if rows is None or rows.target is None or len(rows) < _MIN_JUDGED:
        return float("inf")
    if skill.classes:
        share = float(np.clip(skill.validation, 0, 1))
        return float(np.sqrt(share * (1 - share) / rows.effective))
    if outputs is None or outputs.shape != rows.target.shape:
        return float("inf")
    rows, outputs = drawn_by_weight(rows, outputs)
    if rows.target is None or not len(rows):
        return float("inf")
    squares = ((outputs - rows.target) ** 2).sum(1)
    return float(squares.std() / np.sqrt(len(rows)) / max(rows.target.var(0).sum(), 1e-300))


def _simple_method_reaches(case: Case) -> float:
    """Return how right a simple method that is fitted on the training rows is on the validation rows; 0 if unknown."""
    if case.rows is None or case.validation is None:
        return 0.0
    return validation_baseline(case.rows, case.validation, case.objective) or 0.0


def _memorised(case: Case) -> Iterator[Finding]:
    """A network that knows its training rows, and does worse on others than a simple method."""
    skill, validation = case.skill, case.validation
    if skill is None or validation is None or not case.plan.finished or falls_short(case) is not False:
        return
    if _still_improves(case.history["val_loss"]):
        return
    error = np.hypot(_validation_error(case, skill), skill.error)
    behind, ahead = skill.baseline - skill.validation, skill.network - skill.validation
    least = max(_BEHIND[0 if skill.classes else 1], _SURE * error)
    if not (behind > least and ahead > least):
        return
    # validation rows may be of another population, which a simple method sees as well
    reached = _simple_method_reaches(case)
    if not reached > skill.validation + least:
        return
    unit = "of the rows right" if skill.classes else "of the variance"
    yield Finding(
        "overtraining",
        "WARN",
        f"The network gets {skill.network:.1%} {unit} in the training rows, and {max(skill.validation, 0.0):.1%} in "
        f"the validation rows, where a simple method that was fitted on the training rows reaches {reached:.1%}.",
        threshold=OVERTRAINING.threshold,
        cause="The network learns its training rows by heart.",
        remedy="Use more rows, fewer units, dropout or L2, and keras.callbacks.EarlyStopping(patience=5, "
        "restore_best_weights=True).",
        see="docs/doctor.md",
        confidence=0.6,
    )


def _still_improves(val_loss: Array) -> bool:
    """Whether the validation loss was still falling clearly at the end: what is behind then may catch up."""
    if len(val_loss) < _EPOCHS or not np.isfinite(val_loss).all():
        return False
    smooth = _smooth(val_loss)
    width = max(1, len(smooth) // 10)
    early, late = smooth[-1 - width], smooth[-1]
    return bool(int(smooth.argmin()) == len(smooth) - 1 and early - late > _IMPROVES * abs(early))


def _examine(case: Case) -> Iterator[Finding]:
    too_long = list(_too_long(case))
    yield from too_long
    if all(finding.severity == "NOTE" for finding in too_long):
        yield from _memorised(case)


def _chance(case: Case) -> tuple[float, float]:
    """Return the validation loss of the best constant answer, and how much more of it is no harm; 0 if unknown."""
    rows = case.validation
    if rows is None or rows.target is None or not rows.target.size or not np.isfinite(rows.target).all():
        return 0.0, 0.0
    weight = _weight(case, rows)
    labels = describe_labels(rows.target, weight=weight)
    chance = chance_loss(labels, case.objective) if labels is not None else float("nan")
    if np.isfinite(chance):
        return chance, _HARM[0] * chance
    if weight is not None and not weight_sum(weight) > 0:
        return 0.0, 0.0
    answer = np.average(rows.target, axis=0, weights=weight)
    losses = row_losses(np.broadcast_to(answer, rows.target.shape), rows.target, case.objective)
    of_mean = mean_loss(losses, weight)[0] if losses is not None and not case.objective.from_logits else 0.0
    return of_mean, _HARM[1] * of_mean


def _answers_hold(case: Case) -> bool:
    """Whether as many validation rows are right in the end as after the epoch of the smallest loss, if it is known."""
    accuracy, val_loss = validation_accuracy(case), case.history["val_loss"]
    if len(accuracy) != len(val_loss) or not len(accuracy) or case.validation is None:
        return False
    smooth = _smooth(accuracy)
    best = float(smooth[_smooth(val_loss).argmin()])  # what early stopping would keep
    error = np.sqrt(max(best * (1 - best), 0.0) / max(case.validation.effective, 1.0))
    return bool(smooth[-1] >= best - max(_HOLDS, error))


def _below_zero(case: Case) -> bool:
    """Whether rows of negative weight have taken the loss of the training rows below 0."""
    weights = None if case.rows is None else case.rows.weight
    return weights is not None and bool((weights < 0).any()) and bool(case.history["loss"][-1] < 0)


def _penalty(case: Case) -> float:
    return case.vitals[-1].penalty if case.vitals else 0.0


def _too_long(case: Case) -> Iterator[Finding]:
    loss, val_loss = case.history["loss"], case.history["val_loss"]
    if len(val_loss) < _EPOCHS or len(val_loss) != len(loss) or not np.isfinite([*loss, *val_loss]).all():
        return
    smooth, train = _smooth(val_loss), _smooth(loss)
    best = int(smooth.argmin())
    rise = float(smooth[-1] - smooth[best])
    late = len(smooth) - 1 - best >= max(2, len(smooth) // 10)
    if not late or train[-1] >= train[best] or rise <= 0:
        return
    error, gap = _error(case), _loss_gap(case)
    lowest = float(smooth[best]) if smooth[best] > 0 else float(np.ptp(smooth[: best + 1]) - smooth[best])
    kept, epoch = case.plan.kept, best + 1 + (len(val_loss) - len(smooth)) // 2  # the middle of those averaged
    clear = any(rise > share * lowest and rise > errors * error for share, errors in zip(_RISE, _ERRORS, strict=True))
    chance, harm = _chance(case)
    if not case.objective.class_weight and train[-1] - _penalty(case) > chance > 0:
        return  # training rows are not known either: the loss jumps
    clear = clear and rise > harm
    harmless = kept or (smooth[-1] < chance and _answers_hold(case))
    if kept and not clear:
        return
    yield Finding(
        "overtraining",
        "WARN" if clear and not harmless else "NOTE",
        f"The validation loss was smallest in epoch {epoch} ({smooth[best]:.3g}) and rose to {smooth[-1]:.3g} while "
        f"that of the training rows went on falling, to {train[-1]:.3g}."
        + (f" The weights of epoch {kept} were kept." if kept else "")
        + (f" A validation row's loss is {gap[0]:.3g} larger ({gap[1]:.3g} to {gap[2]:.3g}, 95%)." if gap else ""),
        threshold=OVERTRAINING.threshold,
        cause="There are too many epochs."
        + (" Rows of negative weight are learnt by heart." if _below_zero(case) else ""),
        remedy=f"Nothing needs to be done: the weights of epoch {kept} are used."
        if kept
        else f"Stop after epoch {epoch}: keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True).",
        see="docs/doctor.md",
        confidence=0.8 if clear else 0.4,
        step=epoch * case.plan.steps_per_epoch or None,
    )


OVERTRAINING = Symptom(
    name="overtraining",
    needs=("history", "validation"),
    threshold="The validation loss ends at most 30% and 2 standard errors above its smallest value (or 80% and 1), or "
    "has risen by less than 10% of the cross entropy of chance (5% of another loss), and validation rows are not right "
    "less often than by a simple method that was fitted on the training rows, by 6% (25% of the variance of numbers) "
    "and 3 standard errors, where training rows are.",
    silent="Fewer than 5 epochs or 10 validation rows (30 for the second rule); a training loss that rises as well, or "
    "ends above that of chance; by "
    "the second rule, a validation loss that still falls by 2% within the last tenth of the epochs; a NOTE where the "
    "weights of the best epoch were kept, or where at most 2% or a standard error fewer validation rows are right than "
    "after the epoch of the smallest loss, which is still below that of chance.",
    examine=_examine,
)
