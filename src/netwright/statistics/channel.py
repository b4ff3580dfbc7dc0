"""A channel: the histogram of the score with its processes, as a likelihood is built from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.statistics.yields import Yields, total_yields

__all__ = ["Channel", "Process"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = {"data_obs", "mu", "r"}  # words of Combine and of HistFactory


@dataclass(frozen=True, eq=False)
class Process:
    """What a process gives in each bin, with its systematic uncertainties.

    Attributes:
        name: of the process; letters, digits and underscores.
        yields: expected events.
        is_signal: whether the signal strength μ scales it.
        norms: by systematic, the factors of the yield at -1σ and +1σ, dimensionless, positive.
        shapes: by systematic, the expected events at -1σ and +1σ.

    Raises:
        DataError: a name cannot be used in files, a yield is negative, a factor is not positive, or a variation has
            other bins.

    Example:
        >>> Process("tt", Yields([10.0], [1.0]), is_signal=False, norms={"tt_rate": (0.9, 1.1)}).yields.total
        10.0
    """

    name: str
    yields: Yields
    is_signal: bool = field(kw_only=True)
    norms: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[Yields, Yields]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (self.name, *self.norms, *self.shapes):
            _check_name(name)
        for systematic, factors in self.norms.items():
            if not all(0 < factor < np.inf for factor in factors):
                msg = (
                    f"{self.name}: the factors of {systematic} must be positive. Received: {list(factors)}. A yield "
                    "known to 10% has the factors 0.9 and 1.1."
                )
                raise DataError(msg)
        for systematic, (down, up) in self.shapes.items():
            bins = [len(variation.values) for variation in (down, up)]
            if bins != [len(self.yields.values)] * 2:
                msg = (
                    f"{self.name}: the variation {systematic} must have the {len(self.yields.values)} bins of the "
                    f"nominal template. Received: {bins[0]} and {bins[1]} bins. Fill all with the same edges."
                )
                raise DataError(msg)
        for label, yields in self._all_yields():
            negative = np.flatnonzero(yields.values < 0)
            if negative.size:
                msg = (
                    f"{label} must not be negative. Received: {yields.values[negative[0]]:g} events in bin "
                    f"{negative[0]}. See `without_negative_bins`, or use fewer bins."
                )
                raise DataError(msg)

    def moves(self, systematic: str) -> NDArray[np.float64]:
        """Return by how much a systematic moves the yields.

        Args:
            systematic: its name.

        Returns:
            At -1σ and +1σ, shape (2, bins), in events; zero where the process does not have it.
        """
        if systematic in self.norms:
            return np.outer(np.array(self.norms[systematic]) - 1, self.yields.values)
        if systematic in self.shapes:
            return np.stack([side.values - self.yields.values for side in self.shapes[systematic]])
        return np.zeros((2, len(self.yields.values)))

    def _all_yields(self) -> Iterator[tuple[str, Yields]]:
        yield f"The yields of {self.name}", self.yields
        for systematic, (down, up) in self.shapes.items():
            yield f"The yields of {self.name} at -1σ of {systematic}", down
            yield f"The yields of {self.name} at +1σ of {systematic}", up


@dataclass(frozen=True, eq=False)
class Channel:
    """All processes in the bins of one score.

    Attributes:
        name: of the channel; letters, digits and underscores.
        edges: of the bins, ascending, shape (bins + 1,), dimensionless.
        processes: signals and backgrounds.

    Raises:
        DataError: names are taken twice or cannot be used in files, the bins differ, a signal or a background is
            missing, the signal is zero everywhere, or a bin has no background.
    """

    name: str
    edges: NDArray[np.float64]
    processes: tuple[Process, ...]

    def __post_init__(self) -> None:
        _check_name(self.name)
        self._check_processes()
        self._check_systematics()
        if self.signal.total <= 0:
            msg = f"{self.name}: the signal is zero in all bins, so there is nothing to limit. Check its weights."
            raise DataError(msg)
        empty = np.flatnonzero(self.background.values <= 0)
        if empty.size:
            low, high = self.edges[empty[0]], self.edges[empty[0] + 1]
            msg = (
                f"{self.name}: every bin must have background. Received: none in bin {empty[0]}, scores from {low:.4g} "
                f"to {high:.4g} ({empty.size} such bins). Ask for more background in each bin, or add simulated rows."
            )
            raise DataError(msg)

    @property
    def bins(self) -> int:
        """Return the number of bins."""
        return len(self.edges) - 1

    @property
    def signal(self) -> Yields:
        """Return the sum of all signals at μ = 1."""
        return total_yields(process.yields for process in self.processes if process.is_signal)

    @property
    def background(self) -> Yields:
        """Return the sum of all backgrounds."""
        return total_yields(process.yields for process in self.processes if not process.is_signal)

    @property
    def background_uncertainty(self) -> NDArray[np.float64]:
        """Return σ_b of each bin, shape (bins,), in events: simulated sample and systematics in quadrature.

        A systematic moves all backgrounds together; of its two sides the larger move counts.
        """
        variance = self.background.variances.copy()
        for systematic in (*self.norms, *self.shapes):
            sides = np.zeros((2, self.bins))
            for process in self.processes:
                if not process.is_signal:
                    sides += process.moves(systematic)
            variance += np.square(np.abs(sides).max(axis=0))
        return np.sqrt(variance)

    @property
    def norms(self) -> list[str]:
        """Return the systematics that change yields by factors, sorted."""
        return sorted({name for process in self.processes for name in process.norms})

    @property
    def shapes(self) -> list[str]:
        """Return the systematics that change templates, sorted."""
        return sorted({name for process in self.processes for name in process.shapes})

    def _check_processes(self) -> None:
        for is_signal, kind in ((True, "signal"), (False, "background")):
            if not any(process.is_signal == is_signal for process in self.processes):
                msg = f"{self.name}: at least one process must be {kind}. Received: {self._names()}. Add one."
                raise DataError(msg)
        twice = [name for name, times in Counter(self._names()).items() if times > 1]
        if twice:
            msg = f"{self.name}: processes need different names. Received: {twice[0]} more than once. Rename one."
            raise DataError(msg)
        for process in self.processes:
            if len(process.yields.values) != self.bins:
                msg = (
                    f"{self.name}: {process.name} must have the {self.bins} bins of the channel. Received: "
                    f"{len(process.yields.values)} bins. Fill all processes with the same edges."
                )
                raise DataError(msg)

    def _check_systematics(self) -> None:
        ambiguous = sorted(set(self.norms) & set(self.shapes))
        if ambiguous:
            msg = (
                f"{self.name}: a systematic must change yields or templates. Received: {ambiguous[0]} in both ways. "
                "Give two systematics two names, or write the factor as a variation of the template."
            )
            raise DataError(msg)
        histograms = Counter(
            [*self._names()]
            + [
                f"{process.name}_{name}{side}"
                for process in self.processes
                for name in process.shapes
                for side in ("Up", "Down")
            ]
        )
        twice = [name for name, times in histograms.items() if times > 1]
        if twice:
            msg = f"{self.name}: two histograms would be called {twice[0]}. Rename the process or the systematic."
            raise DataError(msg)

    def _names(self) -> list[str]:
        return [process.name for process in self.processes]


def _check_name(name: str) -> None:
    """Refuse a name that is no name of a file, a histogram and a parameter at once."""
    if _NAME.fullmatch(name) is None or name in _RESERVED:
        msg = (
            "A channel, process or systematic must be named by letters, digits and underscores, beginning with a "
            f"letter, and not {', '.join(sorted(_RESERVED))}. Received: {name!r}. Rename it."
        )
        raise DataError(msg)
