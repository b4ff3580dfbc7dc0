"""The work of one process of a search: batches of trials, until there are enough or time is up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netwright.atomic_files import make_folder
from netwright.config import Experiment
from netwright.errors import RunError, TrainingInterruptedError
from netwright.lab import RunLock
from netwright.models import import_custom_layers
from netwright.progress import Progress
from netwright.searching import Batch, SearchStudy, Space
from netwright.tasks import task_of
from netwright.training import interruptible
from netwright.workflow._data import load_data
from netwright.workflow.searches.figures import LiveFigures
from netwright.workflow.searches.trials import TrialTrainer

__all__ = ["SAME_COMMAND", "Budget", "alone", "larger_is_better", "open_study", "work"]

SAME_COMMAND = "the same netwright search command"  # continues a search

_WAIT = 0.3  # seconds between looks at what other processes do


class Budget:
    """How many trials a search has, and until when it proposes new ones.

    Args:
        trials: number of trials.
        until: time, in seconds since the epoch, after which no trial begins; None for no end.
    """

    def __init__(self, trials: int, until: float | None) -> None:
        self.trials, self.until = trials, until

    def left(self, asked: int) -> int:
        """Return how many more trials may be proposed.

        Args:
            asked: proposed so far.

        Returns:
            Their number.
        """
        over = self.until is not None and time.time() >= self.until
        return 0 if over else max(0, self.trials - asked)


def larger_is_better(experiment: Experiment) -> bool:
    """Return whether larger values of an experiment's ``training.select`` are better.

    Args:
        experiment: the experiment.

    Returns:
        True for metrics such as AUC and for the significance.
    """
    select = experiment.training.select
    if select in {"loss", "limit", "significance"}:
        return select == "significance"
    head, _, metric = select.partition(".")
    definition = task_of(experiment.targets[head]).metric_named(metric)
    return definition is not None and definition.better == "larger"


def open_study(folder: Path, space: Space) -> SearchStudy:
    """Open the study of a search, which is made if there is none.

    Args:
        folder: of the search.
        space: what is searched.

    Returns:
        The study.

    Raises:
        RunError: it cannot be read or written.
    """
    return SearchStudy(folder, space, larger=larger_is_better(space.experiment))


def work(
    folder: Path,
    space: Space,
    budget: Budget,
    *,
    trust: bool = False,
    draws: bool = False,
    progress: Progress,
) -> None:
    """Train batches of trials until the budget is spent and all batches are finished, also those of killed processes.

    Args:
        folder: of the search.
        space: what is searched.
        budget: how many trials.
        trust: trust the modules of custom layers.
        draws: whether this process redraws the figures from time to time.
        progress: callback for progress updates.

    Raises:
        TrainingInterruptedError: a signal ended the search, which can go on.
        NetwrightError: the rows cannot be read, or the study cannot be written.
    """
    import_custom_layers(space.experiment.model, trust=trust)
    study = open_study(folder, space)
    trainer: TrialTrainer | None = None
    figures = LiveFigures(folder, space)
    total = study.total(budget.trials)
    budget = Budget(total, budget.until)
    with interruptible() as stop_signal:
        while True:
            with _next_batch(study, budget) as batch:
                if batch is not None:
                    if trainer is None:
                        data = load_data(space.experiment, progress)
                        trainer = TrialTrainer(space, data, study.sign, stop_signal)
                    outcomes = trainer.train(batch, study.finished_before(batch))
                    if outcomes is not None:
                        study.tell(outcomes)
            if stop_signal.signal:
                raise TrainingInterruptedError(stop_signal.signal, folder, command=SAME_COMMAND)
            ended = sum(trial.state.is_finished() for trial in study.trials())
            progress("Searching", ended, max(ended, study.asked() + budget.left(study.asked())), "trials")
            if batch is not None:
                if draws:
                    figures.draw(study)
                continue
            if not any(True for _ in study.unfinished()):
                return
            time.sleep(_WAIT)


@contextmanager
def _next_batch(study: SearchStudy, budget: Budget) -> Iterator[Batch | None]:
    """Hold a batch that no process trains: one that a killed process left, or a new one; None if there is none."""
    for batch in study.unfinished():
        lock = RunLock(batch.folder)
        if not _taken(lock):
            continue
        try:
            if any(unfinished.number == batch.number for unfinished in study.unfinished()):
                yield batch
                return
        finally:
            lock.release()
    with alone(study.folder / "asking"):
        trials_left = budget.left(study.asked())
        batch_or_none = study.ask(min(trials_left, study.space.section.at_once)) if trials_left else None
        batch_lock = None if batch_or_none is None else RunLock(batch_or_none.folder)
        if batch_lock is not None and not _taken(batch_lock):  # another process saw its file first, and trains it
            batch_lock = batch_or_none = None
    try:
        yield batch_or_none
    finally:
        if batch_lock is not None:
            batch_lock.release()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process does what only one may do at a time.

    Args:
        folder: where the lock is.
    """
    make_folder(folder)
    while not _taken(lock := RunLock(folder)):
        time.sleep(_WAIT)
    try:
        yield
    finally:
        lock.release()


def _taken(lock: RunLock) -> bool:
    """Take a lock if its owner does not live any more."""
    try:
        lock.take()
    except RunError as error:
        if "another process" not in str(error):
            raise
        return False
    return True
