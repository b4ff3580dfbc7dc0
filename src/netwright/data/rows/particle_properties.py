"""Properties of particles besides their four-vectors, such as a b-tag or a charge, in the layout of four-vectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import FourVectorsInput, InputGroup, NumericInput, columns_of, is_numbered, of_number
from netwright.data.column_kinds import check_lists, check_numbers
from netwright.data.dataset import Dataset
from netwright.data.rows.four_vector_rules import particles_there
from netwright.data.rows.particle_lists import check_same_counts, numbers_of
from netwright.errors import DataError
from netwright.readers import row_shape, to_numpy

__all__ = ["attached", "check_properties", "of_particles", "particle_properties"]

Floats = npt.NDArray[np.float32]

_ROWS_AT_ONCE = 65_536


def particle_properties(dataset: Dataset, name: str, group: FourVectorsInput, p4: Floats) -> Floats:
    """Read the properties of particles and check every one.

    Args:
        dataset: the columns.
        name: of the group, for messages.
        group: defines the columns and the markers of missing values.
        p4: the four-vectors of the same rows, shape (rows, P, 4), from `four_vector_array`.

    Returns:
        Shape (rows, P, properties), in the units of the file; 0 where there is no particle, missing values unchanged.

    Raises:
        DataError: a property of a particle is not finite and not declared as missing.
    """
    exists = particles_there(p4, group)
    values = np.zeros((*exists.shape, len(group.properties)), np.float32)
    for index, column in enumerate(group.properties):
        with np.errstate(over="ignore"):
            numbers = (
                _numbered(dataset, column, exists.shape[1]) if is_numbered(column) else _listed(dataset, column, exists)
            )
        invalid = exists & (~np.isfinite(numbers) if group.properties_missing is False else np.isinf(numbers))
        if invalid.any():
            row, particle = (int(i) for i in np.argwhere(invalid)[0])
            hint = "Correct the file, or exclude the row with data.selection."
            if np.isnan(numbers[row, particle]):
                hint = "If it marks a missing value, set properties_missing: true in this group."
            msg = (
                f"inputs.{name}: column {column} (particle {particle}), {dataset.locate(row)}: "
                f"{numbers[row, particle]} is not a finite number in float32. {hint}"
            )
            raise DataError(msg)
        values[..., index] = np.where(exists, numbers, np.float32(0))
    return values


def check_properties(dataset: Dataset, where: str, group: FourVectorsInput) -> None:
    """Refuse columns that do not have the layout of the four-vectors.

    Args:
        dataset: the columns.
        where: the group, for messages.
        group: defines the columns.

    Raises:
        DataError: a column is missing, has no number per particle, or another number of them than there are particles.
    """
    for column in group.properties:
        if is_numbered(column):
            for number in numbers_of(dataset, column):
                check_numbers(dataset, of_number(column, number))
            continue
        check_lists(dataset, column)
        rule = " numbers; a property needs one for each particle. Leave the column out, or correct the file."
        check_same_counts(dataset, [columns_of(group)[0], column], rule, where=where)


def of_particles(dataset: Dataset, group: InputGroup, column: str) -> bool:
    """Return whether a column of lists has a number for each particle of a group.

    Args:
        dataset: the columns.
        group: of inputs.
        column: of lists.

    Returns:
        True if it could be a property of the group's particles; False also if the group has none, or has them in
        numbered columns.
    """
    if not isinstance(group, FourVectorsInput) or columns_of(group)[0] not in dataset.names:
        return False
    try:
        check_properties(dataset, "", group.model_copy(update={"properties": [column]}))
    except DataError:
        return False
    return True


def attached(dataset: Dataset, groups: Mapping[str, InputGroup]) -> dict[str, InputGroup]:
    """Return inputs in which numeric groups with a number per particle become properties of the particles.

    A numeric group becomes properties of a group of four-vectors if each of its columns is a list with a number for
    each particle of this group and of no other, and if its only setting is what is missing.

    Args:
        dataset: the columns.
        groups: inputs by name.

    Returns:
        The remaining groups, by name; unchanged if there is nothing to do.
    """
    attached_groups = dict(groups)
    for name, group in groups.items():
        if not isinstance(group, NumericInput) or group.model_fields_set - {"kind", "columns", "unit", "missing"}:
            continue
        lists = [c for c in group.columns if c in dataset.names and pa.types.is_list(dataset.type_of(c))]
        if len(lists) < len(group.columns):
            continue
        owners = [
            owner_name
            for owner_name in attached_groups
            if all(of_particles(dataset, attached_groups[owner_name], column) for column in lists)
        ]
        owner = attached_groups[owners[0]] if len(owners) == 1 else None
        if not isinstance(owner, FourVectorsInput) or set(owner.properties) & set(lists):
            continue
        if owner.properties and owner.properties_missing != group.missing:
            continue
        more = {"properties": [*owner.properties, *lists], "properties_missing": group.missing}
        attached_groups[owners[0]] = owner.model_copy(update=more)
        del attached_groups[name]
    return attached_groups


def _listed(dataset: Dataset, column: str, exists: npt.NDArray[np.bool_]) -> Floats:
    arrays = dataset.arrow(column)
    if not row_shape(arrays.type):
        return np.asarray(dataset.padded(column, exists.shape[1]), dtype=np.float32)
    values = np.zeros(exists.shape, np.float32)
    numbers = to_numpy(arrays)[:, : exists.shape[1]]
    values[:, : numbers.shape[1]] = numbers
    return values


def _numbered(dataset: Dataset, pattern: str, at_most: int) -> Floats:
    values = np.zeros((dataset.rows, at_most), np.float32)
    for index, number in enumerate(numbers_of(dataset, pattern)[:at_most]):
        values[:, index] = dataset.column(of_number(pattern, number))
    return values
