"""What a network needs to know of groups of particles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import (
    BY_QUANTILES,
    FourVectorsInput,
    Numbers,
    ParticleParts,
    ParticlesInput,
    parts_of_particles,
)
from netwright.data.description.four_vectors import cartesian_four_vectors, four_vector_features, four_vector_names
from netwright.data.description.numeric import (
    centre_of,
    described_names,
    first_without_logarithm,
    refuse_logarithm,
    rows_for_centres,
    steep_columns,
)
from netwright.data.moments.moments import NEARLY_CONSTANT, Moments, MomentSums
from netwright.data.precision.fine import fine_numbers, rest_of
from netwright.data.rows.particles import categories_of
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.rows import Rows
from netwright.errors import DataError

__all__ = [
    "centres_of_particles",
    "describe_particles",
    "particle_columns",
    "particles_there",
    "vocabulary_of_particles",
]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.integer]

_NUMBERS_AT_ONCE = 2**20  # of features: 8 MiB, which the processor's cache nearly holds
_ROWS_AT_ONCE = 65_536


def describe_particles(
    name: str,
    group: FourVectorsInput | ParticlesInput,
    rows: Rows,
    among: Whole,
    name_row: Callable[[int], str] = "row {}".format,
) -> dict[str, Moments]:
    """Compute moments of the features of a group, over the particles and pairs that exist.

    Args:
        name: of the group, for messages.
        group: defines the features.
        rows: all rows.
        among: training row numbers, shape (n,).
        name_row: returns the origin of a row, for messages.

    Returns:
        By kind of feature (``raw``, ``constituents``, ``objects``, ``jet``, ``pairs``, or a section of numbers by its
        name in `parts_of_particles`), the moments of each feature, over all particles, rows or pairs; of ``jet``, or
        ``count`` where there are no four-vectors, always, since a network needs a typical number of particles. Of a
        logarithm or a fine column they are those of the logarithm or of the distance from the centre.

    Raises:
        DataError: the weights of the rows of a statistic do not add up to a positive number, or a value whose logarithm
            is needed is not positive.
    """
    parts = parts_of_particles(group)
    sections = [
        _Section(name, key, parts, rows, centres_of_particles(name, group, rows, among)) for key in parts.numbers
    ]
    names = {"count": ("log_n",)} if parts.four_vectors is None else four_vector_names(parts.four_vectors)
    names |= {section.key: described_names(section.numbers) for section in sections}
    sums = {kind: MomentSums(len(of_kind)) for kind, of_kind in names.items()}
    for chunk in _blocks(parts, rows.inputs[name].shape[1], among):
        values = np.asarray(rows.inputs[name][chunk], dtype=np.float64)
        features = _first_features(parts, values)
        if sections:
            exists = particles_there(parts, values)
            features |= {section.key: section.features(chunk, values, exists, name_row) for section in sections}
        for kind, values_of_kind in features.items():
            flat = values_of_kind.reshape(-1, values_of_kind.shape[-1])
            sums[kind].add(flat, np.repeat(rows.weights[chunk], len(flat) // len(chunk)), np.isfinite(flat))
    tolerance = NEARLY_CONSTANT if isinstance(group, FourVectorsInput) else 0.0
    return {
        kind: of_kind.moments(
            f"inputs.{name}",
            names[kind],
            constant=True,
            quantiles=_scaling(parts, kind) in BY_QUANTILES,
            tolerance=tolerance if kind in parts.numbers else NEARLY_CONSTANT,
        )
        for kind, of_kind in sums.items()
    }


def centres_of_particles(
    name: str, group: FourVectorsInput | ParticlesInput, rows: Rows, among: Whole
) -> dict[str, float]:
    """Return a number near the middle of every fine column, which the network subtracts before anything else.

    Args:
        name: of the group.
        group: defines the sections of numbers.
        rows: all rows.
        among: training row numbers, shape (n,); those of `rows_for_centres` are used.

    Returns:
        By fine column, the median of the particles that exist, as `centre_of`, in the column's unit.
    """
    fine, parts = rows.fine.get(name, ()), parts_of_particles(group)
    if not fine:
        return {}
    sampled = rows_for_centres(among, math.prod(rows.inputs[name].shape[1:]))
    values = np.asarray(rows.inputs[name][sampled], dtype=np.float64)
    exists = particles_there(parts, values)
    centres: dict[str, float] = {}
    for key, section in parts.numbers.items():
        if set(section.columns).intersection(fine):
            numbers = particle_numbers(name, key, parts, rows, sampled, values)[exists]
            columns = [column for column in fine if column in section.columns]
            centres |= {column: centre_of(numbers[:, section.columns.index(column)]) for column in columns}
    return centres


def particle_numbers(name: str, key: str, parts: ParticleParts, rows: Rows, chunk: Whole, values: Floats) -> Floats:
    """Return the numbers of a section, with NaN for missing ones; padding is left as it is.

    Args:
        name: of the group.
        key: of the section, as `parts_of_particles` has it.
        parts: of the group.
        rows: all rows.
        chunk: row numbers, shape (n,).
        values: the input of the group in these rows, shape (n, P, k).

    Returns:
        Shape (n, P, columns), in the columns' units.
    """
    section, all_fine = parts.numbers[key], rows.fine.get(name, ())
    fine = [column for column in all_fine if column in section.columns]
    start = parts.first + parts.number_columns.index(section.columns[0])
    inputs: dict[str, npt.NDArray[np.generic]] = {name: values[..., start : start + len(section.columns)]}
    if fine:
        inputs[rest_of(name)] = rows.inputs[rest_of(name)][chunk][..., [all_fine.index(column) for column in fine]]
    return fine_numbers(inputs, name, section.columns, fine, section.missing)


def particle_columns(
    name: str, group: ParticlesInput, rows: Rows, some: Whole
) -> tuple[dict[str, Floats], dict[str, str], Whole]:
    """Return the numbers and categories of all particles that some rows have, without padding.

    Args:
        name: of the group.
        group: defines the columns.
        rows: all rows.
        some: row numbers, shape (n,).

    Returns:
        By column, shape (particles,), NaN where a number is missing; the units of columns that have one; and the
        position of the row of each particle among these rows, shape (particles,).
    """
    parts = parts_of_particles(group)
    values = np.asarray(rows.inputs[name][some], dtype=np.float64)
    exists = particles_there(parts, values)
    columns: dict[str, Floats] = {}
    for key, section in parts.numbers.items():
        numbers = particle_numbers(name, key, parts, rows, some, values)[exists]
        columns |= dict(zip(section.columns, numbers.T, strict=True))
    if parts.categories:
        categories = rows.inputs[categories_of(name)][some][exists].astype(np.float64)
        columns |= dict(zip(parts.category_columns, categories.T, strict=True))
    units = {column: section.unit for section in parts.numbers.values() if section.unit for column in section.columns}
    return columns, units, np.nonzero(exists)[0]


def particles_there(parts: ParticleParts, values: Floats) -> npt.NDArray[np.bool_]:
    """Return where there are particles.

    Args:
        parts: of the group.
        values: the input of the group, shape (rows, P, k).

    Returns:
        Shape (rows, P).
    """
    if parts.four_vectors is None:
        return np.asarray(values[..., 0] > 0)
    return np.asarray(cartesian_four_vectors(values, parts.four_vectors)[..., 0] > 0)


def vocabulary_of_particles(name: str, group: ParticlesInput, rows: Rows, among: Whole) -> tuple[tuple[int, ...], ...]:
    """Return the categories that occur among the particles of some rows.

    Args:
        name: of the group.
        group: defines the columns of categories.
        rows: all rows.
        among: training row numbers, shape (n,).

    Returns:
        The values of each column, increasing.

    Raises:
        DataError: there is no particle in these rows.
    """
    columns = parts_of_particles(group).category_columns
    values_of_columns: list[set[int]] = [set() for _ in columns]
    values = rows.inputs[categories_of(name)] if columns else None
    for start in range(0, len(among) if isinstance(values, Ragged) else 0, _ROWS_AT_ONCE):
        if isinstance(values, Ragged):
            entries, _ = values.entries(among[start : start + _ROWS_AT_ONCE])
            for occurring, column in zip(values_of_columns, entries.T, strict=True):
                occurring.update(np.unique(column).tolist())
    if columns and not values_of_columns[0]:
        msg = f"inputs.{name}: there is no particle in the training rows. Leave the group out, or check its mask."
        raise DataError(msg)
    return tuple(tuple(sorted(occurring)) for occurring in values_of_columns)


@dataclass(frozen=True)
class _Section:
    """A section of numbers of a group."""

    name: str
    key: str
    parts: ParticleParts
    rows: Rows
    centres: dict[str, float]

    @property
    def numbers(self) -> Numbers:
        return self.parts.numbers[self.key]

    def features(
        self, chunk: Whole, values: Floats, exists: npt.NDArray[np.bool_], name_row: Callable[[int], str]
    ) -> Floats:
        """Return the numbers of rows as the network scales them, NaN where there are none."""
        numbers = particle_numbers(self.name, self.key, self.parts, self.rows, chunk, values)
        numbers = np.where(exists[..., None], numbers, np.nan)
        is_log, columns = steep_columns(self.numbers), self.numbers.columns
        without_logarithm = first_without_logarithm(numbers, is_log)
        if without_logarithm is not None:
            row, particle, column = without_logarithm
            row_name = f"{name_row(int(self.rows.numbers[chunk[row]]))} (particle {particle})"
            refuse_logarithm(f"inputs.{self.name}", columns[column], row_name, numbers[without_logarithm])
        numbers[..., is_log] = np.log(numbers[..., is_log])
        return numbers - np.array([self.centres.get(column, 0.0) for column in columns]) if self.centres else numbers


def _first_features(parts: ParticleParts, values: Floats) -> dict[str, Floats]:
    """Return the features of four-vectors, or the logarithm of how many particles there are."""
    if parts.four_vectors is not None:
        return four_vector_features(values[..., :4], parts.four_vectors)
    number = (values[..., 0] > 0).sum(axis=1, keepdims=True).astype(np.float64)
    return {"count": np.log(np.where(number > 0, number, np.nan))}


def _scaling(parts: ParticleParts, kind: str) -> str:
    if kind in parts.numbers:
        return parts.numbers[kind].scaling
    return "" if parts.four_vectors is None else parts.four_vectors.scaling


def _blocks(parts: ParticleParts, particles: int, among: Whole) -> list[Whole]:
    """Cut the rows into blocks whose features fit in memory."""
    vectors = parts.four_vectors
    pairs = min(vectors.pairs_of, particles) ** 2 // 2 if vectors is not None and "pairs" in vectors.features else 0
    at_once = max(1, _NUMBERS_AT_ONCE // (6 * max(particles, pairs)))
    return [among[start : start + at_once] for start in range(0, len(among), at_once)]
