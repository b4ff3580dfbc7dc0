"""The arguments of ``fit``: Keras does not give them to callbacks, so they are read from the calling frame."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

__all__ = ["FitArguments", "backwards", "fit_arguments"]


@dataclass(frozen=True)
class FitArguments:
    """Arguments of ``fit`` that the doctor uses, as they stand after ``validation_split`` was done."""

    x: Any = None
    y: Any = None
    sample_weight: Any = None
    validation_data: Any = None
    class_weight: Any = None
    batch_size: int | None = None
    shuffle: Any = None
    epochs: int | None = None
    callbacks: Any = None


def fit_arguments(model: Any) -> FitArguments:  # noqa: ANN401  # Keras has no types
    """Read the arguments of the call of ``fit`` on a model that is going on.

    Args:
        model: the Keras model.

    Returns:
        Its arguments; all None where no such call is going on (a custom training loop).

    Example:
        >>> fit_arguments(None).x is None
        True
    """
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name == "fit" and frame.f_locals.get("self") is model:
            variables = frame.f_locals
            return FitArguments(**{name: variables.get(name) for name in FitArguments.__dataclass_fields__})
        frame = frame.f_back
    return FitArguments()


def backwards(model: Any, callbacks: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return callbacks that wait for a number to become worse: for the largest loss, or the smallest accuracy.

    Args:
        model: the Keras model, compiled.
        callbacks: of ``fit``, as a list or as Keras's ``CallbackList``.

    Returns:
        For each of them a part of a sentence.

    Example:
        >>> import keras
        >>> backwards(keras.Sequential(), [keras.callbacks.EarlyStopping("val_loss", mode="max")])
        ('EarlyStopping takes the largest val_loss for the best',)
    """
    found = []
    for callback in getattr(callbacks, "callbacks", callbacks) or ():
        mode, name = getattr(callback, "mode", ""), getattr(callback, "monitor", "")
        if mode in {"min", "max"} and isinstance(name, str) and _direction(model, name) not in {mode, ""}:
            size = "largest" if mode == "max" else "smallest"
            found.append(f"{type(callback).__name__} takes the {size} {name} for the best")
    return tuple(found)


def _direction(model: Any, name: str) -> str:  # noqa: ANN401
    """Return "min" or "max" for a number of the training that is to become small or large; empty where unknown."""
    name = name.removeprefix("val_")
    if name.endswith("loss"):
        return "min"
    metrics = [inner for metric in model.metrics for inner in getattr(metric, "metrics", [metric])]
    directions = {getattr(metric, "_direction", "") for metric in metrics if metric.name == name}
    return {"up": "max", "down": "min"}.get(directions.pop(), "") if len(directions) == 1 else ""
