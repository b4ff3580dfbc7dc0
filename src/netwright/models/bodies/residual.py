"""Fully connected layers that add to their input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import ResidualBody
from netwright.models.bodies.flat import flat_features
from netwright.models.bodies.hidden import activated, weighted
from netwright.models.encode import Encoded

__all__ = ["residual"]


def residual(name: str, section: ResidualBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Apply the layers of a dense body in sequence, each but the first with a shortcut around it.

    With f the activation (and its normalisation and dropout) and features x: x_1 = W_1 x + b_1;
    x_k = x_{k-1} + δ_k(x_{k-1}) with δ_k(x) = W_k f(x) + b_k; the output is f(x_K). Where widths differ, x_{k-1} first
    passes through a linear layer without bias. The activation comes before the weights, within δ: after them, a
    rectifier could only add to x, never subtract, and on the sum it would block the gradient. The initial W_k of the
    K - 1 shortcuts have 1 / (K - 1) of the usual variance: every layer starts near the identity, and the variance of
    x_K stays below e times that of x_1 at any depth.

    Use it for deep networks of about six layers or more, with equal units: gradients reach the first layer at any
    depth. With two or three layers it brings no benefit, and a dense body is simpler.

    Args:
        name: name of the body.
        section: units, activation and regularisation.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        Features, shape (rows, units).

    Source: arXiv:1512.03385, equations 1 and 2; arXiv:1603.05027, figure 4e (full pre-activation); arXiv:2010.12859,
    section 3, for the variance.
    """
    x = flat_features(name, encoded)
    share = 1 / max(len(section.units) - 1, 1)
    for number, units in enumerate(section.units):
        layer = f"{name}-hidden-{number}"
        if number == 0:
            x = weighted(section, units, layer, seeds, linear=True)(x)
            continue
        change = activated(section, x, f"{name}-hidden-{number - 1}", seeds)
        change = weighted(section, units, layer, seeds, share=share)(change)
        if x.shape[-1] != units:
            x = weighted(section, units, f"{layer}-shortcut", seeds, linear=True, bias=False)(x)
        x = keras.layers.Add(name=f"{layer}-sum")([x, change])
    return activated(section, x, f"{name}-hidden-{len(section.units) - 1}", seeds)
