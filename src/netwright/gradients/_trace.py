"""From a function and a point to its computational graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt
from jax.extend.core import ClosedJaxpr

from netwright.errors import GraphError, did_you_mean
from netwright.gradients._assemble import assemble
from netwright.gradients._network import network_function
from netwright.gradients._passes import run_passes
from netwright.gradients._steps import record
from netwright.gradients.graph import Graph

__all__ = ["trace"]


def trace(f: Callable[..., jax.Array] | keras.Model, **inputs: npt.ArrayLike) -> Graph:
    """Compute a function of JAX, or a network, at one point, with all values and gradients on the way.

    The forward pass computes the value v of every operation and its local gradients, ∂v/∂operand. The backward pass
    multiplies them from the end to the beginning (chain rule): ∂f/∂operand = Σ ∂f/∂v · ∂v/∂operand, with the sum over
    all operations that use the operand. f must be a number; its inputs may be arrays.

    Of a network, inputs are those of its input layers, one row each, and its weights are inputs of the graph as well.

    Args:
        f: a function of `jax.numpy` that returns one number, or a Keras model with one output of one value.
        inputs: where to compute it, by name of the argument: numbers, or arrays of any shape and unit.

    Returns:
        The graph: print it, or draw it with its `svg` and `save`.

    Raises:
        GraphError: the function has other arguments or more than one result, is not differentiable, contains control
            flow, or is too large to be read; or an input is not made of real numbers.

    Source: Rieger, Deep Learning School "Basic Concepts" (2022), section 1.

    Example:
        >>> def f(x, y, z):
        ...     return (x + y) * z
        >>> graph = trace(f, x=-2, y=5, z=-4)
        >>> print(graph)
        forward pass: values, from the inputs to f
          x = -2
          y = 5
          z = -4
          v1 = x + y = 3
          f = v1 · z = -12
        local gradients: of each operation by its operands
          ∂v1/∂x = 1
          ∂v1/∂y = 1
          ∂f/∂v1 = -4
          ∂f/∂z = 3
        backward pass: global gradients, by the chain rule
          ∂f/∂f = 1
          ∂f/∂v1 = ∂f/∂f · ∂f/∂v1 = 1 · -4 = -4
          ∂f/∂z = ∂f/∂f · ∂f/∂z = 1 · 3 = 3
          ∂f/∂y = ∂f/∂v1 · ∂v1/∂y = -4 · 1 = -4
          ∂f/∂x = ∂f/∂v1 · ∂v1/∂x = -4 · 1 = -4
    """
    title = _title(f)
    values = {name: _number(name, value) for name, value in inputs.items()}
    if isinstance(f, keras.Model):
        function, values = network_function(f, values)
    else:
        function = _named(f, title, values)
    if not values:
        msg = f"{title} is computed from no input. Give at least one, as in trace(f, x=2.0)."
        raise GraphError(msg)
    recording = record(_jaxpr(function, title, values), title)
    return assemble(title, list(values), recording, run_passes(recording, list(values.values()), title))


def _title(f: object) -> str:
    name = str(getattr(f, "__name__", "f"))
    return name if name.isidentifier() else "f"  # such as <lambda>


def _number(name: str, value: npt.ArrayLike) -> jax.Array:
    """Return an input as floating-point numbers."""
    array = np.asarray(value) if not isinstance(value, jax.Array) else value
    if array.dtype.kind not in "fiub" and not jnp.issubdtype(array.dtype, jnp.floating):
        msg = f"Input {name} must be a real number or an array of them. Received: {value!r}"
        raise GraphError(msg)
    return jnp.asarray(array, jnp.result_type(float))


def _named(f: object, title: str, values: Mapping[str, jax.Array]) -> Callable[..., Any]:
    """Return a function of the inputs in their order."""
    if not callable(f):
        msg = f"Argument `f` must be a function or a Keras model. Received: {f!r}"
        raise GraphError(msg)
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # some functions of C have none
        signature = inspect.Signature([inspect.Parameter("inputs", inspect.Parameter.VAR_KEYWORD)])
    try:
        signature.bind(**values)
    except TypeError as error:
        unknown = next((name for name in values if name not in signature.parameters), "")
        hint = did_you_mean(unknown, signature.parameters) if unknown else ""
        msg = f"{title}{signature} cannot be called with the inputs {', '.join(values) or 'none'}: {error}.{hint}"
        raise GraphError(msg) from error
    names = list(values)
    return lambda *arguments: f(**dict(zip(names, arguments, strict=True)))


def _jaxpr(function: Callable[..., Any], title: str, values: Mapping[str, jax.Array]) -> ClosedJaxpr:
    """Let JAX trace a function, and check that its result is one number."""
    try:
        closed, shape = jax.make_jaxpr(function, return_shape=True)(*values.values())
    except jax.errors.TracerArrayConversionError as error:
        msg = f"{title} hands an input to NumPy, which has no gradients. Use the same function of jax.numpy."
        raise GraphError(msg) from error
    except jax.errors.ConcretizationTypeError as error:  # of truth values as well
        msg = (
            f"{title} branches on the value of an input (if, while, float() or an index), so it has no graph. Choose "
            "values with jnp.where."
        )
        raise GraphError(msg) from error
    leaves = jax.tree.leaves(shape)
    if len(leaves) != 1 or leaves[0].shape not in {(), (1,), (1, 1)}:
        shapes = ", ".join(str(leaf.shape) for leaf in leaves) or "nothing"
        msg = (
            f"{title} must return one number, because gradients are those of one number; it returns {shapes}. Choose "
            "one of the values, or take their sum or a loss."
        )
        raise GraphError(msg)
    return closed
