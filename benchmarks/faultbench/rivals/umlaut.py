"""The rules of UMLAUT (Schoop, Huang, Hartmann, CHI 2021), as its paper and program state them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import keras
import numpy as np

from faultbench.rivals.look import Look, Watcher
from faultbench.rivals.verdict import Said

__all__ = ["umlaut"]

HIGH_RATE: Final = 0.01
LOW_RATE: Final = 1e-7
HIGH_DROPOUT: Final = 0.5
HIGH_ACCURACY: Final = 0.95
VALIDATION_AHEAD: Final = 0.05


def umlaut(watcher: Watcher) -> Iterator[Said]:
    """Yield what UMLAUT says, in the order of its checks."""
    yield from _before(watcher)
    for before, look in zip(watcher.history, watcher.history[1:], strict=False):
        yield from _overtrained(before, look)
    for look in watcher.looks:
        yield from _validation(look)


def _before(watcher: Watcher) -> Iterator[Said]:
    x, model = watcher.x, watcher.model
    if np.isnan(x).any():
        yield Said("NaN in the input", 0, ("features not finite", "not finite"))
    if np.nanmax(x) > 1 or np.nanmin(x) < -1:
        yield Said("input exceeds typical limits", 0, ("features not scaled",))
    # the tool looks for the word in the name of the last layer, whatever the task is
    if "softmax" not in model.layers[-1].name:
        yield Said("missing softmax before the loss", 0, ("output and loss",))
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    if any(layer.activation.__name__ == "linear" for layer in dense[:-1]):
        yield Said("missing activation functions", 0, ("hidden layers without activation",))
    rate = watcher.rate
    if rate > HIGH_RATE:
        yield Said("learning rate too high", 0, ("learning rate too high",))
    if rate < LOW_RATE:
        yield Said("learning rate too low", 0, ("learning rate too low", "too slow"))
    drop = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    if max(drop, default=0) > HIGH_DROPOUT:
        yield Said("dropout too high", 0, ("regularisation too strong", "dropout placement"))


def _overtrained(before: dict[str, float], now: dict[str, float]) -> Iterator[Said]:
    if np.isnan(now.get("loss", 0.0)):
        yield Said("NaN in the loss", 1, ("not finite", "learning rate too high"))
    if "val_loss" in now and now["val_loss"] > before["val_loss"] and now["loss"] < before["loss"]:
        yield Said("overfitting", 1, ("overtraining", "too few rows"))


def _validation(look: Look) -> Iterator[Said]:
    for name, value in look.logs.items():
        if not name.startswith("val_") or not name.endswith("accuracy"):
            continue
        train = look.logs.get(name.removeprefix("val_"), value)
        if value > HIGH_ACCURACY or value - train > VALIDATION_AHEAD:
            yield Said("validation accuracy unusually high", look.step, ("leak", "duplicates"))
