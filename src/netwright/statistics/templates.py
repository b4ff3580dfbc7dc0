"""From scored rows to templates: what a process is expected to give in each bin of the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics import weight_sum
from netwright.statistics.channel import Channel, Process
from netwright.statistics.yields import Yields, fill, without_negative_bins

__all__ = ["ProcessEvents", "ScoredEvents", "expected_weights", "templates"]


@dataclass(frozen=True, eq=False)
class ScoredEvents:
    """Simulated rows: where they lie, and how many recorded events each stands for.

    Attributes:
        scores: shape (n,), dimensionless.
        weights: shape (n,), in events, also negative.
    """

    scores: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("scores", "weights"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))


@dataclass(frozen=True, eq=False)
class ProcessEvents:
    """The rows of a process, as they are and as systematic variations change them.

    Attributes:
        name: of the process.
        is_signal: whether the signal strength μ scales it.
        nominal: its rows.
        norms: by systematic, the factors of the yield at -1σ and +1σ, dimensionless.
        shapes: by systematic, the same rows at -1σ and +1σ: with other scores, other weights, or both.

    Raises:
        DataError: a variation has other rows than the nominal sample.
    """

    name: str
    is_signal: bool = field(kw_only=True)
    nominal: ScoredEvents
    norms: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[ScoredEvents, ScoredEvents]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = len(self.nominal.scores)
        for systematic, sides in self.shapes.items():
            for side, varied in zip(("-1σ", "+1σ"), sides, strict=True):
                if len(varied.scores) != rows:
                    msg = (
                        f"{self.name}: the variation {systematic} at {side} must have the same rows as the nominal "
                        f"sample. Received: {len(varied.scores)} rows instead of {rows}. Vary every row, also those "
                        "that do not change."
                    )
                    raise DataError(msg)


def expected_weights(weights: ArrayLike, events: float, *, rows: str = "a process") -> NDArray[np.float64]:
    """Return how many recorded events each simulated row stands for: w σ L / Σw.

    Args:
        weights: w of all simulated rows of a process, shape (n,), dimensionless, also negative.
        events: σ L, how many events of the process are expected, in events.
        rows: whose they are, in words, for messages.

    Returns:
        The weights, shape (n,), in events; their sum is `events`.

    Raises:
        DataError: the weights are not finite or do not have a positive sum, or `events` is not positive.

    Source: definition of the cross section.

    Example:
        >>> expected_weights([1.0, 3.0], 10.0)
        array([2.5, 7.5])
    """
    values = np.asarray(weights, np.float64)
    total = weight_sum(values)
    if not 0 < total < np.inf:
        msg = (
            f"The weights of {rows} must have a positive, finite sum. Received: {total:g} from {values.size} rows. "
            "Check the weight column, or add simulated rows."
        )
        raise DataError(msg)
    if not 0 < events < np.inf:
        msg = f"Argument `events` must be positive: it is cross section times luminosity. Received: {events:g}."
        raise DataError(msg)
    return values * (events / total)


def templates(
    processes: Sequence[ProcessEvents],
    edges: ArrayLike,
    *,
    counts: Sequence[NDArray[np.float64]] | None = None,
) -> Channel:
    """Fill the templates of all processes and their variations.

    A bin whose weights sum to less than zero becomes zero (`without_negative_bins`).

    Args:
        processes: signal and background rows.
        edges: of the bins, ascending, shape (bins + 1,), dimensionless.
        counts: for each process, how often each of its rows counts, shape (n,), as in a bootstrap replica; each once
            if not given. The total of a process stays what it is: a cross section gives it, not the sample.

    Returns:
        The channel.

    Raises:
        DataError: the weights of the rows that were drawn of a process do not have a positive sum; or as `fill`,
            `without_negative_bins` and `Channel`.

    Source: definition.

    Example:
        >>> signal = ProcessEvents("hh", ScoredEvents([0.2, 0.9, 0.8], [1.0, 1.0, 1.0]), is_signal=True)
        >>> background = ProcessEvents("tt", ScoredEvents([0.1, 0.3, 0.6], [20.0, 20.0, 20.0]), is_signal=False)
        >>> channel = templates([signal, background], [0.0, 0.5, 1.0])
        >>> channel.background.values
        array([40., 20.])
    """
    bounds = np.asarray(edges, np.float64)
    replica_counts = [np.ones(len(process.nominal.scores)) for process in processes] if counts is None else counts
    filled = [
        _process(process, bounds, process_counts)
        for process, process_counts in zip(processes, replica_counts, strict=True)
    ]
    return Channel("score", bounds, tuple(filled))


def _process(events: ProcessEvents, edges: NDArray[np.float64], counts: NDArray[np.float64]) -> Process:
    total, drawn = weight_sum(events.nominal.weights), weight_sum(events.nominal.weights * counts)
    if total > 0 >= drawn:
        msg = (
            f"{events.name}: the weights of the rows that were drawn add up to {drawn:g}, and cannot be scaled to the "
            f"total of {total:g}. Draw others, or add simulated rows."
        )
        raise DataError(msg)
    factor = total / drawn if drawn else 0.0

    def template(rows: ScoredEvents) -> Yields:
        return without_negative_bins(fill(rows.scores, rows.weights * counts * factor, edges))

    shapes = {name: (template(down), template(up)) for name, (down, up) in events.shapes.items()}
    return Process(events.name, template(events.nominal), events.norms, shapes, is_signal=events.is_signal)
