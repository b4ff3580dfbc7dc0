"""Derived columns as far as they are needed: other files may lack what the rest is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from netwright.data import Dataset

__all__ = ["with_derived"]


def with_derived(
    data: Dataset, derived: Mapping[str, str], columns: Iterable[str] = (), expressions: Iterable[str] = ()
) -> Dataset:
    """Add the derived columns that columns and expressions are made of, and those that these are made of.

    Args:
        data: rows, before derived columns.
        derived: all of an experiment, each with columns before it only.
        columns: that are asked for; those of the files need nothing.
        expressions: SQL that will be computed.

    Returns:
        The rows with these columns.

    Raises:
        DataError: one of them cannot be computed.
    """
    wanted, texts = set(columns), list(expressions)
    kept: dict[str, str] = {}
    for name, expression in reversed(list(derived.items())):
        if name in wanted or any(_uses(text, name) for text in texts):
            kept[name] = expression
            texts.append(expression)
    return data.derive(dict(reversed(list(kept.items())))) if kept else data


def _uses(expression: str, name: str) -> bool:
    """Say whether a name may be a column of an expression; it may also be a word in a text, which does no harm."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expression) is not None
