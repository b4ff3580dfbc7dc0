"""Texts that NumPy has pickled into an array of Python objects, read without unpickling.

A pickle is a program. Nothing of it is executed here: it is compared with the instructions that NumPy writes for an
array of texts, which are then taken from among them. Any other instruction is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

__all__ = ["pickled_texts", "with_texts"]

_TEXTS = frozenset(("BINUNICODE", "SHORT_BINUNICODE", "UNICODE"))
_STORE = frozenset(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"))
_RECALL = frozenset(("GET", "BINGET", "LONG_BINGET"))
_IN_LIST = frozenset(("MARK", "APPEND", "APPENDS", "FRAME"))
_BEFORE = frozenset(
    ("PROTO", "FRAME", "GLOBAL", "STACK_GLOBAL", "BININT", "BININT1", "BININT2", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
     "REDUCE", "MARK", "NEWFALSE", "NEWTRUE", "NONE", "BUILD", "SHORT_BINBYTES", "BINBYTES")
)  # fmt: skip
_AFTER = frozenset(("TUPLE", "TUPLE3", "BUILD", "STOP"))


def pickled_texts(data: bytes) -> list[str]:
    """Return the texts of a pickled array of one dimension.

    Args:
        data: the pickle.

    Returns:
        The texts.

    Raises:
        ValueError: it is malformed, or holds anything but texts.
    """
    texts: list[str] = []
    memo: dict[object, str | None] = {}
    latest: str | None = None
    expected = _BEFORE
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in _STORE:
            memo[len(memo) if argument is None else argument] = latest
            continue
        latest = str(argument) if name in _TEXTS else memo.get(argument) if name in _RECALL else None
        if name == "EMPTY_LIST" and expected is _BEFORE:
            expected = _IN_LIST
        elif name in _AFTER and expected is not _BEFORE:
            expected = _AFTER
        elif expected is _IN_LIST and latest is not None:
            texts.append(latest)
        elif name not in expected and not (expected is _BEFORE and (name in _TEXTS or name in _RECALL)):
            msg = f"the pickled array has the instruction {name}, which that of texts has not"
            raise ValueError(msg)
    return texts


def with_texts(batches: Iterable[pa.RecordBatch], texts: Mapping[str, pa.Array]) -> Iterator[pa.RecordBatch]:
    """Add columns of texts to rows.

    Args:
        batches: the other columns.
        texts: of all rows, by column, shape (rows,).

    Yields:
        All columns.
    """
    done = 0
    for batch in batches:
        columns = [column.slice(done, batch.num_rows) for column in texts.values()]
        yield pa.record_batch([*batch.columns, *columns], names=[*batch.schema.names, *texts])
        done += batch.num_rows
