"""One thing that a look at data found: good, to be looked at, or to be mended first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from netwright.inspection.summary import FeatureSummary

__all__ = ["Finding", "Level", "named", "named_features"]

Level = Literal["PASS", "WARN", "FAIL"]

NAMED = 6


@dataclass(frozen=True)
class Finding:
    """What was looked for, and what was found.

    Attributes:
        name: what was looked for, in words.
        level: PASS, WARN (look at it) or FAIL (mend it before training).
        columns: the columns or features that it is about.
        sentence: what was found, by which rule and with which value, and the next step.
    """

    name: str
    level: Level
    columns: tuple[str, ...]
    sentence: str


def named(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are.

    Args:
        names: of columns or features.

    Returns:
        The names for a sentence.

    Example:
        >>> named(["a", "b"])
        'a, b'
        >>> named(list("abcdefghi"))
        'a, b, c, d, e, f and 3 more'
    """
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def named_features(features: Sequence[FeatureSummary]) -> tuple[str, ...]:
    """Return the names of features.

    Args:
        features: some features.

    Returns:
        Their names.
    """
    return tuple(feature.name for feature in features)
