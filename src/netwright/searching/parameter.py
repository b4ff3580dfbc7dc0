"""A parameter of a search: its distribution, and what stands for its choices in the study."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from netwright.config import Experiment, ParameterSection, value_at, with_values
from netwright.errors import ExperimentError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["distribution_of", "is_integer", "label_of"]


def distribution_of(base: Experiment, path: str, section: ParameterSection) -> BaseDistribution:
    """Return Optuna's distribution of a parameter.

    Args:
        base: the experiment at whose other keys all trials are.
        path: of the key.
        section: its range or choices, which were checked.

    Returns:
        The distribution; ranges with a step end on a step.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if section.choices is not None:
        return CategoricalDistribution([label_of(choice) for choice in section.choices])
    low, high = section.low or 0.0, section.high or 0.0
    if is_integer(base, path, section):
        step = int(section.step or 1)
        return IntDistribution(int(low), int(high) - (int(high) - int(low)) % step, log=section.log, step=step)
    if section.step is None:
        return FloatDistribution(low, high, log=section.log)
    steps = math.floor((high - low) / section.step + 1e-9)
    return FloatDistribution(low, low + steps * section.step, step=section.step)


def is_integer(base: Experiment, path: str, section: ParameterSection) -> bool:
    """Return whether a key takes whole numbers: its value is one, and one that is not is refused.

    Args:
        base: an experiment.
        path: of the key.
        section: its range.

    Returns:
        True for keys such as ``training.batch_size``.
    """
    value = value_at(base, path)
    if isinstance(value, bool) or not isinstance(value, int | None):
        return False
    try:
        with_values(base, {path: math.floor(section.low or 0.0) + 0.5}, source="")
    except ExperimentError as error:
        return "integer" in str(error)
    return False


def label_of(value: Any) -> Any:  # noqa: ANN401  # any value of a file
    """Return what stands for a choice in the study.

    Args:
        value: a choice.

    Returns:
        Numbers and texts themselves, and others as JSON.

    Example:
        >>> label_of(3), label_of([64, 64])
        (3, '[64, 64]')
    """
    return value if value is None or isinstance(value, bool | int | float | str) else json.dumps(value)
