"""A user's own layer as a body: found by its import path, and held to the rules of our own layers."""

from __future__ import annotations

import importlib
import inspect
import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import keras
import numpy as np

from netwright.config import CustomBody, ModelSection
from netwright.errors import ExperimentError, did_you_mean
from netwright.layers import check_layer
from netwright.models._precision import computing_in
from netwright.models.trust import trust_module, trusted_module

__all__ = ["custom", "import_custom_layers"]

_CHECKED_ROWS = 8


def custom(name: str, body: CustomBody, x: Any, seed: int) -> Any:
    """Put a user's own layer onto the features, after it has kept the rules of `netwright.layers.contract`.

    Use it for what no other body does. Features of four-vectors come flattened; the layer gives (rows, units).

    Args:
        name: of the body.
        body: where the class is, and its arguments.
        x: features, shape (rows, features).
        seed: of whatever in the layer has no seed of its own.

    Returns:
        The layer's output, shape (rows, units).

    Raises:
        ExperimentError: the class cannot be found or made, or its layer breaks a rule.
    """
    kind = _layer_class(body)
    features = int(x.shape[-1])

    def make() -> keras.layers.Layer:
        with _seeded(seed):
            layer = _instance(kind, name, body)
            layer(keras.Input((features,)))
        return layer

    rows = np.random.default_rng(0).normal(size=(_CHECKED_ROWS, features)).astype(np.float32)
    with _seeded(seed), computing_in("float32"):
        check_layer(make, rows)
    with _seeded(seed):
        output = _instance(kind, name, body)(x)
    shapes = [tuple(part.shape) for part in keras.tree.flatten(output)]
    if len(shapes) != 1 or len(shapes[0]) != 2:
        msg = (
            f"{body.layer}: a body turns features (rows, {features}) into one output (rows, units), but this layer "
            f"gives {', '.join(map(str, shapes))}. Let its call end in one tensor of two dimensions, with "
            "keras.layers.Flatten for instance."
        )
        raise ExperimentError(msg)
    return output


def import_custom_layers(model: ModelSection, *, trust: bool = False) -> None:
    """Import the modules of users' own layers, so that Keras finds the classes that a saved network names.

    Args:
        model: the model section of an experiment.
        trust: trust these modules, on this machine from now on.

    Raises:
        TrustError: a module is not trusted; nothing of it has been run.
        ExperimentError: a module or class cannot be found, or is no layer that can be saved.
    """
    for body in model.bodies.values():
        if isinstance(body, CustomBody):
            _layer_class(body, trust=trust)


def _layer_class(body: CustomBody, *, trust: bool = False) -> type[keras.layers.Layer]:
    """Find the class, and see that a saved network can name it."""
    module_name, _, class_name = body.layer.partition(":")
    try:
        module = _module(module_name, body.layer, trust=trust)
    except (ImportError, SyntaxError) as error:
        msg = (
            f"{body.layer}: Python cannot import the module {module_name} ({error}). It must be installed, or lie in a "
            "folder that PYTHONPATH names: PYTHONPATH=. netwright train experiment.yaml finds it in this folder."
        )
        raise ExperimentError(msg) from error
    layers = [key for key, value in vars(module).items() if _is_layer(value)]
    kind = getattr(module, class_name, None)
    if kind is None:
        msg = f"{body.layer}: the module {module_name} has no {class_name}.{did_you_mean(class_name, layers)}"
        raise ExperimentError(msg)
    if not _is_layer(kind):
        msg = f"{body.layer} is no Keras layer; derive the class from keras.layers.Layer.{did_you_mean('', layers)}"
        raise ExperimentError(msg)
    registered = keras.saving.get_registered_object(keras.saving.get_registered_name(kind))
    if registered is not kind and not kind.__module__.startswith("keras."):
        msg = (
            f"{body.layer} is not registered with Keras, so a saved network could not name it. Write "
            f'@keras.saving.register_keras_serializable(package="{module_name}") above the class.'
        )
        raise ExperimentError(msg)
    return kind  # type: ignore[no-any-return]  # keras ships no types


def _module(name: str, layer: str, *, trust: bool) -> ModuleType:
    """Import a module, if it is Keras's or netwright's, or trusted."""
    if name.partition(".")[0] in {"keras", "netwright"}:
        return importlib.import_module(name)
    if trust:
        trust_module(name)
    return trusted_module(name, f"layer: {layer}")


def _is_layer(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, keras.layers.Layer)


def _instance(kind: type[keras.layers.Layer], name: str, body: CustomBody) -> keras.layers.Layer:
    try:
        return kind(**{"name": f"{name}-hidden", **body.arguments})
    except (TypeError, ValueError) as error:
        msg = (
            f"{body.layer} does not take the arguments {body.arguments}: {error}. Its signature is "
            f"{kind.__name__}{inspect.signature(kind)}; beside its own arguments it must take **kwargs and hand them "
            "to super().__init__, since Keras names every layer."
        )
        raise ExperimentError(msg) from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let Keras draw the seeds that a layer does not give from ours; it takes them from Python's own generator."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
