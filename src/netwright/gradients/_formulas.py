"""Operations as a person writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["formula_of"]

_BETWEEN = {"add": " + ", "add_any": " + ", "sub": " - ", "mul": " · ", "div": " / ", "dot_general": " @ ", "pow": "^",
            "gt": " > ", "ge": " ≥ ", "lt": " < ", "le": " ≤ ", "eq": " = "}  # fmt: skip
_NAMES = {
    "logistic": "sigmoid",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "product",
}


def formula_of(operation: str, settings: dict[str, Any], names: Sequence[str]) -> tuple[str, str]:
    """Write an operation.

    Args:
        operation: name of the operation in JAX.
        settings: its parameters in JAX besides the operands.
        names: of its operands.

    Returns:
        The operation's name, and the operation with its operands.

    Example:
        >>> formula_of("mul", {}, ["q", "z"]), formula_of("integer_pow", {"y": 2}, ["x"])
        (('·', 'q · z'), ('^2', 'x^2'))
    """
    if operation == "neg":
        return "-", f"-{names[0]}"
    if operation == "integer_pow":
        return f"^{settings['y']}", f"{names[0]}^{settings['y']}"
    if operation == "square":
        return "^2", f"{names[0]}^2"
    if operation == "select_n" and len(names) == 3:
        return "where", f"where({names[0]}, {names[2]}, {names[1]})"
    if operation in _BETWEEN and len(names) == 2:
        sign = _BETWEEN[operation]
        return sign.strip(), sign.join(names)
    name = _NAMES.get(operation, operation)
    return name, f"{name}({', '.join(names)})"
