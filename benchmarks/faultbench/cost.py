"""What watching costs: the time of the processor in `fit` with a doctor over that without, by turns.

It is the time of the processor, not of the clock, since it hardly depends on what else the machine does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import numpy as np

__all__ = ["cost"]

SIZES: Final = {
    "small: 10 inputs, 2 layers of 32, 20,000 rows": (10, (32, 32), 20_000, 10),
    "as in the lecture: 800 inputs, 5 layers of 128, 20,000 rows": (800, (128,) * 5, 20_000, 3),
}
ROUNDS: Final = 5


def cost() -> str:
    """Return a table of the share of time that the doctor adds, as Markdown."""
    from netwright.doctor import DoctorCallback

    lines = ["| network | CPU s without | CPU s with | share added (median of pairs) |", "|---|---|---|---|"]
    for name, size in SIZES.items():
        pairs = [(_seconds(size, list), _seconds(size, lambda: [DoctorCallback()])) for _ in range(ROUNDS)]
        without, with_doctor = (statistics.median(times) for times in zip(*pairs, strict=True))
        added = statistics.median(after / before - 1 for before, after in pairs)
        lines.append(f"| {name} | {without:.2f} | {with_doctor:.2f} | {100 * added:.1f}% |")
    return "\n".join(lines)


def _seconds(size: tuple[int, tuple[int, ...], int, int], watch: Callable[[], Sequence[Any]]) -> float:
    inputs, widths, rows, epochs = size
    random = np.random.default_rng(1)
    x = random.normal(size=(rows, inputs)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + random.normal(size=rows) > 0).astype(np.float32)
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(width, "relu", kernel_initializer="he_normal") for width in widths]
    model = keras.Sequential([keras.Input((inputs,)), *hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    began = time.process_time()
    model.fit(x, y, batch_size=256, epochs=epochs, validation_split=0.2, verbose=0, callbacks=list(watch()))
    return time.process_time() - began
