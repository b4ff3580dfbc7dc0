"""Findings on columns that single precision, in which networks compute, does not resolve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from netwright.data import PAIR_STEPS, STEPS, Resolution, derived_text, near_number
from netwright.finding import Finding
from netwright.inspection.findings._names import listed

__all__ = ["coarse_columns"]

SYMPTOM = "resolution in float32"


def coarse_columns(resolutions: Mapping[str, Resolution], columns: pa.Schema, refused: str = "") -> Iterator[Finding]:
    """Find columns whose values differ by less than float32 resolves.

    Args:
        resolutions: by column of numbers that may need more than float32, how well float32 resolves them.
        columns: names and types of all columns.
        refused: why a network of the experiment cannot take a column; empty where it can take all.

    Yields:
        FAIL where the experiment is refused for it; WARN for columns that lose values in float32, whether a network
        can take them as a value and a rest or not.
    """
    lost = {column: resolution for column, resolution in resolutions.items() if resolution.lost}
    if refused:
        yield Finding(SYMPTOM, "FAIL", refused, tuple(lost))
    elif lost:
        yield _lost(lost, columns)
    else:
        fewest = min((resolution.steps for resolution in resolutions.values()), default=float("inf"))
        steps = f"at least {fewest:.2g} steps for an eighth of their values" if fewest < float("inf") else "exactly"
        yield Finding(SYMPTOM, "PASS", f"Float32 resolves all input and target columns, {steps}.")


def _lost(lost: Mapping[str, Resolution], columns: pa.Schema) -> Finding:
    worst = min(lost, key=lambda column: lost[column].steps)
    resolution = lost[worst]
    beyond = [column for column, found in lost.items() if found.pair_steps < PAIR_STEPS or found.far_apart]
    remedy = (
        "A network takes such inputs as a float32 value and a remainder, and shifts such targets; if the file holds "
        "more digits than are meaningful, nothing needs to be done."
    )
    if beyond:
        shift = derived_text(beyond[0], "shifted", f"- {near_number(lost[beyond[0]])}", columns)
        remedy = (
            f"For {listed(beyond)} even that is not enough: subtract what the values have in common "
            f"({shift}), or declare which value means missing."
        )
    return Finding(
        SYMPTOM,
        "WARN",
        f"{listed(list(lost))}: in float32, {resolution.distinct:,} distinct values of {worst} become "
        f"{resolution.kept:,}.",
        tuple(lost),
        threshold=f"An eighth of them spans {resolution.steps:.2g} steps of float32; at least {STEPS:,} are needed.",
        remedy=remedy,
    )
