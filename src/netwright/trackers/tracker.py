"""What every tracker can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Histogram", "Scalars", "Tracker", "flat_parameters"]

Parameter = str | int | float | bool


@dataclass(frozen=True)
class Scalars:
    """Numbers of one epoch of one member.

    Attributes:
        step: number of the epoch.
        time: when, in seconds since 1970.
        values: by name, finite.
    """

    step: int
    time: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Histogram:
    """A distribution.

    Attributes:
        name: its name.
        step: number of the epoch.
        edges: of the bins, increasing, shape (n + 1,).
        counts: of the bins, shape (n,).
    """

    name: str
    step: int
    edges: tuple[float, ...]
    counts: tuple[float, ...]


class Tracker(Protocol):
    """Writes one run; whatever it raises ends the tracker, not the training."""

    def begin(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        """Begin a run.

        Args:
            name: of the run.
            parameters: values of the experiment file by key.
        """

    def scalars(self, records: Sequence[Scalars]) -> None:
        """Write numbers.

        Args:
            records: of several epochs.
        """

    def histograms(self, records: Sequence[Histogram]) -> None:
        """Write distributions.

        Args:
            records: of any epochs.
        """

    def figure(self, name: str, path: Path) -> None:
        """Write a figure.

        Args:
            name: its name.
            path: a PNG file.
        """

    def end(self) -> None:
        """End the run."""


def flat_parameters(settings: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return settings as trackers take them.

    Args:
        settings: by key, of any type.

    Returns:
        Numbers, booleans and texts; others as text.

    Example:
        >>> flat_parameters({"training.epochs": 5, "data.files": ["a.csv"], "result": None})
        {'training.epochs': 5, 'data.files': "['a.csv']"}
    """
    plain = (str, int, float, bool)
    return {
        key: value if isinstance(value, plain) else str(value) for key, value in settings.items() if value is not None
    }
