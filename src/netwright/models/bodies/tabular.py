"""Waves of each feature, and fully connected layers that inner networks share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from netwright.config import TabularBody
from netwright.layers import FeatureScale, InnerScale, PeriodicEmbedding, SmoothClip
from netwright.models.bodies.flat import flat_features
from netwright.models.bodies.hidden import activated, weighted
from netwright.models.encode import Encoded

__all__ = ["tabular"]


def tabular(name: str, section: TabularBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Apply learnt factors and waves to each feature, then fully connected layers that N inner networks share.

    Features are held within ±3 (`SmoothClip`), multiplied by learnt factors (`FeatureScale`), and each is represented
    by itself and sums of its waves (`PeriodicEmbedding`). Inner network n then computes
    x_k = f((W_k (a_kn x_{k-1})) b_kn + c_kn): the weights W_k are those of all, factors and biases its own. Each has
    its own last layer and its own loss; the output of the head is the mean of their outputs.

    Use it for tables of about five to fifty columns. The waves let it follow steps and narrow structure of single
    columns, and the inner networks keep it from overtraining, as an ensemble does.

    Args:
        name: name of the body.
        section: units, activation and regularisation; waves; number of inner networks.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The last layer's output, shape (rows, N, units); (rows, units) for N = 1.

    Source: arXiv:2407.04491 (RealMLP) for clip, factors and waves; arXiv:2410.24210 (TabM) for inner networks.
    """
    x = SmoothClip(name=f"{name}-clip")(flat_features(name, encoded))
    x = FeatureScale(name=f"{name}-scale")(x)
    size = 1
    if section.waves:
        size = section.embedding_size
        x = PeriodicEmbedding(size, section.waves, section.wave_deviation, seed=next(seeds), name=f"{name}-waves")(x)
    for number, units in enumerate(section.units):
        layer = f"{name}-hidden-{number}"
        if section.networks > 1:
            x = _shared(section, units, layer, seeds, size if number == 0 else None)(x)
        else:
            x = weighted(section, units, layer, seeds)(x)
        x = activated(section, x, layer, seeds)
    return x


def _shared(
    section: TabularBody, units: int, name: str, seeds: Iterator[int], embedding: int | None
) -> Callable[[Any], Any]:
    """Create the weights that inner networks share, between their own factors.

    Args:
        section: number of networks, and regularisation.
        units: number of units of the layer.
        name: name of the layer.
        seeds: iterator over seeds for initialisers.
        embedding: numbers of each feature at the entrance, where networks part by random factors; None further on.

    Returns:
        A function from features, (rows, features) at the entrance and (rows, N, features) further on, to
        (rows, N, units).
    """
    number, entrance = section.networks, embedding is not None
    before = InnerScale(number, random=entrance, shared=embedding or 1, seed=next(seeds), name=f"{name}-before")
    weights = weighted(section, units, name, seeds, bias=False, of_particles=True)
    after = InnerScale(number, bias=True, name=f"{name}-after")
    return lambda x: after(weights(before(x)))
