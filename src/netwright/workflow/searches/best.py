"""The best trial of a search: retrained with other seeds, and evaluated once on test rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.data import describe_folds
from netwright.lab import Run, open_run, read_history
from netwright.models import member_networks
from netwright.progress import Progress
from netwright.searching import Space
from netwright.training import Observer, selected_values
from netwright.workflow._data import load_data
from netwright.workflow._resume import resume
from netwright.workflow._train import train
from netwright.workflow.members.prepare import member_arrays, members_of_division, prepare_member
from netwright.workflow.searches.result import BestTrial, SearchTrial

__all__ = ["retrain_best"]


def retrain_best(
    space: Space,
    trial: SearchTrial,
    folder: Path,
    *,
    trust: bool,
    observers: Sequence[Observer],
    progress: Progress,
) -> BestTrial:
    """Retrain the best trial with other seeds, or resume that, and evaluate it once on test rows.

    Args:
        space: what was searched.
        trial: the best trial.
        folder: folder of the search.
        trust: trust the modules of custom layers.
        observers: callbacks for the events of the training.
        progress: callback for progress updates.

    Returns:
        The result.
    """
    section = space.section
    changed = space.trial(space.parameters(trial.values), trial.number)
    seeds = changed.training.model_copy(update={"seed": changed.training.seed + 1})
    members = changed.ensemble.model_copy(update={"members": section.seeds})
    experiment = changed.model_copy(update={"training": seeds, "ensemble": members})
    path = folder / f"best-{trial.number}"
    if not (path / "experiment.yaml").exists():
        run = train(experiment, run=path, trust=trust, observers=observers, progress=progress)
    elif not (path / "report.html").exists():
        run = resume(path, trust=trust, observers=observers, progress=progress)
    else:
        run = open_run(path, trust=trust)
    best: dict[int, float] = {}
    for record in read_history(run.path / "history.jsonl"):
        if record["best"]:
            best[record["member"]] = record["monitored"]
    valid = [best[number] for number in sorted(best)]
    return BestTrial(
        path,
        _by_seed(valid, section.seeds),
        _by_seed(_test_values_of_members(run, progress), section.seeds),
        _on_test(run.evaluation, space.objective),
    )


def _by_seed(values: Sequence[float], seeds: int) -> tuple[float, ...]:
    """Return means over folds; members of one fold are consecutive."""
    return tuple(math.fsum(values[seed::seeds]) / len(values[seed::seeds]) for seed in range(seeds))


def _test_values_of_members(run: Run, progress: Progress) -> list[float]:
    """Return the objective of each network on the test rows of its fold: what it was on validation rows, once more."""
    data = load_data(run.experiment, progress)
    descriptions = describe_folds(data.rows, data.division, run.experiment, name_row=data.dataset.locate)
    members = members_of_division(run.experiment, data.rows, data.division)
    prepared = [prepare_member(member, data.rows, descriptions[member.fold]) for member in members]
    for member, network in zip(prepared, member_networks(run.model), strict=True):
        member.model.set_weights(network.get_weights())
    return selected_values(prepared, member_arrays(members, data.rows), [member.split.test for member in members])


def _on_test(evaluation: Any, objective: str) -> tuple[Any, Any] | None:  # noqa: ANN401  # of a file
    """Return value and uncertainty of a metric on test rows; None where these do not give both."""
    head, _, metric = objective.partition(".")
    measured = evaluation["test"].get(head, {}).get(metric)
    numbers = (None, None) if measured is None else (measured["value"], measured["uncertainty"])
    return None if None in numbers else numbers
