"""JSON of files: written as RFC 8259 has it, without NaN and infinity; read where a file may be missing or damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.atomic_files import write_text

__all__ = ["json_or_none", "json_text", "read_json_or_none", "write_json"]


def json_text(content: Any, *, indent: int | None = None) -> str:  # noqa: ANN401  # what JSON can hold
    """Return content as JSON; numbers that are not finite are null.

    Args:
        content: numbers, text, lists and dictionaries.
        indent: blanks for each level; all in one line if not given.

    Returns:
        The text, without an end of line.

    Example:
        >>> json_text({"loss": 0.5, "monitored": float("inf")})
        '{"loss": 0.5, "monitored": null}'
    """
    try:
        return json.dumps(content, indent=indent, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(content), indent=indent, allow_nan=False)


def write_json(path: Path, content: Any, *, indent: int | None = 2) -> None:  # noqa: ANN401  # what JSON can hold
    """Write a JSON file atomically, as `json_text`.

    Args:
        path: the file; an existing one is replaced.
        content: numbers, text, lists and dictionaries.
        indent: blanks for each level; None for all in one line.

    Raises:
        StorageError: it cannot be written.
    """
    write_text(path, json_text(content, indent=indent) + "\n")


def json_or_none(text: str | bytes) -> Any:  # noqa: ANN401  # what JSON can hold
    """Return what a text holds.

    Args:
        text: of JSON, or not.

    Returns:
        The content; None where it is not JSON, such as a line that a crash cut short.

    Example:
        >>> json_or_none('{"loss": 0.5}'), json_or_none('{"loss": 0.')
        ({'loss': 0.5}, None)
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_json_or_none(path: Path) -> Any:  # noqa: ANN401  # what JSON can hold
    """Read a JSON file that may be missing or damaged.

    Args:
        path: the file; it need not exist.

    Returns:
        Its content; None where it cannot be read.
    """
    try:
        return json_or_none(path.read_bytes())
    except OSError:
        return None


def _finite(content: Any) -> Any:  # noqa: ANN401
    """Return content in which numbers that are not finite are missing."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
