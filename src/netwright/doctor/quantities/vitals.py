"""What is measured of a model's layers on the probe rows, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from netwright.doctor.case import Architecture, Array, LayerVitals, Rows, Vitals
from netwright.doctor.quantities.architecture import architecture_of, layers_of
from netwright.doctor.quantities.head_gradients import HeadGradients, gradients_of_head
from netwright.doctor.quantities.heads import names_of_heads
from netwright.doctor.quantities.passes import Pass, make_forward, make_pass

__all__ = ["QUANTILES", "Examiner", "acting", "activation_numbers", "layer_vitals", "weights_of"]

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Those of a layer's weights that are recorded."""

_PROBE = 128  # rows for gradients and activations
_BATCHES = 8  # gradients whose scatter is measured
_LARGEST = 4_000_000  # numbers of an activation that are summarised
_RANGES = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
_ENDS = 0.01  # of the range: there a sigmoid passes on a 25th of the gradient that it does in the middle


def weights_of(model: Any) -> dict[str, dict[str, Array]]:  # noqa: ANN401  # Keras has no types
    """Copy the weights of a model's layers.

    Args:
        model: a Keras model.

    Returns:
        Name of the layer to path of the trainable variable to its values.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="d")])
        >>> [values.shape for values in weights_of(model)["d"].values()]
        [(2, 1), (1,)]
    """
    import keras

    return {
        layer.name: {v.path: np.array(keras.ops.convert_to_numpy(v.value)) for v in layer.trainable_variables}
        for layer in layers_of(model)
        if layer.trainable_variables
    }


class Examiner:
    """Examines one model on the same rows again and again; what has to be compiled is compiled once.

    Args:
        model: a built and compiled Keras model.
        architecture: of the model; where it has no connections, those that are seen are added.
        rows: of the training.
        validation: rows that it is not trained on; None without.

    Attributes:
        weights: of the layers, as they were at the last examination.
    """

    def __init__(self, model: Any, architecture: Architecture, rows: Rows, validation: Rows | None) -> None:  # noqa: ANN401
        self.model, self.architecture, self.rows, self.validation = model, architecture, rows, validation
        self.weights: dict[str, dict[str, Array]] = {}
        self._probe = [_chosen_rows(value) for value in rows.raw]
        self._pass, self._forward = make_pass(model), make_forward(model)

    def examine(self, epoch: int, *, all_rows: bool) -> Vitals:
        """Measure the model as it is now.

        Args:
            epoch: epochs done.
            all_rows: whether outputs for all rows are computed rather than for those of the probe.

        Returns:
            What was found.

        Raises:
            ValueError: the model or its loss refuses the rows.
        """
        result = self._pass(*self._probe)
        if not self.architecture.connected and result.wires is not None:
            self.architecture = architecture_of(self.model, result.wires)
        outputs = self._forward(self.rows.raw[0]) if all_rows and len(self.rows) > _PROBE else result.outputs
        validation = self._forward(self.validation.raw[0]) if all_rows and self.validation is not None else None
        self.weights = weights_of(self.model)
        layers = tuple(_layers(self.architecture, result, self.weights))
        first = validation[0] if validation is not None else None
        heads = {
            name: (outputs[number], None if validation is None else validation[number])
            for number, name in enumerate(names_of_heads(self.model))
        }
        return Vitals(epoch, layers, outputs[0], first, result.loss, result.penalty, heads=heads)

    def gradients(self) -> dict[str, HeadGradients]:
        """Measure the gradient of each head by itself, on several batches; it costs a compilation.

        Returns:
            By name of the head; "" for a single one.

        Raises:
            ValueError: the model or its loss refuses the rows.
        """
        rows = len(self.rows)
        size = _PROBE if rows >= 2 * _PROBE else max(1, rows // 4)
        count = max(1, min(_BATCHES, rows // size))
        batches = [[_chosen_rows(value, slice(start, start + count * size, count)) for value in self.rows.raw]
                   for start in range(count)]  # fmt: skip
        paths = {name: tuple(weights) for name, weights in weights_of(self.model).items()}
        by_head = {}
        for head in names_of_heads(self.model) or ("",):
            run = make_pass(self.model, head or None)
            by_head[head] = gradients_of_head([run(*batch).gradients for batch in batches], paths, size)
        return by_head


def _chosen_rows(value: Any, chosen: slice = slice(_PROBE)) -> Any:  # noqa: ANN401  # a slice does not change
    """Return some rows of arrays in whatever structure, the first ones if nothing is said."""
    if isinstance(value, Mapping):
        return {key: _chosen_rows(item, chosen) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_chosen_rows(item, chosen) for item in value)
    return value if value is None or not hasattr(value, "shape") else value[chosen]


def _layers(architecture: Architecture, result: Pass, weights: dict[str, dict[str, Array]]) -> list[LayerVitals]:
    layers = []
    for layer in architecture.layers:
        layer_weights = weights.get(layer.name, {})
        outputs = result.activations.get(layer.name)
        if not layer_weights and (outputs is None or layer.activation is None):
            continue
        layers.append(
            layer_vitals(
                layer.name,
                outputs,
                layer_weights,
                [gradient for path, gradient in result.gradients.items() if path in layer_weights],
                activation=acting(architecture, layer.name),
            )
        )
    return layers


def _comes_after(architecture: Architecture, name: str) -> bool:
    """Whether a layer's activation is a layer of its own, which then is the one that has dead units."""
    layer = architecture.layer(name)
    names = [other.name for other in architecture.layers]
    following = architecture.layers[names.index(name) + 1 :] if layer is not None else ()
    for after in following:
        if after.initializer:
            return False
        if after.kind in {"Activation", "ReLU"} and layer is not None and layer.kind not in {"Activation", "ReLU"}:
            return after.activation == layer.activation
    return False


def layer_vitals(
    name: str,
    outputs: Array | None,
    weights: Mapping[str, Array],
    gradients: list[Array],
    *,
    activation: str | None,
) -> LayerVitals:
    """Summarise what a layer gives and has.

    Args:
        name: of the layer.
        outputs: of the layer, shape ``(rows, ..., units)``; None where they are not known.
        weights: its trainable variables by path.
        gradients: of the loss by these.
        activation: name of its activation; None if dead and saturated units mean nothing for it.

    Returns:
        The summary.

    Example:
        >>> vitals = layer_vitals("d", np.array([[0.0, 1.0], [0.0, 0.0]]), {}, [], activation="relu")
        >>> vitals.dead
        0.5
    """
    kernel = next((values for path, values in weights.items() if path.endswith("/kernel") and values.ndim > 1), None)
    bias = next((values for path, values in weights.items() if path.endswith("/bias")), None)
    finite = all(np.isfinite(values).all() for values in weights.values())
    numbers: dict[str, Any] = {}
    if outputs is not None and outputs.size and outputs.ndim > 1:
        few = outputs[: max(1, _LARGEST // max(outputs[0].size, 1))].astype(np.float64)
        finite = finite and bool(np.isfinite(few).all())
        if finite:
            numbers = {key: float(value) for key, value in activation_numbers(np, few, activation).items()}
    return LayerVitals(
        name=name,
        gradient=_norm(gradients) if gradients else float("nan"),
        weight=_norm(weights.values()) if weights else float("nan"),
        kernel=_gain(kernel, bias) if kernel is not None else float("nan"),
        identical=kernel is not None and _identical(kernel, bias),
        finite=finite,
        **numbers,
    )


def _gain(kernel: Array, bias: Array | None) -> float:
    """Return the deviation of weights times the root of the number of inputs of a unit.

    Layers of several networks, or of several features, have a kernel for each: (N, inputs, units), with biases (N,
    units).
    """
    several = bias is not None and kernel.ndim == 3 and bias.shape == (kernel.shape[0], kernel.shape[2])
    inputs = kernel.shape[1:-1] if several else kernel.shape[:-1]
    return float(np.sqrt((kernel.astype(np.float64) ** 2).mean() * np.prod(inputs)))


def _norm(arrays: Iterable[Array]) -> float:
    return float(np.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in arrays)))


def activation_numbers(
    xp: Any,  # noqa: ANN401  # any of NumPy's kin
    outputs: Any,  # noqa: ANN401
    activation: str | None,
    *,
    missing: bool = False,
) -> dict[str, Any]:
    """Summarise what a layer gives.

    Args:
        xp: ``numpy`` or ``jax.numpy``.
        outputs: of the layer, shape ``(rows, ..., units)``, finite.
        activation: name of its activation; None if dead and saturated units mean nothing for it.
        missing: whether NaN stands for a missing value, of `gives_missing`.

    Returns:
        ``mean``, ``deviation``, ``spread`` and, where it has such, ``dead`` or ``saturated``, of shape (), as in
        `netwright.doctor.case.LayerVitals`.

    Example:
        >>> activation_numbers(np, np.array([[0.0, 1.0], [0.0, 0.0]]), "relu")["dead"].item()
        0.5
    """
    numbers = {"mean": outputs.mean(), "deviation": outputs.std(), "spread": outputs.std(0).mean()}
    if missing:
        numbers = _existing_numbers(xp, outputs)
    if activation in {"relu", "relu6"}:
        numbers["dead"] = xp.mean((outputs.reshape(-1, outputs.shape[-1]) == 0).all(0))
    elif activation in _RANGES:
        low, high = _RANGES[activation]
        edge = _ENDS * (high - low)
        numbers["saturated"] = xp.mean((outputs < low + edge) | (outputs > high - edge))
    return numbers


def _existing_numbers(xp: Any, outputs: Any) -> dict[str, Any]:  # noqa: ANN401
    exists = ~xp.isnan(outputs)
    x = xp.where(exists, outputs, 0.0)

    def mean(values: Any, axis: int | None = None) -> Any:  # noqa: ANN401
        return (values * exists).sum(axis) / xp.maximum(exists.sum(axis), 1)

    deviation, of_units = xp.sqrt(mean((x - mean(x)) ** 2)), xp.sqrt(mean((x - mean(x, 0)) ** 2, 0))
    return {"mean": mean(x), "deviation": deviation, "spread": of_units.mean()}


def acting(architecture: Architecture, name: str) -> str | None:
    """Return the activation by which the units of a layer are dead or saturated.

    Args:
        architecture: of the network.
        name: of the layer.

    Returns:
        Its name; None where there is none, or where it is a layer of its own, which then is the one that is judged.
    """
    layer = architecture.layer(name)
    if layer is None or (layer.kind != "Activation" and layer.activation == "linear"):
        return None
    return None if _comes_after(architecture, name) else layer.activation


def _identical(kernel: Array, bias: Array | None) -> bool:
    units = kernel.reshape(-1, kernel.shape[-1])
    same = bool((units == units[:, :1]).all()) and kernel.shape[-1] > 1
    return same and (bias is None or bias.ndim != 1 or bool((bias == bias[0]).all()))
