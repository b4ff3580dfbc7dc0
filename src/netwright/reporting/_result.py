"""Limits and significances in a report, from ``limit.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from netwright.lab import Run
from netwright.metrics import Measured
from netwright.reporting._content import Headline

__all__ = ["result_headlines"]


def result_headlines(run: Run) -> Iterator[Headline]:
    """Yield the expected limit and significance, if `netwright limit` has computed them.

    Args:
        run: the run.

    Yields:
        Main numbers.

    Raises:
        RunError: ``limit.json`` is damaged.
    """
    if not (run.path / "limit.json").exists():
        return
    content = run.read_json("limit.json")
    level = 100 * content["expected"]["confidence_level"]
    yield Headline(f"expected upper limit on μ, {level:.4g}% CL", str(_measured(content["results"]["limit"])))
    yield Headline("expected significance", f"{_measured(content['results']['discovery'])} σ")


def _measured(number: Mapping[str, float | None]) -> Measured:
    """Return a number with its uncertainty; null in JSON means infinite."""
    return Measured(**{key: inf if value is None else value for key, value in number.items()})
