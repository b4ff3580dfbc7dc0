"""One pass of probe rows through a Keras model, forwards and backwards, that leaves no trace in it.

Everything happens inside `keras.StatelessScope`: what layers assign (states, seeds, moving averages, metrics) is
dropped with it. Random numbers that are drawn outside of Keras are set back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.architecture import Wires
from netwright.doctor.quantities.calls import leaves, watched, wires_of
from netwright.doctor.quantities.heads import in_order, names_of_heads

__all__ = ["Pass", "make_forward", "make_pass", "undisturbed"]

_CHUNK = 256  # rows at once: one shape, so that it is compiled once
_COMPILED_IN_LESS_TIME = {"xla_backend_optimization_level": "0"}  # in half of it: a pass runs two or three times


@dataclass(frozen=True)
class Pass:
    """What one pass gave.

    Attributes:
        outputs: of each head, in the order of their names, shape ``(rows, units)``.
        activations: name of a layer to its outputs, shape ``(rows, ...)``.
        gradients: of the loss by each trainable variable, by the variable's path; empty without a loss.
        loss: mean over the rows, with penalties; NaN without.
        penalty: sum of what regularisers and layers add to it.
        wires: how the layers are connected, as far as tensors went from one straight into the next.
    """

    outputs: tuple[Array, ...]
    activations: dict[str, Array]
    gradients: dict[str, Array]
    loss: float
    penalty: float
    wires: Wires | None = None


def make_forward(model: Any) -> Callable[[Any], tuple[Array, ...]]:  # noqa: ANN401  # Keras has no types
    """Make the function that computes a model's outputs, dropout and the like switched off.

    Args:
        model: a built Keras model.

    Returns:
        From what the model takes, ``(rows, ...)``, to the outputs of each head, ``(rows, units)``.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> make_forward(model)(np.ones((1, 2)))
        (array([[2.]], dtype=float32),)
    """
    names = names_of_heads(model)
    size = 0

    def outputs(trainable: Any, other: Any, x: Any) -> Any:  # noqa: ANN401
        with _fixed_values(model, trainable, other):
            return in_order(model(x, training=False), names)

    run = _compiled(outputs)

    def compute(x: Any) -> tuple[Array, ...]:  # noqa: ANN401
        nonlocal size
        rows = len(next(leaves(x)))
        size = size or min(_CHUNK, rows)
        with undisturbed():
            state = _values(model.trainable_variables), _values(model.non_trainable_variables)
            parts = [run(*state, _tensors(_chunk(x, start, size))) for start in range(0, rows, size)]
        return tuple(np.concatenate([_flat(chunk) for chunk in chunks])[:rows] for chunks in zip(*parts, strict=True))

    return compute


def make_pass(model: Any, head: str | None = None) -> Callable[[Any, Any, Any], Pass]:  # noqa: ANN401
    """Make the function that computes outputs of all layers, the loss and its gradients, dropout switched off.

    Args:
        model: a built and compiled Keras model.
        head: the one whose loss the gradients are of, with its weight and without penalties; None for the whole loss.

    Returns:
        From inputs, targets and weights (None where there are none) to what the pass gave. It raises ValueError where
        the loss refuses outputs and targets.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones", name="d")])
        >>> model.compile(loss="mse")
        >>> result = make_pass(model)(np.ones((1, 1)), np.zeros((1, 1)), None)
        >>> result.loss, [float(gradient.ravel()[0]) for gradient in result.gradients.values()]
        (1.0, [2.0, 2.0])
    """
    import keras

    names = names_of_heads(model)
    wires: list[Wires | None] = [None]  # what is traced once is noted once

    def measure(trainable: Any, other: Any, x: Any, y: Any, weight: Any) -> Any:  # noqa: ANN401
        with _fixed_values(model, trainable, other), watched(model) as calls:
            outputs = model(x, training=False)
            wires[0] = wires_of(calls, next(leaves(outputs), None))
            penalty = sum(model.losses) if model.losses else keras.ops.zeros(())
            judged = outputs if head is None else _alone(outputs, head, names)
            loss = model.compute_loss(x=x, y=y, y_pred=judged, sample_weight=weight, training=False)
        activations = {call.name: call.output for call in calls if call.name and call.output is not None}
        return loss if head is None else loss - penalty, (in_order(outputs, names), activations, penalty)

    run = _with_gradients(measure)

    def compute(x: Any, y: Any, weight: Any) -> Pass:  # noqa: ANN401
        with undisturbed():
            state = _values(model.trainable_variables), _values(model.non_trainable_variables)
            loss, (outputs, activations, penalty), gradients = run(
                *state, *(_tensors(value) for value in (x, y, weight))
            )
        paths = [variable.path for variable in model.trainable_variables]
        return Pass(
            outputs=tuple(_flat(output) for output in outputs),
            activations={name: _numpy(activation) for name, activation in activations.items()},
            gradients={
                path: _numpy(gradient) for path, gradient in zip(paths, gradients, strict=True) if gradient is not None
            },
            loss=float(_numpy(loss)),
            penalty=float(_numpy(penalty)),
            wires=wires[0],
        )

    return compute


def _alone(outputs: Any, head: str, names: Sequence[str]) -> Any:  # noqa: ANN401
    """Return outputs of which only one hands a gradient back; a dictionary may be in another order than the names."""
    import keras

    stop = keras.ops.stop_gradient
    if isinstance(outputs, Mapping):
        return {name: output if name == head else stop(output) for name, output in outputs.items()}
    return [output if name == head else stop(output) for name, output in zip(names, outputs, strict=True)]


def _fixed_values(model: Any, trainable: Any, other: Any) -> Any:  # noqa: ANN401
    """Return the scope in which a model has these values, and keeps none that it assigns."""
    import keras

    pairs = [*zip(model.trainable_variables, trainable, strict=True)]
    return keras.StatelessScope(state_mapping=[*pairs, *zip(model.non_trainable_variables, other, strict=True)])


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    import keras

    if keras.backend.backend() == "jax":
        import jax

        step: Callable[..., Any] = jax.jit(function)
        return step
    if keras.backend.backend() == "torch":
        import torch

        still: Callable[..., Any] = torch.no_grad()(function)
        return still
    return function


def _with_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    import keras

    return {"jax": _jax, "tensorflow": _tensorflow, "torch": _torch}[keras.backend.backend()](function)


def _jax(function: Callable[..., Any]) -> Callable[..., Any]:
    import jax

    step = jax.jit(jax.value_and_grad(function, has_aux=True), compiler_options=_COMPILED_IN_LESS_TIME)

    def run(*arguments: Any) -> Any:  # noqa: ANN401
        (loss, auxiliary), gradients = step(*arguments)
        return loss, auxiliary, gradients

    return run


def _tensorflow(function: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def run(trainable: Any, *arguments: Any) -> Any:  # noqa: ANN401
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            loss, auxiliary = function(trainable, *arguments)
        gradients = tape.gradient(loss, trainable)
        return loss, auxiliary, [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]

    return run


def _torch(function: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    def run(trainable: Any, *arguments: Any) -> Any:  # noqa: ANN401
        leaves = [value.requires_grad_() for value in trainable]
        with torch.enable_grad():
            loss, auxiliary = function(leaves, *arguments)
        if not leaves or not loss.requires_grad:
            return loss, auxiliary, [None] * len(leaves)
        return loss, auxiliary, list(torch.autograd.grad(loss, leaves, allow_unused=True))

    return run


def _values(variables: Any) -> list[Any]:  # noqa: ANN401
    import keras

    if keras.backend.backend() == "torch":
        return [variable.value.detach().clone() for variable in variables]
    return [keras.ops.convert_to_tensor(variable.value) for variable in variables]


def _chunk(value: Any, start: int, size: int) -> Any:  # noqa: ANN401
    """Return some rows of arrays in whatever structure, always as many: after the last the first rows come again."""
    if isinstance(value, Mapping):
        return {key: _chunk(item, start, size) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_chunk(item, start, size) for item in value)
    array = np.asarray(value)
    chunk = array[start : start + size]
    return chunk if len(chunk) == size else array[np.arange(start, start + size) % len(array)]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Set random numbers of Python and NumPy back to where they were."""
    python, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002  # the user's global state
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)  # noqa: NPY002


def _tensors(value: Any) -> Any:  # noqa: ANN401
    import keras

    if value is None:
        return None
    return keras.tree.map_structure(
        lambda leaf: keras.ops.convert_to_tensor(
            np.asarray(leaf, "float32" if np.asarray(leaf).dtype == float else None)
        ),
        value,
    )


def _numpy(value: Any) -> Array:  # noqa: ANN401
    import keras

    return np.asarray(keras.ops.convert_to_numpy(value))


def _flat(value: Any) -> Array:  # noqa: ANN401
    array = _numpy(value)
    return array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
