"""The rules of DeepDiagnosis (Wardat, Cruz, Le, Rajan, ICSE 2022), whose limits its paper and program state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from faultbench.rivals.look import LayerLook, Look, Watcher
from faultbench.rivals.verdict import Said

__all__ = ["deep_diagnosis"]

GRADIENT: Final = 1e-7
DEAD: Final = 0.7
SATURATED: Final = (5.0, 0.5)
UPDATE: Final = (1e-5, 0.1)
CHECKS: Final = 5
RANGES: Final = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf)}


def deep_diagnosis(watcher: Watcher) -> Iterator[Said]:
    """Yield what DeepDiagnosis says, in the order of its decision: numbers, then layers, then the loss."""
    for look in watcher.looks:
        yield from _numbers(look)
    yield from _labels(watcher)
    rate = watcher.rate
    for look in watcher.looks:
        for layer in look.layers:
            yield from _layer(watcher, look, layer, rate)
    yield from _standstill(watcher)


def _numbers(look: Look) -> Iterator[Said]:
    for layer in look.layers:
        if not all(np.isfinite(one).all() for one in (layer.output, layer.kernel, layer.gradient)):
            yield Said("exploding tensor", look.step, ("not finite", "learning rate too high", "exploding gradients"))


def _labels(watcher: Watcher) -> Iterator[Said]:
    # a sparse loss takes numbers of classes: the range of its output says nothing about them
    if watcher.sparse or isinstance(watcher.y, dict) or not watcher.looks or not watcher.looks[0].layers:
        return
    low, high = RANGES.get(watcher.looks[0].layers[-1].activation, (-np.inf, np.inf))
    if watcher.y.ndim == 1 and (watcher.y.min() < low or watcher.y.max() > high):
        yield Said("labels out of the range of the output", 0, ("output and loss",))


def _layer(watcher: Watcher, look: Look, layer: LayerLook, rate: float) -> Iterator[Said]:
    if layer.gradient.size and np.abs(layer.gradient).mean() < GRADIENT:
        yield Said("vanishing gradient", look.step, ("vanishing gradients",))
    if look.epoch == look.epochs and layer.activation == "relu" and (layer.output <= 0).mean() >= DEAD:
        yield Said("dead node", look.step, ("dead units",))
    if layer.activation in ("sigmoid", "tanh") and (np.abs(layer.raw) > SATURATED[0]).mean() > SATURATED[1]:
        scaled = np.abs(watcher.x).max() > 1
        yield Said("saturated activation", look.step, ("saturation", *(("features not scaled",) if scaled else ())))
    size = np.linalg.norm(layer.kernel)
    ratio = rate * np.linalg.norm(layer.gradient) / size if size else 0.0
    if ratio < UPDATE[0]:
        yield Said("learning rate too low", look.step, ("learning rate too low", "too slow"))
    if ratio > UPDATE[1]:
        yield Said("learning rate too high", look.step, ("learning rate too high",))


def _standstill(watcher: Watcher) -> Iterator[Said]:
    losses = [numbers.get("loss", np.nan) for numbers in watcher.history]
    for end in range(CHECKS, len(losses) + 1):
        last = losses[end - CHECKS : end]
        if np.mean(last) == np.max(last):
            yield Said("loss not decreasing", end, ("stuck", "too slow", "learning rate too low"))
    for before, now in zip(watcher.looks, watcher.looks[CHECKS:], strict=False):
        for old, new in zip(before.layers, now.layers, strict=True):
            if np.array_equal(old.kernel, new.kernel):
                yield Said("unchanged weight", now.step, ("weights do not change",))
