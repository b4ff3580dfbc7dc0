"""Numbers of arrays by the names that a file has for them, such as jetFeatureNames of hls4ml's jets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from netwright.data import Dataset, quoted
from netwright.inspection.guess.layouts import LABEL
from netwright.readers import is_numeric, row_shape

__all__ = ["names_of_particle_numbers", "numbers_with_names"]

_MAX_NAMES = 200  # numbers of an array that become columns of their own


def numbers_with_names(
    dataset: Dataset, elements: Mapping[str, Sequence[str]], target: str | None
) -> dict[str, dict[str, str]]:
    """Return the numbers of arrays that have names, as columns to derive.

    Args:
        dataset: the columns.
        elements: names of the numbers, by column.
        target: what the user named; an array of which it is, or has, an element stays as it is.

    Returns:
        By column, name and SQL expression of each number; none for labels, and where a name is taken.

    Example:
        >>> import pyarrow as pa
        >>> rows = pa.table({"jets": pa.array([[1.0, 0.0]], pa.list_(pa.float64(), 2))})
        >>> numbers_with_names(Dataset(rows, ()), {"jets": ["j_pt", "j_g"]}, "j_g")
        {'jets': {'j_pt': '"jets"[1]', 'j_g': '"jets"[2]'}}
    """
    found: dict[str, dict[str, str]] = {}
    for array, names in elements.items():
        if array not in dataset.names or re.fullmatch(LABEL, array) or _is_of(target, array):
            continue
        kind = dataset.type_of(array)
        taken = {*dataset.names, *(name for derived in found.values() for name in derived)}
        cleaned = [_cleaned(name) for name in names]
        fits = row_shape(kind) == (len(names),) and is_numeric(kind) and len(names) <= _MAX_NAMES
        if fits and len(set(cleaned)) == len(cleaned) and taken.isdisjoint(cleaned):
            found[array] = {name: f"{quoted(array)}[{place + 1}]" for place, name in enumerate(cleaned)}
    return found


def names_of_particle_numbers(names: Sequence[str]) -> list[str]:
    """Return the names of the numbers of a particle without the word that all begin with.

    Args:
        names: as a file has them.

    Returns:
        Names of letters, digits and underscores.

    Example:
        >>> names_of_particle_numbers(["j1_px", "j1_py", "j1_e"])
        ['px', 'py', 'e']
    """
    stem = names[0].partition("_")[0] if names else ""
    shared = f"{stem}_" if all(name.startswith(f"{stem}_") for name in names) else ""
    return [_cleaned(name.removeprefix(shared)) for name in names]


def _cleaned(name: str) -> str:
    cleaned = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    return cleaned if cleaned[:1].isalpha() else f"n_{cleaned}"


def _is_of(target: str | None, array: str) -> bool:
    return target is not None and (target == array or target.startswith(f"{array}["))
