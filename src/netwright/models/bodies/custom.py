"""A custom layer as a body, checked against the rules of netwright's layers."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from netwright.config import CustomBody
from netwright.errors import ExperimentError
from netwright.layers import check_layer
from netwright.models._precision import computing_in
from netwright.models.bodies._call_arguments import call_arguments, sample_features, sample_particles
from netwright.models.bodies.layer_class import layer_class
from netwright.models.encode import Encoded

__all__ = ["custom"]


def custom(name: str, section: CustomBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Apply a custom layer to the features, after checking it against the rules of `netwright.layers.contract`.

    Use it for what no other body does. A layer takes particles if its ``call`` has an argument named ``particles`` or
    ``momenta`` (see `netwright.models.bodies._call_arguments`); otherwise its first argument is all features
    concatenated, with those of particles flattened. It returns shape (rows, units).

    Args:
        name: name of the body.
        section: import path of the class, and its arguments.
        encoded: scaled features.
        seeds: iterator over seeds; the next one is used for parts of the layer without a seed of their own.

    Returns:
        The layer's output, shape (rows, units).

    Raises:
        ExperimentError: the class cannot be found or created, its layer breaks a rule, or does not take the inputs.
    """
    kind = layer_class(section.layer)
    inputs, named = call_arguments(name, kind, section.layer, encoded)
    seed = next(seeds)

    def make() -> keras.layers.Layer:
        with _seeded(seed):
            layer = _instance(kind, name, section)
            layer(*map(_like, inputs), **{key: _like(x) for key, x in named.items()})
        return layer

    with _seeded(seed), computing_in("float32"):
        check_layer(make, *sample_features(inputs), **sample_particles(named))
    with _seeded(seed):
        output = _instance(kind, name, section)(*inputs, **named)
    shapes = [tuple(tensor.shape) for tensor in keras.tree.flatten(output)]
    if len(shapes) != 1 or len(shapes[0]) != 2:
        msg = (
            f"{section.layer}: a body gives one output, (rows, units), but this layer gives "
            f"{', '.join(map(str, shapes))}. Let its call end in one tensor of two dimensions, with "
            "keras.layers.Flatten for instance."
        )
        raise ExperimentError(msg)
    return output


def _like(x: Any) -> Any:
    return keras.Input(x.shape[1:], dtype="float32")


def _instance(kind: type[keras.layers.Layer], name: str, section: CustomBody) -> keras.layers.Layer:
    try:
        return kind(**{"name": f"{name}-hidden", **section.arguments})
    except (TypeError, ValueError) as error:
        msg = (
            f"{section.layer} does not take the arguments {section.arguments}: {error}. Its signature is "
            f"{kind.__name__}{inspect.signature(kind)}; besides its own arguments it must take **kwargs and hand them "
            "to super().__init__, since Keras names every layer."
        )
        raise ExperimentError(msg) from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Derive the seeds that a layer does not set from ours; Keras draws them from Python's random generator."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
