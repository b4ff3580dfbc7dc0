"""The values of a scan, and that of the experiment itself."""

from __future__ import annotations

import math

import numpy as np

from netwright.config import Experiment, value_at
from netwright.errors import ExperimentError

__all__ = ["default_value", "parse_values"]

_FORM = "FIRST:LAST:log:COUNT, FIRST:LAST:linear:COUNT, or values with commas: 0.1:10:log:12 or 0.1,1,10"
_MAX_VALUES = 1000


def parse_values(text: str) -> list[float]:
    """Parse the values of a scan.

    Args:
        text: a range such as ``0.1:10:log:12``, or values separated by commas.

    Returns:
        The values, ascending.

    Raises:
        ExperimentError: the text is neither, the range is descending, or a logarithmic range starts at or below 0.

    Example:
        >>> parse_values("0.1:10:log:3"), parse_values("2,1")
        ([0.1, 1.0, 10.0], [1.0, 2.0])
    """
    if ":" not in text:
        return sorted({_number(field, text) for field in text.split(",")})
    fields = text.split(":")
    if len(fields) != 4 or fields[2] not in ("log", "linear") or not fields[3].isdigit():
        msg = f"--values {text}: expected {_FORM}."
        raise ExperimentError(msg)
    first, last, count = _number(fields[0], text), _number(fields[1], text), int(fields[3])
    if not 2 <= count <= _MAX_VALUES:
        msg = f"--values {text}: a range has 2 to {_MAX_VALUES} values, received {count}. Change COUNT."
        raise ExperimentError(msg)
    if first >= last:
        msg = f"--values {text}: a range must increase, received {first:g} to {last:g}. Exchange the two ends."
        raise ExperimentError(msg)
    if fields[2] == "linear":
        return [float(value) for value in np.linspace(first, last, count)]
    if first <= 0:
        msg = f"--values {text}: a logarithmic range begins above 0, received {first:g}. Use linear, or a larger FIRST."
        raise ExperimentError(msg)
    return [float(f"{value:.12g}") for value in np.geomspace(first, last, count)]


def default_value(experiment: Experiment, parameter: str) -> float | None:
    """Return the value of a key in an experiment.

    Args:
        experiment: the experiment.
        parameter: the key.

    Returns:
        Its value; 1 for the importance of a class that has none; None if the value is not a number.

    Raises:
        ExperimentError: there is no such key, or it is not in a section that a scan may change.
    """
    value = value_at(experiment, parameter, option="--parameter ")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _number(field: str, text: str) -> float:
    try:
        value = float(field)
    except ValueError as error:
        msg = f'--values {text}: "{field}" is not a number; expected {_FORM}.'
        raise ExperimentError(msg) from error
    if not math.isfinite(value):
        msg = f"--values {text}: values are finite, received {field}. Leave it out, or end at a number."
        raise ExperimentError(msg)
    return value
