"""What the networks of our engine give for rows, compiled once for each kind of network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import jax
import jax.numpy as jnp
import keras
import numpy as np

from netwright.doctor.case import Architecture, Array, LayerVitals
from netwright.doctor.quantities.architecture import architecture_of, layers_of
from netwright.doctor.quantities.missing import gives_missing
from netwright.doctor.quantities.vitals import QUANTILES, acting, activation_numbers, layer_vitals
from netwright.models import program_of
from netwright.training import make_forward

__all__ = ["EngineForward", "ForwardOutputs", "first_learned", "values_of"]

_EMBEDDINGS = {"Embedding", "CategoryEmbedding"}
_CHUNK = 256  # rows at once: one shape, so that it is compiled once


@dataclass(frozen=True)
class ForwardOutputs:
    """What a network gives for rows, dropout and noise switched off.

    Attributes:
        outputs: raw outputs by head, shape ``(rows, units)``, dimensionless.
        features: what the first layers that learn are given, and what is joined to their results, flattened: shape
            ``(rows, features)``, dimensionless.
        layers: vitals on the first rows, without gradients; empty where they were not asked for.
    """

    outputs: Mapping[str, Array]
    features: Array
    layers: tuple[LayerVitals, ...]


class EngineForward:
    """Runs networks up to their raw outputs; those that differ in numbers only share a compiled function."""

    def __init__(self) -> None:
        self._functions: dict[str, tuple[Architecture, Callable[..., Any]]] = {}
        self._keys: WeakKeyDictionary[keras.Model, str] = WeakKeyDictionary()

    def run(
        self,
        model: keras.Model,
        inputs: Mapping[str, Array],
        values: tuple[list[Any], list[Any]] | None = None,
        *,
        with_layers: bool = True,
    ) -> ForwardOutputs:
        """Run a network.

        Args:
            model: the network up to its raw outputs.
            inputs: by group, shape ``(rows, ...)``, in raw units; at least one row.
            values: of its trainable and other variables; those that they have, if not given.
            with_layers: whether the vitals of the layers are wanted.

        Returns:
            What it gives.
        """
        if model not in self._keys:
            self._keys[model] = program_of(model)
        key = self._keys[model]
        if key not in self._functions:
            architecture = architecture_of(model)
            self._functions[key] = architecture, _make(model, architecture)
        architecture, forward = self._functions[key]
        values = values_of(model) if values is None else values
        count = len(next(iter(inputs.values())))
        chunks: list[Any] = []
        layers: tuple[LayerVitals, ...] = ()
        for start in range(0, count, _CHUNK):
            chosen = np.arange(start, start + _CHUNK) % count  # the last chunk goes on with the first rows
            *computed, activations = forward(*values, {name: group[chosen] for name, group in inputs.items()})
            chunks.append(jax.tree.map(np.asarray, computed))
            if with_layers and not start:
                layers = tuple(_layers(model, architecture, activations, values[0]))
        heads, features = chunks[0]
        return ForwardOutputs(
            {head: np.concatenate([chunk[0][head] for chunk in chunks])[:count] for head in heads},
            np.concatenate([chunk[1] for chunk in chunks])[:count] if features is not None else np.zeros((count, 0)),
            layers,
        )


def values_of(model: keras.Model) -> tuple[list[Any], list[Any]]:
    """Return the values of a network's trainable and other variables, as arrays of JAX."""
    trainable, other = model.trainable_variables, model.non_trainable_variables
    return [variable.value for variable in trainable], [variable.value for variable in other]


def first_learned(model: keras.Model, architecture: Architecture | None = None) -> list[Any]:
    """Return the tensors that enter the first layers with weights, or join later: the features that the network sees.

    Numbers of an event join after a network of its particles.

    Args:
        model: a functional network.
        architecture: its layers, where they are known already.

    Returns:
        Symbolic tensors; none where a layer is called more than once.

    Example:
        >>> x, more = keras.Input((3,), name="x"), keras.Input((2,), name="more")
        >>> joined = keras.layers.Concatenate()([keras.layers.Dense(2)(x), more])
        >>> model = keras.Model([x, more], keras.layers.Dense(1)(joined))
        >>> [tensor.name for tensor in first_learned(model)]
        ['x', 'more']
    """
    learned = [
        layer for layer in model.layers if any(len(variable.shape) > 1 for variable in layer.trainable_variables)
    ]
    learned = [layer for layer in learned if type(layer).__name__ not in _EMBEDDINGS] or learned
    architecture = architecture or architecture_of(model)
    if not architecture.connected:
        learned = learned[:1]
    follows = {layer.name: layer.follows for layer in architecture.layers}
    later: set[str] = set()
    waiting = [after for layer in learned for after in follows.get(layer.name, ())]
    while waiting:
        name = waiting.pop()
        if name not in later:
            later.add(name)
            waiting += follows.get(name, ())
    first = [layer for layer in learned if layer.name not in later]
    joins = [layer for layer in model.layers if layer.name in later and isinstance(layer, keras.layers.Concatenate)]
    if any(len(layer._inbound_nodes) != 1 for layer in [*first, *joins]):  # noqa: SLF001  # Keras tells it nowhere else
        return []
    learned_names = later.union(layer.name for layer in first)
    tensors = [tensor for layer in first for tensor in keras.tree.flatten(layer.input)]
    tensors += [tensor for layer in joins for tensor in layer.input if _source(tensor) not in learned_names]
    return list({id(tensor): tensor for tensor in tensors}.values())


def _source(tensor: Any) -> str:  # noqa: ANN401  # Keras has no types
    """Return the name of the layer that gives a symbolic tensor."""
    return str(tensor._keras_history.operation.name)  # noqa: SLF001  # Keras tells it nowhere else


def _make(model: keras.Model, architecture: Architecture) -> Callable[..., Any]:
    """Compile the function from values of variables and inputs to outputs, features and what layers give.

    What layers give is summarised by NumPy: to compile it as well would take most of the time that compiling takes.
    """
    examined = [layer for layer in layers_of(model) if layer.trainable_variables or acting(architecture, layer.name)]
    features = first_learned(model, architecture)
    direct = {id(layer) for layer in model.layers if len(layer._inbound_nodes) == 1}  # noqa: SLF001  # not inside of others
    tensors = {f"layer {layer.name}": layer.output for layer in examined if id(layer) in direct}
    tensors |= {f"feature {number}": tensor for number, tensor in enumerate(features)}
    compute = make_forward(model, {"outputs": model.output, "beside": tensors})

    def forward(trainable: list[Any], other: list[Any], inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401
        results = compute(trainable, other, inputs)
        outputs, beside = results["outputs"], results["beside"]
        flat = [beside[f"feature {n}"].astype(jnp.float32).reshape(_CHUNK, -1) for n in range(len(features))]
        layers = {layer.name: beside.get(f"layer {layer.name}") for layer in examined}
        layers = {name: output for name, output in layers.items() if hasattr(output, "ndim") and output.ndim > 1}
        return outputs, jnp.concatenate(flat, axis=1) if flat else None, layers

    return jax.jit(forward)


def _layers(
    model: keras.Model, architecture: Architecture, activations: Mapping[str, Any], trainable: Sequence[Any]
) -> list[LayerVitals]:
    """Join what layers give with what their weights are."""
    layers = []
    by_path = dict(zip((variable.path for variable in model.trainable_variables), trainable, strict=True))
    for layer in layers_of(model):
        weights = {variable.path: np.asarray(by_path[variable.path]) for variable in layer.trainable_variables}
        numbers = (
            _numbers(activations[layer.name], acting(architecture, layer.name), layer)
            if layer.name in activations
            else {}
        )
        if not weights and not numbers:
            continue
        vitals = replace(layer_vitals(layer.name, None, weights, [], activation=None), **numbers)
        finite = vitals.finite and bool(np.isfinite([*numbers.values()]).all())
        kernel = next(
            (values for path, values in weights.items() if path.endswith("/kernel") and values.ndim > 1), None
        )
        quantiles = tuple(np.quantile(kernel, QUANTILES).tolist()) if kernel is not None and finite else ()
        layers.append(replace(vitals, finite=finite, quantiles=quantiles))
    return layers


def _numbers(outputs: Any, activation: str | None, layer: keras.layers.Layer) -> dict[str, Any]:  # noqa: ANN401  # of JAX
    single = np.asarray(outputs).astype(np.float32)  # it may be of any precision
    with np.errstate(all="ignore"):  # what is not finite is said by the numbers
        numbers = activation_numbers(np, single, activation, missing=gives_missing(layer))
    return {key: float(value) for key, value in numbers.items()}
