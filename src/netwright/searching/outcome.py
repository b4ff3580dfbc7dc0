"""The outcome of a trial, and its form in the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

__all__ = ["OUTCOME", "Outcome", "State", "outcome_of"]

State = Literal["complete", "pruned", "failed"]

OUTCOME = "outcome"  # attribute of a trial in the study


@dataclass(frozen=True)
class Outcome:
    """What came out of a trial.

    Attributes:
        number: of the trial.
        state: how it ended.
        value: the objective on validation rows, mean over its folds; None where it failed.
        folds: objective by fold, in the order of training.
        why: why it was pruned or failed; empty for a complete trial.
        rungs: by epoch at which trials are compared, the best objective so far, in its first fold.
        epochs: that its networks were trained, of all folds together.
        seconds: that its batch took.
    """

    number: int
    state: State
    value: float | None
    folds: tuple[float, ...] = ()
    why: str = ""
    rungs: Mapping[int, float] = field(default_factory=dict)
    epochs: int = 0
    seconds: float = 0.0


def outcome_of(trial: FrozenTrial) -> Mapping[str, Any]:
    """Return what was recorded of a trial besides its value: what an `Outcome` has, and ``last_value``, ``ended``.

    Args:
        trial: the trial.

    Returns:
        By name; nothing while it runs.
    """
    outcome: Mapping[str, Any] = trial.user_attrs.get(OUTCOME, {})
    return outcome
