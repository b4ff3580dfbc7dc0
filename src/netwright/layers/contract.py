"""The rules that every layer keeps, as functions: for the tests of our layers, and for users' own layers when built."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.errors import ExperimentError

__all__ = [
    "RULES",
    "check_layer",
    "gives_finite_numbers",
    "has_finite_gradients",
    "is_reproducible",
    "keeps_rows_apart",
    "leaves_out_the_padding",
    "survives_its_config",
    "takes_any_number_of_rows",
]

Make = Callable[[], keras.layers.Layer]
Array = npt.NDArray[np.generic]
Inputs = Sequence[Array] | Mapping[str, Array]
"""What the call of a layer takes, by place or by name."""


def check_layer(make: Make, *inputs: Array, **named: Array) -> None:
    """Check that a layer keeps every rule, so that it trains, saves, loads and can be trusted like our own.

    Args:
        make: makes the layer, with the same weights every time.
        inputs: what its call takes, shape (rows, ...) each, at least four different rows, in the units that it will
            see.
        named: the same for arguments that it takes by name; of a layer of particles with padding, also ``exists``.

    Raises:
        ExperimentError: the layer breaks a rule; the message says which, and what to do.

    Source: definition.

    Example:
        >>> check_layer(lambda: keras.layers.Dense(2, kernel_initializer="ones"), np.eye(4, dtype=np.float32))
    """
    arguments = inspect.signature(make().call).bind(*inputs, **named).arguments if named else inputs
    for rule in RULES:
        rule(make, arguments)


def gives_finite_numbers(make: Make, inputs: Inputs) -> None:
    """Outputs are finite, float32, and of the shape that Keras computes beforehand, in training and out of it.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: they are not.
    """
    layer = make()
    expected = _symbolic(make(), _each(lambda x: keras.Input(batch_shape=x.shape, dtype=x.dtype.name), inputs))
    for training in (False, True):
        outputs = _outputs(layer, inputs, training=training)
        shapes = [values.shape for values in outputs]
        if shapes != expected:
            rule = f"outputs of shapes {shapes}, but Keras computes {expected}"
            raise _rule_error(layer, rule, "Correct compute_output_shape, or leave it out.")
        if any(values.dtype != np.float32 for values in outputs):
            rule = f"outputs of types {', '.join(str(values.dtype) for values in outputs)} instead of float32"
            raise _rule_error(layer, rule, 'Cast with keras.ops.cast(x, "float32").')
        if not all(np.isfinite(values).all() for values in outputs):
            when = "with training=True" if training else "with training=False"
            advice = "Look for a division by zero, a root or logarithm of what may be negative, an overflow."
            raise _rule_error(layer, f"outputs that are not finite {when}", advice)


def takes_any_number_of_rows(make: Make, inputs: Inputs) -> None:
    """The number of rows may be unknown when a network is built, and stays unknown in every output.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: the layer fixes the number of rows.
    """
    layer = make()
    shapes = _symbolic(layer, _each(_input_like, inputs))
    if any(len(shape) == 0 or shape[0] is not None for shape in shapes):
        advice = "Keep the first dimension: write reshapes as (-1, ...), and sum over later axes only."
        raise _rule_error(layer, f"outputs of shapes {shapes} for an unknown number of rows (None, ...)", advice)


def is_reproducible(make: Make, inputs: Inputs) -> None:
    """Without training a layer is a function; with training, two layers of one seed draw the same numbers.

    Args:
        make: makes the layer, with the same seeds every time.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: the layer is random where it may not be, or draws numbers that no seed decides.
    """
    layer, twin = make(), make()
    once, twice = (_outputs(layer, inputs, training=False) for _ in range(2))
    if not _equal(once, twice):
        advice = "Use randomness only if training is true, and change no state in call."
        raise _rule_error(layer, "other outputs when asked again with training=False", advice)
    advice = "Draw numbers from keras.random with a keras.random.SeedGenerator(seed), never from NumPy."
    if not _equal(once, _outputs(twin, inputs, training=False)):
        raise _rule_error(layer, "other first weights from the same seed", advice)
    if not _equal(*(_outputs(instance, inputs, training=True) for instance in (layer, twin))):
        raise _rule_error(layer, "other outputs with training=True from the same seed", advice)


def keeps_rows_apart(make: Make, inputs: Inputs) -> None:
    """Without training, the outputs of a row do not depend on which other rows are asked for with it.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: rows see each other.
    """
    layer, rows = make(), len(keras.tree.flatten(inputs)[0])
    subset = slice(rows // 3, max(2 * rows // 3, rows // 3 + 1))
    of_all_rows = _outputs(layer, inputs, training=False)
    of_subset = _outputs(layer, _each(lambda x: x[subset], inputs), training=False)
    for all_rows, subset_rows in zip(of_all_rows, of_subset, strict=True):
        # sums in another order round otherwise, each number by some 1e-7 of the largest
        tolerance = 1e-5 * (np.abs(subset_rows) + np.abs(all_rows).max(initial=0))
        if (
            all_rows[subset].shape != subset_rows.shape
            or not (np.abs(all_rows[subset] - subset_rows) <= tolerance).all()
        ):
            advice = "Take means, norms and sums over later axes, never over axis 0, at least if training is false."
            raise _rule_error(layer, "outputs of a row that change with the other rows of the batch", advice)


def survives_its_config(make: Make, inputs: Inputs) -> None:
    """A layer made again from its config, in Keras's safe mode, is the same layer.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: the layer cannot be made again, or is another one then.
    """
    layer = make()
    expected = _outputs(layer, inputs, training=False)
    advice = "Let get_config return every argument of __init__ in addition to super().get_config()."
    try:
        config = json.dumps(keras.saving.serialize_keras_object(layer), sort_keys=True)
        remade = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _rule_error(layer, f"a config that it cannot be made again from ({error})", advice) from error
    if json.dumps(keras.saving.serialize_keras_object(remade), sort_keys=True) != config:
        raise _rule_error(layer, "another config after it was made again from its config", advice)
    _outputs(remade, inputs, training=False)  # makes its weights
    if [w.shape for w in remade.weights] != [w.shape for w in layer.weights]:
        raise _rule_error(layer, "other weights after it was made again from its config", advice)
    remade.set_weights(layer.get_weights())
    if not _equal(expected, _outputs(remade, inputs, training=False)):
        raise _rule_error(layer, "other outputs after it was made again from its config", advice)


def has_finite_gradients(make: Make, inputs: Inputs) -> None:
    """Gradients by the inputs and by the weights are finite, also where values are missing or padded.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each.

    Raises:
        ExperimentError: a gradient is not finite.
    """
    import jax

    layer, arrays = make(), keras.tree.flatten(inputs)
    symbols = _each(_input_like, inputs)
    model = keras.Model(keras.tree.flatten(symbols), _call(layer, symbols))
    weights = [w.value for w in model.trainable_variables]
    non_trainable = [w.value for w in model.non_trainable_variables]
    float_inputs = [index for index, x in enumerate(arrays) if np.issubdtype(x.dtype, np.floating)]

    def total(weights: list[Any], floats: list[Any]) -> Any:
        values = list(arrays)
        for index, x in zip(float_inputs, floats, strict=True):
            values[index] = x
        outputs, _ = model.stateless_call(weights, non_trainable, values, training=True)
        return sum(keras.ops.sum(tensor) for tensor in keras.tree.flatten(outputs))

    gradients_by = jax.jit(jax.grad(total, argnums=(0, 1)))(weights, [arrays[index] for index in float_inputs])
    for gradients, of in zip(gradients_by, ("its weights", "its inputs"), strict=True):
        if not all(np.isfinite(gradient).all() for gradient in gradients):
            advice = (
                "Look for a root, norm or division at zero; keep the argument away from it with keras.ops.where "
                "before the root, not after it."
            )
            raise _rule_error(layer, f"gradients by {of} that are not finite", advice)


def leaves_out_the_padding(make: Make, inputs: Inputs) -> None:
    """Where a layer takes particles and says which exist, outputs do not depend on the padding.

    Args:
        make: makes the layer.
        inputs: what its call takes, shape (rows, ...) each; of particles (rows, P, ...), ``exists`` (rows, P, 1).

    Raises:
        ExperimentError: the layer looks at padding.
    """
    if not isinstance(inputs, Mapping) or "exists" not in inputs:
        return
    exists, layer = inputs["exists"].astype(bool), make()
    changed = {
        key: np.where(exists, x, x + 1).astype(x.dtype) if x.shape[:2] == exists.shape[:2] and key != "exists" else x
        for key, x in inputs.items()
    }
    expected, outputs = (_outputs(layer, arguments, training=False) for arguments in (inputs, changed))
    for before, after in zip(expected, outputs, strict=True):
        if not np.allclose(before, after, rtol=1e-5, atol=1e-5 * np.abs(before).max(initial=0)):
            advice = "Multiply by `exists` before sums, and add -1e9 (1 - exists) before maxima and softmax."
            raise _rule_error(layer, "outputs that change with the padding, where there is no particle", advice)


RULES = (
    gives_finite_numbers,
    takes_any_number_of_rows,
    is_reproducible,
    keeps_rows_apart,
    survives_its_config,
    has_finite_gradients,
    leaves_out_the_padding,
)


def _call(layer: keras.layers.Layer, inputs: Any, **more: Any) -> Any:
    return layer(**inputs, **more) if isinstance(inputs, Mapping) else layer(*inputs, **more)


def _each(function: Callable[[Any], Any], inputs: Inputs) -> Any:
    return keras.tree.map_structure(function, inputs)


def _input_like(x: Array) -> Any:
    return keras.Input(x.shape[1:], dtype=x.dtype.name)


def _shapes_of(inputs: Any) -> Any:
    shapes = _each(lambda x: tuple(x.shape), inputs)
    return dict(shapes) if isinstance(inputs, Mapping) else list(shapes)


def _outputs(layer: keras.layers.Layer, inputs: Inputs, *, training: bool) -> list[npt.NDArray[Any]]:
    """Ask a layer, and take all its outputs as arrays."""
    try:
        outputs = _call(layer, inputs, training=training)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _refused(layer, _shapes_of(inputs), error) from error
    return [np.asarray(keras.ops.convert_to_numpy(x)) for x in keras.tree.flatten(outputs)]


def _symbolic(layer: keras.layers.Layer, inputs: Any) -> list[tuple[int | None, ...]]:
    """Ask a layer for the shapes of its outputs only."""
    try:
        outputs = _call(layer, inputs)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _refused(layer, _shapes_of(inputs), error) from error
    return [tuple(x.shape) for x in keras.tree.flatten(outputs)]


def _equal(left: Sequence[npt.NDArray[Any]], right: Sequence[npt.NDArray[Any]]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def _refused(layer: keras.layers.Layer, shapes: Any, error: Exception) -> ExperimentError:
    advice = "Write its call with keras.ops, for any number of rows."
    return _rule_error(layer, f"an error for inputs of shapes {shapes}: {error}", advice)


def _rule_error(layer: keras.layers.Layer, problem: str, advice: str) -> ExperimentError:
    return ExperimentError(f"The layer {type(layer).__name__} ({layer.name}) gives {problem}. {advice}")
