"""Names of columns and features, as findings list them."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.errors import first_few
from netwright.inspection.feature_summary import FeatureSummary

__all__ = ["feature_names", "listed"]

NAMED = 6


def listed(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are.

    Args:
        names: of columns or features.

    Returns:
        The names for a sentence.

    Example:
        >>> listed(["a", "b"])
        'a, b'
        >>> listed(list("abcdefghi"))
        'a, b, c, d, e, f and 3 more'
    """
    return first_few(names, NAMED)


def feature_names(features: Sequence[FeatureSummary]) -> tuple[str, ...]:
    """Return the names of features.

    Args:
        features: some features.

    Returns:
        Their names.
    """
    return tuple(feature.name for feature in features)
