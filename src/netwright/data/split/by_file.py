"""Splitting rows by file, for data that is already divided into files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.config import FilesSplit
from netwright.data.cache.downloads import local_files
from netwright.data.dataset import Dataset
from netwright.data.split.split import PARTS
from netwright.errors import DataError

__all__ = ["files_of_parts", "parts_by_file"]


def files_of_parts(section: FilesSplit) -> dict[Path, str]:
    """Return the part of each file.

    Args:
        section: the files of each part.

    Returns:
        train, valid or test, by resolved path.

    Raises:
        DataError: a part lists a file that does not exist.
    """
    return {path.resolve(): part for part, files in section.files.items() for path in local_files(files)}


def parts_by_file(dataset: Dataset, section: FilesSplit) -> npt.NDArray[np.int64]:
    """Return the part of every row, by its file.

    Args:
        dataset: the rows.
        section: the files of each part.

    Returns:
        0 (train), 1 (valid) or 2 (test) for every row, shape (rows,), dimensionless. Where valid or test is a
        fraction of the training files, `divide` takes it out of train.

    Raises:
        DataError: a file is in two parts or in none, or a part lists a file that was not read.
    """
    named = {part: [path.resolve() for path in local_files(files)] for part, files in section.files.items()}
    read = {source.path.resolve(): index for index, source in enumerate(dataset.sources)}
    parts = np.full(len(read), -1, dtype=np.int64)
    for part, paths in named.items():
        for path in paths:
            if path not in read:
                msg = f"split.{part}: {path} is not among the files of data.files. Add it there, or remove it here."
                raise DataError(msg)
            if parts[read[path]] >= 0:
                other_part = PARTS[parts[read[path]]]
                msg = f"split.{part}: {path} is in {other_part} too; a file belongs in one part. "
                msg += "Remove it from one of them."
                raise DataError(msg)
            parts[read[path]] = PARTS.index(part)
    if (parts < 0).any():
        left_out = dataset.sources[int(np.argmin(parts))].label
        msg = f"split: {left_out} of data.files is in no part ({', '.join(named)}). Add it to one, or remove it."
        raise DataError(msg)
    ends = np.cumsum([source.rows for source in dataset.sources])
    origin = np.arange(dataset.rows) if dataset.origin is None else dataset.origin
    part_of_rows: npt.NDArray[np.int64] = parts[np.searchsorted(ends, origin, side="right")]
    return part_of_rows
