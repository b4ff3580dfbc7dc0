"""Keras's own `fit`, on the backend that the environment variable KERAS_BACKEND names, from NumPy arrays."""

from __future__ import annotations

import time
from typing import Any

import keras

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.training import Train, serve_training


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Make a network for `fit`."""
    network = _dense(case) if isinstance(case, Dense) else _deep_sets(case)
    network.compile(optimizer="adam", loss="binary_crossentropy")

    def train(epochs: int) -> float:
        began = time.perf_counter()
        network.fit(x, y, batch_size=case.batch, epochs=epochs, verbose=0)
        return time.perf_counter() - began

    return train


def _dense(case: Dense) -> keras.Model:
    layers = [keras.layers.Dense(n, activation="elu") for n in case.units]
    return keras.Sequential([keras.Input((case.inputs,)), *layers, keras.layers.Dense(1, activation="sigmoid")])


class Present(keras.layers.Layer):
    """1 where any of a constituent's numbers is not 0, else 0: (rows, constituents, 1)."""

    def call(self, x: Any) -> Any:  # noqa: ANN401  tensors of any backend
        """Return the mask."""
        return keras.ops.cast(keras.ops.any(keras.ops.not_equal(x, 0), axis=2, keepdims=True), x.dtype)


class Total(keras.layers.Layer):
    """The sum over constituents."""

    def call(self, x: Any) -> Any:  # noqa: ANN401  tensors of any backend
        """Return (rows, units)."""
        return keras.ops.sum(x, axis=1)


def _deep_sets(case: DeepSets) -> keras.Model:
    x = inputs = keras.Input((case.constituents, 4))
    for n in case.constituent_units:
        x = keras.layers.Dense(n, activation="relu")(x)
    x = Total()(keras.layers.Multiply()([x, Present()(inputs)]))
    for n in case.units:
        x = keras.layers.Dense(n, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


if __name__ == "__main__":
    if keras.backend.backend() == "jax":
        serve_training(fresh, ["keras", "jax"], devices.of_jax)
    else:
        serve_training(fresh, ["keras", "tensorflow"], devices.of_tensorflow)
