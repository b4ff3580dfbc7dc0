"""Structures as columns: one for each of their members, also for structures within lists and structures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from netwright.readers._plain import is_list, no_plain_reason, plain_array, plain_type, with_values, without_view

__all__ = ["StructMember", "member_array", "struct_members"]


@dataclass(frozen=True)
class StructMember:
    """A part of a column that becomes a column of its own.

    Attributes:
        names: of the members that lead to it, outermost first; () for the column itself.
        indices: the same as positions in the structures, since names may occur twice.
        kind: its plain type, with the lists around it; None if no column can hold it.
        reason: the reason in that case.
    """

    names: tuple[str, ...]
    indices: tuple[int, ...]
    kind: pa.DataType | None
    reason: str = ""


def struct_members(kind: pa.DataType) -> list[StructMember]:
    """Return the members of a column of a given type.

    Args:
        kind: an Arrow type.

    Returns:
        The column itself if it is plain; otherwise its members, their members, and so on. A list of structures gives a
        list for each member, a map the lists ``key`` and ``value``.

    Example:
        >>> [(m.names, str(m.kind)) for m in struct_members(pa.list_(pa.struct([("pt", pa.float32())])))]
        [(('pt',), 'list<item: float>')]
    """
    return list(_members(kind))


def member_array(array: pa.Array, member: StructMember) -> pa.Array:
    """Return the values of a member.

    Args:
        array: (rows,), of the type that contains the member.
        member: from `struct_members`, with a plain type.

    Returns:
        (rows,), of the member's plain type; null where an enclosing structure is missing.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit.
    """
    return plain_array(_at(array, member.indices), member.kind)


def _members(kind: pa.DataType) -> Iterator[StructMember]:
    plain = plain_type(kind)
    if plain is not None:
        yield StructMember((), (), plain)
    elif isinstance(kind, pa.BaseExtensionType):
        yield from _members(kind.storage_type)
    elif pa.types.is_struct(kind) and len(kind):
        yield from _structure_members(kind)
    elif pa.types.is_map(kind):
        yield from _in_lists(pa.struct([("key", kind.key_type), ("value", kind.item_type)]), -1)
    elif is_list(kind) and getattr(kind, "list_size", -1) != 0:
        yield from _in_lists(kind.value_type, getattr(kind, "list_size", -1))
    else:
        yield StructMember((), (), None, no_plain_reason(kind))


def _structure_members(kind: pa.StructType) -> Iterator[StructMember]:
    for index, field in enumerate(kind):
        for member in _members(field.type):
            yield StructMember((field.name, *member.names), (index, *member.indices), member.kind, member.reason)


def _in_lists(kind: pa.DataType, length: int) -> Iterator[StructMember]:
    for member in _members(kind):
        lists = None if member.kind is None else pa.list_(member.kind, length)
        yield StructMember(member.names, member.indices, lists, member.reason)


def _at(array: pa.Array, indices: tuple[int, ...]) -> pa.Array:
    """Return the values at a position in structures, with the lists around them."""
    if not indices:
        return array
    if isinstance(array, pa.ExtensionArray):
        return _at(array.storage, indices)
    if isinstance(array, pa.DictionaryArray):
        return _at(array.dictionary_decode(), indices)
    if isinstance(array, pa.StructArray):
        return _at(array.flatten()[indices[0]], indices[1:])  # flatten knows which structures are missing
    if isinstance(array, pa.MapArray):
        values = array.keys if indices[0] == 0 else array.items
        return with_values(array, _at(values, indices[1:]))
    array = without_view(array)
    return with_values(array, _at(array.values, indices))
