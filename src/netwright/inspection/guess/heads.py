"""Guess what a network is to predict: a named column, flags of classes, or the known label of a layout."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.data import Dataset, owner_of, words_of
from netwright.errors import DataError, did_you_mean
from netwright.inspection.column_summary import ColumnSummary, summarise_column
from netwright.inspection.guess.flags import flag_columns, flags_by_stem, flags_of_slice, says_is
from netwright.inspection.guess.layouts import Layout, flavours_of, layout_of
from netwright.inspection.guess.roles import presence_condition
from netwright.inspection.guess.target_column import COUNTER, likely_target
from netwright.inspection.guess.target_sections import free_name, kind_section, one_hot_section, section_of_column

__all__ = ["GuessedHead", "guess_head", "known_head"]

_GLUON = 21
_MANY, _RARE = 100, 10  # rows of a data set, and of a class that is not in each part of a split


@dataclass(frozen=True)
class GuessedHead:
    """What a network is to predict.

    Attributes:
        name: proposed name of the head.
        section: of the experiment file.
        columns: those that give the truth away.
        reason: why a column that was not named is taken, as the end of a sentence.
    """

    name: str
    section: dict[str, Any]
    columns: tuple[str, ...]
    reason: str = ""


def guess_head(
    dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout, target: str | None
) -> GuessedHead:
    """Guess a head from the name of its column or the pattern of its flags, or else from the layout.

    Args:
        dataset: the columns.
        summaries: of the columns, by name.
        layout: knows flags and labels.
        target: a column, a pattern such as ``label_*`` or a slice such as ``jets[53:58]`` for flags, or None.

    Returns:
        The head.

    Raises:
        DataError: there is no such column, it is constant or not a number, or nothing is known to predict.
    """
    if target is None:
        head = _head_of_layout(summaries, layout)
        head = head or _head_of_stem(dataset, summaries, layout)
        if head is not None:
            return head
        likely, reason = likely_target(dataset, summaries, layout)
        return replace(_head_of_column(dataset, summaries, likely), reason=reason)
    if target in summaries:
        known = _head_of_layout({target: summaries[target]}, layout) if target in layout.labels else None
        return known or _head_of_column(dataset, summaries, target)
    flags = fnmatch.filter(flag_columns(summaries), target) if "*" in target else []
    if len(flags) > 1:
        prefix = target.partition("*")[0]
        return _head_of_flags({name.removeprefix(prefix) or name: name for name in flags})
    if places := flags_of_slice(dataset, target):
        return _head_of_flags({name: name for name in places})
    if owner_of(target, dataset.schema) is not None:
        return _head_of_column(dataset, {target: summarise_column(dataset, target)}, target)
    if target in dataset.left_out:
        dataset.arrow(target)  # says why
    msg = f"--target {target}: no such column.{did_you_mean(target, summaries)}"
    raise DataError(msg)


def _head_of_stem(dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout) -> GuessedHead | None:
    """Return a head of flags that say which class a row is of, recojet_isB and recojet_isC; None without such."""
    names = [name for name in filter(says_is, flag_columns(summaries)) if layout.why_left_out(name) is None]
    stems = flags_by_stem(dataset, names)
    if len(stems) != 1:
        return None
    ((stem, flags),) = stems.items()
    reason = f"as one of {', '.join(flags.values())} is 1 in each row"
    return replace(
        _head_of_flags(flags), name=stem.rstrip("_").removesuffix("is").rstrip("_") or "label", reason=reason
    )


def _head_of_column(dataset: Dataset, summaries: Mapping[str, ColumnSummary], target: str) -> GuessedHead:
    column = summaries[target]
    if len(column.values) > 1 and (names := flavours_of(target)):
        return _head_of_flavours(target, column, names)
    if _is_count(dataset, column):
        column = replace(column, values=())
    head = one_hot_section(dataset, target) or section_of_column(column, list(words_of(dataset, target)))
    named = summaries[target].shape or owner_of(target, dataset.schema)  # SQL has other names for elements
    condition = None if named else presence_condition(dataset, target)
    return GuessedHead(target, head | ({"where": condition} if condition else {}), (target,))


def _is_count(dataset: Dataset, column: ColumnSummary) -> bool:
    """Return whether whole numbers count something, rather than name classes: by the name, or as some are rare."""
    if len(column.values) < 3 or column.shape:
        return False
    if COUNTER.fullmatch(column.name):
        return True
    occurrences = np.unique(dataset.column(column.name), return_counts=True)[1]
    return dataset.rows >= _MANY and int(occurrences.min()) < _RARE


def known_head(dataset: Dataset) -> GuessedHead | None:
    """Return the head that the layout of files knows: flags of classes, or the label of flavour tagging.

    Args:
        dataset: the columns.

    Returns:
        The head; None where the layout knows none.
    """
    layout = layout_of(dataset.names)
    names = [name for name in dataset.names if name in layout.labels or re.fullmatch(layout.flags, name)]
    return _head_of_layout({name: summarise_column(dataset, name) for name in names}, layout)


def _head_of_layout(summaries: Mapping[str, ColumnSummary], layout: Layout) -> GuessedHead | None:
    """Return a head from the flags or the label that a layout has; None where there are none."""
    for label, names in layout.labels.items():
        if label in summaries and len(summaries[label].values) > 1:
            return _head_of_flavours(label, summaries[label], names)
    matches = {name: re.fullmatch(layout.flags, name) for name in flag_columns(summaries)}
    flags = {match["name"]: name for name, match in matches.items() if match}
    return _head_of_flags(flags) if len(flags) > 1 else None


def _head_of_flavours(target: str, column: ColumnSummary, names: Mapping[int, str]) -> GuessedHead:
    """Return a head with names for identifiers of PDG; none where classes are counted, 0, 1, 2, in any order."""
    known = names if {1, 2, 3}.isdisjoint(column.values) or _GLUON in column.values else {}
    classes = {known.get(value, f"class_{value}".replace("-", "minus_")): value for value in column.values}
    signal = {"signal": "b"} if "b" in classes else {}
    return GuessedHead("flavour", kind_section(classes) | {"column": target, "classes": classes} | signal, (target,))


def _head_of_flags(flags: Mapping[str, str]) -> GuessedHead:
    classes: dict[str, str] = {}
    for name, column in flags.items():
        classes[free_name(name, classes)] = column
    return GuessedHead("label", {**kind_section(classes), "classes": classes}, tuple(flags.values()))
