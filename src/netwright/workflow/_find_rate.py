"""Find rate: search for the learning rate that a training should start with."""

from __future__ import annotations

from pathlib import Path

from netwright.config import Experiment
from netwright.data import describe
from netwright.progress import Progress, silent, step
from netwright.training import RateSearch
from netwright.training import find_rate as search_rate
from netwright.workflow._data import divide_rows, load_rows
from netwright.workflow._open_experiment import open_experiment
from netwright.workflow.members.prepare import member_arrays, members_of_division, prepare_member

__all__ = ["find_rate"]


def find_rate(experiment: Experiment | str | Path, *, trust: bool = False, progress: Progress = silent) -> RateSearch:
    """Search for the learning rate that a training should start with.

    Args:
        experiment: an experiment, or the path of its file; with several members, the first is used.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        Learning rates, the losses they led to, and a suggestion.

    Example:
        >>> import netwright as nw
        >>> nw.find_rate("experiment.yaml").suggestion  # doctest: +SKIP
        0.003
    """
    experiment, _ = open_experiment(experiment, trust=trust, progress=progress)
    in_float32 = experiment.training.model_copy(update={"precision": "float32"})
    experiment = experiment.model_copy(update={"training": in_float32})
    dataset, rows = load_rows(experiment, progress=progress)
    member = members_of_division(experiment, rows, divide_rows(dataset, rows, experiment))[0]
    with step(progress, "Describing"):
        description = describe(rows, member.split, experiment, name_row=dataset.locate)
    return search_rate(prepare_member(member, rows, description), member_arrays([member], rows), progress=progress)
