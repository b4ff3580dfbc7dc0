"""`netwright.data.read`: the first time, which converts into an empty cache, and from the cache."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy.typing as npt

from bench.problems import Table
from bench.workers.reading import Load, serve_reading
from netwright.data import read

CACHES: list[tempfile.TemporaryDirectory[str]] = []


def loading(way: str) -> Load:
    """Return how to load: "first" has a new cache each time, "cache" always the same."""
    kept = tempfile.TemporaryDirectory()

    def load(path: Path, case: Table) -> Iterator[npt.NDArray[Any]]:
        del case
        if way == "cache":
            yield from columns(path, Path(kept.name))
            return
        CACHES.append(tempfile.TemporaryDirectory())
        yield from columns(path, Path(CACHES[-1].name))

    return load


def remove_caches() -> None:
    """Remove the caches of earlier measurements."""
    while CACHES:
        CACHES.pop().cleanup()


def columns(path: Path, cache: Path) -> Iterator[npt.NDArray[Any]]:
    """Read a file, and return every column as NumPy."""
    dataset = read(path, cache=cache)
    for name in dataset.names:
        yield dataset.column(name)


if __name__ == "__main__":
    serve_reading(loading, ["netwright", "pyarrow", "numpy"], tidy=remove_caches)
