"""Outputs of a model with several, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["by_head", "in_order", "names_of_heads"]


def names_of_heads(model: Any) -> tuple[str, ...]:  # noqa: ANN401  # Keras has no types
    """Return the names of a model's outputs.

    Args:
        model: a Keras model.

    Returns:
        Names by which losses and targets go; empty for a single output, and where they are not known (a subclassed
        model).

    Example:
        >>> import keras
        >>> inputs = keras.Input((2,))
        >>> outputs = {name: keras.layers.Dense(1)(inputs) for name in ("top", "mass")}
        >>> names_of_heads(keras.Model(inputs, outputs))
        ('top', 'mass')
    """
    outputs = getattr(model, "outputs", None)
    if not isinstance(outputs, list) or len(outputs) < 2:  # a single output
        return ()
    structure = model.output
    names = tuple(structure) if isinstance(structure, Mapping) else tuple(model.output_names)
    return names if len(set(names)) == len(outputs) else ()


def by_head(value: Any, names: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401  # of any structure
    """Return what belongs to each head.

    Args:
        value: a dictionary by name, or a list in the order of the outputs: of targets, losses or outputs.
        names: of the heads.

    Returns:
        Name to value; without heads that have none.

    Example:
        >>> by_head([1, 2], ("top", "mass"))
        {'top': 1, 'mass': 2}
    """
    if isinstance(value, Mapping):
        return {name: value[name] for name in names if name in value}
    return dict(zip(names, value, strict=True)) if isinstance(value, list | tuple) and len(value) == len(names) else {}


def in_order(value: Any, names: Sequence[str]) -> list[Any]:  # noqa: ANN401
    """Return outputs in the order of the names; a single one, or the first of a structure that is not known, alone.

    Args:
        value: what a model gives.
        names: of its heads; empty for a single output.

    Returns:
        One value for each name.

    Example:
        >>> in_order({"mass": 2, "top": 1}, ("top", "mass"))
        [1, 2]
    """
    outputs = by_head(value, names)
    if names and len(outputs) == len(names):
        return list(outputs.values())
    while isinstance(value, list | tuple | dict) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return [value]
