"""uproot: all branches of a tree as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy.typing as npt
import uproot

from bench.problems import Table
from bench.workers.reading import serve_reading


def load(path: Path, case: Table) -> Iterable[npt.NDArray[Any]]:
    """Read a tree."""
    del case
    with uproot.open(path) as file:
        arrays: dict[str, npt.NDArray[Any]] = file["events"].arrays(library="np")
    return arrays.values()


if __name__ == "__main__":
    serve_reading(lambda way: load, ["uproot"])  # noqa: ARG005
