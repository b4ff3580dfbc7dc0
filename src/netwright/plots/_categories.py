"""Categories as figures show them: a place for each word instead of its number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from netwright.data import MISSING_CATEGORY

__all__ = ["category_places"]

_MAX_CATEGORIES = 24
_OTHERS = "others"


def category_places(
    values: npt.NDArray[np.floating], words: Mapping[str, int] | None = None
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Return where a figure shows each category, the most frequent word first.

    Args:
        values: numbers of categories, shape (n,), dimensionless.
        words: the number of each word; None where categories are whole numbers.

    Returns:
        Places, shape (n,), dimensionless, NaN where there is no category; of whole numbers they are these. And the word
        at each place: up to 24, and one place for all others; none of whole numbers.

    Example:
        >>> category_places(np.array([7.0, 3.0, 7.0, -(2.0**31)]), {"mu": 7, "e": 3})
        (array([ 0.,  1.,  0., nan]), ['mu', 'e'])
    """
    there = np.where(values == MISSING_CATEGORY, np.nan, values.astype(np.float64))
    if not words:
        return there, []
    counts = {word: int((there == number).sum()) for word, number in words.items()}
    ordered = sorted((word for word in words if counts[word]), key=lambda word: -counts[word])
    shown = ordered[:_MAX_CATEGORIES]
    names = [*shown, _OTHERS] if len(ordered) > len(shown) else shown
    places = np.where(np.isnan(there), np.nan, float(len(shown)))
    for place, word in enumerate(shown):
        places[there == words[word]] = place
    return places, names
