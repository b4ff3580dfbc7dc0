"""Numbered columns, one for each particle: E_0, E_1 and so on, written as the pattern ``E_{i}``."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["is_numbered", "numbers_in", "of_number"]

_MARK = "{i}"


def is_numbered(column: str) -> bool:
    """Return whether a name is a pattern for numbered columns.

    Args:
        column: a name of an experiment file.

    Returns:
        True where it holds ``{i}``.
    """
    return _MARK in column


def numbers_in(pattern: str, names: Iterable[str]) -> dict[str, int]:
    """Return the columns that a pattern stands for.

    Args:
        pattern: a name with ``{i}``.
        names: of all columns.

    Returns:
        The number of each column, in the order of `names`; none for a name that is no pattern.

    Example:
        >>> numbers_in("E_{i}", ["E_10", "E_x", "y", "E_2"])
        {'E_10': 10, 'E_2': 2}
        >>> numbers_in("jet{i}/E{i}", ["jet1/E1", "jet1/E2"])  # the same number in all places
        {'jet1/E1': 1}
    """
    if not is_numbered(pattern):
        return {}
    expression = re.compile(re.escape(pattern).replace(re.escape(_MARK), r"(\d+)", 1).replace(re.escape(_MARK), r"\1"))
    matches = {name: expression.fullmatch(name) for name in names}
    return {name: int(match[1]) for name, match in matches.items() if match is not None}


def of_number(pattern: str, number: int) -> str:
    """Return the name of a numbered column.

    Args:
        pattern: a name with ``{i}``.
        number: of the particle.

    Returns:
        The name.

    Example:
        >>> of_number("E_{i}", 3)
        'E_3'
    """
    return pattern.replace(_MARK, str(number))
