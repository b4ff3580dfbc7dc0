"""Columns of Arrow's tables, in Parquet and in Arrow's own files: structures and maps as their members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._members import StructMember, member_array, struct_members
from netwright.readers._names import named_columns
from netwright.readers.left_out import left_out_note

__all__ = ["MemberColumn", "fields_of", "member_columns", "schema_of", "with_members"]


@dataclass(frozen=True)
class MemberColumn:
    """A column of a table.

    Attributes:
        name: of the column.
        field: the field of the file that contains it.
        leaf: its place among the members of all fields.
        member: of that field.
    """

    name: str
    field: str
    leaf: int
    member: StructMember

    @property
    def kind(self) -> pa.DataType:
        """The type of the column."""
        return self.member.kind


def member_columns(path: Path, schema: pa.Schema) -> tuple[list[MemberColumn], dict[str, str]]:
    """Find the columns of a table.

    Args:
        path: the file.
        schema: its fields.

    Returns:
        The columns, and the reasons for what is left out; every member is one leaf of the file.

    Raises:
        DataError: no column can be read.
    """
    fields = Counter(schema.names)
    parts = [(field.name, member) for field in schema for member in struct_members(field.type)]
    # a name that occurs twice cannot be used as a path
    paths = [(name, *(member.names if fields[name] == 1 else ())) for name, member in parts]
    named, left_out = named_columns(paths)
    columns = []
    for leaf, (field, member) in enumerate(parts):
        if leaf in named and member.kind is None:
            left_out[named[leaf]] = member.reason
        elif leaf in named:
            columns.append(MemberColumn(named[leaf], field, leaf, member))
    if not columns:
        msg = f"{path}: no column can be read; {left_out_note(left_out)}. Write columns of numbers."
        raise DataError(msg)
    return columns, left_out


def schema_of(columns: Sequence[MemberColumn]) -> pa.Schema:
    """Return the names and types of columns."""
    return pa.schema([pa.field(column.name, column.kind) for column in columns])


def fields_of(columns: Sequence[MemberColumn]) -> list[str]:
    """Return the fields of the file that contain columns, each once."""
    return list(dict.fromkeys(column.field for column in columns))


def with_members(batch: pa.RecordBatch, columns: Sequence[MemberColumn]) -> pa.RecordBatch:
    """Return columns from a batch of their fields."""
    by_name: Mapping[str, pa.Array] = dict(zip(batch.schema.names, batch.columns, strict=True))
    return pa.record_batch(
        [member_array(by_name[column.field], column.member) for column in columns], schema=schema_of(columns)
    )
