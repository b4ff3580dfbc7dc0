"""Findings on recorded collisions beside the events that simulated samples add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.data import SampleYield
from netwright.finding import Finding

__all__ = ["recorded_findings"]

_SYMPTOM = "recorded rows and expected events"
_FACTOR = 2.0  # beyond it, not the modelling of the simulation is the likely cause


def recorded_findings(yields: Sequence[SampleYield]) -> Iterator[Finding]:
    """Yield how many rows are recorded for each expected event, where both are known.

    Args:
        yields: the numbers of each sample.

    Yields:
        WARN where recorded rows and expected events differ by more than a factor of 2, PASS otherwise.

    Example:
        >>> sample = {"read": 9, "rows": 9, "weight_sum": 9.0, "negative_share": 0.0, "effective_rows": 9.0}
        >>> yields = [
        ...     SampleYield("tt", False, expected_events=1800.0, **sample),
        ...     SampleYield("data", True, expected_events=None, **sample),
        ... ]
        >>> print(*(finding.evidence for finding in recorded_findings(yields)))
        9 recorded rows (data), and the simulated samples add up to 1800 expected events: a ratio of 0.005.
    """
    recorded = [numbers for numbers in yields if numbers.recorded]
    expected = [numbers.expected_events for numbers in yields if not numbers.recorded]
    known = [events for events in expected if events is not None]
    if not recorded or not known or len(known) < len(expected) or sum(known) <= 0:
        return
    rows = sum(numbers.rows for numbers in recorded)
    ratio = rows / sum(known)
    names = ", ".join(numbers.sample for numbers in recorded)
    evidence = (
        f"{rows:,} recorded rows ({names}), and the simulated samples add up to {sum(known):.6g} expected events: "
        f"a ratio of {ratio:.3g}."
    )
    if 1 / _FACTOR <= ratio <= _FACTOR:
        yield Finding(_SYMPTOM, "PASS", evidence, see="docs/samples.md")
        return
    yield Finding(
        _SYMPTOM,
        "WARN",
        evidence,
        threshold=f"They should agree within a factor of {_FACTOR:g}.",
        cause="A luminosity, cross section or sum of weights may be wrong, or a background or a selection missing.",
        remedy="Compare data.luminosity and the cross_section and sum_of_weights of each sample with their sources.",
        see="docs/samples.md",
    )
