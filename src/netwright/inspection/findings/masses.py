"""Findings on the masses of four-vectors in single precision."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.finding import Finding
from netwright.inspection.masses import LostMass

__all__ = ["coarse_masses"]

LARGEST_CHANGE = 0.1  # of m²: 5% of a mass


def coarse_masses(worst: LostMass | None) -> Iterator[Finding]:
    """Find four-vectors whose masses float32 does not resolve.

    Args:
        worst: the particle whose mass changes most; None where none has a mass in float64.

    Yields:
        WARN where its m² typically changes by more than a tenth.
    """
    if worst is None:
        return
    symptom = "masses in float32"
    if worst.change > LARGEST_CHANGE:
        yield Finding(
            symptom,
            "WARN",
            f"{', '.join(worst.names)}: in float32, E² - p² changes by {worst.change:.0%} of itself (median), at "
            f"energies of {worst.energy:.3g} and masses of {worst.mass:.3g}.",
            worst.names,
            threshold=f"It should change by at most {LARGEST_CHANGE:.0%}.",
            cause="Networks compute in float32, and the mass is a small difference of large numbers.",
            remedy="Where the mass matters, derive it in SQL, which computes in float64, and use it as an input of its "
            "own (data.derived), or give pt, eta, phi and m.",
        )
        return
    evidence = f"Float32 changes m² of four-vectors by {worst.change:.1g} of itself at most (median of the worst)."
    yield Finding(symptom, "PASS", evidence)
