"""From a program to a compiled Keras model and the arguments of its `fit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from faultbench.parts import Part, Rows
from faultbench.programs import Fit, Head, Network, Program

__all__ = ["SCHEDULES", "build", "compiled", "fit_arguments"]

Tensor = Any  # of one of three backends


def build(program: Program, rows: Rows) -> keras.Model:
    """Build the network of a program; its initial weights follow from Keras's global seed.

    Args:
        program: what to build.
        rows: for the constants of scaling layers.

    Returns:
        The model, not compiled.
    """
    network = program.network
    layers = [*_front(network, rows.train.x), *(layer for width in network.widths for layer in _block(network, width))]
    if network.form in ("sequential", "sequential without input") and len(program.heads) == 1:
        start = [keras.Input(rows.train.x.shape[1:])] if network.form == "sequential" else []
        return keras.Sequential([*start, *layers, *_head(program, program.heads[0], rows.train)])
    heads = {head.name: _head(program, head, rows.train) for head in program.heads}
    if network.form == "subclassed":
        return Subclassed(layers, heads)
    inputs = keras.Input(rows.train.x.shape[1:])
    outputs = _call(layers, heads, inputs, residual=network.residual)
    return keras.Model(inputs, outputs)


class Subclassed(keras.Model):
    """The same layers in a model whose `call` is written by hand."""

    def __init__(self, layers: list[keras.Layer], heads: dict[str, list[keras.Layer]]) -> None:
        super().__init__()
        self.steps = layers
        self.ends = [layer for layers in heads.values() for layer in layers]
        self.sizes = {name: len(layers) for name, layers in heads.items()}

    def call(self, inputs: Tensor, *, training: bool = False) -> Tensor:
        """Apply all layers, and what ends each head."""
        x = inputs
        for layer in self.steps:
            x = layer(x, training=training) if isinstance(layer, _TWO_MODES) else layer(x)
        outputs, ends = {}, iter(self.ends)
        for name, size in self.sizes.items():
            outputs[name] = x
            for _ in range(size):
                outputs[name] = next(ends)(outputs[name])
        return outputs if len(outputs) > 1 else outputs[next(iter(outputs))]


_TWO_MODES: Final = (keras.layers.BatchNormalization, keras.layers.Dropout, keras.layers.AlphaDropout)


def _call(layers: list[keras.Layer], heads: dict[str, list[keras.Layer]], inputs: Tensor, *, residual: bool) -> Tensor:
    x = inputs
    for layer in layers:
        after = layer(x)
        x = keras.layers.add([x, after]) if residual and after.shape == x.shape and _is_dense(layer) else after
    outputs = {}
    for name, ends in heads.items():
        outputs[name] = x
        for layer in ends:
            outputs[name] = layer(outputs[name])
    return outputs if len(outputs) > 1 else outputs[next(iter(outputs))]


def _is_dense(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Dense)


def _front(network: Network, x: NDArray[np.float32]) -> list[keras.Layer]:
    layers = []
    if network.scaling:
        scaling = keras.layers.Normalization()
        scaling.adapt(x)
        layers.append(scaling)
    if network.form == "sets":
        width = network.widths[0]
        layers += [keras.layers.Dense(width, "relu", kernel_initializer="he_normal") for _ in range(2)]
        layers.append(keras.layers.GlobalAveragePooling1D())
    elif x.ndim > 2:
        layers.append(keras.layers.Flatten())
    return layers


def _block(network: Network, width: int) -> list[keras.Layer]:
    activation = network.activation
    dense = keras.layers.Dense(
        width,
        activation=None if network.batch_norm else activation,
        kernel_initializer=initializer(network.kernel),
        bias_initializer=initializer(network.bias),
        kernel_regularizer=keras.regularizers.L1L2(network.l1, network.l2) if network.l1 or network.l2 else None,
        trainable=network.trainable,
    )
    drop = [getattr(keras.layers, network.dropout_layer)(network.dropout)] if network.dropout else []
    if not network.batch_norm:
        return [dense, *drop]
    norm = [keras.layers.BatchNormalization(), keras.layers.Activation(activation or "linear")]
    return [dense, *drop, *norm] if network.dropout_first else [dense, *norm, *drop]


def _head(program: Program, head: Head, train: Part) -> list[keras.Layer]:
    network = program.network
    scales = head.kind == "regression" and network.target_scaling
    layers: list[keras.Layer] = [
        keras.layers.Dense(
            head.units,
            activation=head.activation,
            kernel_initializer=initializer(network.head_kernel),
            trainable=network.trainable,
            name=f"{head.name}_dense" if scales else head.name,
        )
    ]
    if scales:
        y = train.y[head.name]
        layers.append(keras.layers.Rescaling(float(y.std()), float(y.mean()), name=head.name))
    return [*layers, *([keras.layers.Dropout(network.output_dropout)] if network.output_dropout else [])]


def initializer(text: str) -> str | keras.Initializer:
    """Return the initializer of a name, or of a name and a number: "random_normal 5.0", "constant -5"."""
    name, _, number = text.partition(" ")
    if not number:
        return name
    if name == "constant":
        return keras.initializers.Constant(float(number))
    return keras.initializers.RandomNormal(stddev=float(number))


def _cosine(rate: float, steps: int) -> Any:  # noqa: ANN401 - Keras has no public type for schedules
    return keras.optimizers.schedules.CosineDecay(rate, steps)


def _warm_restarts(rate: float, steps: int) -> Any:  # noqa: ANN401
    return keras.optimizers.schedules.CosineDecayRestarts(rate, max(steps // 7, 1), alpha=0.01)


def _warm_up(rate: float, steps: int) -> Any:  # noqa: ANN401
    return keras.optimizers.schedules.CosineDecay(
        rate / 100, steps - steps // 10, warmup_target=rate, warmup_steps=max(steps // 10, 1)
    )


def _step_decay(rate: float, steps: int) -> Any:  # noqa: ANN401
    return keras.optimizers.schedules.ExponentialDecay(rate, max(steps // 3, 1), 0.3, staircase=True)


def _dies_at_once(rate: float, steps: int) -> Any:  # noqa: ANN401, ARG001 - the mistake is to count steps as epochs
    return keras.optimizers.schedules.ExponentialDecay(rate, 1, 0.8)


SCHEDULES: Final[Mapping[str, Callable[[float, int], Any]]] = MappingProxyType(
    {
        "cosine": _cosine,
        "warm restarts": _warm_restarts,
        "warm-up": _warm_up,
        "step decay": _step_decay,
        "dies at once": _dies_at_once,
    }
)


def compiled(program: Program, model: keras.Model, rows: int) -> keras.Model:
    """Compile the model as its program says.

    Args:
        program: with the optimizer, the losses and the metrics.
        model: of `build`.
        rows: for training, which set the length of the schedule.

    Returns:
        The same model.
    """
    fit, heads = program.fit, program.heads
    losses = {head.name: _loss(head) for head in heads}
    weights = {head.name: head.weight for head in heads}
    single = len(heads) == 1
    metrics = list(fit.metrics)
    model.compile(
        optimizer=_optimizer(fit, math.ceil(rows / (fit.batch or 32)) * fit.epochs),
        loss=losses[heads[0].name] if single else losses,
        loss_weights=None if single or set(weights.values()) == {1.0} else weights,
        metrics=metrics if single else {heads[0].name: metrics},
    )
    return model


def _optimizer(fit: Fit, steps: int) -> Any:  # noqa: ANN401
    kind = getattr(keras.optimizers, fit.optimizer)
    options: dict[str, Any] = {"clipnorm": fit.clipnorm} if fit.clipnorm else {}
    if fit.momentum:
        options["momentum"] = fit.momentum
    rate = fit.rate if fit.rate is not None else float(kind().learning_rate)
    if fit.schedule != "constant":
        options["learning_rate"] = SCHEDULES[fit.schedule](rate, steps)
    elif fit.rate is not None:
        options["learning_rate"] = rate
    return kind(**options)


def _loss(head: Head) -> Any:  # noqa: ANN401
    if not head.from_logits:
        return head.loss
    return getattr(keras.losses, "".join(word.title() for word in head.loss.split("_")))(from_logits=True)


def fit_arguments(program: Program, rows: Rows) -> dict[str, Any]:
    """Return what `fit` is called with, but for its callbacks.

    Args:
        program: what is trained.
        rows: that it has.

    Returns:
        Keyword arguments of `keras.Model.fit`.
    """
    fit = program.fit
    arguments: dict[str, Any] = {
        "x": rows.train.x,
        "y": targets(program, rows.train),
        "epochs": fit.epochs,
        "verbose": 0,
        "shuffle": fit.shuffle,
    }
    if fit.batch:
        arguments["batch_size"] = fit.batch
    if fit.validation == "split":
        arguments["validation_split"] = 0.2
    elif fit.validation == "data":
        arguments["validation_data"] = (rows.valid.x, targets(program, rows.valid))
    if fit.balanced != "no":
        arguments |= _balance(program, rows.train)
    return arguments


def targets(program: Program, part: Part) -> Any:  # noqa: ANN401 - one array, or one for each head
    """Return the targets as the losses take them: one-hot where the loss is `categorical_crossentropy`."""
    y = {head.name: _encoded(head, part.y[head.name]) for head in program.heads}
    return y if len(y) > 1 else y[program.heads[0].name]


def _encoded(head: Head, y: NDArray[np.float32]) -> NDArray[np.float32]:
    if head.kind == "classes" and head.units > 1 and not head.loss.startswith("sparse"):
        return np.eye(head.units, dtype=np.float32)[y.astype(int)]
    return y


def _balance(program: Program, train: Part) -> dict[str, Any]:
    y = train.y[program.heads[0].name].astype(int)
    counts = np.bincount(y)
    weights = len(y) / (len(counts) * np.maximum(counts, 1))
    if program.fit.balanced == "class weights":
        return {"class_weight": dict(enumerate(weights.tolist()))}
    return {"sample_weight": weights[y].astype(np.float32)}
