"""The result of a scan: its points, a sentence that interprets them, and the content of ``scan.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netwright.evaluation import measured_content
from netwright.metrics import Measured
from netwright.statistics import ScoreWorth

__all__ = [
    "MERITS",
    "TRADE_OFF_EFFICIENCY",
    "Scan",
    "ScanPoint",
    "chance_of_best",
    "scan_content",
    "scan_sentence",
]

TRADE_OFF_EFFICIENCY = 0.5
_RARE = 0.05  # share of scans without any difference in which chance may look like one

MERITS = {
    "limit": "smaller", "discovery": "larger", "asimov_with_uncertainty": "larger", "asimov": "larger",
    "roc_auc": "larger",
}  # fmt: skip
"""Figures of merit that a scan can optimise, and whether smaller or larger is better."""


@dataclass(frozen=True)
class ScanPoint:
    """The results for one value of the parameter.

    Attributes:
        value: the value of the parameter.
        worth: limit, significances and AUC on validation rows, for all members together and for each member; None
            where there is no result.
        losses: validation loss of each member, dimensionless, computed with the importance used in its training.
        trade_off: 1/ε_B and the divergence of the protected spectrum at `TRADE_OFF_EFFICIENCY`, on validation rows;
            None where the head protects nothing.
        why: why there is no result; empty where there is one.
    """

    value: float
    worth: ScoreWorth | None
    losses: tuple[float, ...]
    trade_off: tuple[Measured, Measured] | None = None
    why: str = ""


@dataclass(frozen=True, eq=False)
class Scan:
    """The result of a scan.

    Attributes:
        parameter: the key.
        merit: the figure of merit.
        points: one for each value, ascending.
        default: the value of the experiment.
        best: the value that is best on validation rows.
        difference: difference of the merit, best minus default, paired by member, on validation rows; NaN where the
            default has no result.
        test: the results on test rows, by ``default`` and ``best``; without one that has no result.
        remarks: values that have no result on validation or test rows, each with the reason.
        sentence: states whether the best value differs from the default by more than chance.
        path: ``scan.json``, with all numbers.
    """

    parameter: str
    merit: str
    points: tuple[ScanPoint, ...]
    default: float
    best: float
    difference: Measured
    test: Mapping[str, Mapping[str, Measured]]
    remarks: tuple[str, ...]
    sentence: str
    path: Path


def scan_sentence(
    parameter: str, merit: str, default: float, best: float, difference: Measured, pairs: int, members: int, values: int
) -> str:
    """State whether the best value differs from the default by more than chance.

    Args:
        parameter: the key.
        merit: the figure of merit.
        default: the value of the experiment.
        best: the value that is best on validation rows.
        difference: difference of the merit, best minus default, paired by member.
        pairs: number of members that have a result with both values.
        members: number of members; 0 where the default has no result.
        values: number of values that have a result.

    Returns:
        The sentence.

    Source: `chance_of_best`.
    """
    merit_text = merit.replace("_", " ")
    if best == default:
        return f"The experiment's own {parameter} = {default:.4g} is the best by {merit_text} on validation rows."
    begin = f"{parameter} = {best:.4g} is the best by {merit_text} on validation rows"
    if members == 0:
        return f"{begin}. The experiment's own {default:.4g} has no result to compare it with."
    counted = f"{pairs} of {members} members" if pairs < members else f"{members} member{'s' if members > 1 else ''}"
    if not np.isfinite(difference.uncertainty):
        return (
            f"{begin}; whether it differs from {default:.4g} by more than chance is not known from {counted}: use "
            "folds, or ensemble.members."
        )
    sign = 1 if MERITS[merit] == "larger" else -1
    chance = chance_of_best(Measured(sign * difference.value, difference.uncertainty), pairs, values)
    more = "more than" if chance < _RARE else "no more than"
    of_values = f"the best of {values} values is" if values > 2 else "the better of both values is"
    share = f"{chance:.0%}" if chance >= 0.01 else "less than 1%"
    return (
        f"{begin}. It differs from {default:.4g} by {difference} over {counted}, {more} chance explains: {of_values} "
        f"better by as much in {share} of scans in which the parameter changes nothing."
    )


def chance_of_best(gain: Measured, pairs: int, values: int) -> float:
    """Return how often the best of several equal values seems to be better than the default by as much, by chance.

    p = 1 - (1 - p₁)^(k - 1), with p₁ the probability that Student's t of n - 1 degrees of freedom exceeds gain/σ. Few
    members hardly know their own scatter, and the best of many values is better than the default by chance. The values
    are compared with one default, so that p is a little too large for many of them.

    Args:
        gain: by how much the best value is better, paired by member, with its uncertainty, in the unit of the merit.
        pairs: n, number of members that have a result with both values, at least 2.
        values: k, number of values that have a result, with the default.

    Returns:
        The probability, dimensionless.

    Source: Student, Biometrika 6 (1908) 1; Z. Šidák, J. Am. Stat. Assoc. 62 (1967) 626.

    Example:
        >>> round(chance_of_best(Measured(0.6, 0.2), pairs=5, values=2), 3)
        0.02
        >>> round(chance_of_best(Measured(0.6, 0.2), pairs=5, values=7), 3)
        0.114
    """
    from scipy.stats import t

    if not gain.uncertainty:
        return 0.0 if gain.value > 0 else 1.0
    alone = float(t.sf(gain.value / gain.uncertainty, pairs - 1))
    return 1 - (1 - alone) ** (values - 1)


def scan_content(result: Scan) -> dict[str, Any]:
    """Return the result of a scan in a form that JSON can hold.

    Args:
        result: the result of the scan.

    Returns:
        The content of ``scan.json``.
    """
    return {
        "parameter": result.parameter,
        "merit": result.merit,
        "default": result.default,
        "best": result.best,
        "difference": measured_content(result.difference),
        "sentence": result.sentence,
        "test": {
            choice: {name: measured_content(measured) for name, measured in results.items()}
            for choice, results in result.test.items()
        },
        "remarks": list(result.remarks),
        "valid": [_point_content(point) for point in result.points],
    }


def _point_content(point: ScanPoint) -> dict[str, Any]:
    """Return the results for one value, or the reason why there are none."""
    worth = point.worth
    content: dict[str, Any] = {"value": point.value, "losses": list(point.losses)}
    if worth is None:
        return content | {"why": point.why}
    content |= {
        "limits": list(worth.limit.limits),
        "together": dict(worth.together),
        "members": [dict(member) for member in worth.members],
    }
    return content if point.trade_off is None else content | {"trade_off": _trade_off(point.trade_off)}


def _trade_off(pair: tuple[Measured, Measured]) -> dict[str, dict[str, float | None]]:
    """Return rejection and divergence."""
    return dict(zip(("background_rejection", "protected_jsd"), map(measured_content, pair), strict=True))
