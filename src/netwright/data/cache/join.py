"""The tables of several files as one: the same columns in each, or an error that names the files and the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError, UnusableFilesError, first_few
from netwright.readers import first_non_number, left_out_of, metadata, remarks_of

__all__ = ["joined_tables", "may_be_friend", "rows_of_files", "wider_type"]


def rows_of_files(
    paths: Sequence[Path],
    results: Sequence[pa.Table | DataError],
    rows: Sequence[int],
    *,
    may_be_empty: bool = False,
) -> pa.Table:
    """Return the rows of all files as one table, or name all files that cannot be read.

    Files without rows, such as those of jobs that selected no event, may have any columns; a remark names them.

    Args:
        paths: the files.
        results: (rows, columns) of each, or why it cannot be read.
        rows: how many each has; 0 where it cannot be read.
        may_be_empty: whether there may be no rows at all.

    Returns:
        (all rows, columns).

    Raises:
        UnusableFilesError: files cannot be read, have other columns or types than most, or none has rows.
    """
    reasons = [str(result) for result in results if isinstance(result, DataError)]
    tables = {path: result for path, result in zip(paths, results, strict=True) if isinstance(result, pa.Table)}
    empty = [path for path, number in zip(paths, rows, strict=True) if not number and path in tables]
    with_rows = [path for path in tables if path not in set(empty)]
    if not with_rows and not reasons and not may_be_empty:
        msg = f"{paths[0]}: has no rows. Leave the file out, or write rows into it."
        reasons = [
            msg if len(paths) == 1 else f"none of {len(paths):,} files has rows: {first_few(list(map(str, paths)))}."
        ]
    used = with_rows or list(tables)
    try:
        joined = joined_tables(used, [tables[path] for path in used]) if used else None
    except UnusableFilesError as error:
        reasons += error.reasons
    if reasons or joined is None:
        raise UnusableFilesError(reasons, len(paths))
    if empty and with_rows:
        has = "has" if len(empty) == 1 else "have"
        remark = f"{len(empty):,} of {len(paths):,} files {has} no rows: {first_few([path.name for path in empty])}"
        merged = metadata(left_out_of(joined.schema), [*remarks_of(joined.schema), remark])
        joined = joined.replace_schema_metadata(merged)
    return joined


def joined_tables(paths: Sequence[Path], tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of all tables, one after another, with the columns in the order of the first.

    If files have different widths of the same kind of number, all get the widest; integers become double precision if
    another file has floating-point numbers and this is exact. Arrays of particles that are padded to another length in
    each file (EnergyFlow's) become lists. Nothing else is converted.

    Args:
        paths: the file of each table, for messages.
        tables: (rows, columns) each.

    Returns:
        (all rows, columns).

    Raises:
        UnusableFilesError: files have other columns, types or shapes than most.
    """
    left_out = _left_out(paths, tables)
    merged = metadata(left_out, _remarks(paths, tables))
    if any(not table.schema.equals(tables[0].schema) for table in tables):
        tables = _made_alike(paths, [_without(table, left_out) for table in tables])
    return pa.concat_tables(tables).replace_schema_metadata(merged)


def _made_alike(paths: Sequence[Path], tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Return tables with the columns of the first and the widest types."""
    _refuse_other_names(paths, tables)
    names = tables[0].column_names
    schema = _widest(paths, [table.select(names) for table in tables])
    alike, reasons = [], []
    for path, table in zip(paths, tables, strict=True):
        try:
            alike.append(_cast(path, table.select(names), schema))
        except DataError as error:
            reasons.append(str(error))
    if reasons:
        raise UnusableFilesError(reasons, len(paths))
    return alike


def _widest(paths: Sequence[Path], tables: Sequence[pa.Table]) -> pa.Schema:
    """Return the types that hold the values of all tables, or refuse the files that differ from most."""
    files = list(zip(paths, tables, strict=True))
    widest: dict[str, pa.DataType] = {}
    reasons: dict[Path, str] = {}
    for name, *kinds in zip(tables[0].column_names, *(table.schema.types for table in tables), strict=True):
        widest[name] = kinds[0]
        if kinds.count(kinds[0]) == len(kinds):
            continue
        widest[name] = _usual(kinds)
        like = files[kinds.index(widest[name])]
        for file, kind in zip(files, kinds, strict=True):
            common = wider_type(widest[name], kind)
            if common is None:
                reasons.setdefault(file[0], _other_type(name, file, widest[name], like))
            elif common != widest[name]:
                widest[name], like = common, file
    if reasons:
        raise UnusableFilesError([reasons[path] for path in paths if path in reasons], len(paths))
    return pa.schema(list(widest.items()))


def _usual(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the first of the types that have a common type with most."""
    counts = Counter(kinds)
    return max(counts, key=lambda one: sum(n for other, n in counts.items() if wider_type(one, other) is not None))


def _refuse_other_names(paths: Sequence[Path], tables: Sequence[pa.Table]) -> None:
    """Refuse files that have other columns than most."""
    names = [frozenset(table.column_names) for table in tables]
    usual = names.index(Counter(names).most_common(1)[0][0])
    pairs = list(zip(paths, tables, strict=True))
    reasons = [_other_names(pairs[usual], pair) for pair, own in zip(pairs, names, strict=True) if own != names[usual]]
    if reasons:
        raise UnusableFilesError(reasons, len(paths))


def _other_names(usual: tuple[Path, pa.Table], this: tuple[Path, pa.Table]) -> str:
    """Return why a file cannot be read together with others; one of as many rows may be their friend."""
    (has, lacks), missing = (usual, this), set(usual[1].column_names) - set(this[1].column_names)
    if not missing:
        (has, lacks), missing = (this, usual), set(this[1].column_names) - set(usual[1].column_names)
    names = [name for name in has[1].column_names if name in missing]
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return (
        f"{this[0]}: has other columns than {usual[0]}: {shown} in {has[0].name} but not in {lacks[0].name}. "
        f"Read only files with the same columns together.{_as_friend(usual[1], this)}"
    )


def may_be_friend(first: pa.Table, other: pa.Table) -> bool:
    """Return whether a table may hold further columns of the rows of another: as many rows, and hardly a column of it.

    Args:
        first: (rows, columns).
        other: (rows, columns).

    Returns:
        True if they have equally many rows, at least one, and at most half of the other's columns are in the first.

    Example:
        >>> first = pa.table({"event": [1, 2], "pt": [30.0, 40.0]})
        >>> may_be_friend(first, pa.table({"event": [1, 2], "score": [0.1, 0.9]})), may_be_friend(first, first)
        (True, False)
    """
    shared = set(other.column_names) & set(first.column_names)
    return 0 < len(first) == len(other) and 2 * len(shared) <= len(other.column_names)


def _as_friend(first: pa.Table, this: tuple[Path, pa.Table]) -> str:
    """Return how to read a file of as many rows as the first, but hardly a column of it, beside it."""
    path, table = this
    if not may_be_friend(first, table):
        return ""
    return (
        f" Both have {len(table):,} rows: if {path.name} holds further columns of the same ones, name the first alone, "
        f"and the other in data.friends: [{{files: [{path.name}]}}]."
    )


def _other_type(name: str, this: tuple[Path, pa.Table], kind: pa.DataType, usual: tuple[Path, pa.Table]) -> str:
    """Return why a file cannot be read together with others, of which a column has another type."""
    return (
        f'{this[0]}: column "{name}" has the type {this[1].schema.field(name).type} here and {kind} in {usual[0]}.'
        f"{_bad_text(name, this)}{_bad_text(name, usual)} Give it one type in all files."
    )


def _bad_text(name: str, file: tuple[Path, pa.Table]) -> str:
    """Return the location of the text that keeps a column from being numeric."""
    path, table = file
    if not pa.types.is_string(table.schema.field(name).type):
        return ""
    row = first_non_number(table[name])
    return "" if row is None else f" {path.name}, row {row} holds the text {table[name][row].as_py()!r}."


def wider_type(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Return the type that holds the values of two types.

    Args:
        one: type of a column.
        other: type of another.

    Returns:
        One of them or a wider one; None if there is none.

    Example:
        >>> wider_type(pa.int32(), pa.int64()), wider_type(pa.int32(), pa.string())
        (DataType(int64), None)
        >>> particle = pa.list_(pa.float32(), 4)
        >>> wider_type(pa.list_(particle, 136), pa.list_(particle, 139)) == pa.list_(particle)
        True
    """
    if pa.types.is_null(one) or pa.types.is_null(other):
        return other if pa.types.is_null(one) else one
    kinds = (one, other)
    for is_list in (pa.types.is_fixed_size_list, pa.types.is_list):
        if all(is_list(kind) for kind in kinds):
            inner = wider_type(one.value_type, other.value_type)
            lengths = {getattr(kind, "list_size", -1) for kind in kinds}
            if inner is None or (len(lengths) > 1 and not pa.types.is_fixed_size_list(inner)):
                return None
            return pa.list_(inner) if len(lengths) > 1 else pa.list_(inner, lengths.pop())
    nested = [kind.value_type for kind in kinds if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)]
    if len(nested) == 2 and all(map(pa.types.is_fixed_size_list, nested)):  # a third file with another length
        inner = wider_type(*nested)
        return None if inner is None else pa.list_(inner)
    numbers = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds]
    if one == other or not all(numbers):
        return one if one == other else None
    if any(pa.types.is_floating(kind) for kind in kinds) and not all(pa.types.is_floating(k) for k in kinds):
        return pa.float64()
    return pa.unify_schemas([pa.schema([("", one)]), pa.schema([("", other)])], promote_options="permissive").types[0]


def _cast(path: Path, table: pa.Table, schema: pa.Schema) -> pa.Table:
    if table.schema.equals(schema):
        return table.replace_schema_metadata(None)
    for index, field in enumerate(schema):
        if table.schema.field(index).type != field.type:
            try:
                column = table.column(index).cast(field.type)
            except pa.ArrowInvalid as error:
                msg = (
                    f'{path}: column "{field.name}" has the type {table.schema.field(index).type} here and '
                    f"{field.type} together with the other files, which cannot hold it exactly ({error}). "
                    f"Give it one type in all files."
                )
                raise DataError(msg) from error
            table = table.set_column(index, field, column)
    return table.replace_schema_metadata(None)


def _left_out(paths: Sequence[Path], tables: Sequence[pa.Table]) -> dict[str, str]:
    """Return what is left out of all files because one of them leaves it out, with its reason."""
    reasons: dict[str, str] = {}
    for path, table in zip(paths, tables, strict=True):
        for name, reason in left_out_of(table.schema).items():
            elsewhere = any(name in other_table.column_names for other_table in tables)
            reasons.setdefault(name, f"in {path.name} {reason}" if elsewhere else reason)
    return reasons


def _without(table: pa.Table, left_out: Mapping[str, str]) -> pa.Table:
    columns = [name for name in table.column_names if name not in left_out]
    return table if len(columns) == table.num_columns else table.select(columns)


def _remarks(paths: Sequence[Path], tables: Sequence[pa.Table]) -> list[str]:
    """Return each remark once, with the first file it applies to and the number of others."""
    files_of_remark: dict[str, list[str]] = {}
    for path, table in zip(paths, tables, strict=True):
        for remark in remarks_of(table.schema):
            files_of_remark.setdefault(remark, []).append(path.name)
    return [f"{first_few(names, 1)}: {remark}" for remark, names in files_of_remark.items()]
