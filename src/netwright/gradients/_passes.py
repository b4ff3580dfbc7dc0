"""The forward pass, and the backward pass with local and global gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from netwright.errors import GraphError
from netwright.gradients._steps import Recording, Step

__all__ = ["Passes", "differentiable", "run_passes"]

_MAX_ENTRIES = 4096  # of a Jacobian that is kept

# operations that act on each value by itself, so that their Jacobian is a diagonal
_ELEMENTWISE = {
    "abs", "acos", "acosh", "add", "add_any", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clip", "copy",
    "convert_element_type", "cos", "cosh", "digamma", "div", "elu", "erf", "erf_inv", "erfc", "exp", "exp2", "expm1",
    "floor", "gelu", "hard_sigmoid", "hard_tanh", "integer_pow", "is_finite", "leaky_relu", "lgamma", "log", "log1p",
    "log_sigmoid", "logistic", "max", "min", "mish", "mul", "name", "neg", "pow", "relu", "relu6", "rem", "round",
    "rsqrt", "select_n", "selu", "sign", "silu", "sin", "sinh", "softplus", "sqrt", "square", "stop_gradient", "sub",
    "swish", "tan", "tanh", "where",
}  # fmt: skip


@dataclass(frozen=True)
class Passes:
    """What both passes found, by number of the value.

    Attributes:
        values: of the forward pass.
        gradients: ∂f/∂value; none for those without a derivative.
        locals: ∂result/∂operand by (result, operand): a Jacobian (results, operands), or its diagonal (n,).
    """

    values: dict[int, Any]
    gradients: dict[int, Any]
    locals: dict[tuple[int, int], Any]


def differentiable(value: object) -> bool:
    """Return whether a value has a derivative: whether it is a floating-point number or array.

    Args:
        value: the value.

    Returns:
        False for whole numbers and truth values.
    """
    return bool(jnp.issubdtype(jnp.result_type(value), jnp.floating))


def run_passes(recording: Recording, inputs: Sequence[jax.Array], title: str) -> Passes:
    """Compute every value, then every gradient.

    Args:
        recording: the function.
        inputs: values of its inputs, of any shape.
        title: its name, for messages.

    Returns:
        Values and gradients.

    Raises:
        GraphError: an operation, or the whole function, has no derivative.
    """
    values: dict[int, Any] = dict(enumerate(inputs)) | recording.constants
    for step in recording.steps:
        values |= dict(zip(step.results, step.run(*(values[operand] for operand in step.variables)), strict=True))
    result = values[recording.result]
    if not differentiable(result):
        msg = (
            f"{title} returns a value of the kind {jnp.result_type(result)}, which has no gradient: it changes in "
            "steps, or not at all. Leave out comparisons, rounding to whole numbers and argmax at the end."
        )
        raise GraphError(msg)
    gradients: dict[int, Any] = {recording.result: jnp.ones_like(result)}
    local: dict[tuple[int, int], Any] = {}
    for step in reversed(recording.steps):
        _step_back(step, values, gradients, local, title)
    return Passes(values, gradients, local)


def _step_back(
    step: Step, values: dict[int, Any], gradients: dict[int, Any], local: dict[tuple[int, int], Any], title: str
) -> None:
    """Multiply the gradients of a step's results by its local gradients, and add them to those of its operands."""
    operand_positions = [position for position, one in enumerate(step.variables) if differentiable(values[one])]
    operands = [values[one] for one in step.variables]
    result_positions = [position for position, one in enumerate(step.results) if differentiable(values[one])]
    if not operand_positions or not result_positions:
        return

    def function(*changed: jax.Array) -> list[jax.Array]:
        all_of_them = list(operands)
        for position, value in zip(operand_positions, changed, strict=True):
            all_of_them[position] = value
        results = step.run(*all_of_them)
        return [results[position] for position in result_positions]

    try:
        _, backwards = jax.vjp(function, *(operands[position] for position in operand_positions))
    except (NotImplementedError, ValueError, TypeError) as error:
        msg = f'{title}: the operation "{step.operation}" has no gradient that JAX knows. Replace it. ({error})'
        raise GraphError(msg) from error
    numbers = [step.results[position] for position in result_positions]
    for order, number in enumerate(numbers):
        zeros = [jnp.zeros_like(values[one]) for one in numbers]
        jacobians = _jacobians(step, backwards, zeros, order, [operands[position] for position in operand_positions])
        local |= {
            (number, step.variables[position]): one for position, one in zip(operand_positions, jacobians, strict=True)
        }
    arriving = [gradients.get(one, jnp.zeros_like(values[one])) for one in numbers]
    for position, share in zip(operand_positions, backwards(arriving), strict=True):
        operand = step.variables[position]
        gradients[operand] = gradients[operand] + share if operand in gradients else share


def _jacobians(step: Step, backwards: Any, zeros: list[Any], order: int, operands: list[Any]) -> list[Any]:  # noqa: ANN401
    """Return ∂result/∂operand for one result and all operands: a diagonal, a matrix, or None where it is too large."""
    result = zeros[order]

    def pulled(cotangent: jax.Array) -> Any:  # noqa: ANN401  # a tuple of arrays
        return backwards([*zeros[:order], cotangent, *zeros[order + 1 :]])

    diagonal = step.operation in _ELEMENTWISE and all(jnp.shape(one) == jnp.shape(result) for one in operands)
    if diagonal:
        return [np.ravel(one) for one in pulled(jnp.ones_like(result))]
    if any(result.size * jnp.size(one) > _MAX_ENTRIES for one in operands):
        return [None] * len(operands)
    rows = [pulled(one.reshape(result.shape)) for one in np.eye(result.size, dtype=result.dtype)]
    return [np.stack([np.ravel(row[index]) for row in rows]) for index in range(len(operands))]
