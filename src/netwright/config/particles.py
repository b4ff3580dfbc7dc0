"""Particles as inputs: lists of objects with numbers and categories each, with or without a four-vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from netwright.config.columns import Categories, Numbers
from netwright.config.four_vectors import FourVectors, FourVectorsInput
from netwright.config.numbered import is_numbered
from netwright.section import Name, Section, Whole

__all__ = ["ParticleParts", "ParticlesInput", "parts_of_particles"]


class ParticlesInput(Section):
    """Particles with numbers and categories: constituents, jets, leptons, tracks, vertices.

    Columns are lists of any length, arrays of fixed size, or numbered with {i}; in each row, all columns of a group
    have the same length. A particle exists where the mask is set; without a mask, where its four-vector is neither
    zero nor missing; with neither, every list entry exists, and every array entry with a number that is not missing.
    """

    kind: Literal["particles"] = Field(description="Particles; others: four-vectors, numeric, categorical.")
    four_vectors: FourVectors | None = Field(
        None, description="Their four-vectors, if any: columns, basis, unit and features, as in kind four-vectors."
    )
    numbers: dict[Name, Numbers] = Field(
        default_factory=dict, description="Numbers of each particle, under names of your own: keys as in kind numeric."
    )
    categories: dict[Name, Categories] = Field(
        default_factory=dict,
        description="Categories of each particle, under names of your own: keys as in kind categorical.",
    )
    mask: str | None = Field(
        None, description="Column that is 1 or true where a particle exists, for arrays of fixed size."
    )
    at_most: Whole = Field(
        200,
        ge=1,
        le=10_000,
        description="The first so many particles of a row are taken, in the order of the file, or of sort_by.",
    )
    sort_by: str | None = Field(
        None,
        min_length=1,
        description="Column to sort by, largest first; with a leading minus (-d0), smallest first.",
    )

    @property
    def sort_column(self) -> str | None:
        """The column that decides the order of the particles of a row."""
        return None if self.sort_by is None else self.sort_by.removeprefix("-")

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        components = [] if self.four_vectors is None else self.four_vectors.component_columns
        if not (components or self.numbers or self.categories):
            msg = "particles need four_vectors, numbers or categories. Name columns in one of them"
            raise ValueError(msg)
        sections: list[Numbers | Categories] = [*self.numbers.values(), *self.categories.values()]
        all_columns = [*components, *(column for section in sections for column in section.columns)]
        twice = sorted({column for column in all_columns if all_columns.count(column) > 1})
        if twice:
            msg = f"{', '.join(twice)}: a column may appear only once in a group. Leave it out of the others"
            raise ValueError(msg)
        flags = [column for column in (self.mask, self.sort_column) if column is not None]
        if len({is_numbered(column) for column in [*all_columns, *flags]}) > 1:
            msg = "either all columns of the group are numbered, with {i} in their names, or none. Make two groups"
            raise ValueError(msg)
        if self.four_vectors is not None and "pairs" in self.four_vectors.features and self.at_most < 2:
            msg = "four_vectors.features: pairs need at_most to be 2 or more. Raise at_most, or leave pairs out"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class ParticleParts:
    """What a group of particles is made of, whichever kind of input describes it.

    Attributes:
        four_vectors: their components come first in the network's input; None if there are none, and whether a particle
            is there (1 or 0) comes first instead.
        numbers: sections of numbers by the names that their layers have behind that of the group, in the input's order.
        categories: sections of categories, likewise, of the second input.
    """

    four_vectors: FourVectors | None
    numbers: Mapping[str, Numbers]
    categories: Mapping[str, Categories]

    @property
    def first(self) -> int:
        """How many numbers of a particle come before those of the sections."""
        return 1 if self.four_vectors is None else 4

    @property
    def number_columns(self) -> list[str]:
        """The columns of all numbers, in the order of the input."""
        return [column for section in self.numbers.values() for column in section.columns]

    @property
    def category_columns(self) -> list[str]:
        """The columns of all categories, in the order of their input."""
        return [column for section in self.categories.values() for column in section.columns]


def parts_of_particles(group: FourVectorsInput | ParticlesInput) -> ParticleParts:
    """Return what a group of particles is made of.

    Args:
        group: of either kind; properties are numbers with the settings of the four-vectors.

    Returns:
        The parts.
    """
    if isinstance(group, ParticlesInput):
        return ParticleParts(
            group.four_vectors,
            {f"numbers-{name}": section for name, section in group.numbers.items()},
            {f"categories-{name}": section for name, section in group.categories.items()},
        )
    if not group.properties:
        return ParticleParts(group, {}, {})
    properties = Numbers(
        columns=group.properties, missing=group.properties_missing, scaling=group.scaling, noise=group.noise
    )
    return ParticleParts(group, {"properties": properties}, {})
