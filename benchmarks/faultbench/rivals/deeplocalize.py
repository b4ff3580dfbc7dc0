"""The rules of DeepLocalize (Wardat, Le, Rajan, ICSE 2021): it stops at the first number that looks wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from faultbench.rivals.look import LayerLook, Look, Watcher
from faultbench.rivals.verdict import Said

__all__ = ["deep_localize"]

CHECKS: Final = 5


def deep_localize(watcher: Watcher) -> Iterator[Said]:
    """Yield what DeepLocalize says: a tensor whose mean is not finite or zero, weights or a loss that stand still."""
    losses = [numbers.get("loss", np.nan) for numbers in watcher.history]
    for number, look in enumerate(watcher.looks):
        for layer in look.layers:
            yield from _tensors(look, layer)
        if number >= CHECKS:
            yield from _unchanged(watcher.looks[number - CHECKS], look)
        last = losses[max(look.epoch - CHECKS, 0) : look.epoch]
        if len(last) == CHECKS and np.mean(last) == np.max(last):
            yield Said("the loss does not decrease", look.step, ("stuck", "learning rate too low", "too slow"))


def _tensors(look: Look, layer: LayerLook) -> Iterator[Said]:
    for what, value, names in (
        ("output", layer.output, ("dead units", "not finite", "initial weights", "features not finite")),
        ("weights", layer.kernel, ("not finite", "initial weights", "learning rate too high")),
        ("gradient", layer.gradient, ("vanishing gradients", "dead units", "weights do not change")),
    ):
        mean = value.mean() if value.size else 0.0
        if not np.isfinite(mean) or mean == 0:
            yield Said(f"numerical error in {what} of a layer", look.step, names)


def _unchanged(before: Look, now: Look) -> Iterator[Said]:
    for old, new in zip(before.layers, now.layers, strict=True):
        if old.kernel.mean() == new.kernel.mean():
            yield Said("weights do not change", now.step, ("weights do not change", "vanishing gradients"))
