"""Guess the collections of particles in lists: four-vectors and further numbers of each particle, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset
from netwright.finding import Finding
from netwright.inspection.column_names import why_no_input
from netwright.inspection.column_summary import ColumnSummary
from netwright.inspection.layouts import PLAIN, VECTORS, Layout
from netwright.readers import is_numeric, row_shape

__all__ = ["layout_findings", "missing_of", "particle_groups", "quoted", "single_values"]

_MARKERS: Final = (-999.0, -9999.0, -99.0, -999.9, -99999.0)  # written where there is no value
_EXACT: Final = 2**24  # whole numbers up to here are exact in float32
_MOST: Final = 200  # particles of a row
_KEPT: Final = 0.99  # share of rows whose particles are all seen


def single_values(dataset: Dataset) -> dict[str, str]:
    """Return the lists with exactly one number in every row, such as Delphes' Event.Weight.

    Args:
        dataset: the columns.

    Returns:
        By the name of a column to derive, the list.
    """
    found: dict[str, str] = {}
    for name in dataset.names:
        kind = dataset.arrow(name).type
        if not pa.types.is_list(kind) or not (is_numeric(kind.value_type) and not row_shape(kind.value_type)):
            continue
        if bool(pc.all(pc.equal(pc.list_value_length(dataset.arrow(name)), 1)).as_py()):
            new = re.sub(r"\W+", "_", name).strip("_")
            if new not in dataset.names and new not in found:
                found[new] = name
    return found


def particle_groups(
    dataset: Dataset,
    columns: dict[str, ColumnSummary],
    layout: Layout,
    reasons: dict[str, str],
    derived: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """Take collections of particles out of the columns.

    Args:
        dataset: the columns.
        columns: by name; lists that are looked at are removed.
        layout: how the collections are named.
        reasons: by column that is left out, why; reasons are added.
        derived: columns to derive; massless particles get a mass of 0 for each.

    Returns:
        Groups of inputs by name, as an experiment file has them.
    """
    collections: dict[str, dict[str, ColumnSummary]] = {}
    for name, column in list(columns.items()):
        match = re.fullmatch(layout.particle, name)
        if column.shape != (None,) or match is None:
            continue
        del columns[name]
        why = why_no_input(name) or layout.why_left_out(name)
        if why is None:
            collections.setdefault(match["name"] or "particles", {})[match["member"]] = column
        else:
            reasons[name] = why
    found = {}
    for name, members in collections.items():
        group = _group(dataset, name, members, reasons, derived)
        if group is not None:
            found[name] = group | ({"unit": layout.unit} if layout.unit != "GeV" else {})
    return found


def layout_findings(layout: Layout, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Return as which layout a file was read, and which collections of particles are inputs.

    Args:
        layout: of the file.
        inputs: groups of inputs, as an experiment file has them.

    Yields:
        NOTE for a known layout.
    """
    if layout is not PLAIN:
        groups = [
            f"{name} (up to {group['at_most']}, {len(group.get('properties', ()))} further numbers each)"
            for name, group in inputs.items()
            if group["kind"] == "four-vectors"
        ]
        what = f" Particles: {', '.join(groups)}." if groups else ""
        evidence = f"The columns are named as in {layout.name}.{what}"
        yield Finding("layout of the file", "NOTE", evidence, see="docs/reading.md")


def quoted(name: str) -> str:
    """Return a column's name as SQL takes it whatever its signs.

    Args:
        name: of the column.

    Returns:
        The name in double quotes.

    Example:
        >>> quoted("Jet.PT")
        '"Jet.PT"'
    """
    return '"{}"'.format(name.replace('"', '""'))


def _group(
    dataset: Dataset, name: str, members: dict[str, ColumnSummary], reasons: dict[str, str], derived: dict[str, str]
) -> dict[str, Any] | None:
    """Return a group of four-vectors with properties; None where there are none."""
    vector = _components(name, members, derived)
    if vector is None:
        reasons |= {one.name: "its particles have no four-vector" for one in members.values()}
        return None
    basis, components = vector
    taken = [one for one in members.values() if one.name in components]
    lengths = _lengths(dataset, taken[0].name)
    if any(one.minimum is None for one in taken):
        reasons |= {one.name: "all its lists are empty" for one in members.values()}
        return None
    others = [one for one in members.values() if one.name not in components]
    properties = [one for one in others if _usable(dataset, one, taken[0].name, lengths, reasons)]
    group: dict[str, Any] = {
        "kind": "four-vectors",
        "columns": components,
        "basis": basis,
        "at_most": int(np.clip(np.quantile(lengths, _KEPT, method="higher"), 1, _MOST)),
        "features": ["constituents", "jet"] if basis.startswith("E,px") else ["objects"],
    }
    if any(one.missing for one in taken):
        group["missing"] = True
    if properties:
        group["properties"] = [one.name for one in properties]
        group["properties_missing"] = missing_of(properties)
    return group


def missing_of(columns: Sequence[ColumnSummary]) -> bool | list[float]:
    """Return what stands for a missing value in columns: NaN, or a marker such as -999.

    Args:
        columns: of numbers.

    Returns:
        As the key `missing` of an experiment has it.
    """
    markers = sorted({one.minimum for one in columns if one.minimum in _MARKERS})
    return [float(one) for one in markers] if markers else any(one.missing for one in columns)


def _components(
    name: str, members: Mapping[str, ColumnSummary], derived: dict[str, str]
) -> tuple[str, list[str]] | None:
    """Return the basis and the columns of a four-vector; of particles without a mass or energy, the mass is 0."""
    by_name = {member.lower(): column.name for member, column in members.items()}
    for basis, components in VECTORS:
        found = [next((by_name[one] for one in names if one in by_name), None) for names in components]
        if all(found):
            return basis, [str(one) for one in found]
    if {"pt", "eta", "phi"} <= set(by_name):
        mass = re.sub(r"\W+", "_", f"{name}_massless")
        derived[mass] = f"list_transform({quoted(by_name['pt'])}, lambda v: 0.0)"
        return "pt,eta,phi,m", [by_name["pt"], by_name["eta"], by_name["phi"], mass]
    return None


def _lengths(dataset: Dataset, name: str) -> npt.NDArray[np.int64]:
    return np.asarray(pc.fill_null(pc.list_value_length(dataset.arrow(name)), 0).to_numpy(), np.int64)


def _usable(
    dataset: Dataset, column: ColumnSummary, first: str, lengths: npt.NDArray[np.int64], reasons: dict[str, str]
) -> bool:
    """Return whether a column is a property of particles; if not, record the reason."""
    if column.minimum is None or column.maximum is None:
        reasons[column.name] = f"it holds {column.type}, or no value at all"
    elif not np.array_equal(_lengths(dataset, column.name), lengths):
        reasons[column.name] = f"its lists have other lengths than those of {first}"
    elif column.constant:
        reasons[column.name] = f"it has only one value ({column.minimum:g})"
    elif max(abs(column.minimum), abs(column.maximum)) > (_EXACT if column.whole else 1e30):
        reasons[column.name] = "its numbers are too large for float32"
    elif column.missing and _infinite(dataset, column.name):
        reasons[column.name] = "it holds infinite values; replace them with data.derived"
    else:
        return True
    return False


def _infinite(dataset: Dataset, name: str) -> bool:
    values = pc.list_flatten(dataset.arrow(name))
    return bool(pc.any(pc.is_inf(values)).as_py())
