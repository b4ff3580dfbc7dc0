"""What a metric declares: how it is measured, what it is called, in which direction it is better, and its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from netwright.metrics._measured import Measured

__all__ = ["MeasuredNumbers", "Metric"]

Rows_contra = TypeVar("Rows_contra", contravariant=True)

MeasuredNumbers = Iterator[tuple[Mapping[str, str], Measured]]
"""Numbers of one metric, each with what stands for the words in braces of its name."""


@dataclass(frozen=True)
class Metric(Generic[Rows_contra]):
    """One metric of one kind of head.

    Attributes:
        name: as in ``evaluation.json``; words in braces stand for classes and efficiencies, as in
            ``background_rejection_{efficiency}``.
        label: what a reader is shown, with the same words in braces.
        better: which values are better.
        measure: yields the numbers of a head's rows.
        of: what rows of heads it is measured on: `BinaryHead`, `MulticlassHead`, `RegressionHead`, or others.
        unit: ``target`` for that of the head's target; empty for a dimensionless metric.
        shown: ``screen`` and report, ``report`` only, or neither: only in the ``file`` evaluation.json. Early stopping
            can monitor what is shown.
        within: the lowest and the highest value without negative weights; None where nothing limits it.
        values: yields the same numbers without their uncertainties, where that is much faster: early stopping measures
            after every epoch. If not given, it measures all and leaves the uncertainties.
    """

    name: str
    label: str
    better: Literal["larger", "smaller", "nearer to zero"]
    measure: Callable[[Rows_contra], MeasuredNumbers]
    of: tuple[type[Any], ...] = field(kw_only=True)
    unit: Literal["", "target"] = ""
    shown: Literal["screen", "report", "file"] = "screen"
    within: tuple[float, float] | None = None
    values: Callable[[Rows_contra], Iterator[tuple[Mapping[str, str], float]]] | None = None

    def numbers(self, rows: Rows_contra) -> dict[str, Measured]:
        """Measure rows.

        Args:
            rows: of a head.

        Returns:
            The numbers by full name.
        """
        return {self.name.format(**words): number for words, number in self.measure(rows)}

    def plain_numbers(self, rows: Rows_contra) -> dict[str, float]:
        """Measure rows without uncertainties.

        Args:
            rows: of a head.

        Returns:
            The numbers by full name, in the metric's unit.
        """
        if self.values is None:
            return {name: number.value for name, number in self.numbers(rows).items()}
        return {self.name.format(**words): value for words, value in self.values(rows)}

    def distance(self, value: float) -> float:
        """Return what a value becomes where only its size counts: the absolute value of one that should be 0.

        Args:
            value: of the metric.

        Returns:
            The same; of a metric that is better nearer to zero the absolute value, in its unit.
        """
        return abs(value) if self.better == "nearer to zero" else value

    def cost(self, value: float) -> float:
        """Return a value with the sign that makes lower better.

        Args:
            value: of the metric.

        Returns:
            The cost, in the metric's unit; infinite values keep their order, and NaN stays NaN.

        Example:
            >>> Metric("auc", "AUC", "larger", lambda rows: iter(()), of=()).cost(0.9)
            -0.9
        """
        return -value if self.better == "larger" else self.distance(value)

    def label_of(self, name: str) -> str | None:
        """Return what a number is called.

        Args:
            name: its full name.

        Returns:
            The label with classes and efficiencies in it; None where the number is not of this metric.

        Example:
            >>> Metric("auc_{one}", "AUC of {one}", "larger", lambda rows: iter(()), of=()).label_of("auc_b")
            'AUC of b'
        """
        match = self._pattern.fullmatch(name)
        return None if match is None else self.label.format(**match.groupdict())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", self.name)
        return re.compile("".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))
