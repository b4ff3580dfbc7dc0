"""What a sample gives: rows, sums of weights, and expected events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.metrics import effective_rows

__all__ = ["SampleYield", "sample_yield"]


@dataclass(frozen=True)
class SampleYield:
    """The rows of a sample in numbers.

    Attributes:
        sample: its name.
        recorded: whether these are recorded collisions.
        read: number of rows in its files.
        rows: number of rows that pass the selection.
        weight_sum: Σw of these rows, as in the files, dimensionless.
        negative_share: share of these rows with a negative weight, from 0 to 1, dimensionless.
        effective_rows: (Σw)²/Σw², how many rows of equal weight have the same precision, dimensionless.
        expected_events: Σw · σ L / Σw(generated), in events; None without a cross section.
    """

    sample: str
    recorded: bool
    read: int
    rows: int
    weight_sum: float
    negative_share: float
    effective_rows: float
    expected_events: float | None


def sample_yield(
    sample: str, weights: npt.NDArray[np.float64], *, read: int, recorded: bool, factor: float | None
) -> SampleYield:
    """Compute what a sample gives.

    Args:
        sample: its name.
        weights: w of the selected rows, shape (n,), dimensionless, also negative.
        read: number of rows in its files.
        recorded: whether these are recorded collisions.
        factor: expected events for a row of weight 1, σ L / Σw(generated); None without a cross section.

    Returns:
        Its numbers.

    Source: definition; `netwright.metrics.effective_rows`.

    Example:
        >>> found = sample_yield("tt", np.array([1.0, 1.0, -1.0, 0.0]), read=5, recorded=False, factor=2.0)
        >>> round(found.effective_rows, 3), round(found.negative_share, 3), found.expected_events
        (0.333, 0.25, 2.0)
    """
    total = float(weights.sum())
    return SampleYield(
        sample=sample,
        recorded=recorded,
        read=read,
        rows=len(weights),
        weight_sum=total,
        negative_share=float((weights < 0).mean()) if len(weights) else 0.0,
        effective_rows=effective_rows(weights),
        expected_events=None if factor is None else total * factor,
    )
