"""Particles in plain arrays of shape (P, F), or in numbered columns side by side: as lists that have names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data import Dataset, quoted
from netwright.inspection.column_summary import ColumnSummary, summarise_column
from netwright.inspection.guess.column_names import why_no_input
from netwright.inspection.guess.element_names import names_of_particle_numbers
from netwright.inspection.guess.layouts import PLAIN, Layout
from netwright.inspection.guess.momenta import MAX_NUMBERS, ParticleNumbers, numbers_of_particles
from netwright.readers import take_rows, to_numpy

__all__ = ["ArraysOfParticles", "arrays_of_particles", "take_arrays_of_particles"]

_SEEN = 500  # rows
_MAX_PARTICLES = 200  # particles of a row
_MIN_COLUMNS = 15  # numbered columns
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d+)")


@dataclass(frozen=True)
class ArraysOfParticles:
    """Lists with one number for each particle, to be derived from arrays or numbered columns.

    Attributes:
        derived: name and SQL expression of each.
        used: the columns that they are made of, by the name of the collection.
    """

    derived: Mapping[str, str]
    used: Mapping[str, tuple[str, ...]]


def take_arrays_of_particles(
    dataset: Dataset,
    columns: dict[str, ColumnSummary],
    layout: Layout,
    elements: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[Dataset, ArraysOfParticles]:
    """Take particles out of arrays and numbered columns, as lists that are derived.

    Args:
        dataset: the columns.
        columns: those that may be inputs, by name; those that are taken are removed, and the lists added.
        layout: of the file; where it is known, its names tell the particles.
        elements: names of the numbers of a particle, by column, where the file has such.

    Returns:
        The columns with the lists, and what these are made of.
    """
    if layout is not PLAIN:
        return dataset, ArraysOfParticles({}, {})
    arrays = arrays_of_particles(dataset, columns, elements)
    for name in chain.from_iterable(arrays.used.values()):
        del columns[name]
    dataset = dataset.derive(arrays.derived)
    columns |= {name: summarise_column(dataset, name) for name in arrays.derived if name not in arrays.used}
    return dataset, arrays


def arrays_of_particles(
    dataset: Dataset,
    columns: Mapping[str, ColumnSummary],
    elements: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> ArraysOfParticles:
    """Find particles in arrays of shape (P, F) and in numbered columns, such as pT, η, φ of the first, of the second.

    Arrays of E, px, py, pz are left as they are, and so are lists of arrays without momenta.

    Args:
        dataset: the columns.
        columns: those that may be inputs, by name.
        elements: names of the numbers of a particle, by column, where the file has such.

    Returns:
        Lists to derive, which have an entry for each particle that is there.
    """
    rows = np.unique(np.linspace(0, dataset.rows - 1, _SEEN, dtype=np.int64))
    derived: dict[str, str] = {}
    used: dict[str, tuple[str, ...]] = {}
    for name, column in columns.items():
        size = column.shape[1] if len(column.shape) == 2 else None
        if size is None or size > MAX_NUMBERS or column.minimum is None or why_no_input(name) is not None:
            continue
        numbers = numbers_of_particles(_values(dataset, name, rows))
        lists = column.shape[0] is None
        if numbers is not None and (numbers.momenta if lists else not numbers.cartesian):
            stem = _free(re.sub(r"[\W_]+", "", name), dataset.names)
            derived |= _lists(stem, quoted(name), numbers, names_of_particle_numbers(elements.get(name, ())))
            used[stem] = (name,)
    for names, per_particle, numbers in _side_by_side(dataset, columns, rows):
        stem = _free("particles", [f"{name}_" for name in (*dataset.names, *derived)])
        at_most = min(len(names) // per_particle, _MAX_PARTICLES)
        particles = [
            ", ".join(quoted(name) for name in names[per_particle * i : per_particle * (i + 1)]) for i in range(at_most)
        ]
        derived |= {
            stem: f"[{', '.join(f'[{numbers_of_one}]' for numbers_of_one in particles)}]",
            **_lists(stem, stem, numbers),
        }
        used[stem] = names
    return ArraysOfParticles(derived, used)


def _side_by_side(
    dataset: Dataset, columns: Mapping[str, ColumnSummary], rows: npt.NDArray[np.int64]
) -> Iterator[tuple[tuple[str, ...], int, ParticleNumbers]]:
    """Yield numbered columns that are those of particles, how many each particle has, and what they are."""
    for names in _numbered(columns):
        values = np.stack([_values(dataset, name, rows) for name in names], axis=1)
        divided = _divided(names, values)
        if divided is not None:
            yield divided


def _values(dataset: Dataset, name: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return a column of some rows; lists of arrays are padded with zeros to the longest."""
    column = take_rows(pa.table({name: dataset.arrow(name)}), rows)[name]
    if not pa.types.is_list(column.type):
        return to_numpy(column)
    lists = [[] if one is None else one for one in column.to_pylist()]
    values = np.zeros((len(lists), max(map(len, lists)), column.type.value_type.list_size))
    for row, one in enumerate(lists):
        values[row, : len(one)] = np.asarray(one, np.float64).reshape(-1, values.shape[2])
    return values


def _divided(names: tuple[str, ...], values: npt.NDArray[Any]) -> tuple[tuple[str, ...], int, ParticleNumbers] | None:
    """Divide columns, of shape (rows, columns), among particles of three or four numbers; None if neither fits."""
    for size in (3, 4):
        for start in range(len(names) % size + 1):
            count = (len(names) - start) // size
            values_of_particles = values[:, start : start + count * size].reshape(len(values), count, size)
            numbers = numbers_of_particles(values_of_particles, strict=True)
            if numbers is not None:
                return names[start : start + count * size], size, numbers
    return None


def _numbered(columns: Mapping[str, ColumnSummary]) -> list[tuple[str, ...]]:
    """Return the names of columns of numbers that are counted without a gap, if there are many."""
    runs: list[list[str]] = []
    last: tuple[str, int] | None = None
    for name, column in columns.items():
        match = _NUMBERED.fullmatch(name)
        stem_and_number = (
            None if match is None or column.shape or column.minimum is None else (match["stem"], int(match["number"]))
        )
        if stem_and_number is not None:
            if last is not None and stem_and_number == (last[0], last[1] + 1):
                runs[-1].append(name)
            else:
                runs.append([name])
        last = stem_and_number
    return [tuple(names) for names in runs if len(names) >= _MIN_COLUMNS]


def _lists(stem: str, array: str, numbers: ParticleNumbers, names: Sequence[str] = ()) -> dict[str, str]:
    """Return the lists of a collection: each number of the particles that are there, under names of the file if any."""
    exists = "list_sum([abs(u) for u in v]) != 0" if numbers.presence is None else f"v[{numbers.presence + 1}] != 0"
    lists = {}
    for index, name in enumerate(numbers.names):
        value = f"CAST(v[{index + 1}] AS INTEGER)" if name.startswith("type") else f"v[{index + 1}]"
        lists[f"{stem}_{names[index] if names else name}"] = f"[{value} for v in {array} if {exists}]"
    return lists


def _free(preferred: str, taken: Collection[str]) -> str:
    """Return a name with which, and an underscore, no column begins."""
    stem = preferred if preferred[:1].isalpha() else f"n{preferred}"
    while any(name.startswith(f"{stem}_") for name in taken):
        stem += "s"
    return stem
