"""Flags of classes among the numbers of an array, such as the last columns of hls4ml's ``jets``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from netwright.data import Dataset, element_name, owner_of
from netwright.errors import DataError
from netwright.inspection.column_summary import ColumnSummary
from netwright.readers import is_numeric, row_shape

__all__ = ["flag_columns", "flags_beside", "flags_by_stem", "flags_in_arrays", "flags_of_slice", "says_is"]

_IS = re.compile(r"(?P<stem>(.*_)?is_?)(?P<name>[A-Z]\w*)")
_SLICE = re.compile(r"(?P<array>.+)\[(?P<start>\d{1,6}):(?P<stop>\d{1,6})\]")


def flags_of_slice(dataset: Dataset, target: str) -> list[str]:
    """Return the flags that a slice of an array names.

    Args:
        dataset: the columns.
        target: such as ``jets[53:58]``, counted from 0, the last one excluded as in Python.

    Returns:
        The names of the elements, ``jets[53]`` to ``jets[57]``; none where the text is no slice of an array.

    Raises:
        DataError: the array has fewer numbers, or one of them is not 0 or 1.
    """
    match = _SLICE.fullmatch(target)
    if match is None or not _is_table(dataset, match["array"]):
        return []
    values = dataset.column(match["array"])
    start, stop = int(match["start"]), int(match["stop"])
    if not start + 1 < stop <= values.shape[1]:
        msg = (
            f"--target {target}: {match['array']} has {values.shape[1]} numbers in each row, counted from 0. Name two "
            "or more of them."
        )
        raise DataError(msg)
    strange = np.argwhere(~np.isin(values[:, start:stop], (0, 1)))
    if len(strange):
        row, place = strange[0]
        value = values[row, start + place]
        flags = ", ".join(flags_in_arrays(dataset)) or "none"
        msg = (
            f"--target {target}: {element_name(match['array'], start + place)} is {value:g} in "
            f"{dataset.locate(int(row))}; flags of classes are 0 or 1. Flags in arrays: {flags}."
        )
        raise DataError(msg)
    return [element_name(match["array"], place) for place in range(start, stop)]


def flags_in_arrays(dataset: Dataset) -> list[str]:
    """Find neighbouring numbers of arrays of which one is 1 in each row and the others are 0.

    Args:
        dataset: the columns.

    Returns:
        Slices such as ``jets[53:58]``, without flags that are never 1 at their ends.
    """
    return [f"{name}[{start}:{stop}]" for name in dataset.names for start, stop in _one_hot_runs(dataset, name)]


def says_is(name: str) -> bool:
    """Return whether the name of a flag says which class a row is of.

    Args:
        name: of a column.

    Returns:
        True for ``isTop``, ``recojet_isB``.
    """
    return _IS.fullmatch(name) is not None


def flag_columns(summaries: Mapping[str, ColumnSummary]) -> list[str]:
    """Return the columns that hold 0 and 1.

    Args:
        summaries: of the columns, by name.

    Returns:
        The names of those with one number for each row.
    """
    return [name for name, column in summaries.items() if not column.shape and column.values == (0, 1)]


def flags_by_stem(dataset: Dataset, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Find flag columns whose names begin alike and of which one is 1 in each row.

    Args:
        dataset: the columns.
        names: of columns that hold 0 and 1.

    Returns:
        By the beginning of their names, such as ``recojet_is`` or ``cls_``: the flags by the rest of their names.

    Example:
        >>> import pyarrow as pa
        >>> rows = pa.table({"jet_isB": [1, 0, 0], "jet_isC": [0, 1, 0], "jet_isG": [0, 0, 1], "mu_isLoose": [1, 1, 0]})
        >>> flags_by_stem(Dataset(rows, ()), rows.column_names)
        {'jet_is': {'B': 'jet_isB', 'C': 'jet_isC', 'G': 'jet_isG'}}
    """
    stems: dict[str, dict[str, str]] = {}
    for name in names:
        match = _IS.fullmatch(name)
        stem, rest = (
            (match["stem"], match["name"]) if match else ("".join(name.rpartition("_")[:2]), name.rpartition("_")[2])
        )
        if stem and rest:
            stems.setdefault(stem, {})[rest] = name
    return {stem: flags for stem, flags in stems.items() if len(flags) > 1 and _one_in_each_row(dataset, flags)}


def flags_beside(dataset: Dataset, targets: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Find the other flags of a class: those of which, with its own, one is 1 in each row.

    Args:
        dataset: the columns.
        targets: the columns of the target; the one of a flag, or of one in an array, such as ``jets[53]``.
        flags: names of all columns that hold 0 and 1.

    Returns:
        Their names, which tell whether the row has the class; none where there are none, or several columns.
    """
    if len(targets) != 1:
        return []
    (target,) = targets
    owner = owner_of(target, dataset.schema)
    if owner is None:
        groups = [list(group.values()) for group in flags_by_stem(dataset, flags).values()]
    else:
        runs = _one_hot_runs(dataset, owner)
        groups = [[element_name(owner, place) for place in range(start, stop)] for start, stop in runs]
    return [name for group in groups if target in group for name in group if name != target]


def _one_in_each_row(dataset: Dataset, flags: Mapping[str, str]) -> bool:
    return bool((np.sum([dataset.column(name) for name in flags.values()], axis=0) == 1).all())


def _is_table(dataset: Dataset, name: str) -> bool:
    """Return whether a column has an array of numbers in each row."""
    if name not in dataset.names:
        return False
    kind = dataset.arrow(name).type
    return len(row_shape(kind)) == 1 and is_numeric(kind) and not dataset.arrow(name).null_count


def _one_hot_runs(dataset: Dataset, name: str) -> Iterator[tuple[int, int]]:
    if not _is_table(dataset, name):
        return
    values = dataset.column(name)
    binary = np.isin(values, (0, 1)).all(axis=0) & (values == 1).any(axis=0)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], binary, [False]]).astype(np.int8)))
    for start, stop in list(pairwise(ends.tolist()))[::2]:
        if stop - start > 1 and bool((values[:, start:stop].sum(axis=1) == 1).all()):
            yield start, stop
