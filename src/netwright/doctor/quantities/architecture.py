"""The layers of a Keras model as plain facts."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from netwright.doctor.case import Architecture, Layer

__all__ = ["Wires", "architecture_of", "layers_of", "snake_case"]

# layers that are nothing but an activation, by the name of the class
_ACTIVATIONS = {
    "Activation": "",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "leaky_relu",
    "ELU": "elu",
    "Softmax": "softmax",
}
# layers that hand on what they get, as far as non-linearity goes
_THROUGH = {
    "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D",
    "SpatialDropout3D", "BatchNormalization", "LayerNormalization", "GroupNormalization", "Flatten", "Reshape",
    "Permute", "RepeatVector", "ZeroPadding1D", "ZeroPadding2D", "ActivityRegularization",
}  # fmt: skip
_HALF = {"float16", "bfloat16"}
_REGULARISED = ("kernel", "bias", "activity", "embeddings", "recurrent")


@dataclass(frozen=True)
class Wires:
    """How layers are connected, as seen while a model ran.

    Attributes:
        follow: name of a layer to the names of those that take what it gives; empty where that was not seen.
        outputs: names of the layers that give what the model gives.
    """

    follow: dict[str, list[str]]
    outputs: tuple[str, ...]


def snake_case(name: str) -> str:
    """Return a name in lower case with underscores.

    Example:
        >>> snake_case("BinaryCrossentropy"), snake_case("mse")
        ('binary_crossentropy', 'mse')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def layers_of(model: Any) -> Iterator[Any]:  # noqa: ANN401  # Keras has no types
    """Yield the layers at work in a model, those inside other models too, in order.

    Args:
        model: a Keras model.

    Yields:
        Each layer that is no container.
    """
    for layer in model.layers:
        if getattr(layer, "layers", None) and not hasattr(layer, "cell"):
            yield from layers_of(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def architecture_of(model: Any, wires: Wires | None = None) -> Architecture:  # noqa: ANN401
    """Describe the layers of a Keras model.

    Args:
        model: sequential, functional or subclassed, built or not.
        wires: connections that were seen while it ran, for a model that does not tell them itself.

    Returns:
        Its layers; without their connections where the model is a subclass that does not tell them.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.ReLU()])
        >>> architecture_of(model).layers[0].activation
        'relu'
    """
    layers = {layer.name: layer for layer in layers_of(model)}
    graph, outputs = _connections(model)
    if not graph and wires is not None and wires.follow:
        graph, outputs = wires.follow, _makers(list(wires.outputs), wires.follow, model)
    elif not graph and not outputs and wires is not None:
        outputs = _with_kernels(wires.outputs, model)
    parameters = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables) if model.built else 0
    facts = tuple(_facts(layer, layers, graph) for layer in layers.values())
    return Architecture(
        facts, tuple(outputs), parameters, connected=bool(graph) or (len(layers) == 1 and bool(outputs))
    )


def _connections(model: Any) -> tuple[dict[str, list[str]], list[str]]:  # noqa: ANN401
    """Return the layers that follow each layer, by name, and those that make the outputs."""
    if type(model).__name__ == "Sequential":
        names = [layer.name for layer in layers_of(model)]
        chain = {name: [after] for name, after in itertools.pairwise(names)}
        return chain, _makers(names[-1:], chain, model)
    if type(model).__name__ != "Functional":
        return {}, []
    try:
        with warnings.catch_warnings():  # a lambda is none of our business here
            warnings.simplefilter("ignore")
            config = model.get_config()
    except (NotImplementedError, TypeError, ValueError):  # a layer without a configuration of its own
        return {}, []
    names = [layer["config"]["name"] for layer in config["layers"]]
    if set(names) != {layer.name for layer in layers_of(model)} | {layer.name for layer in _inputs(model)}:
        return {}, _with_kernels(_output_names(config["output_layers"]), model)  # a model inside a model
    graph: dict[str, list[str]] = {name: [] for name in names}
    for layer in config["layers"]:
        for source in _sources(layer["inbound_nodes"]):
            graph[source].append(layer["config"]["name"])
    return graph, _makers(list(_output_names(config["output_layers"])), graph, model)


def _inputs(model: Any) -> Iterator[Any]:  # noqa: ANN401
    return (layer for layer in model.layers if type(layer).__name__ == "InputLayer")


def _sources(nodes: Any) -> Iterator[str]:  # noqa: ANN401  # nested lists and dictionaries
    if isinstance(nodes, Mapping):
        if "keras_history" in nodes:
            yield nodes["keras_history"][0]
            return
        nodes = list(nodes.values())
    if isinstance(nodes, list | tuple):
        for node in nodes:
            yield from _sources(node)


def _output_names(outputs: Any) -> Iterator[str]:  # noqa: ANN401  # one or many, in lists or a dictionary
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    if outputs and isinstance(outputs[0], str):
        yield outputs[0]
        return
    for output in outputs:
        yield from _output_names(output)


def _with_kernels(names: Iterable[str], model: Any) -> list[str]:  # noqa: ANN401
    """Return names of the layers that give what a model gives, if all have kernels: else they may only hand it on."""
    kernels = {layer.name for layer in layers_of(model) if _kernel(layer) is not None}
    given = list(names)
    return given if kernels.issuperset(given) else []


def _makers(names: list[str], graph: dict[str, list[str]], model: Any) -> list[str]:  # noqa: ANN401
    """Go back from the layers at the end past activations, reshaping and rescaling to those with weights."""
    kinds = {layer.name: type(layer).__name__ for layer in layers_of(model)}
    before = {after: name for name, follow in graph.items() for after in follow}
    makers = []
    for name in names:
        maker = name
        while kinds.get(maker) in {*_ACTIVATIONS, *_THROUGH, "Rescaling"} and maker in before:
            maker = before[maker]
        makers.append(maker)
    return makers


def _facts(layer: Any, layers: dict[str, Any], graph: dict[str, list[str]]) -> Layer:  # noqa: ANN401
    kernel = _kernel(layer)
    units = getattr(layer, "units", getattr(layer, "filters", None))
    return Layer(
        name=layer.name,
        kind=type(layer).__name__,
        units=units if isinstance(units, int) else None,
        activation=_activation(layer, layers, graph),
        inputs=int(np.prod(kernel.shape[:-1])) if kernel is not None else 0,
        initializer=type(getattr(layer, "kernel_initializer", None)).__name__ if kernel is not None else "",
        follows=tuple(_after(layer.name, layers, graph)),
        rate=float(rate) if isinstance(rate := getattr(layer, "rate", 0.0), int | float) else 0.0,
        noise=float(noise) if isinstance(noise := getattr(layer, "stddev", 0.0), int | float) else 0.0,
        penalty=_penalty(layer),
        largest_norm=_largest_norm(layer),
        never_negative=type(getattr(layer, "kernel_constraint", None)).__name__ in {"NonNeg", "NonNegative"},
        trainable=bool(layer.trainable),
        learns=_learns(layer),
        stretch=_stretch(layer, layers, graph),
        positions=_positions(layer),
        bias=bool(getattr(layer, "use_bias", True)),
        adapted=_adapted(layer),
        adapted_to=_adapted_to(layer),
        masks=type(layer).__name__ == "Masking" or bool(getattr(layer, "mask_zero", False)),
        mask_value=float(getattr(layer, "mask_value", np.nan)) if type(layer).__name__ == "Masking" else np.nan,
        at_end=_at_end(layer),
        pretrained=_pretrained(layer),
        averaging=_averaging(layer),
        half_precision=str(getattr(layer, "variable_dtype", "")) in _HALF,
        last_activation=_last_activation(layer, layers, graph),
    )


def _learns(layer: Any) -> bool:  # noqa: ANN401
    """Whether a layer has weights to be learnt, frozen or not; those of normalisation do not count."""
    if type(layer).__name__.endswith("Normalization"):
        return False
    return bool(layer.trainable_weights if layer.trainable else layer.weights)


def _positions(layer: Any) -> int:  # noqa: ANN401
    """Return for how many positions of a row a layer gives its units; 0 if that is not known or not always the same."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # a layer that is used several times, or in a subclassed model
        return 0
    between = tuple(shape[1:-1])
    return int(np.prod(between)) if all(isinstance(size, int) for size in between) else 0


def _adapted(layer: Any) -> bool:  # noqa: ANN401
    """Whether a layer is no Normalization that has kept the mean of 0 and the variance of 1 it was made with."""
    mean, variance = getattr(layer, "adapt_mean", None), getattr(layer, "adapt_variance", None)
    if type(layer).__name__ != "Normalization" or mean is None or variance is None:
        return True
    return bool(np.any(np.asarray(mean) != 0) or np.any(np.asarray(variance) != 1))


def _adapted_to(layer: Any) -> tuple[tuple[float, ...], tuple[float, ...]] | None:  # noqa: ANN401
    """Return mean and variance of each column that a layer for normalisation was adapted to; None elsewhere."""
    numbers = [np.asarray(getattr(layer, name, None)) for name in ("adapt_mean", "adapt_variance")]
    if type(layer).__name__ != "Normalization" or not _adapted(layer) or any(one.ndim != 1 for one in numbers):
        return None
    mean, variance = (tuple(one.astype(float).tolist()) for one in numbers)
    return mean, variance


def _pretrained(layer: Any) -> bool:  # noqa: ANN401
    """Whether a frozen layer was trained before: its numbers are not those that its initialisers give.

    Biases begin as zeros (in an LSTM, some as ones). What an initialiser gave embeddings, it draws again by its seed.
    """
    if layer.trainable or not layer.weights:
        return False
    if type(layer).__name__ == "Embedding":
        table = np.asarray(keras.ops.convert_to_numpy(layer.embeddings))
        return not np.array_equal(table, _drawn_again(layer.embeddings_initializer, layer.embeddings))
    cell = getattr(layer, "cell", layer)
    bias = getattr(cell, "bias", None)
    if _kernel(cell) is None or not hasattr(bias, "shape"):
        return False
    values = np.unique(np.asarray(keras.ops.convert_to_numpy(bias)))
    return len(values) > 1 and (cell is layer or not set(values) <= {0.0, 1.0})


def _drawn_again(initializer: Any, variable: Any) -> Any:  # noqa: ANN401
    """Return what an initialiser gave a variable; nothing where it gives something else each time, or given numbers."""
    given = type(initializer).__name__ == "Constant" and np.ndim(initializer.value) > 0
    if given or not isinstance(getattr(initializer, "seed", 0), int):
        return None
    return np.asarray(keras.ops.convert_to_numpy(initializer(variable.shape, dtype=variable.dtype)))


def _at_end(layer: Any) -> bool:  # noqa: ANN401
    """Whether a layer goes through the steps of a row in order and gives only what it has after the last one."""
    recurrent = hasattr(layer, "cell") and not getattr(layer, "go_backwards", False)
    return recurrent and not getattr(layer, "return_sequences", True)


def _stretch(layer: Any, layers: dict[str, Any], graph: dict[str, list[str]]) -> tuple[float, float]:  # noqa: ANN401
    """Return factor and offset of the layer for rescaling that follows, past activations and the like."""
    follow = graph.get(layer.name, ())
    after = layers.get(follow[0]) if len(follow) == 1 else None
    if type(after).__name__ in {*_THROUGH, *_ACTIVATIONS}:
        return _stretch(after, layers, graph)
    if type(after).__name__ != "Rescaling":
        return 1.0, 0.0
    numbers = getattr(after, "scale", 1.0), getattr(after, "offset", 0.0)
    return (
        (float(numbers[0]), float(numbers[1]))
        if all(isinstance(number, int | float) for number in numbers)
        else (1.0, 0.0)
    )


def _kernel(layer: Any) -> Any:  # noqa: ANN401
    kernel = getattr(layer, "kernel", None)
    return kernel if hasattr(kernel, "shape") else None


def _name(layer: Any) -> str | None:  # noqa: ANN401
    kind = type(layer).__name__
    if kind == "LeakyReLU" and getattr(layer, "negative_slope", 0.0) == 1:
        return "linear"
    if _ACTIVATIONS.get(kind):
        return _ACTIVATIONS[kind]
    activation = getattr(layer, "activation", None)
    if activation is None:
        return None
    return snake_case(getattr(activation, "__name__", type(activation).__name__))


def _activation(layer: Any, layers: dict[str, Any], graph: dict[str, list[str]]) -> str | None:  # noqa: ANN401
    name = _name(layer)
    if name != "linear":
        return name
    follow = list(graph.get(layer.name, ()))
    while follow:
        after = follow.pop()
        kind = type(layers.get(after)).__name__
        if kind in _ACTIVATIONS and _name(layers[after]) != "linear":
            return _name(layers[after])
        if kind in _THROUGH:
            follow += graph.get(after, ())
    return name


def _last_activation(layer: Any, layers: dict[str, Any], graph: dict[str, list[str]]) -> str:  # noqa: ANN401
    """Return the last of several activations that follow on one another; nothing where there is one at most."""
    names, after = [_name(layer)], layer
    while after is not None:
        follow = graph.get(after.name, ())
        after = layers.get(follow[0]) if len(follow) == 1 else None
        kind = type(after).__name__
        if kind in _ACTIVATIONS:
            names.append(_name(after))
        elif kind not in _THROUGH:
            break
    nonlinear = [name for name in names if name not in {None, "linear"}]
    return str(nonlinear[-1]) if len(nonlinear) > 1 else ""


def _after(name: str, layers: dict[str, Any], graph: dict[str, list[str]]) -> Iterator[str]:
    for after in graph.get(name, ()):
        if type(layers.get(after)).__name__ in {*_THROUGH, *_ACTIVATIONS}:
            yield from _after(after, layers, graph)
        else:
            yield after


def _averaging(layer: Any) -> float:  # noqa: ANN401
    """Return what is left in each step of the averages of batch normalisation that it uses after the training."""
    is_moving = type(layer).__name__ == "BatchNormalization" and layer.trainable
    return float(layer.momentum) if is_moving else 0.0


def _largest_norm(layer: Any) -> float:  # noqa: ANN401
    """Return the norm to which a constraint holds the weights of a unit; infinite where there is none."""
    return float(getattr(getattr(layer, "kernel_constraint", None), "max_value", np.inf))


def _penalty(layer: Any) -> float:  # noqa: ANN401
    regularizers = [getattr(layer, f"{name}_regularizer", None) for name in _REGULARISED]
    factors = (getattr(regularizer, key, 0.0) for regularizer in regularizers if regularizer for key in ("l1", "l2"))
    return max((float(factor or 0.0) for factor in factors), default=0.0)
