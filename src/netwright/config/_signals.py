"""Which class a head of two gives the probability of."""

from __future__ import annotations

from netwright.config.experiment import Experiment
from netwright.config.targets import BinaryTarget

__all__ = ["signals"]


def signals(experiment: Experiment) -> list[str]:
    """Say which class is the signal, for every head of two classes.

    Args:
        experiment: read and checked.

    Returns:
        One line each, with its path in the file.

    Example:
        >>> from netwright.config import parse_experiment
        >>> inputs = {"x": {"kind": "numeric", "columns": ["a"]}}
        >>> targets = {"y": {"kind": "binary", "column": "b", "classes": {"QCD": 0, "top": 1}}}
        >>> signals(parse_experiment({"data": {"files": ["f"]}, "inputs": inputs, "targets": targets}))
        ['targets.y: the signal is top (b = 1), the second of classes']
    """
    return [
        f"targets.{head}: the signal is {signal} ({target.column} = {value}), the second of classes"
        for head, target in experiment.targets.items()
        if isinstance(target, BinaryTarget)
        for signal, value in list(target.classes.items())[1:]
    ]
