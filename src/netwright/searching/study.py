"""The trials of a search in Optuna's journal: proposed in batches, each trained by one process, and told once."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.atomic_files import make_folder
from netwright.errors import RunError
from netwright.searching.outcome import OUTCOME, Outcome, outcome_of
from netwright.strict_json import write_json

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

    from netwright.searching.space import Space

__all__ = ["Batch", "FinishedTrials", "SearchStudy"]


@dataclass(frozen=True)
class Batch:
    """Trials that were proposed at once, and are trained by one process.

    Attributes:
        number: of the batch.
        folder: with its file and its lock.
        trials: parameters by number of the trial.
        finished: first and last numbers of the trials that were finished then: what is pruned depends on these only.
    """

    number: int
    folder: Path
    trials: Mapping[int, Mapping[str, Any]]
    finished: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class FinishedTrials:
    """Finished trials that a batch is compared with; values have the sign that makes lower better.

    Attributes:
        rungs: costs by epoch.
        best_folds: costs by fold of the best complete trial; empty where there is none.
        best: its number.
    """

    rungs: Mapping[int, Sequence[float]]
    best_folds: Sequence[float] = ()
    best: int | None = None


class SearchStudy:
    """The study of a search: a journal that several processes append to, and a folder for each batch.

    Args:
        folder: of the search.
        space: what is searched.
        larger: whether larger values of the objective are better.

    Raises:
        RunError: the journal cannot be read or written.
    """

    def __init__(self, folder: Path, space: Space, *, larger: bool) -> None:
        from optuna.storages import JournalStorage

        from netwright.searching.journal import SearchJournal

        self.folder, self.space, self.larger = folder, space, larger
        self.sign = -1.0 if larger else 1.0
        self.batches = folder / "batches"
        self._read: dict[Path, Batch] = {}
        make_folder(self.batches)
        path = folder / "study.journal"
        if not os.access(path if path.exists() else folder, os.W_OK):
            msg = f"{path}: the study cannot be written. Make the folder writable, or name another with --run."
            raise RunError(msg)
        try:
            self._journal = SearchJournal(path)
            self._storage = JournalStorage(self._journal)
            self.study = self._open()
        except OSError as error:
            msg = f"{path}: the study cannot be written ({error}). Free some space or name another folder with --run."
            raise RunError(msg) from error

    @property
    def _direction(self) -> Literal["minimize", "maximize"]:
        return "maximize" if self.larger else "minimize"

    def _open(self) -> optuna.Study:
        import optuna

        return optuna.create_study(
            storage=self._storage, sampler=optuna.samplers.RandomSampler(0), direction=self._direction,
            study_name=self.space.experiment.name, load_if_exists=True,
        )  # fmt: skip

    def trials(self) -> list[FrozenTrial]:
        """Return all trials so far, in the order of their numbers."""
        return self.study.get_trials(deepcopy=False)

    def total(self, trials: int) -> int:
        """Return how many trials there will be: those of a grid have an end.

        Args:
            trials: that are wanted.

        Returns:
            The number.
        """
        if self.space.section.sampler != "grid":
            return trials
        return min(trials, int(np.prod([len(values) for values in self.space.grid().values()])))

    def unfinished(self) -> Iterator[Batch]:
        """Yield the batches with trials that were not told yet, whether a process trains them or not."""
        finished = {trial.number for trial in self.trials() if trial.state.is_finished()}
        for batch in self._batches():
            if not finished.issuperset(batch.trials):
                yield batch

    def _batches(self) -> list[Batch]:
        """Return all batches; what they are does not change, so each file is read once."""
        paths = sorted(self.batches.glob("*/batch.json"))
        self._read = {path: self._read.get(path) or _read(path) for path in paths}
        return list(self._read.values())

    def ask(self, count: int) -> Batch:
        """Propose trials; the caller makes sure that only one process does so at a time.

        Trials that a killed process proposed, and that are in no batch yet, are the first of this one, which is that
        of the killed process.

        Args:
            count: how many at most.

        Returns:
            The batch, which has a file.
        """
        batches = self._batches()
        number = max((batch.number for batch in batches), default=-1) + 1
        finished = _ranges([trial.number for trial in self.trials() if trial.state.is_finished()])
        proposed = self._lost({trial for batch in batches for trial in batch.trials})
        for parameters in self._proposals(number, count, proposed)[len(proposed) :]:
            self._add(parameters)  # one line of the journal: a killed process leaves no half of a trial
            proposed[self.trials()[-1].number] = dict(parameters)
        self._journal.flush()
        folder = self.batches / f"{number:04d}"
        make_folder(folder)
        content = {"trials": {str(key): value for key, value in proposed.items()}, "known": finished}
        write_json(folder / "batch.json", content)
        return Batch(number, folder, proposed, finished)

    def asked(self) -> int:
        """Return how many trials were proposed so far."""
        return sum(len(batch.trials) for batch in self._batches())

    def _lost(self, placed: set[int]) -> dict[int, dict[str, Any]]:
        """Return the trials that a killed process had proposed and put into no batch."""
        from optuna.trial import TrialState

        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        names = self.space.distributions.keys()
        return {
            trial.number: dict(trial.params)
            for trial in running
            if trial.number not in placed and trial.params.keys() == names
        }

    def _proposals(self, batch: int, count: int, lost: Collection[int]) -> list[dict[str, Any]]:
        """Return the points of a batch: they follow from its number, and from the trials that are in other batches.

        A study in memory is asked, so that a process that was killed while it wrote them down proposes the same again.
        """
        import optuna

        from netwright.searching.samplers import make_sampler

        before = self.asked()
        if self.space.section.sampler == "grid":
            return self._grid_points(before, count)
        sampler = make_sampler(self.space, batch, before)
        study = optuna.create_study(sampler=sampler, direction=self._direction)
        if not isinstance(sampler, optuna.samplers.RandomSampler):  # which looks at no trial
            study.add_trials([trial for trial in self.trials() if trial.number not in lost])
        if before == 0 and (own := self.space.own_parameters()) is not None:
            study.enqueue_trial(own)
        distributions = dict(self.space.distributions)
        return [dict(study.ask(fixed_distributions=distributions).params) for _ in range(count)]

    def _grid_points(self, before: int, count: int) -> list[dict[str, Any]]:
        """Return the next points of a grid."""
        grid = self.space.grid()
        points = list(itertools.product(*grid.values()))
        order = np.random.default_rng(self.space.section.seed).permutation(len(points))
        return [dict(zip(grid, points[index], strict=True)) for index in order[before : before + count].tolist()]

    def _add(self, parameters: Mapping[str, Any]) -> None:
        import optuna

        self.study.add_trial(
            optuna.create_trial(
                state=optuna.trial.TrialState.RUNNING, params=dict(parameters),
                distributions=dict(self.space.distributions),
            )
        )  # fmt: skip

    def finished_before(self, batch: Batch) -> FinishedTrials:
        """Return what a batch is compared with.

        Args:
            batch: the batch.

        Returns:
            Costs of the trials that were finished when it was proposed.
        """
        from optuna.trial import TrialState

        chosen = {number for first, last in batch.finished for number in range(first, last + 1)}
        trials = [trial for trial in self.trials() if trial.number in chosen]
        rungs: dict[int, list[float]] = {}
        for trial in trials:
            for epoch, value in outcome_of(trial).get("rungs", {}).items():
                rungs.setdefault(int(epoch), []).append(self.sign * value)
        complete = [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.value is not None]
        if not complete:
            return FinishedTrials(rungs)
        best = min(complete, key=lambda trial: self.sign * (trial.value or 0.0))
        return FinishedTrials(rungs, [self.sign * value for value in outcome_of(best)["folds"]], best.number)

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what came out of trials; those that were told before stay as they are.

        Args:
            outcomes: of a batch.
        """
        from optuna.trial import Trial, TrialState

        states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        by_number = {trial.number: trial for trial in self.trials()}
        for outcome in outcomes:
            frozen = by_number[outcome.number]
            if frozen.state.is_finished():
                continue
            trial = Trial(self.study, frozen._trial_id)  # noqa: SLF001  # Optuna's own way from a number to a trial
            content = {
                "folds": list(outcome.folds), "rungs": {str(key): x for key, x in outcome.rungs.items()},
                "why": outcome.why,
                "epochs": outcome.epochs, "seconds": outcome.seconds, "last_value": outcome.value, "ended": time.time(),
            }  # fmt: skip
            trial.set_user_attr(OUTCOME, content)  # one line of the journal
            if outcome.state == "pruned" and outcome.value is not None:
                trial.report(outcome.value, step=max(outcome.rungs, default=outcome.epochs))
            values = outcome.value if outcome.state == "complete" else None
            self.study.tell(outcome.number, values, state=states[outcome.state], skip_if_finished=True)
        self._journal.flush()


def _read(path: Path) -> Batch:
    """Read the file of a batch."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        trials = {int(number): dict(parameters) for number, parameters in content["trials"].items()}
        finished = [(int(first), int(last)) for first, last in content["known"]]
        return Batch(int(path.parent.name), path.parent, trials, finished)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"{path}: cannot be read ({error}). Remove {path.parent}; its trials are proposed again."
        raise RunError(msg) from error


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as pairs of first and last: in a study of 10,000 trials lists of them would be large."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return ranges
