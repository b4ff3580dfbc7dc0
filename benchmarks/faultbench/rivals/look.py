"""What rules of other tools are held against: outputs, weights and gradients of layers on a few rows, by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from faultbench.rivals.gradients import gradients_of, outputs_of

__all__ = ["LayerLook", "Look", "Watcher"]

Array = NDArray[np.float32]
ROWS: Final = 256
LOOKS: Final = 15


@dataclass(frozen=True)
class LayerLook:
    """One dense layer.

    Args:
        name: of the layer.
        activation: name of its activation.
        hidden: whether other dense layers follow.
        raw: inputs times kernel plus bias, shape (N, units).
        output: shape (N, units).
        kernel: shape (inputs, units).
        gradient: of the loss by the kernel, the same shape; empty where it is not trained.
    """

    name: str
    activation: str
    hidden: bool
    raw: Array
    output: Array
    kernel: Array
    gradient: Array


@dataclass(frozen=True)
class Look:
    """One epoch: its number from 1, steps until then, what Keras logged, and the dense layers in order."""

    epoch: int
    epochs: int
    step: int
    logs: Mapping[str, float]
    layers: tuple[LayerLook, ...]


class Watcher(keras.callbacks.Callback):
    """Collects what happens; the rules judge it after the training.

    Args:
        x: features of the training rows, of which the first are looked at.
        y: their targets, as `fit` takes them.

    Attributes:
        looks: of up to fifteen epochs, evenly spread, with the layers.
        history: what Keras logged in every epoch.
        x: all features.
        y: all targets.
        sparse: whether the loss takes numbers of classes.
        rate: learning rate at the start.
        steps: that were made.
    """

    def __init__(self, x: Array, y: Any) -> None:  # noqa: ANN401 - one array, or by head
        super().__init__()
        self.x, self.y = x, y
        self.looks: list[Look] = []
        self.history: list[dict[str, float]] = []
        self.steps = 0
        self.rate = 0.0
        self.sparse = False
        self.see: Any = None

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ANN401, ARG002 - as Keras calls it
        """Note the learning rate that it begins with."""
        self.sparse = "sparse" in str(getattr(self.model.loss, "name", self.model.loss))
        self.rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ANN401, ARG002 - as Keras calls it
        """Count the step."""
        self.steps += 1

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Look at the layers, where it is time."""
        numbers = {name: float(value) for name, value in (logs or {}).items()}
        self.history.append(numbers)
        epochs = self.params["epochs"]
        if epoch % max(epochs // LOOKS, 1) == 0 or epoch == epochs - 1:
            self.looks.append(Look(epoch + 1, epochs, self.steps, numbers, self._layers()))

    def _layers(self) -> tuple[LayerLook, ...]:
        few = slice(0, ROWS)
        y = {k: v[few] for k, v in self.y.items()} if isinstance(self.y, Mapping) else self.y[few]
        dense = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense)]
        if not dense or not getattr(self.model, "inputs", None):
            return ()
        if self.see is None:
            tensors = [tensor for layer in dense for tensor in (layer.input, layer.output)]
            self.see = outputs_of(keras.Model(self.model.inputs, tensors)), gradients_of(self.model)
        outputs, gradients = self.see
        seen = outputs(self.x[few])
        names = [variable.path for variable in self.model.trainable_variables]
        slopes = dict(zip(names, gradients(self.x[few], y), strict=True))
        heads = set(getattr(self.model, "output_names", []))
        last = dense[-1].name
        return tuple(
            _look(layer, seen[2 * n], seen[2 * n + 1], slopes, hidden=layer.name != last and layer.name not in heads)
            for n, layer in enumerate(dense)
        )


def _look(
    layer: keras.layers.Dense, before: Array, after: Array, slopes: Mapping[str, Array], *, hidden: bool
) -> LayerLook:
    kernel = keras.ops.convert_to_numpy(layer.kernel)
    bias = keras.ops.convert_to_numpy(layer.bias)
    return LayerLook(
        layer.name,
        layer.activation.__name__,
        hidden,
        before @ kernel + bias,
        after,
        kernel,
        slopes.get(layer.kernel.path, np.zeros(0, np.float32)),
    )
