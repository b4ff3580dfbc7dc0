"""The values of a scan, and the experiments with these values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netwright.config import Experiment, key_paths, parse_experiment
from netwright.errors import ExperimentError, did_you_mean

__all__ = ["default_value", "parse_values", "with_value"]

_SECTIONS = ("targets", "model", "training")  # the same rows, split and members for every value
_FORM = "FIRST:LAST:log:COUNT, FIRST:LAST:linear:COUNT, or values with commas: 0.1:10:log:12 or 0.1,1,10"
_MOST = 1000


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
        return sorted({_number(word, text) for word in text.split(",")})
    words = text.split(":")
    if len(words) != 4 or words[2] not in ("log", "linear") or not words[3].isdigit():
        msg = f"--values {text}: expected {_FORM}"
        raise ExperimentError(msg)
    first, last, count = _number(words[0], text), _number(words[1], text), int(words[3])
    if not 2 <= count <= _MOST:
        msg = f"--values {text}: a range has 2 to {_MOST} values, received {count}"
        raise ExperimentError(msg)
    if first >= last:
        msg = f"--values {text}: a range goes up, received {first:g} to {last:g}. Exchange the two ends."
        raise ExperimentError(msg)
    if words[2] == "linear":
        return [float(value) for value in np.linspace(first, last, count)]
    if first <= 0:
        msg = f"--values {text}: a logarithmic range begins above 0, received {first:g}. Say linear, or begin higher."
        raise ExperimentError(msg)
    return [float(f"{value:.12g}") for value in np.geomspace(first, last, count)]


def with_value(experiment: Experiment, parameter: str, value: float) -> Experiment:
    """Return an experiment with another value of one key.

    Args:
        experiment: the experiment.
        parameter: the key, such as ``targets.is_top.importance.QCD`` or ``training.learning_rate``.
        value: the new value.

    Returns:
        The experiment with this value.

    Raises:
        ExperimentError: there is no such key, it is not in a section that a scan may change, or the value is not valid
            for it.
    """
    content = experiment.model_dump(mode="json")
    place, last = _place(content, parameter)
    place[last] = int(value) if float(value).is_integer() else float(value)
    return parse_experiment(content, source=f"--parameter {parameter} = {value:g}")


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
    place, last = _place(experiment.model_dump(mode="json"), parameter)
    value = place.get(last, 1.0)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _place(content: dict[str, Any], parameter: str) -> tuple[dict[str, Any], str]:
    """Return the mapping that contains a key, and the last word of the key."""
    words = parameter.split(".")
    if words[0] not in _SECTIONS:
        msg = (
            f"--parameter {parameter}: a scan changes a key of {', '.join(_SECTIONS)}, so that rows and members stay "
            f"the same.{did_you_mean(words[0], _SECTIONS)}"
        )
        raise ExperimentError(msg)
    place: Any = content
    for depth, word in enumerate(words[:-1]):
        if not isinstance(place, dict) or word not in place:
            raise _unknown(parameter, ".".join(words[: depth + 1]), place)
        place = place[word]
    in_importance = len(words) > 2 and words[-2] == "importance"  # a class without an importance is checked later
    if not isinstance(place, dict) or (words[-1] not in place and not in_importance):
        raise _unknown(parameter, parameter, place)
    return place, words[-1]


def _unknown(parameter: str, path: str, place: Any) -> ExperimentError:  # noqa: ANN401  # content of a file
    known = list(place) if isinstance(place, dict) else [one for one in key_paths() if one.startswith("training.")]
    hint = did_you_mean(path.rpartition(".")[2], known)
    return ExperimentError(f"--parameter {parameter}: the experiment has no key {path}.{hint}")


def _number(word: str, text: str) -> float:
    try:
        value = float(word)
    except ValueError as error:
        msg = f'--values {text}: "{word}" is not a number; expected {_FORM}'
        raise ExperimentError(msg) from error
    if not math.isfinite(value):
        msg = f"--values {text}: values are finite, received {word}"
        raise ExperimentError(msg)
    return value
