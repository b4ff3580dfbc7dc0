"""The trials of a search in Optuna's journal: proposed in batches, each trained by one process, and told once."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.atomic_files import make_folder, write_text
from netwright.errors import RunError
from netwright.searching.outcome import OUTCOME, Outcome, outcome_of

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

    from netwright.searching.space import Space

__all__ = ["Batch", "Known", "SearchStudy"]


@dataclass(frozen=True)
class Batch:
    """Trials that were proposed at once, and are trained by one process.

    Attributes:
        number: of the batch.
        folder: with its file and its lock.
        trials: parameters by number of the trial.
        known: first and last numbers of the trials that were finished then: what is pruned depends on these only.
    """

    number: int
    folder: Path
    trials: Mapping[int, Mapping[str, Any]]
    known: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Known:
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
            self.study = self._open(None)
        except OSError as error:
            msg = f"{path}: the study cannot be written ({error}). Free some space or name another folder with --run."
            raise RunError(msg) from error

    def _open(self, sampler: optuna.samplers.BaseSampler | None) -> optuna.Study:
        import optuna

        direction: Literal["minimize", "maximize"] = "maximize" if self.larger else "minimize"
        return optuna.create_study(
            storage=self._storage, sampler=sampler or optuna.samplers.RandomSampler(0), direction=direction,
            study_name=self.space.experiment.name, load_if_exists=True,
        )  # fmt: skip

    def trials(self) -> list[FrozenTrial]:
        """Return all trials so far, in the order of their numbers."""
        return self.study.get_trials(deepcopy=False)

    def most(self, trials: int) -> int:
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
        finished = {one.number for one in self.trials() if one.state.is_finished()}
        for batch in self._every():
            if not finished.issuperset(batch.trials):
                yield batch

    def _every(self) -> list[Batch]:
        """Return all batches; what they are does not change, so each file is read once."""
        paths = sorted(self.batches.glob("*/batch.json"))
        self._read = {path: self._read.get(path) or _read(path) for path in paths}
        return list(self._read.values())

    def ask(self, count: int) -> Batch:
        """Propose trials; the caller makes sure that only one process does so at a time.

        Trials that a killed process proposed, and that are in no batch yet, come first.

        Args:
            count: how many at most.

        Returns:
            The batch, which has a file.
        """
        from netwright.searching.samplers import make_sampler

        every = self._every()
        number = max((one.number for one in every), default=-1) + 1
        proposed = self._lost({trial for one in every for trial in one.trials})
        known = _ranges([one.number for one in self.trials() if one.state.is_finished()])
        study = self._open(make_sampler(self.space, number, sum(len(one.trials) for one in every)))
        self._enqueue(count - len(proposed))
        while len(proposed) < count:
            trial = study.ask(fixed_distributions=self._distributions)
            proposed[trial.number] = dict(trial.params)
        self._journal.flush()
        folder = self.batches / f"{number:04d}"
        make_folder(folder)
        content = {"trials": {str(key): value for key, value in proposed.items()}, "known": known}
        write_text(folder / "batch.json", json.dumps(content, indent=2) + "\n")
        return Batch(number, folder, proposed, known)

    def asked(self) -> int:
        """Return how many trials were proposed so far."""
        return sum(len(one.trials) for one in self._every())

    def _lost(self, placed: set[int]) -> dict[int, dict[str, Any]]:
        """Return the trials that a killed process had proposed and put into no batch; half-made ones are made anew."""
        from optuna.trial import TrialState

        found = {}
        for one in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if one.number in placed:
                continue
            if one.params.keys() == self._distributions.keys():
                found[one.number] = dict(one.params)
                continue
            self.study.tell(one.number, state=TrialState.FAIL)
            if fixed := one.system_attrs.get("fixed_params"):
                self.study.enqueue_trial(fixed)
        return found

    @property
    def _distributions(self) -> dict[str, Any]:
        return dict(self.space.distributions)

    def _enqueue(self, count: int) -> None:
        """Put the next points of a grid, or first of all the experiment's own values, before what the sampler says."""
        asked = len(self.trials())
        if self.space.section.sampler == "grid":
            grid = self.space.grid()
            order = np.random.default_rng(self.space.section.seed).permutation(
                int(np.prod([len(values) for values in grid.values()]))
            )
            points = list(itertools.product(*grid.values()))
            for place in order[asked : asked + count].tolist():
                self.study.enqueue_trial(dict(zip(grid, points[place], strict=True)))
        elif asked == 0 and (own := self.space.own_parameters()) is not None:
            self.study.enqueue_trial(own)

    def known(self, batch: Batch) -> Known:
        """Return what a batch is compared with.

        Args:
            batch: the batch.

        Returns:
            Costs of the trials that were finished when it was proposed.
        """
        from optuna.trial import TrialState

        chosen = {number for first, last in batch.known for number in range(first, last + 1)}
        trials = [one for one in self.trials() if one.number in chosen]
        rungs: dict[int, list[float]] = {}
        for one in trials:
            for epoch, value in outcome_of(one).get("rungs", {}).items():
                rungs.setdefault(int(epoch), []).append(self.sign * value)
        complete = [one for one in trials if one.state == TrialState.COMPLETE and one.value is not None]
        if not complete:
            return Known(rungs)
        best = min(complete, key=lambda one: self.sign * (one.value or 0.0))
        return Known(rungs, [self.sign * value for value in outcome_of(best)["folds"]], best.number)

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what came out of trials; those that were told before stay as they are.

        Args:
            outcomes: of a batch.
        """
        from optuna.trial import Trial, TrialState

        states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        by_number = {one.number: one for one in self.trials()}
        for one in outcomes:
            frozen = by_number[one.number]
            if frozen.state.is_finished():
                continue
            trial = Trial(self.study, frozen._trial_id)  # noqa: SLF001  # Optuna's own way from a number to a trial
            content = {
                "folds": list(one.folds), "rungs": {str(key): x for key, x in one.rungs.items()}, "why": one.why,
                "epochs": one.epochs, "seconds": one.seconds, "last_value": one.value, "ended": time.time(),
            }  # fmt: skip
            trial.set_user_attr(OUTCOME, content)  # one line of the journal
            if one.state == "pruned" and one.value is not None:
                trial.report(one.value, step=max(one.rungs, default=one.epochs))
            values = one.value if one.state == "complete" else None
            self.study.tell(one.number, values, state=states[one.state], skip_if_finished=True)
        self._journal.flush()


def _read(path: Path) -> Batch:
    """Read the file of a batch."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        trials = {int(number): dict(parameters) for number, parameters in content["trials"].items()}
        known = [(int(first), int(last)) for first, last in content["known"]]
        return Batch(int(path.parent.name), path.parent, trials, known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path}: cannot be read ({error}). Remove {path.parent}; its trials are proposed again."
        raise RunError(msg) from error


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as pairs of first and last: in a study of 10,000 trials lists of them would be large."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
