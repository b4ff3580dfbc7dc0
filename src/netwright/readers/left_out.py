"""What a reader left out and what it chose: stored with the table, and summarised in a few sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from netwright.errors import first_few

__all__ = ["left_out_note", "left_out_of", "metadata", "remarks_of"]

_LEFT_OUT = b"netwright.left_out"  # JSON {name: reason}
_REMARKS = b"netwright.remarks"  # JSON [sentence]
_GROUPS = 5  # reasons in a note
_NAMES = 3  # columns named for each reason


def metadata(left_out: Mapping[str, str], remarks: Sequence[str]) -> dict[bytes, bytes]:
    """Return table metadata that record what was left out.

    Args:
        left_out: what no column can hold, by name, with the reason.
        remarks: other messages for the user, as sentences.

    Returns:
        Metadata for the table's schema.
    """
    return {_LEFT_OUT: json.dumps(dict(left_out)).encode(), _REMARKS: json.dumps(list(remarks)).encode()}


def left_out_of(schema: pa.Schema) -> dict[str, str]:
    """Return what was left out of a table.

    Args:
        schema: of the table.

    Returns:
        The reasons by name.
    """
    found: dict[str, str] = json.loads((schema.metadata or {}).get(_LEFT_OUT, b"{}"))
    return found


def remarks_of(schema: pa.Schema) -> list[str]:
    """Return the remarks of the reader of a table.

    Args:
        schema: of the table.

    Returns:
        Sentences.
    """
    found: list[str] = json.loads((schema.metadata or {}).get(_REMARKS, b"[]"))
    return found


def left_out_note(reasons: Mapping[str, str]) -> str:
    """Summarise what is left out in one sentence: by reason, most frequent first, with a few names each.

    Args:
        reasons: the reason for each column that is left out, by name; at least one.

    Returns:
        The sentence.

    Example:
        >>> left_out_note({"a": "it holds lists"})
        'a is left out: it holds lists'
        >>> left_out_note({"a": "it holds lists", "b": "it holds lists", "c": "it holds raw bytes"})
        '3 columns are left out: a, b (it holds lists); c (it holds raw bytes)'
    """
    if len(reasons) == 1:
        return "".join(f"{name} is left out: {reason}" for name, reason in reasons.items())
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        by_reason.setdefault(_general(reason), []).append(name)
    groups = sorted(by_reason.items(), key=lambda group: -len(group[1]))
    sentences = [
        f"{first_few(names, _NAMES)} ({_reason(reason, names, reasons)})" for reason, names in groups[:_GROUPS]
    ]
    others = sum(len(names) for _, names in groups[_GROUPS:])
    sentences += (
        [f"and {others} for other reasons; an error names the reason when you use such a column"] if others else []
    )
    return f"{len(reasons)} columns are left out: {'; '.join(sentences)}"


def _general(reason: str) -> str:
    """Return a reason without the details in its brackets."""
    return reason.partition(" (")[0] if reason.endswith(")") else reason


def _reason(general: str, names: Sequence[str], reasons: Mapping[str, str]) -> str:
    """Return the reason of some columns, with its details if they are the same for all."""
    details = {reasons[name].removeprefix(general).removeprefix(" (").removesuffix(")") for name in names}
    detail = details.pop() if len(details) == 1 else ""
    return f"{general}: {detail}" if detail else general
