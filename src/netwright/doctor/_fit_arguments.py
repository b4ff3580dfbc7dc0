"""The arguments of ``fit``: Keras does not give them to callbacks, so they are read from the calling frame."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

__all__ = ["FitArguments", "fit_arguments"]


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
