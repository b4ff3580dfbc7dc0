"""Groups of particles from files: which entries are particles, in which order, and how many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import (
    FourVectors,
    FourVectorsInput,
    Numbers,
    ParticlesInput,
    columns_of,
    parts_of_particles,
)
from netwright.data.dataset import Dataset
from netwright.data.in_expressions import derived_text
from netwright.data.moments.missing import markers_of, without_markers
from netwright.data.precision.fine import rest_of, rest_of_values
from netwright.data.rows.categories import category_numbers, check_words, is_text, words_in
from netwright.data.rows.four_vector_rules import check_entries, particles_there
from netwright.data.rows.four_vectors import check_columns
from netwright.data.rows.particle_lists import check_lists, entries, entry_counts, of_fixed_size
from netwright.data.rows.ragged import Ragged
from netwright.errors import DataError
from netwright.readers import to_numpy

__all__ = [
    "CutParticles",
    "categories_of",
    "check_particles",
    "cut_particles",
    "particle_entries",
    "particle_numbers",
    "particle_rows",
    "particle_words",
]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]


_BLOCKS, _BLOCK_ROWS = 8, 512  # of rows, evenly spaced, in which particles are counted


@dataclass(frozen=True)
class CutParticles:
    """What `at_most` leaves out of a group, in some of the rows.

    Attributes:
        rows: share of rows that have more particles, 0 to 1.
        particles: share of particles that are left out, 0 to 1.
        harder: share of those left out that have a larger pT than one of their row that is kept, 0 to 1; NaN without
            four-vectors.
    """

    rows: float
    particles: float
    harder: float


def categories_of(group: str) -> str:
    """Return the name of the input with the categories of a group's particles.

    Args:
        group: its name.

    Returns:
        The name; the hyphen keeps it apart from groups and heads.

    Example:
        >>> categories_of("tracks")
        'tracks-categories'
    """
    return f"{group}-categories"


def check_particles(dataset: Dataset, where: str, group: ParticlesInput) -> None:
    """Refuse columns that do not have the layout of a group, before any value is read.

    Args:
        dataset: the columns.
        where: the group, for messages.
        group: defines the columns.

    Raises:
        DataError: a column is missing, of another layout or of another length in a row; or two words have the same
            number.
    """
    parts = parts_of_particles(group)
    vector = _vector_column(parts.four_vectors)
    columns = [column for column in columns_of(group) if column != vector]
    if vector is not None:
        check_columns(dataset, vector)
    check_lists(dataset, where, columns, parts.category_columns, vector)
    for column in parts.category_columns:
        values = entries(dataset, column)
        if is_text(values):
            check_words(values, where, column)


def particle_words(dataset: Dataset, group: ParticlesInput) -> dict[str, dict[str, int]]:
    """Return the words of a group's categories and their numbers.

    Args:
        dataset: the columns.
        group: defines the columns.

    Returns:
        Numbers by word, by column that holds words.
    """
    words_of_columns = {
        column: words_in(entries(dataset, column)) for column in parts_of_particles(group).category_columns
    }
    return {column: words for column, words in words_of_columns.items() if words}


def particle_rows(dataset: Dataset, name: str, group: ParticlesInput, fine: Sequence[str] = ()) -> dict[str, Ragged]:
    """Read a group of particles, in the units of the file, and check every particle.

    Args:
        dataset: the columns, which `check_particles` accepts.
        name: of the group, for messages.
        group: defines the columns, which entries are particles, their order and number.
        fine: columns of numbers that float32 is too coarse for.

    Returns:
        By input of the network: for the group the components of four-vectors (else 1) and the numbers, float32; with
        categories these, int32; with fine columns their remainders, float32. Shape (rows, at_most, k) each; zeros
        where there is no particle.

    Raises:
        DataError: a particle breaks a rule of its basis, a number is not finite and not declared as missing, a
            category is not a whole number, or the mask is neither 0 nor 1.
    """
    block = _Block(dataset, name, group)
    chosen, ends = block.chosen()
    parts = parts_of_particles(group)
    first = np.ones((len(chosen), 1), np.float32) if block.vectors is None else block.vectors[chosen]
    numbers = [
        block.numbers(column, section, chosen) for section in parts.numbers.values() for column in section.columns
    ]
    values = np.concatenate(
        [first, *(np.asarray(column_numbers, np.float32)[:, None] for column_numbers in numbers)], axis=1
    )
    arrays = {name: Ragged(values, ends, group.at_most)}
    if parts.category_columns:
        categories = [block.categories(column, chosen) for column in parts.category_columns]
        arrays[categories_of(name)] = Ragged(np.stack(categories, axis=1), ends, group.at_most)
    if fine:
        indices = [parts.number_columns.index(column) for column in fine]
        rests = [rest_of_values(numbers[index]) for index in indices]
        arrays[rest_of(name)] = Ragged(np.stack(rests, axis=1), ends, group.at_most)
    return arrays


def particle_entries(dataset: Dataset, name: str, group: ParticlesInput) -> tuple[dict[str, pa.ChunkedArray], Whole]:
    """Return the particles of rows as columns with a line for each.

    Args:
        dataset: the columns, which `check_particles` accepts.
        name: of the group, for messages.
        group: defines the columns, which entries are particles, and how many of them.

    Returns:
        By column, shape (particles,), in the type and unit of the file: the components of four-vectors (of one column
        as ``p4.E``, ``p4.px`` and so on), numbers and categories; and the row of each particle, shape (particles,).

    Raises:
        DataError: a particle breaks a rule of its basis, or the mask is neither 0 nor 1.
    """
    block = _Block(dataset, name, group)
    chosen, _ = block.chosen()
    parts = parts_of_particles(group)
    columns: dict[str, pa.ChunkedArray] = {}
    vector = _vector_column(parts.four_vectors)
    if parts.four_vectors is not None and vector is not None:
        values = dataset.column(vector).reshape(-1, 4)[chosen]
        for index, component in enumerate(parts.four_vectors.basis.split(",")):
            columns[f"{vector}.{component}"] = pa.chunked_array([np.ascontiguousarray(values[:, index])])
    components = [] if parts.four_vectors is None or vector is not None else parts.four_vectors.component_columns
    for column in [*components, *parts.number_columns, *parts.category_columns]:
        columns[column] = entries(dataset, column).take(pa.array(chosen))
    return columns, block.row[chosen]


def particle_numbers(dataset: Dataset, name: str, group: ParticlesInput) -> dict[str, npt.NDArray[np.generic]]:
    """Return the numbers of the particles of some rows, in the type and unit of the file.

    Args:
        dataset: the columns, which `check_particles` accepts.
        name: of the group, for messages.
        group: defines the columns, and which entries are particles.

    Returns:
        By column, shape (particles,), particles of all rows one after another.

    Raises:
        DataError: a particle breaks a rule of its basis, or the mask is neither 0 nor 1.
    """
    chosen, _ = _Block(dataset, name, group).chosen()
    return {column: to_numpy(entries(dataset, column))[chosen] for column in parts_of_particles(group).number_columns}


def cut_particles(dataset: Dataset, name: str, group: FourVectorsInput | ParticlesInput) -> CutParticles | None:
    """Count the particles of some rows that are left out, because only the first `at_most` are taken.

    Args:
        dataset: the columns, which `check_particles` accepts.
        name: of the group, for messages.
        group: defines the columns, which entries are particles, their order and number.

    Returns:
        The shares; None if nothing is left out.

    Raises:
        DataError: a particle breaks a rule of its basis, or the mask is neither 0 nor 1.
    """
    keeps_places = isinstance(group, FourVectorsInput)  # those without a particle too
    if isinstance(group, FourVectorsInput):
        momenta = FourVectors(**{key: getattr(group, key) for key in FourVectors.model_fields})
        group = ParticlesInput(kind="particles", four_vectors=momenta, at_most=group.at_most)
    starts = np.unique(np.linspace(0, max(0, dataset.rows - _BLOCK_ROWS), _BLOCKS).astype(np.int64))
    blocks = [_Block(dataset.slice(start, start + _BLOCK_ROWS), name, group) for start in starts.tolist()]
    counted = [_cut(block, group, keeps_places=keeps_places) for block in blocks]
    rows, cut, particles, cut_rows = np.sum([numbers for numbers, _ in counted], axis=0)
    if not cut:
        return None
    harder = np.concatenate([flags for _, flags in counted])
    return CutParticles(cut_rows / rows, cut / particles, float(harder.mean()) if len(harder) else float("nan"))


def _cut(block: _Block, group: ParticlesInput, *, keeps_places: bool) -> tuple[tuple[int, int, int, int], Flags]:
    """Return rows, particles left out, particles, and rows with some left out; and which of the former are harder."""
    particles, rank = block.ordered()
    row = block.row[particles]
    kept = (particles - block.ends[row] if keeps_places else rank) < group.at_most
    numbers = (block.dataset.rows, int((~kept).sum()), len(kept), len(np.unique(row[~kept])))
    if block.vectors is None or group.four_vectors is None:
        return numbers, np.zeros(0, np.bool_)
    pt = _transverse_momenta(block.vectors[particles], group.four_vectors)
    softest = np.full(block.dataset.rows, np.inf)
    np.minimum.at(softest, row[kept], pt[kept])
    return numbers, pt[~kept] > softest[row[~kept]]


class _Block:
    """A few rows of a group of particles, opened into entries.

    Args:
        dataset: the columns of these rows.
        name: of the group, for messages.
        group: defines the columns.
    """

    def __init__(self, dataset: Dataset, name: str, group: ParticlesInput) -> None:
        self.dataset, self.name, self.group = dataset, name, group
        self.counts = entry_counts(dataset, columns_of(group)[0])
        self.ends = np.append(0, np.cumsum(self.counts))
        self.row = np.repeat(np.arange(dataset.rows), self.counts)
        self.vectors = None if group.four_vectors is None else _four_vectors(dataset, group.four_vectors)

    def chosen(self) -> tuple[Whole, Whole]:
        """Return the entries that are particles, in their order and cut, and where those of each row end."""
        particles, rank = self.ordered()
        number = np.bincount(self.row[particles], minlength=self.dataset.rows)
        return particles[rank < self.group.at_most], np.append(0, np.cumsum(np.minimum(number, self.group.at_most)))

    def ordered(self) -> tuple[Whole, Whole]:
        """Return the entries that are particles, in their order, and the place of each in its row."""
        particles = np.flatnonzero(self._exists())
        if self.group.sort_by is not None and self.group.sort_column is not None:
            key = self._sort_values(self.group.sort_column)[particles]
            key = key if self.group.sort_by.startswith("-") else -key
            particles = particles[np.lexsort((key, self.row[particles]))]  # stable; missing values come last
        row = self.row[particles]
        number = np.bincount(row, minlength=self.dataset.rows)
        return particles, np.arange(len(particles)) - (np.cumsum(number) - number)[row]

    def _sort_values(self, column: str) -> npt.NDArray[np.float64]:
        """Return the column to sort by, NaN where the numbers of the group say that a value is missing."""
        values = _as_float(self.dataset, column)
        for section in self.group.numbers.values():
            if column in section.columns:
                values = without_markers(values, section.missing)
        return values

    def numbers(self, column: str, section: Numbers, chosen: Whole) -> npt.NDArray[np.generic]:
        """Return a column of numbers of the chosen entries, in the type of the file, and refuse those not finite."""
        raw = to_numpy(entries(self.dataset, column))[chosen]
        with np.errstate(over="ignore"):
            values = np.asarray(raw, np.float32)
        invalid = ~np.isfinite(values) if section.missing is False else np.isinf(values)
        if invalid.any() and markers_of(section.missing):  # a marker may be infinite in float32
            invalid &= ~np.isin(raw, markers_of(section.missing))
        if invalid.any():
            entry = int(np.flatnonzero(invalid)[0])
            hint = "Derive a column without it (data.derived), or exclude the row with data.selection."
            if np.isnan(raw[entry]):
                hint = "If it marks a missing value, set missing: true in this section."
            msg = (
                f"inputs.{self.name}: column {column}, {self._locate(int(chosen[entry]))}: {raw[entry]} is not a "
                f"finite number in float32. {hint}"
            )
            raise DataError(msg)
        return raw

    def categories(self, column: str, chosen: Whole) -> npt.NDArray[np.int32]:
        """Return a column of categories of the chosen entries."""
        values = entries(self.dataset, column).take(chosen)
        return category_numbers(values, f"inputs.{self.name}", column, lambda entry: self._locate(int(chosen[entry])))

    def _exists(self) -> Flags:
        """Return which entries are particles, and refuse four-vectors that cannot be."""
        exists = np.ones(len(self.row), np.bool_)
        if self.group.mask is not None:
            exists = self._masked(self.group.mask)
        if self.vectors is not None and self.group.four_vectors is not None:
            vectors = self.vectors if exists.all() else np.where(exists[:, None], self.vectors, np.float32(0))
            check_entries(vectors, self.ends, self.name, self.group.four_vectors, self.dataset.locate)
            return exists & particles_there(vectors, self.group.four_vectors)
        if self.group.mask is None and self.group.numbers and of_fixed_size(self.dataset, columns_of(self.group)[0]):
            return self._with_a_number()
        return exists

    def _masked(self, column: str) -> Flags:
        mask = _as_float(self.dataset, column)
        strange = (mask != 0) & (mask != 1)
        if strange.any():
            entry = int(strange.argmax())
            msg = (
                f"inputs.{self.name}.mask: column {column}, {self._locate(entry)}: {mask[entry]:g} is neither 0 nor 1. "
                f"Derive a mask, for example {derived_text(column, 'mask', '> 0', self.dataset.schema)}."
            )
            raise DataError(msg)
        return np.asarray(mask == 1)

    def _with_a_number(self) -> Flags:
        """Return which entries have a number that is not missing.

        Whole numbers, which cannot be NaN, tell only where there are no others: numbers of hits are padded with 0.
        """
        columns = [(column, section) for section in self.group.numbers.values() for column in section.columns]
        floating = [one for one in columns if pa.types.is_floating(entries(self.dataset, one[0]).type)]
        exists = np.zeros(len(self.row), np.bool_)
        for column, section in floating or columns:
            values = _as_float(self.dataset, column)
            exists |= ~np.isnan(without_markers(values, section.missing))
        return exists

    def _locate(self, entry: int) -> str:
        row = int(self.row[entry])
        return f"{self.dataset.locate(row)}, particle {entry - int(self.ends[row])}"


def _as_float(dataset: Dataset, column: str) -> npt.NDArray[np.float64]:
    return np.asarray(to_numpy(entries(dataset, column)), np.float64)


def _vector_column(group: FourVectors | None) -> str | None:
    """Return the column of shape (P, 4) of a group; None if components have columns of their own, or do not exist."""
    return group.columns if group is not None and isinstance(group.columns, str) else None


def _transverse_momenta(vectors: Floats, group: FourVectors) -> Floats:
    """Return pT of particles, shape (particles,), in the unit of the file."""
    components = group.basis.split(",")
    if "pt" in components:
        return vectors[:, components.index("pt")]
    return np.hypot(vectors[:, components.index("px")], vectors[:, components.index("py")])


def _four_vectors(dataset: Dataset, group: FourVectors) -> Floats:
    """Return the components of all entries, shape (entries, 4), in the basis and unit of the file."""
    column = _vector_column(group)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
        if column is not None:
            return np.ascontiguousarray(dataset.column(column).reshape(-1, 4), np.float32)
        return np.stack([np.asarray(to_numpy(entries(dataset, c)), np.float32) for c in group.columns], axis=1)
