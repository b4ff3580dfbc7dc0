"""The evaluation as lines of a table: train, valid and test side by side, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot, inf, isfinite

from netwright.data import PARTS
from netwright.metrics import Measured, described
from netwright.reporting._train_test import APART

__all__ = ["EvaluationLine", "evaluation_lines"]


@dataclass(frozen=True)
class EvaluationLine:
    """One metric of one head, formatted for display.

    Attributes:
        head: the head.
        metric: label of the metric, with its unit.
        values: its value and uncertainty on train, valid and test rows, as text.
        members: standard deviation over the members of an ensemble on test rows, as text; empty for one network.
        difference: train - test in standard deviations, as text.
        apart: whether that is more than three.
    """

    head: str
    metric: str
    values: tuple[str, ...]
    members: str
    difference: str
    apart: bool


def evaluation_lines(
    evaluation: Mapping[str, Mapping[str, Mapping[str, Measured]]], units: Mapping[str, str]
) -> list[EvaluationLine]:
    """Format an evaluation: one line for each metric of each head, except those that only evaluation.json contains.

    Args:
        evaluation: part, then head, then metric.
        units: unit of each regression head.

    Returns:
        The lines, in the order in which heads and metrics first occur.
    """
    lines = []
    for head in dict.fromkeys(head for part in evaluation.values() for head in part):
        names = dict.fromkeys(metric for part in evaluation.values() for metric in part.get(head, {}))
        for metric in names:
            description = described(metric, names)
            label, in_unit = (
                (metric.replace("_", " "), False)
                if description is None
                else (description[1], bool(description[0].unit))
            )
            if description is None or description[0].shown != "file":
                unit = units.get(head, "") if in_unit else ""
                lines.append(_line(evaluation, head, metric, f"{label} [{unit}]" if unit else label))
    return lines


def _line(
    evaluation: Mapping[str, Mapping[str, Mapping[str, Measured]]], head: str, metric: str, label: str
) -> EvaluationLine:
    numbers = [evaluation.get(part, {}).get(head, {}).get(metric) for part in PARTS]
    pull = _pull(numbers[0], numbers[2])
    return EvaluationLine(
        head=head,
        metric=label,
        values=tuple("–" if number is None else _text(number) for number in numbers),
        members=""
        if numbers[2] is None or numbers[2].spread is None or not isfinite(numbers[2].spread)
        else f"± {numbers[2].spread:.2g}",
        difference="–" if pull is None else f"{pull:+.1f} σ",
        apart=pull is not None and abs(pull) > APART,
    )


def _text(number: Measured) -> str:
    if number.lower_limit is None and number.value == inf:
        return "∞ (no background left)"
    return str(replace(number, spread=None))


def _pull(train: Measured | None, test: Measured | None) -> float | None:
    if train is None or test is None:
        return None
    sigma = hypot(train.uncertainty, test.uncertainty)
    difference = train.value - test.value
    return difference / sigma if isfinite(sigma) and isfinite(difference) and sigma > 0 else None
