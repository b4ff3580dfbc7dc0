"""One training with those who watch it: what came out, and what each of them said."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from faultbench.networks import build, compiled, fit_arguments
from faultbench.programs import Program
from faultbench.rows import draw
from faultbench.skill import MEASURES, skills

__all__ = ["Trained", "keep_compiled_programs", "train"]


@dataclass(frozen=True)
class Trained:
    """What came of one training.

    Args:
        skills: by the name of the measure, on the test rows.
        seconds: of `fit`, with those who watched.
        steps: that were made at most: epochs times batches.
        error: of `fit`, "" where there was none.
    """

    skills: dict[str, float]
    seconds: float
    steps: int
    error: str


def train(program: Program, watch: Callable[[], Sequence[keras.callbacks.Callback]] = list) -> Trained:
    """Train a program.

    Args:
        program: what is trained.
        watch: makes the callbacks that look on, after Keras's random numbers were seeded.

    Returns:
        What came of it.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(program.seed)
    rows = draw(program.data, program.seed)
    model = compiled(program, build(program, rows), len(rows.train.x))
    callbacks: list[Any] = [*watch()]
    if program.fit.patience is not None:
        callbacks.append(keras.callbacks.EarlyStopping(patience=program.fit.patience, restore_best_weights=True))
    began, error = time.perf_counter(), ""
    try:
        model.fit(**fit_arguments(program, rows), callbacks=callbacks)
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:300]
    seconds = time.perf_counter() - began
    measured = dict.fromkeys(MEASURES, -1.0) if error else skills(model, program, rows)
    share = 0.8 if program.fit.validation == "split" else 1.0
    steps = max(round(share * len(rows.train.x) / (program.fit.batch or 32)), 1) * program.fit.epochs
    return Trained(measured, seconds, steps, error)


def keep_compiled_programs(folder: Path) -> None:
    """Let JAX keep what it compiled: five seeds of one program compile once.

    Args:
        folder: where.
    """
    if os.environ.get("KERAS_BACKEND") == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
