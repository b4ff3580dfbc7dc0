"""Histograms as rows: ATLAS keeps the sums of generator weights in the bins of CutBookkeeper histograms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pyarrow as pa
import uproot

from netwright.errors import DataError
from netwright.readers._contract import Contents

__all__ = ["histograms_named", "rows_of_histograms"]

_MAX_BINS = 1000  # each is a column
_ONE_DIMENSION = re.compile(r"TH1[CSIFDL]")


def histograms_named(kinds: Mapping[str, str], key: str) -> list[str]:
    """Return the histograms of one dimension that a key stands for.

    Args:
        kinds: the class of each object of a file, by its name with its cycle.
        key: the name of a histogram, or a pattern such as ``CutBookkeeper_*_NOSYS``.

    Returns:
        Their names, sorted; of several cycles the newest. None where the key is the name of something else.
    """
    newest = {name.rpartition(";")[0]: kind for name, kind in kinds.items()}
    named = [key] if key in newest else sorted(name for name in newest if fnmatchcase(name, key))
    return [name for name in named if _ONE_DIMENSION.fullmatch(newest[name]) is not None]


def rows_of_histograms(path: Path, file: uproot.ReadOnlyDirectory, names: Sequence[str]) -> Contents:
    """Return histograms as rows, with the bins as columns, as ROOT numbers them: bin_1 is the first.

    Args:
        path: the file, for messages.
        file: the same, open.
        names: of histograms with as many bins.

    Returns:
        A row for each histogram, shape (histograms, bins).

    Raises:
        DataError: they have different numbers of bins, or too many for columns.
    """
    contents: Mapping[str, np.ndarray] = {name: np.asarray(file[name].values(), np.float64) for name in names}
    bins = {name: len(values) for name, values in contents.items()}
    if len(set(bins.values())) > 1:
        shown = ", ".join(f"{name} {number}" for name, number in bins.items())
        msg = f"{path}: histograms with different numbers of bins: {shown}. Name one of them, or a narrower pattern."
        raise DataError(msg)
    if bins[names[0]] > _MAX_BINS:
        msg = f"{path}: histogram {names[0]} has {bins[names[0]]:,} bins; as columns, up to {_MAX_BINS:,} can be read."
        raise DataError(msg)
    columns = np.stack(list(contents.values()), axis=1)
    batch = pa.record_batch([pa.array(column) for column in columns], [f"bin_{n}" for n in range(1, len(columns) + 1)])
    return Contents(batch.schema, batch.num_rows, iter([batch]))
