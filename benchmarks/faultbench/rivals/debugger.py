"""Built-in rules of SageMaker Debugger (Rauschmayr et al., MLSys 2021) with the limits of its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from faultbench.rivals.look import LayerLook, Look, Watcher
from faultbench.rivals.verdict import Said

__all__ = ["debugger"]

GRADIENT: Final = 1e-7
INACTIVE: Final = (0.99, 0.5)
TANH_LIMIT: Final = 9.5
SIGMOID_LIMITS: Final = (-23.0, 17.0)
OVERFIT: Final = 0.1
PATIENCE: Final = 10
IMBALANCE: Final = 10
VARIANCES: Final = 10.0


def debugger(watcher: Watcher) -> Iterator[Said]:
    """Yield what the rules say: all of them are on, as in the tool's own list."""
    yield from _classes(watcher)
    if watcher.looks:
        yield from _initial(watcher.looks[0])
    for look in watcher.looks:
        for layer in look.layers:
            yield from _layer(look, layer)
        if "val_loss" in look.logs and look.logs["val_loss"] - look.logs["loss"] > OVERFIT * abs(look.logs["loss"]):
            yield Said("Overfit", look.step, ("overtraining", "too few rows"))
    for one, two, three in zip(watcher.looks, watcher.looks[1:], watcher.looks[2:], strict=False):
        pairs = zip(one.layers, two.layers, three.layers, strict=True)
        if any(np.allclose(a.kernel, b.kernel) and np.allclose(b.kernel, c.kernel) for a, b, c in pairs):
            yield Said("UnchangedTensor", three.step, ("weights do not change",))
    yield from _losses(watcher)


def _classes(watcher: Watcher) -> Iterator[Said]:
    if isinstance(watcher.y, dict) or watcher.y.ndim != 1:
        return
    values, counts = np.unique(watcher.y, return_counts=True)
    if len(values) < 20 and counts.max() > IMBALANCE * counts.min():
        yield Said("ClassImbalance", 0, ("class imbalance", "bias to one class"))


def _initial(look: Look) -> Iterator[Said]:
    spreads = [layer.raw.var() for layer in look.layers if layer.hidden]
    if len(spreads) > 1 and max(spreads) > VARIANCES * min(spreads):
        yield Said("PoorWeightInitialization", look.step, ("initial weights",))


def _layer(look: Look, layer: LayerLook) -> Iterator[Said]:
    if not all(np.isfinite(one).all() for one in (layer.output, layer.kernel, layer.gradient)):
        yield Said("ExplodingTensor", look.step, ("not finite", "exploding gradients", "learning rate too high"))
    if layer.gradient.size and np.abs(layer.gradient).mean() < GRADIENT:
        yield Said("VanishingGradient", look.step, ("vanishing gradients",))
    if layer.activation == "relu":
        inactive = (layer.output <= 0).mean(0) > INACTIVE[0]
        if inactive.mean() > INACTIVE[1]:
            yield Said("DeadRelu", look.step, ("dead units",))
    low, high = SIGMOID_LIMITS if layer.activation == "sigmoid" else (-TANH_LIMIT, TANH_LIMIT)
    outside = ((layer.raw < low) | (layer.raw > high)).mean(0) > INACTIVE[1]
    if layer.activation in ("sigmoid", "tanh") and outside.mean() > INACTIVE[1]:
        yield Said("Saturation", look.step, ("saturation",))


def _losses(watcher: Watcher) -> Iterator[Said]:
    losses = [numbers.get("loss", np.nan) for numbers in watcher.history]
    best = np.minimum.accumulate(losses)
    for epoch in range(PATIENCE, len(losses)):
        if best[epoch] >= best[epoch - PATIENCE]:
            yield Said("LossNotDecreasing", epoch, ("stuck", "learning rate too low", "learning rate too high"))
            break
    valid = [numbers["val_loss"] for numbers in watcher.history if "val_loss" in numbers]
    if valid and len(valid) - 1 - int(np.argmin(np.nan_to_num(valid, nan=np.inf))) >= PATIENCE:
        yield Said("Overtraining", len(valid), ("overtraining",))
