"""What counts: which fault does harm, which training is healthy, which finding is an alarm and which is right."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["NEAR_ENOUGH", "REACHED", "SIZE_OF_HARM", "alarms", "is_healthy", "is_mended", "right_at"]

SIZE_OF_HARM: Final = 0.05
"""A fault counts where its skill is at least this much below that of its twin with the same seed."""
REACHED: Final = (0.85, 0.02)
"""A training is healthy if its skill is at least this fraction of the best simple model's, less this; ..."""
UNEXPLAINED: Final = (3.0, 0.03)
"""... and if what it leaves unexplained, 1 - skill, is at most so many times what that model leaves, and this more."""
NEAR_ENOUGH: Final = 0.02
"""A program is mended if its skill is at most this fraction below that of the healthy twin."""

Line = dict[str, Any]


def alarms(line: Line) -> list[Line]:
    """Return the findings of a line that are warnings or failures, in their order."""
    return [finding for finding in line.get("findings", ()) if finding["severity"] in ("WARN", "FAIL")]


def is_healthy(line: Line, skill: str) -> bool:
    """Return whether a training reached enough of what the best simple model reaches.

    Args:
        line: of the truth, with the skill of simple models.
        skill: "quality" or "balanced".

    Returns:
        Whether it did.
    """
    reached, simple = line["skills"][skill], line["simple"][skill]
    enough = reached >= REACHED[0] * simple - REACHED[1]
    near = 1 - reached <= UNEXPLAINED[0] * (1 - simple) + UNEXPLAINED[1]
    return bool(enough and near and not line["error"])


def is_mended(mended: float, twin: float, faulty: float) -> bool:
    """Return whether a remedy brought the skill to within 2% of the twin's, and helped at all."""
    return mended > faulty and mended >= twin - NEAR_ENOUGH * abs(twin)


def right_at(names: list[set[str]], causes: frozenset[str]) -> int | None:
    """Return the place of the first alarm that names the cause, from 0; None where none does.

    Args:
        names: for each alarm in order, what it may be called.
        causes: what is truly wrong.

    Returns:
        The place.
    """
    return next((place for place, one in enumerate(names) if one & causes), None)
