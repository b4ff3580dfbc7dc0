"""An experiment with another value of one key, such as a point of a scan."""

from __future__ import annotations

from netwright.config import Experiment, with_values

__all__ = ["with_value"]


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
    number = int(value) if float(value).is_integer() else float(value)
    return with_values(
        experiment, {parameter: number}, source=f"--parameter {parameter} = {value:g}", option="--parameter "
    )
