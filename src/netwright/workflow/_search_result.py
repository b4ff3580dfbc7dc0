"""The result of a search: its leaderboard, the best trial retrained, and the sentences on both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from netwright.config import TRAINED_FOR
from netwright.searching import SearchStudy, Space, outcome_of

__all__ = [
    "BestTrial",
    "Search",
    "SearchTrial",
    "best_sentences",
    "ended_trials",
    "own_trial",
    "ranked",
    "search_content",
]


@dataclass(frozen=True)
class SearchTrial:
    """One trial of a search.

    Attributes:
        number: of the trial.
        state: complete, pruned or failed.
        values: by path of a key, its value.
        value: the objective on validation rows, mean over folds; None where the trial failed.
        folds: the objective by fold.
        why: why it was pruned or failed.
        epochs: that its networks were trained.
        seconds: that its batch took.
        ended: when it ended, in seconds after the first trial began.
    """

    number: int
    state: str
    values: Mapping[str, Any]
    value: float | None
    folds: tuple[float, ...] = ()
    why: str = ""
    epochs: int = 0
    seconds: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True)
class BestTrial:
    """The best trial, retrained with other seeds.

    Attributes:
        run: its run directory.
        seeds: the objective on validation rows of each seed, mean over folds.
        test_seeds: the same on test rows.
        test: the objective on test rows of all its networks together, and its uncertainty; None where the evaluation
            of a run does not measure it.
    """

    run: Path
    seeds: tuple[float, ...]
    test_seeds: tuple[float, ...]
    test: tuple[float, float] | None = None

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return math.fsum(self.seeds) / len(self.seeds)

    @property
    def spread(self) -> float:
        """Standard deviation over seeds; NaN for a single seed, or where one has no finite value."""
        return _spread(self.seeds)


@dataclass(frozen=True)
class Search:
    """The result of a search.

    Attributes:
        objective: what was optimised on validation rows.
        larger: whether larger values of it are better.
        trials: all trials, by number.
        leaderboard: the complete ones, the best first.
        best: the first of them, retrained.
        own: number of the trial that has the experiment's own values; None where there is none.
        sentences: what the search found.
        folder: of the search.
        importance: by path of a key its importance and the uncertainty of that; empty where there are too few trials.
    """

    objective: str
    larger: bool
    trials: tuple[SearchTrial, ...]
    leaderboard: tuple[SearchTrial, ...]
    best: BestTrial
    own: int | None
    sentences: tuple[str, ...]
    folder: Path
    importance: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def distance(self, trial: SearchTrial) -> float:
        """Return by how much a trial is behind the best, in units of the best trial's spread over seeds.

        Args:
            trial: a complete trial.

        Returns:
            The distance, dimensionless; NaN where the spread is not known.
        """
        first, value = self.leaderboard[0].value or 0.0, trial.value or 0.0
        return abs(first - value) / self.best.spread if self.best.spread > 0 else math.nan


def ended_trials(study: SearchStudy, space: Space) -> tuple[SearchTrial, ...]:
    """Return all trials of a study that ended.

    Args:
        study: the study.
        space: what is searched.

    Returns:
        The trials, by number.
    """
    states = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    frozen = [
        trial
        for trial in study.trials()
        if trial.state.is_finished() and trial.params.keys() == space.distributions.keys()
    ]
    began = min((trial.datetime_start.timestamp() for trial in frozen if trial.datetime_start), default=0.0)
    return tuple(
        SearchTrial(
            trial.number, states[trial.state.name], space.values(trial.params), outcome.get("last_value"),
            tuple(outcome.get("folds", ())), outcome.get("why", ""), outcome.get("epochs", 0),
            outcome.get("seconds", 0.0), outcome.get("ended", began) - began,
        )
        for trial, outcome in ((trial, outcome_of(trial)) for trial in frozen)
    )  # fmt: skip


def own_trial(study: SearchStudy, space: Space) -> int | None:
    """Return the number of the trial that has the experiment's own values.

    Args:
        study: the study.
        space: what is searched.

    Returns:
        Its number; None where there is none.
    """
    own = space.own_parameters()
    return next((trial.number for trial in study.trials() if own is not None and trial.params == own), None)


def ranked(trials: Sequence[SearchTrial], *, larger: bool) -> tuple[SearchTrial, ...]:
    """Return the complete trials, the best first.

    Args:
        trials: those that ended.
        larger: whether larger values are better.

    Returns:
        The leaderboard; empty where no trial came to a value.
    """
    complete = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    return tuple(sorted(complete, key=lambda trial: (-1 if larger else 1) * (trial.value or 0.0)))


def _spread(values: Sequence[float]) -> float:
    """Return the standard deviation; NaN of a single value, or where one is not finite."""
    return float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else math.nan


def _no_mean(values: Sequence[float]) -> str:
    """Say why rejections have no mean."""
    unknown = sum(not math.isfinite(value) for value in values)
    return f"it is infinite in {unknown} of {len(values)}, as no row of background passes the cut there"


def best_sentences(
    objective: str, leaderboard: Sequence[SearchTrial], best: BestTrial, own: int | None, *, larger: bool
) -> list[str]:
    """Say how optimistic the search was, and how far the best trial is from the next and from the experiment.

    Args:
        objective: what was optimised.
        leaderboard: complete trials, the best first.
        best: the first of them, retrained.
        own: number of the trial with the experiment's own values.
        larger: whether larger values are better.

    Returns:
        Sentences.
    """
    first = leaderboard[0]
    value = first.value or 0.0
    optimism = (value - best.mean) if larger else (best.mean - value)
    spread, count = best.spread, len(best.seeds)
    has_spread = math.isfinite(spread) and spread > 0
    error = f" ± {spread / math.sqrt(count):.2g}" if has_spread else ""
    begin = (
        f"Trial {first.number} is the best by {objective} on validation rows: {value:.5g}. Retrained with {count} "
        f"other seed{'s' if count > 1 else ''} "
    )
    sentences = [
        f"{begin}it has {best.mean:.5g}{error}: the search's own value was "
        f"{'optimistic' if optimism >= 0 else 'pessimistic'} by {abs(optimism):.2g}"
        + (f", {abs(optimism) / spread:.1f} times the spread over seeds." if has_spread else ".")
        if math.isfinite(best.mean)
        else f"{begin}it has no mean: {_no_mean(best.seeds)}."
    ]
    others = {
        trial.number: "The trial with the experiment's own values" for trial in leaderboard if trial.number == own
    }
    if len(leaderboard) > 1:
        second = leaderboard[1].number
        others = {second: "The runner-up", **others}
        if second == own:
            others[second] = "The runner-up, with the experiment's own values"
    by_number = {trial.number: trial for trial in leaderboard}
    for number, name in others.items():
        if number == first.number:
            continue
        other = by_number[number]
        behind = abs(value - (other.value or 0.0))
        text = f"{name}, trial {number}, is behind by {behind:.2g}"
        if has_spread:
            more = "more than two" if behind > 2 * spread else "not more than two"
            text += f", {behind / spread:.1f} times the spread over seeds: {more} of them"
        sentences.append(text + ".")
    if own is not None and own == first.number:
        sentences.append("These are the experiment's own values: nothing that was tried is better.")
    sentences.append(_on_test(objective, value, best, larger=larger))
    return sentences


def _on_test(objective: str, value: float, best: BestTrial, *, larger: bool) -> str:
    """Say what the networks have on test rows, and how optimistic the search's own value was.

    Not of a significance or limit: √Σw² of the simulated background is in it, which is larger in fewer test rows.
    """
    count = len(best.test_seeds)
    mean = math.fsum(best.test_seeds) / count
    spread = _spread(best.test_seeds) / math.sqrt(count)
    optimism = (value - mean) if larger else (mean - value)
    if not math.isfinite(mean):
        return f"On test rows, evaluated once, their {objective} has no mean: {_no_mean(best.test_seeds)}."
    text = f"On test rows, evaluated once, these networks have {objective} {mean:.5g}" + (
        f" ± {spread:.2g} over seeds" if math.isfinite(spread) else ""
    )
    if objective in TRAINED_FOR:
        text += (
            ", with √Σw² of the simulated background in as many rows as these: it is to be compared with that of other "
            "networks on test rows, not with the search's own value on validation rows"
        )
    else:
        text += (
            f": the search's own value was {'optimistic' if optimism >= 0 else 'pessimistic'} by {abs(optimism):.2g}"
        )
    if best.test is not None:
        text += f". The {count} networks of each fold together have {best.test[0]:.5g} ± {best.test[1]:.2g} there"
    return f"{text}."


def search_content(result: Search) -> dict[str, Any]:
    """Return the result of a search in a form that JSON can hold.

    Args:
        result: the result.

    Returns:
        The content of ``search.json``.
    """
    return {
        "objective": result.objective,
        "larger_is_better": result.larger,
        "sentences": list(result.sentences),
        "best": {
            "trial": result.leaderboard[0].number,
            "values": dict(result.leaderboard[0].values),
            "run": result.best.run.name,
            "seeds": list(result.best.seeds),
            "spread": result.best.spread,
            "test_seeds": list(result.best.test_seeds),
            "test": None if result.best.test is None else list(result.best.test),
        },
        "own": result.own,
        "importance": {name: list(pair) for name, pair in result.importance.items()},
        "leaderboard": [trial.number for trial in result.leaderboard],
        "trials": [asdict(trial) for trial in result.trials],
    }
