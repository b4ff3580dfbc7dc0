"""The vitals of one step of our engine: what its probe computes, and how that is read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from netwright.doctor.case import LayerVitals
from netwright.doctor.quantities.architecture import architecture_of, layers_of
from netwright.doctor.quantities.missing import gives_missing
from netwright.doctor.quantities.vitals import QUANTILES, acting, activation_numbers

if TYPE_CHECKING:
    from netwright.training import StepView

__all__ = ["layers_of_step", "step_vitals"]

_NUMBERS = ("gradient", "weight", "update", "mean", "deviation", "spread", "dead", "saturated")
_DISTRIBUTIONS = ("quantiles", "gradient_quantiles")


def step_vitals(step: StepView) -> dict[str, dict[str, Any]]:
    """Measure every layer in one step: a pure function for `netwright.training.Probe`.

    Args:
        step: of one member.

    Returns:
        Name of the layer to attribute of `netwright.doctor.case.LayerVitals` to its value; only layers with weights or
        an activation. Activations are those with dropout and noise off.
    """
    architecture = architecture_of(step.model)
    layers = {}
    for layer in layers_of(step.model):
        paths = [variable.path for variable in layer.trainable_variables]
        activation = acting(architecture, layer.name)
        if not paths and activation is None:
            continue
        numbers: dict[str, Any] = {}
        for name, values in (("gradient", step.gradients), ("weight", step.weights), ("update", step.updates)):
            if paths:
                numbers[name] = jnp.sqrt(sum(jnp.sum(jnp.square(values[path])) for path in paths))
        outputs: Any = step.activations.get(layer.name)
        if hasattr(outputs, "ndim") and outputs.ndim > 1:
            numbers |= activation_numbers(jnp, outputs.astype(jnp.float32), activation, missing=gives_missing(layer))
        kernel = next((path for path in paths if path.endswith("/kernel") and step.weights[path].ndim > 1), None)
        if kernel is not None:
            both = jnp.stack([step.weights[kernel].ravel(), step.gradients[kernel].ravel()])
            quantiles = jnp.quantile(both, jnp.asarray(QUANTILES), axis=1)
            numbers |= dict(zip(_DISTRIBUTIONS, quantiles.T, strict=True))
        layers[layer.name] = numbers
    return layers


def layers_of_step(values: Mapping[str, Mapping[str, Any]]) -> tuple[LayerVitals, ...]:
    """Read what `step_vitals` found.

    Args:
        values: with arrays of NumPy.

    Returns:
        The layers, in the order of the network.

    Example:
        >>> layers_of_step({"d": {"gradient": np.float32(0.5), "quantiles": np.array([-1.0, 1.0])}})[0].gradient
        0.5
    """
    layers = []
    for name, numbers in values.items():
        scalars: dict[str, Any] = {key: float(numbers[key]) for key in _NUMBERS if key in numbers}
        of_kernel: dict[str, Any] = {key: tuple(map(float, numbers[key])) for key in _DISTRIBUTIONS if key in numbers}
        finite = bool(np.isfinite([*scalars.values(), *chain.from_iterable(of_kernel.values())]).all())
        layers.append(LayerVitals(name, finite=finite, **scalars, **of_kernel))
    return tuple(layers)
