"""Compiled functions as Python runs them: operation by operation, through every line of a user's layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

__all__ = ["uncompiled"]


def uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does what a compiled one does, but uncompiled, so it runs in Python each time.

    Loops over steps are then loops of Python. The operations are the same; those that the compiler would have fused
    are rounded one by one, so that numbers agree to float32's accuracy.

    Args:
        function: compiled by `jax.jit`.

    Returns:
        A function of the same arguments.

    Example:
        >>> @jax.jit
        ... def doubled(x):
        ...     seen.append(isinstance(x, jax.core.Tracer))
        ...     return 2 * x
        >>> seen = []
        >>> float(doubled(1.0)), float(uncompiled(doubled)(1.0)), seen
        (2.0, 2.0, [True, False])
    """

    def run(*arguments: Any) -> Any:  # noqa: ANN401  # those of any function
        with jax.disable_jit():
            return function(*arguments)

    return run
