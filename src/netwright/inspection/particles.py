"""Particles as rows of their own, so that inspections count those that exist and never their padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import InputGroup, ParticlesInput, parts_of_particles
from netwright.data import Dataset, content_identity, input_rows, particle_entries
from netwright.inspection.request import InspectionRequest
from netwright.inspection.scope import Role, Scope, Vectors

__all__ = ["particle_hashes", "particle_requests"]

Integers = npt.NDArray[np.int64]

_VALUES = 20_000_000  # of all particles that are inspected: of more rows some, evenly spaced
_ROWS_AT_ONCE = 16_384
_WEIGHT = "weight of the row"


def particle_requests(request: InspectionRequest, groups: Mapping[str, InputGroup]) -> Iterator[InspectionRequest]:
    """Yield the request to inspect the particles of each group, with the classes, weights and parts of their rows.

    Args:
        request: to inspect the rows.
        groups: the inputs of the experiment.

    Yields:
        Requests whose rows are particles; none for a group without any.
    """
    rows = np.arange(request.dataset.rows) if request.kept is None else request.kept
    for name, group in groups.items():
        if isinstance(group, ParticlesInput):
            table, row = _particles(request.dataset, rows, name, group)
            if len(row):
                yield _particle_request(replace(request, name=name), group, table, rows, row)


def particle_hashes(request: InspectionRequest, groups: Mapping[str, InputGroup]) -> npt.NDArray[np.uint64]:
    """Return a hash of the particles of every inspected row, so that rows which differ in them are not copies.

    Args:
        request: to inspect the rows.
        groups: the inputs of the experiment.

    Returns:
        Shape (rows,); zeros where no group has particles.
    """
    hashes = np.zeros(len(request), dtype=np.uint64)
    particle_groups = {name: group for name, group in groups.items() if isinstance(group, ParticlesInput)}
    rows = np.arange(request.dataset.rows) if request.kept is None else request.kept
    for start in range(0, len(rows) if particle_groups else 0, _ROWS_AT_ONCE):
        chunk = slice(start, start + _ROWS_AT_ONCE)
        hashes[chunk] = content_identity(input_rows(request.dataset.take(rows[chunk]), particle_groups))
    return hashes


def _particles(
    dataset: Dataset, rows: Integers, name: str, group: ParticlesInput
) -> tuple[dict[str, pa.ChunkedArray], Integers]:
    """Return the columns of the particles of rows, and the position of the row of each among the inspected ones."""
    columns_of_chunks: dict[str, list[pa.Array]] = {}
    positions: list[Integers] = []
    step = 1
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        chunk = rows[start : start + _ROWS_AT_ONCE]
        columns, row = particle_entries(dataset.take(chunk), name, group)
        if not start:
            step = max(1, -(-len(rows) * len(row) * len(columns) // (len(chunk) * _VALUES)))
        taken = np.flatnonzero((row + start) % step == 0)
        positions.append(row[taken] + start)
        for column, values in columns.items():
            columns_of_chunks.setdefault(column, []).extend(values.take(pa.array(taken)).chunks)
    joined = {column: pa.chunked_array(chunks) for column, chunks in columns_of_chunks.items() if chunks}
    return joined, np.concatenate(positions) if positions else np.zeros(0, np.int64)


def _particle_request(
    request: InspectionRequest,
    group: ParticlesInput,
    columns: dict[str, pa.ChunkedArray],
    rows: Integers,
    row: Integers,
) -> InspectionRequest:
    dataset, sections = request.dataset, parts_of_particles(group)
    origin = rows[row] if dataset.origin is None else dataset.origin[rows[row]]
    roles: dict[str, Role] = dict.fromkeys(columns, "input")
    if request.weight is not None:
        weights = np.asarray(dataset.column(request.weight), np.float64)
        columns, roles = columns | {_WEIGHT: pa.chunked_array([weights[rows[row]]])}, roles | {_WEIGHT: "weight"}
    vectors = () if sections.four_vectors is None else (_vectors(sections.four_vectors.basis, columns),)
    scope = Scope(
        roles,
        vectors,
        {column: unit for column, unit in request.scope.units.items() if column in columns},
        {column: markers for column, markers in request.scope.missing.items() if column in columns},
        {},
        tuple(column for column in request.scope.transformed if column in columns),
        tuple(sections.category_columns),
        experiment=True,
    )
    return InspectionRequest(
        request.name,
        Dataset(pa.table(columns), dataset.sources, origin),
        scope,
        classes=[replace(classes, labels=classes.labels[row], unknown=0) for classes in request.classes],
        parts={part: np.flatnonzero(np.isin(row, numbers)) for part, numbers in request.parts.items()},
        missing_at={column: value for column, value in request.missing_at.items() if column in columns},
        refused=request.refused,
        events=row,
    )


def _vectors(basis: str, columns: Mapping[str, pa.ChunkedArray]) -> Vectors:
    """Return the four-vectors of particles, whose components are the first columns."""
    return Vectors(tuple(list(columns)[:4]), tuple(basis.split(",")), 1)
