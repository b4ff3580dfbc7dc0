"""What is known of the columns before they are read: from an experiment, or from their names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from netwright.config import (
    BY_QUANTILES,
    Categories,
    Experiment,
    FourVectors,
    FourVectorsInput,
    InputGroup,
    Numbers,
    ParticlesInput,
    columns_of,
    is_numbered,
    numbers_in,
    of_number,
    parts_of_particles,
)
from netwright.data import Dataset, owner_of
from netwright.errors import DataError, did_you_mean

__all__ = ["Role", "Scope", "Vectors", "numbered", "refuse_absent", "scope_of_experiment", "units_of"]

Role = Literal["input", "target", "weight", "identity", "other"]


@dataclass(frozen=True)
class Vectors:
    """Columns that hold four-vectors; where all four components are zero there is none.

    Attributes:
        columns: one column of shape (P, 4), or the four columns or patterns with ``{i}`` of the components.
        components: the names of the components, in their order.
        at_most: how many of a row are inspected.
        units: of the components, in their order; empty where they are not known.
    """

    columns: tuple[str, ...]
    components: tuple[str, ...]
    at_most: int
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """Which columns are inspected, and in which role.

    Attributes:
        roles: what a column is for, in the order in which columns are shown; others are not inspected.
        vectors: the columns that are four-vectors.
        units: by column; a column that is not in it is dimensionless, or its unit is not known.
        missing: by column that may have missing values, what stands for them besides NaN.
        heads: by target, the column that it is made of; none for classes of flag columns or conditions.
        categories: input columns that are categories to the network, and not numbers as well.
        transformed: input columns whose tails the network never sees: a logarithm, quantiles or categories.
        of_particles: columns of groups of particles, which are inspected particle by particle instead.
        experiment: whether the roles come from an experiment, so that findings on inputs can be FAIL.
        unused: columns of the files that are not inspected, and why.
    """

    roles: Mapping[str, Role]
    vectors: tuple[Vectors, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    transformed: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    of_particles: tuple[str, ...] = ()
    experiment: bool = False
    unused: Mapping[str, str] = field(default_factory=dict)


def scope_of_experiment(experiment: Experiment, dataset: Dataset) -> Scope:
    """Return the roles that an experiment gives its columns.

    Args:
        experiment: names inputs, targets, weight and identity.
        dataset: the columns, with the derived ones.

    Returns:
        The columns that the experiment uses.

    Raises:
        DataError: a column that the experiment names is not there.
    """
    inputs = list(experiment.inputs.values())
    roles = _roles(experiment, dataset)
    sections = [pair for group in inputs for pair in _sections(group, dataset.names)]
    targets = {name: target.column for name, target in experiment.targets.items() if target.column}
    numbers = {name for section, columns in sections if isinstance(section, Numbers) for name in columns}
    used = {owner_of(name, dataset.table.schema) or name for name in roles}
    return Scope(
        roles,
        vectors=tuple(
            Vectors(
                tuple(group.component_columns),
                tuple(group.basis.split(",")),
                group.at_most,
                tuple(group.component_units),
            )
            for group in inputs
            if isinstance(group, FourVectorsInput)
        ),
        units={
            column: unit
            for section, columns in [*sections, *((t, [t.column]) for t in experiment.targets.values() if t.column)]
            for column, unit in units_of(section, columns, dataset.names).items()
        },
        missing=_missing(sections),
        heads=targets,
        transformed=tuple(name for section, columns in sections for name in _transformed_columns(section, columns)),
        categories=tuple(
            name
            for section, columns in sections
            if isinstance(section, Categories)
            for name in columns
            if name not in numbers
        ),
        of_particles=tuple(
            name for group in inputs if isinstance(group, ParticlesInput) for name in _columns_of(group, dataset.names)
        ),
        experiment=True,
        unused={name: "the experiment does not use it" for name in dataset.names if name not in used},
    )


def _roles(experiment: Experiment, dataset: Dataset) -> dict[str, Role]:
    """Return what each column of an experiment is for; a column with two roles has the first of these.

    Raises:
        DataError: a column is not there.
    """
    data, names = experiment.data, dataset.names
    named: list[tuple[str, Role, list[str]]] = []
    for name, group in experiment.inputs.items():
        named.append((f"inputs.{name}", "input", [*_columns_of(group, names), *_properties_of(group, names)]))
    for name, target in experiment.targets.items():
        columns = [target.column] if target.column else _mentioned(target.truth_conditions, names)
        named.append((f"targets.{name}", "target", columns))
    named.append(("data.weight", "weight", [] if data.weight_column is None else [data.weight_column]))
    named.append(("data.identity", "identity", list(data.name_columns)))
    roles: dict[str, Role] = {}
    for where, role, columns in named:
        refuse_absent(where, columns, dataset)
        for column in columns:
            roles.setdefault(column, role)
    return roles


def _missing(sections: Iterable[tuple[object, list[str]]]) -> dict[str, tuple[float, ...]]:
    """Return the columns that may have missing values, and what stands for these besides NaN."""
    markers: dict[str, tuple[float, ...]] = {}
    for section, columns in sections:
        declared = getattr(section, "missing", False)
        if declared is not False:
            markers |= dict.fromkeys(columns, () if declared is True else tuple(float(x) for x in declared))
    return markers


def _columns_of(group: InputGroup, names: Iterable[str]) -> list[str]:
    """Return the columns of a group, with numbered ones written out in their order."""
    if isinstance(group, ParticlesInput):
        return [name for column in columns_of(group) for name in _written_out(column, names, group.at_most)]
    if isinstance(group.columns, str):
        return [group.columns]
    if not isinstance(group, FourVectorsInput) or not any(map(is_numbered, group.columns)):
        return list(group.columns)
    return list(chain.from_iterable(numbered(group.columns, names)[: group.at_most]))


def _sections(
    group: InputGroup, names: Iterable[str]
) -> Iterator[tuple[InputGroup | FourVectors | Numbers | Categories, list[str]]]:
    """Yield the parts of a group that have settings of their own, each with its columns."""
    if not isinstance(group, ParticlesInput):
        yield group, _columns_of(group, names) + _properties_of(group, names)
        return
    parts = parts_of_particles(group)
    if parts.four_vectors is not None:
        columns = parts.four_vectors.component_columns
        yield parts.four_vectors, [name for column in columns for name in _written_out(column, names, group.at_most)]
    sections: list[Numbers | Categories] = [*parts.numbers.values(), *parts.categories.values()]
    for section in sections:
        yield section, [name for column in section.columns for name in _written_out(column, names, group.at_most)]


def units_of(section: object, columns: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return the units of the columns of a section that have one; not of one column with all four components.

    Args:
        section: the part of a group, or the target, that says the unit.
        columns: its columns.
        names: of all columns of the data.

    Returns:
        Units by column.
    """
    if isinstance(section, FourVectors):
        of_components = zip(section.component_columns, section.component_units, strict=False)
        units = {name: unit for column, unit in of_components for name in _written_out(column, names, None)}
        return {} if isinstance(section.columns, str) else {name: unit for name, unit in units.items() if unit}
    unit = getattr(section, "unit", None)
    return dict.fromkeys(columns, unit) if unit else {}


def _written_out(column: str, names: Iterable[str], at_most: int | None) -> list[str]:
    """Return a column, or the first columns that a pattern with ``{i}`` stands for."""
    return [name for (name,) in numbered([column], names)[:at_most]] if is_numbered(column) else [column]


def _properties_of(group: InputGroup, names: Iterable[str]) -> list[str]:
    """Return the columns with properties of particles, numbered ones written out in their order."""
    if not isinstance(group, FourVectorsInput):
        return []
    return [name for column in group.properties for name in _written_out(column, names, group.at_most)]


def _mentioned(expressions: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the columns that occur in expressions."""
    text = " ".join(expressions)
    return [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def _transformed_columns(group: InputGroup | FourVectors | Numbers | Categories, columns: list[str]) -> list[str]:
    """Return the columns of a group whose tails do not reach the network as they are."""
    if isinstance(group, Categories) or getattr(group, "scaling", "") in BY_QUANTILES:
        return columns
    return list(getattr(group, "log", ()))


def numbered(patterns: Iterable[str], names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the columns that patterns with ``{i}`` stand for, number by number.

    Args:
        patterns: one for each component.
        names: of all columns.

    Returns:
        For each number that the first pattern has, the name of each component.

    Example:
        >>> numbered(["E_{i}", "px_{i}"], ["E_10", "px_10", "E_2", "px_2"])
        [('E_2', 'px_2'), ('E_10', 'px_10')]
    """
    patterns = list(patterns)
    numbers = sorted(numbers_in(patterns[0], names).values())
    return [tuple(of_number(pattern, number) for pattern in patterns) for number in numbers]


def refuse_absent(where: str, columns: Iterable[str], dataset: Dataset) -> None:
    """Refuse columns that are not there.

    Args:
        where: the key or option that names them.
        columns: their names.
        dataset: the columns.

    Raises:
        DataError: one is not there.
    """
    for column in columns:
        if not dataset.has(column):
            reason = dataset.left_out.get(column)
            hint = f" It is left out: {reason}." if reason else did_you_mean(column, dataset.names)
            msg = f"{where}: {dataset.named_sources()} has no column {column}.{hint}"
            raise DataError(msg)
