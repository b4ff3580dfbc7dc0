"""Gradients of a network, or of each of its heads, and how much they differ from batch to batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netwright.doctor.case import Array, Case

__all__ = ["HeadGradients", "gradients_of_head", "noise_scale", "with_gradients"]


@dataclass(frozen=True)
class HeadGradients:
    """The gradient of one head's part of the loss, with its weight λ.

    Attributes:
        layers: norm by name of the layer, dimensionless.
        noise: rows of a batch for which noise and signal of the gradient are equal; NaN with fewer than two batches.
    """

    layers: Mapping[str, float]
    noise: float


def gradients_of_head(
    batches: Sequence[Mapping[str, Array]], paths: Mapping[str, Sequence[str]], rows: int
) -> HeadGradients:
    """Summarise gradients that were measured on some batches.

    Args:
        batches: the gradient by path of the variable, of its shape (any), dimensionless.
        paths: of its variables, by name of the layer.
        rows: of each batch.

    Returns:
        The summary.

    Example:
        >>> gradients_of_head([{"d/kernel": np.array([3.0, 4.0])}], {"d": ["d/kernel"]}, 8).layers
        {'d': 5.0}
    """
    means = {path: np.mean([batch[path] for batch in batches], axis=0, dtype=np.float64) for path in batches[0]}
    layers = {
        name: float(np.sqrt(sum(float((means[path] ** 2).sum()) for path in of_layer if path in means)))
        for name, of_layer in paths.items()
    }
    if not batches[0]:  # a head without a loss
        return HeadGradients(layers, float("nan"))
    flat = [np.concatenate([gradient.ravel() for gradient in batch.values()]).astype(np.float64) for batch in batches]
    return HeadGradients(layers, noise_scale(np.stack(flat), rows))


def noise_scale(gradients: Array, rows: int) -> float:
    """Return the size of a batch at which noise and signal of its gradient are equal, tr Σ / |G|².

    Σ is the covariance of the gradient of one row, G its mean; both are estimated without bias, |G|² by
    |mean|² - s² / n with the scatter s² of n batches.

    Args:
        gradients: of batches, shape (n, weights), dimensionless.
        rows: of each batch.

    Returns:
        Rows; infinite where the signal drowns in the noise, NaN with fewer than two batches.

    Source: McCandlish et al. (2018), arXiv:1812.06162, equation 2.8.

    Example:
        >>> noise_scale(np.array([[1.0], [3.0]]), 10)
        6.666666666666667
    """
    if len(gradients) < 2:  # no scatter
        return float("nan")
    scatter = float(gradients.var(axis=0, ddof=1).sum())
    signal = float((gradients.mean(axis=0) ** 2).sum()) - scatter / len(gradients)
    return rows * scatter / signal if signal > 0 else float("inf")


def with_gradients(case: Case, gradients: Mapping[str, HeadGradients], shared: frozenset[str]) -> Case:
    """Add the gradients to what is known of a head after the training.

    Args:
        case: of the head.
        gradients: of each head, by name; "" for a single one.
        shared: names of layers that all heads share.

    Returns:
        The case.
    """
    own, last = gradients[case.head], case.vitals[-1]
    layers = tuple(replace(layer, gradient=own.layers.get(layer.name, layer.gradient)) for layer in last.layers)
    heads = {
        head: float(np.sqrt(sum(norm**2 for name, norm in of_head.layers.items() if name in shared)))
        for head, of_head in gradients.items()
    }
    vitals = (*case.vitals[:-1], replace(last, layers=layers, noise=own.noise))
    return replace(case, vitals=vitals, heads=heads if len(heads) > 1 and shared else {})
