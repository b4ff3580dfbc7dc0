"""Search: try values of an experiment's keys, choose on validation rows, and train the best anew."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.atomic_files import make_folder, write_text
from netwright.config import Experiment, dump_experiment, load_experiment
from netwright.errors import ExperimentError, RunError
from netwright.lab import open_run, read_history
from netwright.progress import Progress, silent
from netwright.searching import SearchStudy, Space, importances, space_of
from netwright.training import Observer
from netwright.workflow._resume import resume
from netwright.workflow._search_jobs import check_cluster, work_in_processes, work_on_cluster
from netwright.workflow._search_report import report_search
from netwright.workflow._search_result import BestTrial, Search, SearchTrial, best_sentences, search_content
from netwright.workflow._search_work import Budget, alone, open_study, work
from netwright.workflow._train import train

__all__ = ["search"]


def search(
    experiment: Experiment | str | Path,
    *,
    trials: int = 100,
    hours: float | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    folder: str | Path | None = None,
    trust: bool = False,
    observers: Sequence[Observer] = (),
    progress: Progress = silent,
) -> Search:
    """Search for better values of the keys that an experiment's section ``search`` names.

    Trials are proposed in batches, and those that differ only in numbers, such as learning rate, dropout or λ, are
    trained at once by one compiled program. The best trial is chosen on validation rows, trained anew with several
    seeds, and evaluated once on test rows. A search that was interrupted goes on in its folder: finished trials are
    kept, and those that ran are trained again, to the same bits. Several processes may work on one folder. Needs the
    extra "search".

    Args:
        experiment: an experiment with a section ``search``, or the path of its file.
        trials: number of trials, those of earlier calls in the same folder included.
        hours: after which no new trial begins; no end if not given.
        jobs: number of processes that train at the same time, on this machine or as workers of a cluster.
        cluster: ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``; needs the extra "cluster".
        folder: output folder; ``runs/NAME-search`` if not given.
        trust: trust the modules of custom layers, on this machine from now on.
        observers: callbacks for the events of the training of the best trial.
        progress: callback for progress updates.

    Returns:
        The search.

    Raises:
        ExperimentError: there is no section ``search``, or it names keys or values that the experiment refuses.
        MissingExtraError: Optuna is not installed.
        RunError: the folder contains another search or cannot be written, or no trial came to a value.
        TrainingInterruptedError: a signal ended the search, which goes on with the same command.
        NetwrightError: for the same reasons as in `train`.

    Example:
        >>> import netwright as nw
        >>> found = nw.search("experiment.yaml", trials=50)  # doctest: +SKIP
        >>> found.leaderboard[0].values  # doctest: +SKIP
        {'training.learning_rate': 0.0021}
    """
    experiment = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    if trials < 1 or jobs < 1 or (hours is not None and hours <= 0):
        msg = (
            "A search has one trial and one job or more, and lasts more than 0 hours; received "
            f"{trials} trials, {jobs} jobs and {hours} hours."
        )
        raise ExperimentError(msg)
    if cluster is not None:
        check_cluster(cluster)
    space = space_of(experiment)
    place = Path("runs") / f"{experiment.name}-search" if folder is None else Path(folder)
    _begin(place, experiment)
    budget = Budget(trials, None if hours is None else time.time() + 3600 * hours)
    if cluster is not None:
        work_on_cluster(place, experiment, budget, cluster, jobs, trust=trust, progress=progress)
    elif jobs > 1:
        work_in_processes(place, budget, jobs, trust=trust)
    work(place, space, budget, trust=trust, progress=progress)
    study = open_study(place, space)
    every = _trials(study, space)
    leaderboard = _leaderboard(every, place, larger=study.larger)
    with alone(place / "judging"):
        best = _judge(space, leaderboard[0], place, trust=trust, observers=observers, progress=progress)
        own = _own(study, space)
        sentences = best_sentences(space.objective, leaderboard, best, own, larger=study.larger)
        found = Search(
            space.objective,
            study.larger,
            every,
            leaderboard,
            best,
            own,
            tuple(sentences),
            place,
            importances(study.study, space.section.seed),
        )
        write_text(place / "search.json", json.dumps(search_content(found), indent=2) + "\n")
        report_search(found, space)
    return found


def _begin(place: Path, experiment: Experiment) -> None:
    """Write down what is searched, or make sure that the folder holds the same search."""
    plan: dict[str, Any] = experiment.model_dump(mode="json", exclude={"result", "cluster"})
    path = place / "plan.json"
    if not path.exists():
        make_folder(place)
        write_text(place / "experiment.yaml", dump_experiment(experiment))
        write_text(path, json.dumps(plan, indent=2) + "\n")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    different = sorted(key for key in plan if plan[key] != before.get(key))
    if different:
        msg = (
            f"{place} holds the search of another experiment: {', '.join(different)} differ. Name another folder with "
            "--run, or remove it."
        )
        raise RunError(msg)


def _trials(study: SearchStudy, space: Space) -> tuple[SearchTrial, ...]:
    """Return all trials that ended."""
    states = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    frozen = [
        one for one in study.trials() if one.state.is_finished() and one.params.keys() == space.distributions.keys()
    ]
    began = min((one.datetime_start.timestamp() for one in frozen if one.datetime_start), default=0.0)
    return tuple(
        SearchTrial(
            one.number, states[one.state.name], space.values(one.params), one.user_attrs.get("last_value"),
            tuple(one.user_attrs.get("folds", ())), one.user_attrs.get("why", ""), one.user_attrs.get("epochs", 0),
            one.user_attrs.get("seconds", 0.0), one.user_attrs.get("ended", began) - began,
        )
        for one in frozen
    )  # fmt: skip


def _leaderboard(trials: Sequence[SearchTrial], place: Path, *, larger: bool) -> tuple[SearchTrial, ...]:
    """Return the complete trials, the best first.

    Raises:
        RunError: there is none.
    """
    complete = [one for one in trials if one.state == "complete" and one.value is not None]
    if not complete:
        reasons = sorted({one.why for one in trials})[:3]
        msg = f"{place}: none of {len(trials)} trials came to a value. Their messages: {' | '.join(reasons)}"
        raise RunError(msg)
    return tuple(sorted(complete, key=lambda one: (-1 if larger else 1) * (one.value or 0.0)))


def _own(study: SearchStudy, space: Space) -> int | None:
    own = space.own_parameters()
    return next((one.number for one in study.trials() if own is not None and one.params == own), None)


def _judge(
    space: Space,
    trial: SearchTrial,
    place: Path,
    *,
    trust: bool,
    observers: Sequence[Observer],
    progress: Progress,
) -> BestTrial:
    """Train the best trial anew with other seeds, or go on with that, and read what came out."""
    section = space.section
    changed = space.trial(space.parameters(trial.values), trial.number)
    seeds = changed.training.model_copy(update={"seed": changed.training.seed + 1})
    members = changed.ensemble.model_copy(update={"members": section.seeds})
    experiment = changed.model_copy(update={"training": seeds, "ensemble": members})
    path = place / f"best-{trial.number}"
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
    folds = [list(best.values())[first : first + section.seeds] for first in range(0, len(best), section.seeds)]
    by_seed = tuple(sum(values) / len(values) for values in zip(*folds, strict=True))
    return BestTrial(path, by_seed, _on_test(run.evaluation, space.objective))


def _on_test(evaluation: Any, objective: str) -> tuple[float, float] | None:  # noqa: ANN401  # of a file
    head, _, metric = objective.partition(".")
    measured = evaluation["test"].get(head, {}).get(metric)
    return None if measured is None else (measured["value"], measured["uncertainty"])
