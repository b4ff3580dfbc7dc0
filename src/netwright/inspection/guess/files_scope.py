"""What is known of the columns of files without an experiment, from their layout and names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from netwright.config import EVENT_WEIGHT, SAMPLE, InputGroup, ParticlesInput, columns_of
from netwright.data import Dataset, quoted
from netwright.inspection.column_summary import ColumnSummary, summarise_column, summarise_columns
from netwright.inspection.guess.arrays_of_particles import take_arrays_of_particles
from netwright.inspection.guess.candidates import Candidates
from netwright.inspection.guess.column_names import IDENTITY_NAME, WEIGHT_NAME, why_not_measured
from netwright.inspection.guess.four_vectors import IN_DEGREES
from netwright.inspection.guess.layouts import PLAIN, Layout, layout_of
from netwright.inspection.guess.measured_weights import measured_weights
from netwright.inspection.guess.particles import particle_groups, single_values
from netwright.inspection.guess.plain_four_vectors import four_vector_groups
from netwright.inspection.guess.roles import choose_weight
from netwright.inspection.scope import Role, Scope, Vectors, refuse_absent, units_of
from netwright.readers import is_numeric, row_shape

__all__ = ["ParticlesOfFiles", "particles_of_files", "scope_of_files", "weight_of_files"]


@dataclass(frozen=True)
class ParticlesOfFiles:
    """The collections of particles in files, each of which is inspected particle by particle.

    Attributes:
        groups: by name of the collection.
        sources: columns of which collections are made, or could be, and why they are not inspected themselves.
    """

    groups: Mapping[str, InputGroup] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


def particles_of_files(dataset: Dataset, answers: Collection[str] = ()) -> tuple[Dataset, ParticlesOfFiles]:
    """Find the collections of particles in files, by the rules by which an experiment is guessed.

    Args:
        dataset: the columns.
        answers: columns of the target, which are no particles.

    Returns:
        The columns, with a number for each list that has one in every row, and with lists of the particles in arrays;
        and the particles.
    """
    layout = layout_of(dataset.names)
    dataset = dataset.derive({name: f"{quoted(alone)}[1]" for name, alone in single_values(dataset, layout).items()})
    candidates = Candidates(
        {column.name: column for column in summarise_columns(dataset) if column.name not in answers}
    )
    dataset, arrays = take_arrays_of_particles(dataset, candidates.columns, layout)
    sources = {
        name: f"its particles are inspected, as {stem}_..." for stem, used in arrays.used.items() for name in used
    }
    sources |= {stem: "it repeats other columns" for stem in arrays.used if stem in arrays.derived}
    groups = particle_groups(dataset, candidates, layout)
    why_left_out = candidates.reasons.items()
    sources |= {name: reason for name, reason in why_left_out if name in arrays.derived or reason == IN_DEGREES}
    sections = {name: ParticlesInput.model_validate(_particles_section(group)) for name, group in groups.items()}
    return dataset.derive(candidates.derived), ParticlesOfFiles(sections, sources)


def _particles_section(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group of particles, of which four-vectors alone are one without further properties."""
    if group["kind"] == "particles":
        return dict(group)
    of_group = {key: group[key] for key in ("at_most", "mask") if key in group}
    of_vectors = {key: value for key, value in group.items() if key not in {"kind", *of_group}}
    return {"kind": "particles", "four_vectors": of_vectors, **of_group}


def weight_of_files(dataset: Dataset) -> str | None:
    """Return the column of the event weight, by the layout or its name.

    Args:
        dataset: the columns.

    Returns:
        The first that can be a weight; None if there is none.
    """
    layout = layout_of(dataset.names)
    single = [name for name in dataset.names if name != EVENT_WEIGHT and not _is_list(dataset, name)]
    named = [name for name in single if re.fullmatch(layout.weight, name)]
    measured = measured_weights(dataset, single, layout)
    named = named or [name for name in single if WEIGHT_NAME.match(name) and name not in measured]
    return choose_weight([summarise_column(dataset, name) for name in named])[0]


def scope_of_files(
    dataset: Dataset,
    *,
    target: str | None = None,
    weight: str | None = None,
    particles: ParticlesOfFiles | None = None,
) -> Scope:
    """Guess the roles of columns from their names and types, where there is no experiment.

    Columns of shape (P, 4), and those named like E, px, py, pz of one object each, are taken for four-vectors padded
    with zeros; columns named like an event number for identity. What a known layout says is no input has no role.

    Args:
        dataset: the columns.
        target: the column of the class or number to be learnt; None where there is none.
        weight: the column of the event weight; None where every row weighs 1.
        particles: collections of particles, which are inspected particle by particle.

    Returns:
        All columns.

    Raises:
        DataError: there is no column `target` or `weight`.
    """
    for option, column in (("--target", target), ("--weight", weight)):
        if column is not None:
            refuse_absent(option, [column], dataset)
    layout = layout_of(dataset.names)
    particles = particles or ParticlesOfFiles()
    groups = [group for group in particles.groups.values() if isinstance(group, ParticlesInput)]
    of_particles = tuple(name for group in groups for name in columns_of(group))
    named = {target, weight, *of_particles}
    vectors = [group.four_vectors for group in groups if group.four_vectors]
    units = {name: unit for section in vectors for name, unit in units_of(section, [], dataset.names).items()}
    unused = dict(particles.sources)
    if layout is not PLAIN:
        reasons = {name: _why_unused(dataset, layout, name) for name in dataset.names}
        unused |= {name: reason for name, reason in reasons.items() if reason}
    roles = {name: _role(dataset, layout, name) for name in dataset.names if name not in unused or name in named}
    roles |= dict.fromkeys((*measured_weights(dataset, roles, layout), *of_particles), "input")
    roles |= {target: "target"} if target else {}
    roles |= {weight: "weight"} if weight else {}
    shapes = {name: _shape(dataset, name) for name in roles if name not in of_particles}
    return Scope(
        roles,
        tuple(_vectors({name: summary for name, summary in shapes.items() if summary is not None})),
        units,
        heads={target: target} if target else {},
        of_particles=of_particles,
        unused={name: reason for name, reason in unused.items() if name not in roles},
    )


def _role(dataset: Dataset, layout: Layout, name: str) -> Role:
    identifies = re.fullmatch(layout.identity, name) or IDENTITY_NAME.match(name)
    if identifies and not row_shape(dataset.arrow(name).type) and not _is_list(dataset, name):
        return "identity"
    excluded = why_not_measured(name) or layout.why_left_out(name) or name in (SAMPLE, EVENT_WEIGHT)
    return "other" if excluded else "input"


def _why_unused(dataset: Dataset, layout: Layout, name: str) -> str | None:
    """Return why a column of a known layout is not inspected."""
    if (reason := why_not_measured(name) or layout.why_left_out(name)) is not None:
        return reason
    return "it holds lists that are not of particles" if _is_list(dataset, name) else None


def _is_list(dataset: Dataset, name: str) -> bool:
    kind = dataset.arrow(name).type
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _shape(dataset: Dataset, name: str) -> ColumnSummary | None:
    """Return a column of numbers or of lists of them, as far as it is known without its values."""
    kind = dataset.arrow(name).type
    is_list = pa.types.is_list(kind) and not row_shape(kind.value_type)
    if not is_numeric(kind) and not is_list:
        return None
    return ColumnSummary(name, str(kind), (None,) if is_list else row_shape(kind))


def _vectors(columns: dict[str, ColumnSummary]) -> Iterator[Vectors]:
    for group in four_vector_groups(columns).values():
        names = (group["columns"],) if isinstance(group["columns"], str) else tuple(group["columns"])
        yield Vectors(names, ("E", "px", "py", "pz"), group["at_most"])
