"""Findings on what single precision keeps of the masses of four-vectors."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.inspection.findings._finding import Finding
from netwright.inspection.masses import LostMass

__all__ = ["coarse_masses"]

LARGEST_CHANGE = 0.1  # of m²: 5% of a mass


def coarse_masses(found: LostMass | None) -> Iterator[Finding]:
    """Look for four-vectors whose masses float32 does not hold.

    Args:
        found: the particle whose mass changes most; None where there is none with a mass in float64.

    Yields:
        WARN where its m² typically changes by more than a tenth.
    """
    if found is None:
        return
    name = "masses in float32"
    if found.change > LARGEST_CHANGE:
        yield Finding(
            name,
            "WARN",
            found.names,
            f"{', '.join(found.names)}: in float32, in which networks compute, E² - p² changes by {found.change:.0%} "
            f"of itself (median; more than {LARGEST_CHANGE:.0%}), at energies of {found.energy:.3g} and masses of "
            f"{found.mass:.3g}. Where the mass matters, derive it in SQL, which computes in float64, and take it as an "
            "input of its own (data.derived), or give pt, eta, phi and m.",
        )
        return
    sentence = f"Float32 changes m² of four-vectors by {found.change:.1g} of itself at most (median of the worst)."
    yield Finding(name, "PASS", (), sentence)
