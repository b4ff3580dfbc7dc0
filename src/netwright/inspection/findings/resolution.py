"""Findings on what single precision, in which networks compute, keeps of a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netwright.data import PAIR_STEPS, STEPS, Resolution, near_number
from netwright.inspection.findings._finding import Finding, named

__all__ = ["coarse_columns"]

NAME = "resolution in float32"


def coarse_columns(found: Mapping[str, Resolution], refused: str = "") -> Iterator[Finding]:
    """Look for columns whose values differ by less than a network can tell.

    Args:
        found: by column of numbers that float32 may not hold, what it makes of them.
        refused: why a network of the experiment cannot take a column; empty where it can take all.

    Yields:
        FAIL for what an experiment is refused for, WARN for columns that lose values in float32 but keep them as value
        and rest, and those that even so do not.
    """
    lost = {column: one for column, one in found.items() if one.lost}
    if refused:
        yield Finding(NAME, "FAIL", tuple(lost), refused)
        return
    if lost:
        worst = min(lost, key=lambda column: lost[column].steps)
        one = lost[worst]
        beyond = [column for column, one in lost.items() if one.pair_steps < PAIR_STEPS or one.far_apart]
        remedy = (
            "A network takes such inputs as a value and what float32 leaves over, and shifts such targets; where the "
            "file holds no more digits than are meant, nothing is to be done."
        )
        if beyond:
            near = near_number(lost[beyond[0]])
            remedy = (
                f"Of {named(beyond)} even that is not enough: take off what the values have in common (data.derived: "
                f'{{{beyond[0]}_shifted: "{beyond[0]} - {near}"}}), or say which value stands for a missing one.'
            )
        yield Finding(
            NAME,
            "WARN",
            tuple(lost),
            f"{named(list(lost))}: in float32, {one.distinct:,} different values of {worst} become {one.kept:,}, as an "
            f"eighth of them spans {one.steps:.2g} steps of float32, less than {STEPS:,}. {remedy}",
        )
        return
    fewest = min((one.steps for one in found.values()), default=float("inf"))
    steps = f"at least {fewest:.2g} steps for an eighth of their values" if fewest < float("inf") else "exactly"
    yield Finding(
        NAME, "PASS", (), f"Float32, in which networks compute, resolves all input and target columns, {steps}."
    )
