"""What the steps of an epoch come to: weighted means over the rows that were seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from netwright.training.compiled.objective import HeadObjective, total_loss
from netwright.training.compiled.state import StepSums

__all__ = ["Means", "joined", "means_of"]


@dataclass(frozen=True)
class Means:
    """What the steps of an epoch come to, for one member; everything is dimensionless.

    Attributes:
        loss: Σ λ L, without the penalty.
        head_losses: L by head: Σ w l / Σ w over the rows that were seen, each as its step found it.
        penalty: its mean over steps.
        gradient_norm: its mean over steps.
    """

    loss: float
    head_losses: dict[str, float]
    penalty: float
    gradient_norm: float


def joined(sums: Sequence[StepSums]) -> StepSums:
    """Put the sums of several calls one after another.

    Args:
        sums: arrays of shape (members, steps).

    Returns:
        The sums of all steps.
    """
    all_steps: StepSums = jax.tree.map(lambda *values: np.concatenate(values, axis=1), *sums)
    return all_steps


def means_of(sums: StepSums, index: int, steps: int, objective: Mapping[str, HeadObjective], batch: int) -> Means:
    """Return the means of the first steps of a member.

    - L_h = Σ_s Σ_i f ŵ l / Σ_s Σ_i f ŵ: every row counts by its weight, in whichever batch it came; not a number
      while the weights seen do not add up to a positive number;
    - the penalty is the same for every row of a step: Σ_s P_s / S;
    - Σ_s |g_s| / Σ_s (n_s / B): the gradient of a step is one over B, so that a last batch of n_s < B rows has a
      short one, and counts as n_s / B of a step.

    Args:
        sums: of all members and steps.
        index: of the member.
        steps: S.
        objective: of the member, with λ.
        batch: B, rows of a step.

    Returns:
        The means.

    Source: definition.
    """

    def total(values: jax.Array) -> float:
        return float(np.asarray(values)[index, :steps].sum(dtype=np.float64))

    head_losses = {}
    for head, losses in sums.losses.items():
        weight = total(sums.weights[head])
        head_losses[head] = total(losses) / weight if weight > 0 else float("nan")
    return Means(
        loss=total_loss(objective, head_losses),
        head_losses=head_losses,
        penalty=total(sums.penalty) / steps,
        gradient_norm=total(sums.gradient_norm) * batch / total(sums.rows),
    )
