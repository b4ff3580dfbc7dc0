"""What a scan found: its points, the sentence that says what they mean, and the content of ``scan.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netwright.metrics import Measured
from netwright.statistics import ScoreWorth

__all__ = ["MERITS", "Scan", "ScanPoint", "scan_content", "scan_sentence"]

_CLEAR = 2  # standard deviations beyond which a difference is said to be more than chance

MERITS = {
    "limit": "smaller", "discovery": "larger", "asimov_with_uncertainty": "larger", "asimov": "larger",
    "roc_auc": "larger",
}  # fmt: skip
"""Figures of merit by which a scan chooses, and which values are better."""


@dataclass(frozen=True)
class ScanPoint:
    """One value of the parameter.

    Attributes:
        value: of the parameter.
        worth: limit, significances and AUC on validation rows, together and by member.
        losses: validation loss of each member, dimensionless; with the importance that it was trained with.
    """

    value: float
    worth: ScoreWorth
    losses: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Scan:
    """What a scan found.

    Attributes:
        parameter: the key.
        merit: what it chose by.
        points: one for each value, ascending.
        default: the value of the experiment.
        best: the value that is best on validation rows.
        difference: of the merit, best minus default, paired by member, on validation rows.
        test: by ``default`` and ``best``, the results on test rows.
        sentence: whether the best differs from the default by more than its uncertainty.
        path: ``scan.json``, with all numbers.
    """

    parameter: str
    merit: str
    points: tuple[ScanPoint, ...]
    default: float
    best: float
    difference: Measured
    test: Mapping[str, Mapping[str, Measured]]
    sentence: str
    path: Path


def scan_sentence(parameter: str, merit: str, default: float, best: float, difference: Measured, members: int) -> str:
    """Say whether the best value differs from the default by more than its uncertainty.

    Args:
        parameter: the key.
        merit: what was chosen by.
        default: the value of the experiment.
        best: the value that is best on validation rows.
        difference: of the merit, best minus default, paired by member.
        members: how many pairs there are.

    Returns:
        The sentence.
    """
    said = merit.replace("_", " ")
    if best == default:
        return f"The experiment's own {parameter} = {default:.4g} is the best by {said} on validation rows."
    begin = f"{parameter} = {best:.4g} is the best by {said} on validation rows"
    if not np.isfinite(difference.uncertainty):
        return (
            f"{begin}; whether it differs from {default:.4g} by more than chance is not known from {members} "
            f"member{'s' if members > 1 else ''}: use folds, or ensemble.members."
        )
    distance = abs(difference.value) / difference.uncertainty if difference.uncertainty else float("inf")
    more = "by more than" if distance > _CLEAR else "not by more than"
    return (
        f"{begin}. It differs from {default:.4g} by {difference} over {members} members, {more} two standard "
        f"deviations ({distance:.1f})."
    )


def scan_content(found: Scan) -> dict[str, Any]:
    """Return what JSON holds of a scan.

    Args:
        found: the scan.

    Returns:
        The content of ``scan.json``; None where a number is not finite.
    """

    def numbers(named: Mapping[str, float]) -> dict[str, float | None]:
        return {name: value if np.isfinite(value) else None for name, value in named.items()}

    return {
        "parameter": found.parameter,
        "merit": found.merit,
        "default": found.default,
        "best": found.best,
        "difference": numbers({key: one for key, one in asdict(found.difference).items() if one is not None}),
        "sentence": found.sentence,
        "test": {
            which: {
                name: numbers({key: one for key, one in asdict(measured).items() if one is not None})
                for name, measured in results.items()
            }
            for which, results in found.test.items()
        },
        "valid": [
            {
                "value": point.value,
                "limits": list(point.worth.limit.limits),
                "together": numbers(point.worth.together),
                "members": [numbers(member) for member in point.worth.members],
                "losses": [loss if np.isfinite(loss) else None for loss in point.losses],
            }
            for point in found.points
        ],
    }
