"""The trials of a batch: trained fold by fold, those of one shape as members of one program, and pruned on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from netwright.config import Experiment
from netwright.data import Description, describe_folds, seed_of_member
from netwright.errors import NetwrightError, NonFiniteLossError
from netwright.searching import Batch, FinishedTrials, Outcome, Space, State, rungs, survivors, worse_in_folds
from netwright.training import (
    EpochRecord,
    Hooks,
    PreparedMember,
    Program,
    TrainedModel,
    train_members,
)
from netwright.workflow._data import ExperimentData
from netwright.workflow._demand import refuse_too_large
from netwright.workflow.members.prepare import Member, generated_arrays, member_arrays, prepare_member

__all__ = ["TrialTrainer"]


@dataclass
class _Trial:
    """A trial on its way.

    Attributes:
        number: of the trial.
        experiment: how it is built and trained; None if its values do not go together.
        own: whether it has the experiment's own values, which others are compared with at the end: it is not pruned.
        why: why it was pruned or failed; empty while it goes on.
        state: how it ends, if it ends now.
        folds: objective by fold, in the order of training.
        rungs: by epoch, the best objective so far, in the first fold.
        best: cost of the weights that are kept so far in the fold that is trained.
        epochs: trained so far.
    """

    number: int
    experiment: Experiment | None = None
    own: bool = False
    why: str = ""
    state: State = "complete"
    folds: list[float] = field(default_factory=list)
    rungs: dict[int, float] = field(default_factory=dict)
    best: float = math.inf
    epochs: int = 0

    def fail(self, why: str) -> None:
        """Take note of why the trial failed.

        Args:
            why: the message.
        """
        self.state, self.why = "failed", why


class TrialTrainer:
    """Trains the batches of a search, and keeps rows and compiled programs from one to the next.

    Args:
        space: what is searched.
        data: the rows of its experiment.
        sign: 1 where smaller values of the objective are better, else -1.
        interrupted: whether to stop.
    """

    def __init__(
        self,
        space: Space,
        data: ExperimentData,
        sign: float,
        interrupted: Callable[[], bool],
    ) -> None:
        self.space, self.data, self.sign, self.interrupted = space, data, sign, interrupted
        experiment = space.experiment
        self.descriptions: Sequence[Description] = describe_folds(
            data.rows, data.division, experiment, name_row=data.dataset.locate
        )
        folds = data.division.folds if space.section.folds == "inherit" else space.section.folds
        shuffled = np.random.default_rng(space.section.seed).permutation(data.division.folds)
        self.folds: list[int] = shuffled[:folds].tolist()
        self.programs: dict[str, Program] = {}

    def train(self, batch: Batch, finished: FinishedTrials) -> list[Outcome] | None:
        """Train the trials of a batch.

        Args:
            batch: the trials.
            finished: trials that they are compared with.

        Returns:
            What came out of each; None if the training was interrupted.
        """
        began = time.monotonic()
        trials = [self._begin(number, parameters) for number, parameters in batch.trials.items()]
        for index, fold in enumerate(self.folds):
            running = [trial for trial in trials if not trial.why]
            self._train_fold(running, fold, finished if index == 0 else None)
            if self.interrupted():
                return None
            for trial in running:
                self._end_fold(trial, finished)
        seconds = time.monotonic() - began
        return [self._outcome(trial, seconds) for trial in trials]

    def _begin(self, number: int, parameters: Mapping[str, Any]) -> _Trial:
        """Make the experiment of a trial; a combination of values that is refused fails."""
        trial = _Trial(number, own=parameters == self.space.own_parameters())
        try:
            trial.experiment = self.space.trial(parameters, number)
            refuse_too_large(trial.experiment)
        except NetwrightError as error:
            trial.fail(str(error))
        return trial

    def _train_fold(self, trials: Sequence[_Trial], fold: int, finished: FinishedTrials | None) -> None:
        """Train trials on one fold, all at once; where memory is not enough, one after another."""
        ready: list[tuple[_Trial, Member, PreparedMember]] = []
        for trial in trials:
            trial.best = math.inf
            member = self._member(trial, len(ready), fold)
            try:
                ready.append((trial, member, prepare_member(member, self.data.rows, self.descriptions[fold])))
            except NetwrightError as error:
                trial.fail(str(error))
        if not ready:
            return
        try:
            self._train_ready(ready, finished)
        except (MemoryError, jax.errors.JaxRuntimeError, NetwrightError) as error:
            if len(ready) == 1:
                reason = str(error) if isinstance(error, NetwrightError) else f"{type(error).__name__}: {error}"
                ready[0][0].fail(reason.partition("\n")[0])
                return
            for trial, _, _ in ready:
                if trial.state != "failed":
                    trial.state, trial.why = "complete", ""
                    self._train_fold([trial], fold, finished)

    def _member(self, trial: _Trial, number: int, fold: int) -> Member:
        experiment = trial.experiment or self.space.experiment
        changes: dict[str, Any] = {"seed": seed_of_member(experiment.training.seed, fold)}
        if experiment.training.members == "auto":
            changes["members"] = "together"
        training = experiment.training.model_copy(update=changes)
        split = self.data.division.split(fold)
        return Member(number, fold, split, experiment.model_copy(update={"training": training}))

    def _train_ready(
        self, ready: Sequence[tuple[_Trial, Member, PreparedMember]], finished: FinishedTrials | None
    ) -> None:
        trials = [trial for trial, _, _ in ready]
        members = [member for _, member, _ in ready]

        def tolerates(number: int, error: NonFiniteLossError) -> bool:
            trials[number].fail(str(error))
            return True

        hooks = Hooks(
            interrupted=self.interrupted,
            name_row=self.data.dataset.locate,
            pruned=lambda records: self._pruned(trials, records, finished),
            tolerates=tolerates,
        )
        missing = self.space.section.at_once - len(members)
        lines = [*members, *members[:1] * missing]  # arrays of one shape, so that no batch compiles programs again
        trained = train_members(
            [prepared for _, _, prepared in ready],
            member_arrays(lines, self.data.rows),
            hooks,
            epoch_arrays=generated_arrays(lines, self.data.rows),
            programs=self.programs,
            narrows=True,
        )
        for trial, model in zip(trials, trained, strict=True):
            self._end_training(trial, model)

    def _pruned(
        self, trials: Sequence[_Trial], records: Sequence[EpochRecord], finished: FinishedTrials | None
    ) -> Collection[int]:
        """Take note of an epoch of one team, and return the members that end with it."""
        for record in records:
            if record.best:  # its weights are kept: min_improvement says what counts
                trials[record.member].best = self.sign * record.monitored
        section = self.space.section.pruning
        if finished is None or not section.epochs or not records:
            return ()
        epoch = records[0].epoch
        compared = [epoch_record for epoch_record in records if epoch in self._rungs(trials[epoch_record.member])]
        costs = {epoch_record.member: trials[epoch_record.member].best for epoch_record in compared}
        earlier = finished.rungs.get(epoch, ())
        if len(costs) + len(earlier) < section.factor:
            going_on: set[int] = set(costs)
        else:
            going_on = survivors(costs, earlier, section.factor)
        for number, cost in costs.items():
            trials[number].rungs[epoch] = self.sign * cost
            if number not in going_on and not trials[number].own:
                trials[number].state = "pruned"
                trials[number].why = (
                    f"after {epoch} epochs its {self.space.objective} {self.sign * cost:.5g} was not among the best "
                    f"1/{section.factor} of {len(costs) + len(earlier)} trials"
                )
        return {number for number in costs if trials[number].why}

    def _rungs(self, trial: _Trial) -> list[int]:
        section = self.space.section.pruning
        epochs = (trial.experiment or self.space.experiment).training.epochs
        return rungs(section.first_epoch, section.factor, epochs)

    def _end_training(self, trial: _Trial, trained: TrainedModel) -> None:
        """Take note of the objective of a fold."""
        trial.epochs += len(trained.history)
        if trial.state == "failed":
            return
        if not math.isfinite(trial.best):
            trial.fail(_not_finite(self.space.objective, trial.best))
            return
        trial.folds.append(self.sign * trial.best)

    def _end_fold(self, trial: _Trial, finished: FinishedTrials) -> None:
        """Prune a trial that is worse than the best one in the folds so far, unless this was the last."""
        section = self.space.section.pruning
        n_folds = len(trial.folds)
        if (
            trial.why
            or trial.own
            or not section.folds
            or n_folds == len(self.folds)
            or len(finished.best_folds) < n_folds
        ):
            return
        p = worse_in_folds([self.sign * value for value in trial.folds], finished.best_folds[:n_folds], section.p_value)
        if p is not None:
            trial.state = "pruned"
            trial.why = f"after {n_folds} folds worse than trial {finished.best}: p = {p:.3g} in Wilcoxon's test"

    def _outcome(self, trial: _Trial, seconds: float) -> Outcome:
        value = math.fsum(trial.folds) / len(trial.folds) if trial.folds and trial.state != "failed" else None
        return Outcome(
            trial.number, trial.state, value, tuple(trial.folds), trial.why, dict(trial.rungs), trial.epochs, seconds
        )


def _not_finite(objective: str, cost: float) -> str:
    """Say why a trial has no value to be ranked by: the lowest cost of its epochs is -inf, or none is a number."""
    if cost < 0:
        return (
            f"its {objective} is infinite in an epoch: no validation row of background passes, so that such trials "
            "cannot be ranked by it, however good they are. Add validation rows, or search by a rejection at a larger "
            "signal efficiency or by roc_auc"
        )
    return f"its {objective} is not a number in any epoch"
