"""The `inputs` section: named groups of columns that go into the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from netwright.config.columns import CategoricalInput, NumericInput
from netwright.config.four_vectors import FourVectorsInput
from netwright.config.numbered import is_numbered, numbers_in
from netwright.config.particles import ParticlesInput, parts_of_particles

__all__ = ["InputGroup", "category_columns_of", "columns_of", "input_columns"]


InputGroup = Annotated[NumericInput | CategoricalInput | FourVectorsInput | ParticlesInput, Field(discriminator="kind")]


def input_columns(names: Iterable[str], group: InputGroup) -> list[str]:
    """Return the columns that a group is made of; patterns with ``{i}`` are expanded.

    Args:
        names: of the columns that there are.
        group: a group of inputs.

    Returns:
        Column names.

    Example:
        >>> input_columns(["E_0", "E_1", "y"], NumericInput(kind="numeric", columns=["y", "E_{i}"]))
        ['y', 'E_0', 'E_1']
    """
    all_names, columns = list(names), list[str]()
    for column in columns_of(group):
        columns += numbers_in(column, all_names) if is_numbered(column) else [column]
    return columns


def category_columns_of(group: InputGroup) -> list[str]:
    """Return the columns of a group that hold categories.

    Args:
        group: a group of inputs.

    Returns:
        Column names; none of a group without categories.

    Example:
        >>> category_columns_of(CategoricalInput(kind="categorical", columns=["charge"]))
        ['charge']
    """
    if isinstance(group, ParticlesInput):
        return parts_of_particles(group).category_columns
    return list(group.columns) if isinstance(group, CategoricalInput) else []


def columns_of(group: InputGroup) -> list[str]:
    """Return the columns that a group is made of; patterns with ``{i}`` are not expanded.

    Args:
        group: a group of inputs.

    Returns:
        Column names: of particles the components of four-vectors, numbers, categories, and those of the mask and the
        order where they are none of these.

    Example:
        >>> columns_of(FourVectorsInput(kind="four-vectors", columns="p4", properties=["charge"]))
        ['p4', 'charge']
    """
    if isinstance(group, FourVectorsInput):
        return [*group.component_columns, *group.properties]
    if not isinstance(group, ParticlesInput):
        return list(group.columns)
    parts = parts_of_particles(group)
    components = [] if parts.four_vectors is None else parts.four_vectors.component_columns
    flags = [column for column in (group.mask, group.sort_column) if column is not None]
    return list(dict.fromkeys([*components, *parts.number_columns, *parts.category_columns, *flags]))
