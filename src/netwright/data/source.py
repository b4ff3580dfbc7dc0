"""The files that rows come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """An input file and its number of rows.

    Attributes:
        path: of the file; of its local copy, if it was downloaded.
        rows: how many it has.
        url: where it was downloaded from, as messages show it; None for a local file.
    """

    path: Path
    rows: int
    url: str | None = None

    @property
    def label(self) -> str:
        """The path or URL, for messages."""
        return self.url or str(self.path)
