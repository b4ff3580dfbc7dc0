"""The columns that may become inputs, while an experiment is guessed, and what was decided about the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netwright.finding import Finding
from netwright.inspection.column_summary import ColumnSummary

__all__ = ["Candidates"]


@dataclass
class Candidates:
    """The columns that may still become inputs: each step of a guess takes some, or leaves some out.

    Attributes:
        columns: these columns by name.
        reasons: by column that is left out, why.
        derived: by name of a column to derive, its SQL expression.
        notes: what is assumed.
    """

    columns: dict[str, ColumnSummary]
    reasons: dict[str, str] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)

    def leave_out(self, reasons: Mapping[str, str]) -> None:
        """Leave columns out.

        Args:
            reasons: by column, which need not be a candidate, why.
        """
        self.reasons |= reasons
        self.take(reasons)

    def take(self, names: Iterable[str]) -> None:
        """Take columns, such as those of a group of inputs.

        Args:
            names: theirs; those that are no candidates are passed over.
        """
        for name in names:
            self.columns.pop(name, None)
