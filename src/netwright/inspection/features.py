"""Features: the single numbers of a row; a column of shape (200, 4) has 800."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import is_numbered
from netwright.data import Dataset, element_of, without_markers
from netwright.inspection.scope import Role, Scope, Vectors, numbered
from netwright.readers import is_numeric, row_shape, to_numpy

__all__ = ["Feature", "Layout", "layout_of"]

Floats = npt.NDArray[np.float64]

LIST_POSITIONS = 16  # of variable-length lists other than four-vectors: later ones are rare or missing


@dataclass(frozen=True)
class Feature:
    """One number of every row.

    Attributes:
        name: of the column, with the place in it, as in ``constituents[12].px``.
        column: the column.
        role: what the column is for.
        unit: of the number; empty where it is dimensionless or not known.
        markers: values that mean missing, besides NaN.
        declared: whether the experiment says that values may be missing.
        vector: whether it is a component of a four-vector.
        double: whether its type is not float32.
        index: position in the column, the outermost first; () for a plain column.
        of_array: whether it is a number of an array of fixed size, whose numbers may be different quantities.
    """

    name: str
    column: str
    role: Role
    unit: str = ""
    markers: tuple[float, ...] = ()
    declared: bool = False
    vector: bool = False
    double: bool = False
    index: tuple[int, ...] = ()
    of_array: bool = False

    @property
    def unweighted(self) -> bool:
        """Whether it is summed without weights: a weight weighted by itself, or an identity, means nothing."""
        return self.role in {"weight", "identity"}


@dataclass(frozen=True)
class Layout:
    """Where every feature of a data set is.

    Attributes:
        features: all of them, column by column.
        spans: by column, its first feature and how many it has.
        vectors: four-vectors, shape (P, 4) each: the features of the components of each.
        texts: columns of text.
        left_out: columns that cannot be inspected, and why.
    """

    features: tuple[Feature, ...]
    spans: Mapping[str, tuple[int, int]]
    vectors: tuple[npt.NDArray[np.int64], ...]
    texts: tuple[str, ...]
    left_out: Mapping[str, str]

    def read(self, table: pa.Table, local: npt.NDArray[np.int64] | None = None) -> Floats:
        """Return the numbers of rows, with NaN where a value is missing or declared as missing.

        Args:
            table: (n, columns), a few rows.
            local: which of them, shape (m,); None for all.

        Returns:
            Shape (features, m), in the units of the files.
        """
        rows = table.num_rows if local is None else len(local)
        block = np.empty((len(self.features), rows))
        for column, (first, count) in self.spans.items():
            block[first : first + count] = _read(element_of(table, column), count, local)
        for at, feature in enumerate(self.features):
            if feature.markers:
                with np.errstate(over="ignore"):  # of numbers beyond float32, which are no markers
                    block[at] = without_markers(block[at], feature.markers)
        for components in self.vectors:
            self._mark_absent(block, components)
        return block

    @staticmethod
    def _mark_absent(block: Floats, particles: npt.NDArray[np.int64]) -> None:
        """Put NaN for the components of absent four-vectors."""
        for components in particles:
            absent = block[components[0]] == 0
            for component in components[1:]:
                absent &= block[component] == 0
            if absent.any():
                for component in components:
                    block[component][absent] = np.nan


def layout_of(dataset: Dataset, scope: Scope) -> Layout:
    """Open the columns of a data set into features.

    Args:
        dataset: the columns.
        scope: which of them, and as what.

    Returns:
        The features and where they are.
    """
    features: list[Feature] = []
    spans: dict[str, tuple[int, int]] = {}
    texts, left_out = [], {}
    single_columns = {
        vectors.columns[0]: vectors
        for vectors in scope.vectors
        if len(vectors.columns) == 1 and row_shape(dataset.arrow(vectors.columns[0]).type)[1:] == (4,)
    }
    in_units = {column for column, vectors in single_columns.items() if vectors.units}
    in_vectors = set(_vector_columns(scope, dataset))
    at_most = {column: v.at_most for v in scope.vectors if len(v.columns) == 4 for column in v.columns}
    for column, role in scope.roles.items():
        if column in scope.of_particles:
            continue
        kind = dataset.arrow(column).type
        if pa.types.is_string(kind):
            texts.append(column)
            continue
        indices = list(_indices(dataset, column, at_most.get(column, LIST_POSITIONS), single_columns.get(column)))
        if not indices:
            left_out[column] = f"it holds {kind}"
            continue
        spans[column] = (len(features), len(indices))
        features += [
            Feature(
                name=column + label,
                column=column,
                role=role,
                unit=single_columns[column].units[index[1]] if column in in_units else scope.units.get(column, ""),
                markers=scope.missing.get(column, ()),
                declared=column in scope.missing,
                vector=column in in_vectors,
                double=not pa.types.is_float32(_innermost(kind)),
                index=index,
                of_array=column.endswith("]") or (bool(row_shape(kind)) and column not in single_columns),
            )
            for label, index in indices
        ]
    vectors = tuple(_vector_components(vectors, spans, dataset.names) for vectors in scope.vectors)
    return Layout(tuple(features), spans, vectors, tuple(texts), left_out)


def _indices(
    dataset: Dataset, column: str, at_most: int, vectors: Vectors | None
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the features of one column: the suffix of their name, and their index."""
    kind = dataset.arrow(column).type
    if is_numeric(kind) and not pa.types.is_null(kind):
        yield from _fixed_indices(row_shape(kind), vectors)
    elif pa.types.is_list(kind) and is_numeric(kind.value_type) and not row_shape(kind.value_type):
        longest = pc.max(pc.list_value_length(dataset.arrow(column))).as_py() or 0
        yield from ((f"[{i}]", (i,)) for i in range(min(longest, at_most)))


def _fixed_indices(shape: tuple[int, ...], vectors: Vectors | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    if vectors is not None:
        for i, (k, component) in product(range(min(shape[0], vectors.at_most)), enumerate(vectors.components)):
            yield f"[{i}].{component}", (i, k)
    else:
        for index in product(*map(range, shape)):
            yield f"[{','.join(map(str, index))}]" if index else "", index


def _innermost(kind: pa.DataType) -> pa.DataType:
    while pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
        kind = kind.value_type
    return kind


def _vector_columns(scope: Scope, dataset: Dataset) -> Iterator[str]:
    for vectors in scope.vectors:
        if is_numbered(vectors.columns[0]):
            for components in numbered(vectors.columns, dataset.names):
                yield from components
        else:
            yield from vectors.columns


def _vector_components(
    vectors: Vectors, spans: Mapping[str, tuple[int, int]], names: list[str]
) -> npt.NDArray[np.int64]:
    """Return the features of each component of each four-vector, shape (P, 4)."""
    if len(vectors.columns) == 1:
        first, count = spans.get(vectors.columns[0], (0, 0))
        return np.arange(first, first + count - count % 4).reshape(-1, 4)
    if is_numbered(vectors.columns[0]):
        numbered_columns = numbered(vectors.columns, names)[: vectors.at_most]
        complete = [columns for columns in numbered_columns if all(name in spans for name in columns)]
        return np.array([[spans[name][0] for name in columns] for columns in complete], dtype=np.int64).reshape(-1, 4)
    count = min(spans.get(name, (0, 0))[1] for name in vectors.columns)
    starts = [spans.get(name, (0, 0))[0] for name in vectors.columns]
    return np.array([[start + i for start in starts] for i in range(count)], dtype=np.int64).reshape(-1, 4)


def _read(column: pa.ChunkedArray, count: int, local: npt.NDArray[np.int64] | None) -> npt.NDArray[np.generic]:
    """Return the first `count` numbers of each row of a column, shape (count, rows)."""
    if pa.types.is_list(column.type):
        values: npt.NDArray[np.generic] = _padded(column, count)
    elif column.null_count and row_shape(column.type):
        valid = np.asarray(column.is_valid())
        values = np.full((len(column), count), np.nan)
        values[valid] = to_numpy(column.drop_null()).reshape(int(valid.sum()), -1)[:, :count]
    else:
        values = to_numpy(column).reshape(len(column), -1)[:, :count]
    return (values if local is None else values[local]).T


def _padded(column: pa.ChunkedArray, count: int) -> Floats:
    """Return the first values of lists of any length, NaN where a list is shorter."""
    result = np.full((len(column), count), np.nan)
    start = 0
    for chunk in column.chunks:
        lengths = np.asarray(pc.list_value_length(chunk).fill_null(0), dtype=np.int64)
        values = to_numpy(pa.chunked_array([chunk.flatten()], column.type.value_type))
        position = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        row = start + np.repeat(np.arange(len(chunk)), lengths)
        fits = position < count
        result[row[fits], position[fits]] = values[fits]
        start += len(chunk)
    return result
