"""Which of several tables of a file holds the events, and which are systematic variations of it, by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from netwright.inspection.guess.labels import knows_classes
from netwright.inspection.guess.layouts import EVENT_TREES, LABEL, has_events
from netwright.inspection.guess.varied_names import BETWEEN, variation_name
from netwright.readers import TableListing

__all__ = ["class_tables", "main_table", "training_table", "variation_tables"]

_NOMINAL = re.compile(r"(?P<stem>|.*[_/.-])(?i:nominal|central)(?P<inner>/[^/]+)?")  # nominal/events
_OTHER_EVENTS = re.compile(r".*(truth|particle_?level|parton|loose|fakes).*", re.IGNORECASE)  # or other objects
_OF_PART = r"(tree|set|data)?(_.*)?"  # TrainTree and TestTree: TMVA's names
_TRAINING = re.compile(rf"(.*[_/])?train(ing)?{_OF_PART}", re.IGNORECASE)
_PART = re.compile(rf"(.*[_/])?(train(ing)?|val(id(ation)?)?|test(ing)?|dev){_OF_PART}", re.IGNORECASE)
_FEW = 10  # rows of a table of bookkeeping, such as the sum of weights


def main_table(tables: Sequence[TableListing]) -> TableListing | None:
    """Return the table that holds the events, where a file has several.

    Args:
        tables: of the file.

    Returns:
        The tree of a known layout, or the only one; else the nominal one among variations (the largest of several);
        else the one that gives its name to all others; else the only one with more than a few rows. None where it is
        not clear.

    Example:
        >>> names = ("Loop_fakes_nominal", "Loop_meta", "Loop_nominal")
        >>> tables = [TableListing(name, rows, ("pt",)) for name, rows in zip(names, (10, 1, 99))]
        >>> main_table(tables).key
        'Loop_nominal'
    """
    if len(tables) == 1:
        return tables[0]
    for tree in EVENT_TREES:
        for table in tables:
            if table.key is not None and tree in {table.key, _last(table.key)} and has_events(tree, table.columns):
                return table
    nominal = [table for table in tables if _NOMINAL.fullmatch(table.key or "")]
    if nominal:
        return max(nominal, key=lambda table: table.rows)
    many = [table for table in tables if table.rows > _FEW]
    stems = [table for table in many if all(_varied(table, other) for other in many if other is not table)]
    return stems[0] if len(stems) == 1 else None


def class_tables(tables: Sequence[TableListing]) -> list[TableListing]:
    """Return the tables of a file that hold a class each: they have the same columns, none of which is a label.

    Args:
        tables: of the file.

    Returns:
        The tables of more than a few rows; none where they differ, or are named as parts for training and test.

    Example:
        >>> tables = [TableListing(key, rows, ("pt",)) for key, rows in (("TreeB", 90), ("TreeS", 70), ("info", 1))]
        >>> [table.key for table in class_tables(tables)]
        ['TreeB', 'TreeS']
    """
    many = [table for table in tables if table.rows > _FEW and table.key is not None]
    columns = {frozenset(table.columns) for table in many}
    if len(many) < 2 or len(columns) > 1 or any(_PART.fullmatch(str(table.key)) for table in many):
        return []
    names = many[0].columns
    return [] if knows_classes(names) or any(re.fullmatch(LABEL, name) for name in names) else many


def training_table(tables: Sequence[TableListing]) -> TableListing | None:
    """Return the table for training of a file that is divided: all others are for validation and test.

    Args:
        tables: of the file.

    Returns:
        The table; None where tables have other names, or other columns.

    Example:
        >>> tables = [TableListing(key, rows, ("pt", "label")) for key, rows in (("test", 50), ("train", 90))]
        >>> training_table(tables).key
        'train'
        >>> tables = [TableListing(f"dataset/{part}Tree", 50, ("pt", "classID")) for part in ("Test", "Train")]
        >>> training_table(tables).key
        'dataset/TrainTree'
    """
    columns = {frozenset(table.columns) for table in tables}
    if len(tables) < 2 or len(columns) > 1 or not all(_PART.fullmatch(table.key or "") for table in tables):
        return None
    return next((table for table in tables if _TRAINING.fullmatch(table.key or "")), None)


def variation_tables(main: TableListing, tables: Sequence[TableListing], needed: Collection[str]) -> dict[str, str]:
    """Return the tables with systematic variations of the events.

    Args:
        main: the table of the events as they are.
        tables: all tables of the file.
        needed: columns that a variation must have if the main table has them.

    Returns:
        Keys by the name of the variation; NAME_up and NAME_down where the name says the side.

    Example:
        >>> tables = [TableListing(key, 9, ("pt",)) for key in ("Events", "Events_jesUp", "Runs")]
        >>> variation_tables(tables[0], tables, {"pt"})
        {'jes_up': 'Events_jesUp'}
    """
    required = set(main.columns) & set(needed)
    variations: dict[str, str] = {}
    for table in tables:
        suffix = _varied(main, table)
        if suffix and table.key is not None and required and required <= set(table.columns):
            variations.setdefault(variation_name(suffix), table.key)
    return variations


def _varied(main: TableListing, other: TableListing) -> str:
    """Return what the name of a table has instead of "nominal", or behind the name of the main table; else nothing."""
    if main.key is None or other.key in {None, main.key} or _NOMINAL.fullmatch(other.key or ""):
        return ""
    if _OTHER_EVENTS.fullmatch(other.key or "") and not _OTHER_EVENTS.fullmatch(main.key):
        return ""
    match = _NOMINAL.fullmatch(main.key)
    stem, inner = (match["stem"], match["inner"] or "") if match else (main.key, "")
    if not (other.key or "").endswith(inner):
        return ""
    suffix = (other.key or "").removesuffix(inner).removeprefix(stem)
    follows = (other.key or "").startswith(stem) and (match is not None or suffix[:1] in BETWEEN)
    return suffix.strip(BETWEEN) if follows else ""


def _last(key: str) -> str:
    """Return the name of a table without its folders."""
    return key if key == "/" else key.rpartition("/")[2]
