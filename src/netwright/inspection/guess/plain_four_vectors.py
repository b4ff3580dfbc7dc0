"""Guess four-vectors outside collections: (P, 4) arrays, numbered columns, and lists of E, px, py, pz."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from netwright.config import is_numbered
from netwright.data import Dataset, rule_broken_by
from netwright.inspection.column_summary import ColumnSummary
from netwright.inspection.guess.candidates import Candidates
from netwright.inspection.guess.column_names import why_no_input
from netwright.inspection.guess.four_vectors import without_four_vectors
from netwright.inspection.guess.target_sections import free_name
from netwright.inspection.scope import numbered

__all__ = ["four_vector_groups", "possible_four_vectors"]

_ENERGY = re.compile(r"^(?P<head>.*?)(?P<e>[Ee])(?P<tail>_?)(?P<number>\d*)$")


def possible_four_vectors(dataset: Dataset, candidates: Candidates) -> dict[str, dict[str, Any]]:
    """Take four-vectors whose energies are not negative.

    Args:
        dataset: the columns.
        candidates: those that may be inputs, of which they are taken; a note is added on what is no four-vector.

    Returns:
        Groups of inputs by name, as an experiment file has them.
    """
    before, groups = dict(candidates.columns), {}
    for name, group in four_vector_groups(candidates.columns).items():
        energy, values = _energies(dataset, before, group)
        rule = rule_broken_by("E", *values)
        if rule is None:
            groups[name] = group
        else:
            candidates.notes.append(without_four_vectors(name, energy, rule, values))
            candidates.columns |= {name: before[name] for name in _used(before, group)}
    return groups


def _used(columns: Mapping[str, ColumnSummary], group: Mapping[str, Any]) -> list[str]:
    """Return the columns of a group, with numbered ones written out."""
    named = [group["columns"]] if isinstance(group["columns"], str) else group["columns"]
    if not is_numbered(named[0]):
        return list(named)
    return list(chain.from_iterable(numbered(named, columns)))


def _energies(
    dataset: Dataset, columns: Mapping[str, ColumnSummary], group: Mapping[str, Any]
) -> tuple[str, tuple[float, float]]:
    """Return the first column of the energies of a group, and their smallest and largest value."""
    if isinstance(group["columns"], str):
        values = np.asarray(dataset.column(group["columns"]))[..., 0]
        values = values[np.isfinite(values)]
        return group["columns"], (float(values.min(initial=0)), float(values.max(initial=0)))
    energies = [columns[name] for name in _used(columns, group)[::4]]
    lowest, highest = (min(column.minimum or 0 for column in energies), max(column.maximum or 0 for column in energies))
    return energies[0].name, (float(lowest), float(highest))


def four_vector_groups(columns: dict[str, ColumnSummary]) -> dict[str, dict[str, Any]]:
    """Take four-vectors out of the columns: (P, 4) arrays, numbered columns, and lists of E, px, py, pz.

    Args:
        columns: by name; those that are taken are removed.

    Returns:
        Groups of inputs by name, as an experiment file has them.
    """
    groups: dict[str, dict[str, Any]] = {}
    for column in list(columns.values()):
        if column.name not in columns or why_no_input(column.name):
            continue
        if len(column.shape) == 2 and column.shape[0] is not None and column.shape[1] == 4:
            groups[free_name(column.name, groups)] = _group(column.name, column.shape[0])
            del columns[column.name]
            continue
        match = _ENERGY.match(column.name)
        if match is not None:
            _take_components(match, columns, groups)
    return groups


def _take_components(
    match: re.Match[str], columns: dict[str, ColumnSummary], groups: dict[str, dict[str, Any]]
) -> None:
    """Take E, px, py, pz of one name out of the columns where all four are there as numbered columns or lists."""
    upper = match["e"].isupper()
    for spelling in (("PX", "PY", "PZ"), ("px", "py", "pz")) if upper else (("px", "py", "pz"),):
        names = [f"{match['head']}{component}{match['tail']}{{i}}" for component in (match["e"], *spelling)]
        number = match["number"]
        columns_of_one = [name.format(i=number) for name in names]
        if not all(name in columns for name in columns_of_one):
            continue
        if number and match["tail"]:
            count = 0
            while all(name.format(i=int(number) + count) in columns for name in names):
                for name in names:
                    del columns[name.format(i=int(number) + count)]
                count += 1
            groups[free_name(match["head"] or "constituents", groups)] = _group(names, count)
        elif columns[columns_of_one[0]].shape == (None,):
            for name in columns_of_one:
                del columns[name]
            groups[free_name(match["head"] or "constituents", groups)] = _group(columns_of_one, None)
        return


def _group(columns: str | list[str], count: int | None) -> dict[str, Any]:
    return {"kind": "four-vectors", "columns": columns, "at_most": min(count or 200, 200)}
