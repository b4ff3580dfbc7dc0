"""Names of intermediate results."""

from __future__ import annotations

import jax
from jax.ad_checkpoint import checkpoint_name

__all__ = ["name"]


def name(value: jax.Array, title: str) -> jax.Array:
    """Give an intermediate result a name that `trace` shows; it changes nothing else.

    Args:
        value: the result, of any shape and unit.
        title: its name.

    Returns:
        The same value.

    Example:
        >>> from netwright.gradients import trace
        >>> trace(lambda x, y, z: name(x + y, "q") * z, x=-2, y=5, z=-4).node("q").value.item()
        3.0
    """
    named: jax.Array = checkpoint_name(value, title)  # type: ignore[no-untyped-call]  # of JAX
    return named
