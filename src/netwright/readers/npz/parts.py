"""Arrays of an archive that is divided for training and test, by their names: X_train, y_train, X_test, y_test."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["parts_of"]

_WORD = r"(?i:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?)"
_LAST = re.compile(rf"(?P<name>.+?)[_.]?(?P<part>{_WORD})")
_FIRST = re.compile(rf"(?P<part>{_WORD})[_.]?(?P<name>.+)")


def parts_of(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the parts that arrays belong to, where there is one for training and another with the same arrays.

    Args:
        names: of the arrays.

    Returns:
        By part, the names of its columns by the names of the arrays; none where arrays are not divided so.

    Example:
        >>> parts_of(["X_train", "y_train", "X_test", "y_test", "names"])
        {'train': {'X_train': 'X', 'y_train': 'y'}, 'test': {'X_test': 'X', 'y_test': 'y'}}
        >>> parts_of(["train_x", "val_x"]), parts_of(["xtrain", "xtest"])
        ({'train': {'train_x': 'x'}, 'val': {'val_x': 'x'}}, {'train': {'xtrain': 'x'}, 'test': {'xtest': 'x'}})
        >>> parts_of(["train_fraction", "pt"])
        {}
    """
    by_part: dict[str, dict[str, str]] = {}
    for name in names:
        match = _LAST.fullmatch(name) or _FIRST.fullmatch(name)
        if match is not None:
            by_part.setdefault(match["part"].lower(), {})[name] = match["name"]
    train = next((columns for part, columns in by_part.items() if part.startswith("train")), {})
    same = {part: columns for part, columns in by_part.items() if sorted(columns.values()) == sorted(train.values())}
    return same if len(same) > 1 else {}
