"""Partitions of the inspected rows: into files, and into the parts of the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.inspection.drift import grouped_files
from netwright.inspection.request import InspectionRequest

__all__ = ["Partition", "partitions_of"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Partition:
    """Rows divided into parts.

    Attributes:
        part: of each row, shape (rows,), dimensionless; below 0 for rows in none.
        names: of the parts.
    """

    part: Integers
    names: Sequence[str]


def partitions_of(request: InspectionRequest) -> dict[str, Partition]:
    """Return how rows are divided: into files, where there are several, and by the split, where there is one.

    Args:
        request: what to inspect.

    Returns:
        The partitions "files" and "split".
    """
    partitions = {}
    sources = request.dataset.sources
    if len(sources) > 1:
        of_file, labels = grouped_files([s.path.name for s in sources], [s.rows for s in sources])
        origin = request.dataset.origin
        of_row = of_file if origin is None else of_file[origin]
        partitions["files"] = Partition(of_row if request.kept is None else of_row[request.kept], labels)
    if request.parts:
        of_split = np.full(len(request), -1, dtype=np.int64)
        for index, numbers in enumerate(request.parts.values()):
            of_split[numbers] = index
        partitions["split"] = Partition(of_split, list(request.parts))
    return partitions
