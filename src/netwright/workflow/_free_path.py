"""A path at which nothing is."""

from __future__ import annotations

import os
from itertools import chain, count
from pathlib import Path

__all__ = ["free_path"]


def free_path(preferred: Path) -> Path:
    """Return the first of NAME, NAME-2, NAME-3, ... that does not exist; an ending such as .yaml stays at the end.

    Args:
        preferred: the path for NAME.

    Returns:
        The path.

    Example:
        >>> free_path(Path("not-there/events-fixed.yaml")).name
        'events-fixed.yaml'
    """
    numbered = (preferred.with_name(f"{preferred.stem}-{number}{preferred.suffix}") for number in count(2))
    return next(path for path in chain([preferred], numbered) if not os.path.lexists(path))  # nor a link to nothing
