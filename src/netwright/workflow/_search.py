"""Search: try values of an experiment's keys, choose on validation rows, and retrain the best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.atomic_files import make_folder, write_text
from netwright.config import Experiment, dump_experiment
from netwright.errors import ExperimentError, RunError
from netwright.lab import refuse_links
from netwright.progress import Progress, silent
from netwright.searching import SearchStudy, Space, importances, space_of
from netwright.strict_json import write_json
from netwright.training import Observer, continued_by
from netwright.workflow._cluster import check_cluster
from netwright.workflow._open_experiment import open_experiment
from netwright.workflow._plan_file import read_plan_file
from netwright.workflow.searches.best import retrain_best
from netwright.workflow.searches.jobs import work_in_processes, work_on_cluster
from netwright.workflow.searches.page import report_search
from netwright.workflow.searches.result import (
    BestTrial,
    Search,
    SearchTrial,
    ended_trials,
    own_trial,
    ranked,
    search_content,
)
from netwright.workflow.searches.sentences import best_sentences
from netwright.workflow.searches.work import SAME_COMMAND, Budget, alone, open_study, work

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
    trained at once by one compiled program. The best trial is chosen on validation rows, retrained with several
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
    _check_numbers(trials, jobs, hours)
    check_cluster(cluster)
    experiment, _ = open_experiment(experiment, trust=trust, progress=progress)
    space = space_of(experiment)
    path = Path("runs") / f"{experiment.name}-search" if folder is None else Path(folder)
    _begin(path, experiment)
    with continued_by(SAME_COMMAND, path):
        budget = Budget(trials, None if hours is None else time.time() + 3600 * hours)
        if cluster is not None:
            work_on_cluster(path, experiment, budget, cluster, jobs, trust=trust, progress=progress)
        elif jobs > 1:
            work_in_processes(path, budget, jobs, trust=trust)
        work(path, space, budget, trust=trust, draws=True, progress=progress)
        study = open_study(path, space)
        all_trials = ended_trials(study, space)
        leaderboard = _leaderboard(all_trials, path, larger=study.larger)
        with alone(path / "judging"):
            best = retrain_best(space, leaderboard[0], path, trust=trust, observers=observers, progress=progress)
            result = _result(study, space, all_trials, leaderboard, best)
            write_json(path / "search.json", search_content(result))
            report_search(result, space)
    return result


def _check_numbers(trials: int, jobs: int, hours: float | None) -> None:
    if trials < 1 or jobs < 1 or (hours is not None and hours <= 0):
        msg = (
            "A search has one trial and one job or more, and lasts more than 0 hours; received "
            f"{trials} trials, {jobs} jobs and {hours} hours."
        )
        raise ExperimentError(msg)


def _result(
    study: SearchStudy,
    space: Space,
    all_trials: tuple[SearchTrial, ...],
    leaderboard: tuple[SearchTrial, ...],
    best: BestTrial,
) -> Search:
    """Put together what a search found, with sentences and the importance of its parameters."""
    own = own_trial(study, space)
    sentences = best_sentences(space.objective, leaderboard, best, own, larger=study.larger)
    importance = importances(study.study, space.section.seed)
    return Search(
        space.objective, study.larger, all_trials, leaderboard, best, own, tuple(sentences), study.folder, importance
    )


def _begin(folder: Path, experiment: Experiment) -> None:
    """Write down what is searched, or make sure that the folder holds the same search."""
    refuse_links(folder)
    unused = {"cluster"} if _looks_at_result(experiment) else {"result", "cluster"}
    plan: dict[str, Any] = experiment.model_dump(mode="json", exclude=unused)
    path, file = folder / "plan.json", folder / "experiment.yaml"
    written = file.exists()  # looked at before the plan, which processes that begin at once write before it
    if not path.exists():
        if written:
            msg = f"{folder} holds {file.name} and is no search; it is not overwritten. Name a new folder with --run."
            raise RunError(msg)
        make_folder(folder)
        write_json(path, plan)
    before = read_plan_file(path)
    if "search" not in before:
        msg = f"{folder} is a run, not a search. Name a new folder with --run."
        raise RunError(msg)
    different = sorted(key for key in plan if plan[key] != before.get(key))
    if not different and not written:
        write_text(file, dump_experiment(experiment))
    if different:
        msg = (
            f"{folder} holds the search of another experiment: {', '.join(different)} differ. Name another folder with "
            "--run, or remove it."
        )
        raise RunError(msg)


def _looks_at_result(experiment: Experiment) -> bool:
    """Return whether the section ``result`` has a say in how trials are trained, or in what they are worth."""
    return experiment.trains_for_result or (experiment.search is not None and experiment.search.tries_results)


def _leaderboard(trials: Sequence[SearchTrial], folder: Path, *, larger: bool) -> tuple[SearchTrial, ...]:
    """Return the complete trials, the best first.

    Raises:
        RunError: there is none.
    """
    leaderboard = ranked(trials, larger=larger)
    if not leaderboard:
        reasons = sorted({trial.why for trial in trials})[:3]
        msg = f"{folder}: none of {len(trials)} trials gave a value. Their messages: {' | '.join(reasons)}"
        raise RunError(msg)
    return leaderboard
