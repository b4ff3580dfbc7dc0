"""Numbers on how a training went that several symptoms use."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array, Case

__all__ = [
    "BARELY",
    "STEPS_OF_RATE",
    "barely_moved",
    "constant_output",
    "dead_from_start",
    "diverged",
    "hardly_moved",
    "largest_rate",
    "loss_near_zero",
    "losses",
    "steadily_falls",
    "swing",
    "tail_fall",
    "usual_rate",
    "validation_accuracy",
]

# learning rates that Keras or the paper of an optimiser recommends
_USUAL = {
    "sgd": 0.01,
    "adagrad": 0.01,
    "adadelta": 1.0,
    "ftrl": 0.01,
    "lion": 0.0003,
    "muon": 0.001,
}
_FOR_OTHERS = 0.001  # Adam and its kin
_MOMENTUM = 0.1  # 1 minus the usual one
STEPS_OF_RATE = {"adam", "adamax", "adamw", "lion", "nadam", "rmsprop"}  # each moves a weight by about the rate
_REACH = 0.15  # of a weight, whose usual size is 0.1 to 1
_NEARLY_ALWAYS, _SOME = 0.85, 1e-4  # of the epochs, of the loss
_NOTHING = 0.01  # of the loss at the start
_ROSE = 0.5  # of a loss below zero, or of its fall
_DEAD = 0.9  # of a layer's units
_CONSTANT = 0.01  # of the targets' deviation
BARELY = 0.03
"""Of the size of a layer's weights; those of a network that learns go about as far as they are large."""


def usual_rate(case: Case) -> float:
    """Return the learning rate that is usual with an optimiser, momentum counted in.

    Args:
        case: a training.

    Returns:
        The rate, dimensionless.

    Example:
        >>> from netwright.doctor.case import Objective
        >>> usual_rate(Case(objective=Objective(optimizer="sgd")))
        0.01
    """
    usual = _USUAL.get(case.objective.optimizer, _FOR_OTHERS)
    # with a momentum m a step counts 1 / (1 - m) times; up to 0.9 that is usual
    return usual * min(1.0, (1 - min(case.objective.momentum, 1 - 1e-6)) / _MOMENTUM)


def largest_rate(case: Case) -> float:
    """Return the largest learning rate of the training, as far as it was seen; NaN if unknown."""
    rates = [*case.history.rates.tolist(), case.objective.learning_rate]
    finite = [rate for rate in rates if np.isfinite(rate)]
    return max(finite, default=float("nan"))


def hardly_moved(case: Case) -> bool:
    """Whether steps were so few and short that no weight can have gone far, whatever the inputs are.

    Args:
        case: a training.

    Returns:
        True where an optimiser whose steps are as long as its learning rate took few of them.

    Example:
        >>> from netwright.doctor.case import Objective, Plan
        >>> hardly_moved(Case(objective=Objective(optimizer="adam", learning_rate=1e-3), plan=Plan(100, 1)))
        True
    """
    return case.objective.optimizer in STEPS_OF_RATE and 0 < case.plan.steps * largest_rate(case) < _REACH


def barely_moved(case: Case) -> bool:
    """Whether the weights of all layers are nearly where they began: steps are too few, or short with small gradients.

    Args:
        case: a training.

    Returns:
        True where that was measured and is so; embeddings, which begin with small numbers, aside.

    Example:
        >>> from netwright.doctor.case import LayerVitals, Vitals
        >>> barely_moved(Case(vitals=(Vitals(9, (LayerVitals("dense", weight=2.0, moved=0.01),)),)))
        True
    """
    tables = {layer.name for layer in case.architecture.layers if layer.kind == "Embedding"}  # begin with 0.05 at most
    layers = [one for one in (case.vitals[-1].layers if case.vitals else ()) if one.name not in tables]
    shares = [one.moved / one.weight for one in layers if one.weight > 0]
    return bool(shares) and all(one < BARELY for one in shares)


def losses(case: Case) -> Array:
    """Return the training loss before the first epoch, if it was measured, and after each, shape ``(epochs + 1,)``."""
    start = case.vitals[0].loss if case.vitals and case.vitals[0].epoch == 0 else float("nan")
    return np.concatenate([[start] if np.isfinite(start) else [], case.history["loss"]])


def tail_fall(case: Case) -> float:
    """Return by what share of itself the training loss falls from the last tenth of the epochs but one to the last.

    Args:
        case: a training.

    Returns:
        Dimensionless; 0 if it does not fall, NaN with fewer than two losses.

    Example:
        >>> from netwright.doctor.case import History
        >>> round(tail_fall(Case(history=History({"loss": np.array([4.0, 2.0, 1.0])}))), 2)
        0.5
    """
    curve = losses(case)
    if len(curve) < 2 or not np.isfinite(curve).all():  # two points make a slope
        return float("nan")
    width = max(1, len(curve) // 10)
    late, early = curve[-width:].mean(), curve[-2 * width :][:width].mean()
    return float(max(0.0, (early - late) / max(abs(early), 1e-12)))


def diverged(case: Case) -> bool:
    """Whether the loss ended clearly above its best, or above where it began.

    The size of a loss that goes below zero, as the likelihood of a density does, says nothing: only its fall does.
    """
    curve = losses(case)
    if len(curve) < 3 or not np.isfinite(curve).all():
        return False
    last, best, start = min(curve[-1], np.median(curve[-3:])), curve.min(), curve[0]
    if best < 0:
        return bool(last - best > _ROSE * max(abs(best), start - best))
    return bool(last > 1.5 * best + 0.1 * abs(start - best) or last > 1.2 * start)


def steadily_falls(case: Case) -> bool:
    """Whether the loss falls from nearly every epoch to the next, slowly: larger or more steps would go on so.

    Args:
        case: a training.

    Returns:
        True where it does so in the second half of the epochs.

    Example:
        >>> from netwright.doctor.case import History
        >>> steadily_falls(Case(history=History({"loss": np.linspace(0.7, 0.69, 20)})))
        True
    """
    curve = case.history["loss"]
    half = curve[len(curve) // 2 :]
    if len(half) < 5 or not np.isfinite(half).all():  # a few falls happen by chance
        return False
    return bool((np.diff(half) < 0).mean() > _NEARLY_ALWAYS and half[0] - half[-1] > _SOME * abs(half[0]))


def swing(case: Case) -> float:
    """Return how much the loss jumps up and down in the second half: mean rise, in units of the mean loss.

    Of a loss that goes below zero, in units of its mean and its range together.
    """
    curve = case.history["loss"]
    half = curve[len(curve) // 2 :]
    if len(half) < 4 or not np.isfinite(half).all():
        return 0.0
    unit = abs(half.mean()) + (np.ptp(curve) if curve.min() < 0 else 0.0)
    return float(np.clip(np.diff(half), 0, None).mean() / max(unit, 1e-12))


def loss_near_zero(case: Case) -> bool:
    """Whether the loss has come down to a hundredth of its start, where jumps are nothing either."""
    curve = losses(case)
    return bool(len(curve) > 1 and 0 <= np.mean(curve[len(curve) // 2 :]) < _NOTHING * curve[0])


def constant_output(case: Case) -> bool | None:
    """Whether the network gives the same for every row; None where it was not measured."""
    last = case.vitals[-1] if case.vitals else None
    if last is None or last.outputs is None or len(last.outputs) < 2:
        return None
    if not np.isfinite(last.outputs).all():
        return None
    target = case.rows.target if case.rows is not None else None
    scale = target.std(0).max() if target is not None and target.size else 1.0
    return bool(last.outputs.std(0).max() <= _CONSTANT * min(scale, max(np.abs(last.outputs).max(), 1e-12)))


def dead_from_start(case: Case) -> bool:
    """Whether units were dead before the first step, which no learning rate does."""
    return bool(
        case.vitals and case.vitals[0].epoch == 0 and any(layer.dead > _DEAD for layer in case.vitals[0].layers)
    )


def validation_accuracy(case: Case) -> Array:
    """Return the share of right validation rows epoch by epoch, from the metric that the user has asked for.

    Args:
        case: a training.

    Returns:
        Shape ``(epochs,)``; empty where it was not measured, where classes are no targets, and with weights of rows,
        which count in the share of right training rows alone.

    Example:
        >>> from netwright.doctor.case import History, Skill
        >>> measured = History({"val_accuracy": np.array([0.5, 0.8])}, np.array([0.01, 0.01]))
        >>> validation_accuracy(Case(history=measured, skill=Skill(0.9, 0.5)))
        array([0.5, 0.8])
    """
    measured = [name for name in case.history.logs if name.startswith("val_") and "acc" in name]
    values = case.history[measured[0]] if len(measured) == 1 else np.zeros(0)
    weighted = case.rows is not None and case.rows.weight is not None
    known = case.skill is not None and case.skill.classes and not weighted and np.isfinite(values).all()
    return values if known else np.zeros(0)
