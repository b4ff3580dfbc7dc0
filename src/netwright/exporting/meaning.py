"""What a user of an exported graph has to know of its inputs, as metadata."""

from __future__ import annotations

from typing import Any

from netwright.config import FourVectorsInput, InputGroup, ParticlesInput, columns_of, parts_of_particles
from netwright.data import categories_of

__all__ = ["EXISTS", "input_meanings"]

EXISTS = "exists"
"""Stands for a column that is 1 where there is a particle: the first one of particles without four-vectors."""


def input_meanings(name: str, group: InputGroup) -> dict[str, dict[str, Any]]:
    """Return what the last axis of each input of a group means, and how particles are filled in.

    Args:
        name: of the group.
        group: of inputs.

    Returns:
        By input, ``columns`` in order; of particles also ``components`` (the basis, where there are four-vectors),
        ``pad_value`` (what stands behind the last particle), ``at_most`` (particles after these are left out),
        ``sort_by`` (the column whose largest values come first, with a minus the smallest; None for the order of the
        file), ``missing`` and ``units`` by column.
    """
    if isinstance(group, FourVectorsInput):
        return {name: {"columns": columns_of(group) if group.properties else group.columns} | _filling(group)}
    if not isinstance(group, ParticlesInput):
        return {name: {"columns": group.columns}}
    parts = parts_of_particles(group)
    vectors = parts.four_vectors
    columns = [EXISTS] if vectors is None else vectors.component_columns
    numbers = {column: section for section in parts.numbers.values() for column in section.columns}
    meanings: dict[str, Any] = {"columns": [*columns, *numbers]} | _filling(group)
    meanings["units"] = {column: section.unit for column, section in numbers.items() if section.unit}
    meanings["missing"] = {column: section.missing for column, section in numbers.items() if section.missing}
    meanings_of_inputs = {name: meanings}
    if parts.categories:
        meanings_of_inputs[categories_of(name)] = {"columns": parts.category_columns} | _filling(group)
    return meanings_of_inputs


def _filling(group: FourVectorsInput | ParticlesInput) -> dict[str, Any]:
    vectors = parts_of_particles(group).four_vectors
    return {
        "components": None if vectors is None else vectors.basis,
        "momentum_unit": None if vectors is None else vectors.unit,
        "pad_value": 0,
        "at_most": group.at_most,
        "sort_by": group.sort_by if isinstance(group, ParticlesInput) else None,
    }
