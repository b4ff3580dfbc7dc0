"""The rules of AutoTrainer (Zhang, Zhai, Ma, Shen, ICSE 2021) with the limits of its program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from faultbench.rivals.look import Look, Watcher
from faultbench.rivals.verdict import Said

__all__ = ["auto_trainer"]

VANISHED: Final = (1e-3, 1e-4)
EXPLODED: Final = 70.0
DYING: Final = 0.7
SWING: Final = (0.03, 0.2)
SLOW: Final = (0.01, 0.6, 0.3)
LARGE_LOSS: Final = 1e3


def auto_trainer(watcher: Watcher) -> Iterator[Said]:
    """Yield what AutoTrainer says: vanishing, exploding, dying ReLU, oscillating loss, slow convergence."""
    for look in watcher.looks:
        yield from _gradients(look)
    for epoch, numbers in enumerate(watcher.history, 1):
        loss = numbers.get("loss", 0.0)
        if not np.isfinite(loss) or loss >= LARGE_LOSS:
            yield Said("exploding gradient", epoch, ("exploding gradients", "not finite", "learning rate too high"))
    yield from _accuracy(watcher)


def _gradients(look: Look) -> Iterator[Said]:
    slopes = [layer.gradient for layer in look.layers if layer.gradient.size]
    if len(slopes) < 2:
        return
    first, last = np.linalg.norm(slopes[0]), np.linalg.norm(slopes[-1])
    ratio = first / last if last else 0.0
    if ratio < VANISHED[0] and first < VANISHED[1]:
        yield Said("vanishing gradient", look.step, ("vanishing gradients",))
    if ratio > EXPLODED or not np.isfinite(ratio):
        yield Said("exploding gradient", look.step, ("exploding gradients", "learning rate too high"))
    for layer in look.layers:
        if layer.activation == "relu" and layer.gradient.size and (layer.gradient == 0).mean() >= DYING:
            yield Said("dying ReLU", look.step, ("dead units",))


def _accuracy(watcher: Watcher) -> Iterator[Said]:
    values = [numbers[name] for numbers in watcher.history for name in ("accuracy", "top_accuracy") if name in numbers]
    if len(values) < 3:
        return
    turns = np.diff(values)
    swings = np.mean((turns[1:] * turns[:-1] < 0) & (np.abs(turns[1:]) >= SWING[0]))
    if swings >= SWING[1]:
        yield Said("oscillating loss", watcher.steps, ("oscillation", "learning rate too high", "noisy gradients"))
    early = values[: max(int(SLOW[2] * len(values)), 2)]
    if np.max(np.diff(early)) < SLOW[0] and max(early) < SLOW[1]:
        yield Said("slow convergence", watcher.steps, ("too slow", "learning rate too low", "stuck"))
