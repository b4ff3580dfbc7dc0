"""Event weights that are products of columns: each becomes a derived column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

__all__ = ["derived_weight", "with_derived_weights"]


def derived_weight(weight: str, derived: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the column of a weight, and the derived columns with it.

    Args:
        weight: a column, or an SQL expression with a product.
        derived: the derived columns so far.

    Returns:
        The name of the column; and those derived, with a product behind the others, which it may use.

    Example:
        >>> derived_weight('genWeight * "pu.weight"', {})
        ('genWeight_x_pu_weight', {'genWeight_x_pu_weight': 'genWeight * "pu.weight"'})
        >>> derived_weight("genWeight", {"ht": "a + b"})
        ('genWeight', {'ht': 'a + b'})
    """
    if "*" not in weight:
        return weight, dict(derived)
    stem = re.sub(r"\W+", "_", weight.replace("*", " x ")).strip("_")
    stem = stem if stem[:1].isalpha() else f"w_{stem}"
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    name = next(name for name in names if derived.get(name, weight) == weight)
    return name, {**derived, name: weight}


def with_derived_weights(content: Any) -> Any:  # noqa: ANN401  # as pydantic gives it
    """Return a data section in which each weight is a column, as its file has it before it is validated.

    Args:
        content: with keys `weight`, `samples` and `variations`; anything else is returned as it is.

    Returns:
        The section, whose `derived` has the products.

    Example:
        >>> with_derived_weights({"weight": "w * pu", "derived": {"ht": "a + b"}})
        {'weight': 'w_x_pu', 'derived': {'ht': 'a + b', 'w_x_pu': 'w * pu'}}
    """
    derived: Any = (content.get("derived") or {}) if isinstance(content, Mapping) else None
    if not isinstance(derived, Mapping):  # which is refused afterwards
        return content

    def changed(section: Any) -> Any:  # noqa: ANN401  # a section with a weight, or what stands in its place
        nonlocal derived
        if not isinstance(section, Mapping):
            return section
        update: dict[str, Any] = {}
        if isinstance(section.get("weight"), str):
            update["weight"], derived = derived_weight(section["weight"], derived)
        for key in ("samples", "variations"):
            if isinstance(section.get(key), Mapping):
                update[key] = {name: changed(inner) for name, inner in section[key].items()}
        return {**section, **update}

    section = changed(content)
    return {**section, "derived": derived} if derived else section
