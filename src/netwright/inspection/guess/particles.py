"""Guess the collections of particles in lists: four-vectors and further numbers of each particle, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import FLOAT32_LARGEST, Dataset
from netwright.finding import Finding
from netwright.inspection.column_summary import ColumnSummary, missing_of
from netwright.inspection.guess.arrays import opened_arrays, stored_name
from netwright.inspection.guess.candidates import Candidates
from netwright.inspection.guess.collection import Collection
from netwright.inspection.guess.column_names import why_no_input, why_not_measured
from netwright.inspection.guess.copies import copies_of
from netwright.inspection.guess.four_vectors import (
    IN_DEGREES,
    LARGE,
    four_vector_section,
    momenta_of,
    momenta_padded_with_zeros,
)
from netwright.inspection.guess.grouped_lists import collections_of, mask_of
from netwright.inspection.guess.layouts import CATEGORY, PLAIN, Layout
from netwright.inspection.guess.momenta import padded_behind
from netwright.readers import is_numeric, row_shape

__all__ = ["layout_findings", "particle_groups", "single_values"]

_EXACT: Final = 2**24  # whole numbers up to here are exact in float32
_MAX_PARTICLES: Final = 200  # particles of a row
_KEPT: Final = 0.99  # share of rows whose particles are all seen
_FEW_ROWS: Final = 10  # with particles, which are too few: no training row may be among them


def single_values(dataset: Dataset, layout: Layout) -> dict[str, str]:
    """Return the lists with one number that stands for the row: its only one, such as Delphes' Event.Weight.

    Of lists of event weights it is the first, that of the nominal prediction, as in PHYSLITE; others are variations.

    Args:
        dataset: the columns.
        layout: knows the event weight.

    Returns:
        By the name of a column to derive, the list.
    """
    lists: dict[str, str] = {}
    for name in dataset.names:
        kind = dataset.arrow(name).type
        if not pa.types.is_list(kind) or not (is_numeric(kind.value_type) and not row_shape(kind.value_type)):
            continue
        lengths, is_weight = pc.list_value_length(dataset.arrow(name)), re.fullmatch(layout.weight, name)
        if bool(pc.all((pc.greater_equal if is_weight else pc.equal)(lengths, 1)).as_py()):
            new = re.sub(r"\W+", "_", name).strip("_")
            if new not in dataset.names and new not in lists:
                lists[new] = name
    return lists


def particle_groups(dataset: Dataset, candidates: Candidates, layout: Layout) -> dict[str, dict[str, Any]]:
    """Take collections of particles: lists, and arrays of fixed size with a mask or padded.

    Args:
        dataset: the columns.
        candidates: those that may be inputs, of which particles are taken; columns to derive are added: a mass of 0 for
            massless particles, φ in rad.
        layout: how the collections are named.

    Returns:
        Groups of inputs by name, as an experiment file has them.
    """
    groups: dict[str, dict[str, Any]] = {}
    opened = {one.name: one for column in candidates.columns.values() for one in opened_arrays(dataset, column)}
    for (name, size), members in collections_of(dataset, opened, layout).items():
        mask = None if size is None else mask_of(members)
        padded = size is not None and mask is None and _padded(Collection(dataset, name, members, None, padded=True))
        zeros = momenta_padded_with_zeros(Collection(dataset, name, members, None, padded=True)) if size else ()
        zeros = () if mask is not None or padded else zeros
        if size is not None and mask is None and not padded and not zeros:
            continue  # they are numbers of the row
        usable = {}
        for member, column in members.items():
            stored = stored_name(dataset, column.name)
            candidates.take([stored])
            full = f"{name}.{member}"  # a field of truth_hadrons may be called Lxy alone
            reason = why_no_input(stored) or layout.why_left_out(stored) or why_not_measured(full)
            if reason is None:
                usable[member] = column
            else:
                candidates.leave_out({stored: reason})
        mask_column = None if mask is None else members[mask].name
        usable.pop(mask or "", None)
        collection = Collection(dataset, name, usable, mask_column, padded=padded, momenta=zeros)
        group = _group(collection, layout, candidates)
        if group is not None:
            groups[name if name not in groups else f"{name}_{len(groups) + 1}"] = group
    return groups


def _padded(arrays: Collection) -> bool:
    """Return whether arrays hold particles padded with NaN: several miss equally many values, or all behind a place."""
    missing = [column.missing for column in arrays.members.values() if column.missing]
    if len(missing) < 2 or len(set(missing)) == 1:
        return len(missing) > 1
    exists = arrays.exists
    return exists is not None and padded_behind(exists)


def _group(collection: Collection, layout: Layout, candidates: Candidates) -> dict[str, Any] | None:
    """Return the group of one collection; None where it has nothing that can be an input."""
    momenta_notes: list[Finding] = []
    momenta = momenta_of(collection, momenta_notes)
    stored = momenta.stored if momenta is not None else ()
    others = [column for column in collection.members.values() if column.name not in stored]
    first = stored[0] if stored else next((column.name for column in others), "")
    lengths = collection.lengths(first) if first else np.zeros(1, np.int64)
    reason = _reason_left_out(collection, stored, lengths)
    if reason is not None:
        candidates.leave_out({column.name: reason for column in collection.members.values()})
        return None
    unusable = {
        column.name: why
        for column in others
        if (why := _why_no_property(collection, column, first, lengths)) is not None
    }
    properties = [column for column in others if column.name not in unusable]
    copies = _why_copies(collection, stored, properties)
    properties = [column for column in properties if column.name not in copies]
    candidates.leave_out(unusable | copies)
    if momenta is None and not properties:
        return None
    of_particles = bool(properties) or collection.mask is not None
    group: dict[str, Any] = {"kind": "particles" if of_particles else "four-vectors"}
    at_most = int(np.clip(np.quantile(lengths, _KEPT, method="higher"), 1, _MAX_PARTICLES))
    if momenta is not None:
        vectors_section = four_vector_section(collection, momenta, layout, lengths, at_most)
        group |= {"four_vectors": vectors_section} if of_particles else vectors_section
        candidates.derived |= momenta.derived
        candidates.leave_out({momenta.degrees: IN_DEGREES} if momenta.degrees else {})
    candidates.notes += momenta_notes
    group |= _properties(collection, properties)
    group["at_most"] = at_most
    return group | ({"mask": collection.mask} if collection.mask is not None else {})


def _why_copies(collection: Collection, stored: Sequence[str], columns: Sequence[ColumnSummary]) -> dict[str, str]:
    """Return which columns equal another, or a component of the momenta, for every particle."""
    members = [column for column in collection.members.values() if column.name in stored or column in columns]
    copies = copies_of(members, lambda first, second: collection.values(first).equals(collection.values(second)))
    return {copy: f"it equals {original} for every particle" for copy, original in copies.items() if copy not in stored}


def _reason_left_out(collection: Collection, stored: Sequence[str], lengths: npt.NDArray[np.int64]) -> str | None:
    """Return why a collection with these columns of momenta is no input; None where it may be one."""
    if not lengths.any():
        return "there is no particle"
    if (rows := int(np.count_nonzero(lengths))) < min(_FEW_ROWS, len(lengths) // 4):
        return f"only {rows} of {len(lengths)} rows have a particle"
    endless = next((name for name in stored if _infinite(collection, name)), None)
    return None if endless is None else f"{endless} holds infinite values"


def _properties(collection: Collection, columns: Sequence[ColumnSummary]) -> dict[str, Any]:
    """Return the sections of numbers and categories: whole numbers that name something are categories."""
    named = [column for column in columns if re.fullmatch(CATEGORY, stored_name(collection.dataset, column.name))]
    categories = [column for column in named if column.whole and column.values]
    numbers = [collection.summary(column) for column in columns if column not in categories]
    sections: dict[str, Any] = {}
    if numbers:
        missing = missing_of(numbers)
        section = {"columns": [column.name for column in numbers]} | ({"missing": missing} if missing else {})
        sections["numbers"] = {"features": section}
    if categories:
        sections["categories"] = {"kinds": {"columns": [column.name for column in categories]}}
    return sections


def layout_findings(layout: Layout, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Return as which layout a file was read, and which collections of particles are inputs.

    Args:
        layout: of the file.
        inputs: groups of inputs, as an experiment file has them.

    Yields:
        NOTE for a known layout, and for momenta that are taken as MeV for their size.
    """
    large = [name for name, group in inputs.items() if group.get("four_vectors", group).get("unit") == "MeV"]
    if large and layout.unit != "MeV":
        evidence = f"Momenta of {', '.join(large)} are taken as MeV: their mean is above {LARGE:g}."
        yield Finding("unit of momenta", "NOTE", evidence, remedy="If they are in GeV, write unit: GeV.")
    if layout is not PLAIN:
        groups = [
            f"{name} (up to {group['at_most']}, {_count(group)} further columns)"
            for name, group in inputs.items()
            if "at_most" in group
        ]
        particles = f" Particles: {', '.join(groups)}." if groups else ""
        evidence = f"The columns are named as in {layout.name}.{particles}"
        yield Finding("layout of the file", "NOTE", evidence, see="docs/reading.md")


def _count(group: Mapping[str, Any]) -> int:
    sections = [*group.get("numbers", {}).values(), *group.get("categories", {}).values()]
    return sum(len(section["columns"]) for section in sections)


def _why_no_property(
    collection: Collection, column: ColumnSummary, first: str, lengths: npt.NDArray[np.int64]
) -> str | None:
    """Return why a column is no property of particles; None where it is one."""
    summary = collection.summary(column)
    if summary.minimum is None or summary.maximum is None:
        return "all its values are infinite or missing" if summary.missing else f"it holds {summary.type}"
    if not collection.padded and not np.array_equal(collection.lengths(summary.name), lengths):
        return f"its lists have other lengths than those of {first}"
    if summary.constant:
        return f"it has only one value ({summary.minimum:g})"
    if max(abs(summary.minimum), abs(summary.maximum)) > (_EXACT if summary.whole else FLOAT32_LARGEST):
        return "its numbers are too large for float32"
    if summary.missing and _infinite(collection, summary.name):
        return "it holds infinite values; replace them with data.derived"
    return None


def _infinite(collection: Collection, column: str) -> bool:
    values = collection.values(column)
    return bool(pa.types.is_floating(values.type) and pc.any(pc.is_inf(values)).as_py())
