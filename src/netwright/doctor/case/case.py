"""All that is known of one training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.doctor.case.architecture import Architecture
from netwright.doctor.case.history import History
from netwright.doctor.case.plan import Objective, Plan
from netwright.doctor.case.rows import Rows
from netwright.doctor.case.skill import MemberLoss, Skill
from netwright.doctor.case.vitals import Vitals

__all__ = ["Case"]

_MIN_ROWS = 20  # validation rows that are compared with those of the training


@dataclass(frozen=True)
class Case:
    """All that is known of one training; what is not known is empty or None.

    Attributes:
        head: name of the output that is judged, of a network with several.
        heads: norm of the gradient of each output's part of the loss on shared layers, by name.
        counts: loss of the head, times its weight, as a share of that of the head that has the most, before the first
            step or at the end, whichever is larger; NaN where no weights were given to the losses, or it was not
            measured.
        members: the members of an ensemble or a cross-validation, in a case of them alone.
        classes: names of the classes, in the order of their numbers; empty where they have none.
    """

    architecture: Architecture = field(default_factory=Architecture)
    objective: Objective = field(default_factory=Objective)
    plan: Plan = field(default_factory=Plan)
    rows: Rows | None = None
    validation: Rows | None = None
    vitals: tuple[Vitals, ...] = ()
    history: History = field(default_factory=History)
    skill: Skill | None = None
    head: str = ""
    heads: Mapping[str, float] = field(default_factory=dict)
    counts: float = float("nan")
    members: tuple[MemberLoss, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def comparable_rows(self) -> tuple[Rows, Rows] | None:
        """Training and validation rows of the same columns; None where they are not known, or the latter are few."""
        rows, validation = self.rows, self.validation
        if rows is None or validation is None or len(validation) < _MIN_ROWS:
            return None
        return (rows, validation) if rows.inputs.shape[1] == validation.inputs.shape[1] else None
