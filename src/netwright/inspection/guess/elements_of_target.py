"""Guess that rows are the elements of a collection, such as jets, where the target has a number for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from netwright.config import index_column
from netwright.data import Dataset, members_of_collection, rows_of_collection, with_lists
from netwright.finding import Finding
from netwright.inspection.guess.column_names import is_truth
from netwright.inspection.guess.layouts import layout_of
from netwright.inspection.guess.particles import single_values
from netwright.readers import is_numeric, row_shape

__all__ = ["ElementRows", "elements_of_target"]

_SEPARATOR = re.compile(r"[._/]")


@dataclass(frozen=True)
class ElementRows:
    """Rows that are elements of a collection.

    Attributes:
        dataset: the rows, with the columns of the event repeated.
        collection: its name, for `data.rows`.
        members: its columns; they and what is derived from them are the inputs.
        target: the column to predict.
    """

    dataset: Dataset
    collection: str
    members: tuple[str, ...]
    target: str

    @property
    def index(self) -> str:
        """The column of the place of a row in its event."""
        return index_column(self.collection)

    def findings(self) -> Iterator[Finding]:
        """Yield that rows are elements of events, and how to have rows of events."""
        yield Finding(
            "rows",
            "NOTE",
            f"Each row is one element of {self.collection}, as {self.target} has a number for each. Columns of the "
            "event are no inputs, as they tell which process the event is of, and may be added by hand.",
            ("data.rows",),
            remedy=f"For rows of events, name a place in the lists: --target '{self.target}[0]'.",
            see="docs/reading.md",
        )


def elements_of_target(dataset: Dataset, target: str) -> ElementRows | None:
    """Return a row for each element of the collection of a target, instead of one for each event.

    Args:
        dataset: a row for each event.
        target: as the user names it.

    Returns:
        The rows with all columns of the collection, and those of one number for each event; None where the target is no
        column with lists of numbers, or array with a mask, or where each list has one number.

    Raises:
        DataError: its lists are empty in all events.
    """
    if target not in dataset.names:
        return None
    dataset = with_lists(dataset, target)
    kind = dataset.type_of(target)
    if not pa.types.is_list(kind) or not is_numeric(kind.value_type) or row_shape(kind.value_type):
        return None
    singles = single_values(dataset, layout_of(dataset.names)).values()
    if target in singles:
        return None
    collection, members = _collection(dataset, target)
    single = [field.name for field in dataset.schema if not pa.types.is_nested(field.type)]
    repeated = [f'"{name}"' for name in [*single, *singles] if name not in members]
    rows = rows_of_collection(dataset, collection, repeated)
    return ElementRows(rows, collection, tuple(members), target)


def _collection(dataset: Dataset, target: str) -> tuple[str, list[str]]:
    """Return the name of the collection of a column, and its columns."""
    match = re.fullmatch(layout_of(dataset.names).particle, target)
    ends = [separator.start() for separator in _SEPARATOR.finditer(target)]
    if match is not None and match.start("member"):
        ends = [match.start("member") - 1, *reversed(ends)]
    for name in dict.fromkeys(target[:end] for end in ends if end):
        members = members_of_collection(dataset, name)
        if target in members and len(members) > 1:
            return name, members
    members = members_of_collection(dataset, target)
    return next((name for name in members if not is_truth(name)), target), members
