"""The learning rate of every step, as a pure function of where the training is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.config import (
    CosineSchedule,
    ExponentialSchedule,
    PlateauSchedule,
    Schedule,
    StepwiseSchedule,
    TrainingSection,
)

__all__ = ["learning_rates", "schedule_factors", "warm_up_factors"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def learning_rates(section: TrainingSection, steps: Integers, *, steps_per_epoch: int, decays: int = 0) -> Floats:
    """Return the learning rate of steps: α_s = α · schedule_s · warm-up_s.

    Args:
        section: has α, schedule, warm-up and epochs.
        steps: numbers s of steps since the start of the training, from 0, shape (n,).
        steps_per_epoch: S.
        decays: of a schedule on plateau, so far.

    Returns:
        α_s, shape (n,), dimensionless.

    Source: definition.

    Example:
        >>> section = TrainingSection(learning_rate=0.1, warm_up=2)
        >>> learning_rates(section, np.arange(4), steps_per_epoch=10).tolist()
        [0.0, 0.05, 0.1, 0.1]
    """
    factors = schedule_factors(
        section.schedule, steps, steps_per_epoch=steps_per_epoch, epochs=section.epochs, decays=decays
    )
    return section.learning_rate * factors * warm_up_factors(steps, section.warm_up)


def schedule_factors(
    schedule: Schedule, steps: Integers, *, steps_per_epoch: int, epochs: int, decays: int = 0
) -> Floats:
    """Return by what a schedule multiplies the learning rate in given steps.

    With s the step from 0, e = ⌊s / S⌋ + 1 its epoch, and E the number of epochs:

    - constant: 1;
    - plateau: ρ^decays;
    - step-wise: ρ^k, with k the number of the given epochs that are not after e;
    - exponential: ρ^⌊s / n⌋;
    - cosine: f + (1 - f) · ½ (1 + cos(π s / (E S - 1))), which is f in the last step.

    Args:
        schedule: the schedule.
        steps: s, shape (n,).
        steps_per_epoch: S.
        epochs: E.
        decays: of a schedule on plateau, so far.

    Returns:
        Factors, shape (n,), dimensionless.

    Source: definition; cosine: arXiv:1608.03983, equation 5, without restarts.

    Example:
        >>> schedule = StepwiseSchedule(kind="step-wise", epochs=[2, 3], factor=0.5)
        >>> schedule_factors(schedule, np.arange(6), steps_per_epoch=2, epochs=3).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    if isinstance(schedule, PlateauSchedule):
        return np.full(len(steps), schedule.factor**decays)
    if isinstance(schedule, StepwiseSchedule):
        epoch = steps // steps_per_epoch + 1
        return np.asarray(schedule.factor ** np.searchsorted(schedule.epochs, epoch, side="right").astype(np.float64))
    if isinstance(schedule, ExponentialSchedule):
        return np.asarray(schedule.factor ** (steps // schedule.steps).astype(np.float64))
    if isinstance(schedule, CosineSchedule):
        progress = steps / max(epochs * steps_per_epoch - 1, 1)
        return np.asarray(schedule.final + (1 - schedule.final) * 0.5 * (1 + np.cos(np.pi * progress)))
    return np.ones(len(steps))


def warm_up_factors(steps: Integers, warm_up: int) -> Floats:
    """Return by what warm-up multiplies the learning rate: min(1, s / W).

    Args:
        steps: numbers s of steps, from 0, shape (n,).
        warm_up: W, steps in which the learning rate grows from 0; 0 for none.

    Returns:
        Factors, shape (n,), dimensionless.

    Source: arXiv:1706.02677, section 2.2 (gradual warm-up), from 0.

    Example:
        >>> warm_up_factors(np.arange(4), 2).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    return np.minimum(1.0, steps / warm_up) if warm_up else np.ones(len(steps))
