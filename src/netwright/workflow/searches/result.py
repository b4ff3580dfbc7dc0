"""The result of a search: its trials, its leaderboard and the best trial retrained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from netwright.searching import SearchStudy, Space, outcome_of

__all__ = [
    "BestTrial",
    "Search",
    "SearchTrial",
    "ended_trials",
    "own_trial",
    "ranked",
    "search_content",
    "spread_of",
]


def spread_of(values: Sequence[float]) -> float:
    """Return the standard deviation over seeds.

    Args:
        values: one for each seed.

    Returns:
        It; NaN of a single value, or where one is not finite.
    """
    return float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else math.nan


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
        return spread_of(self.seeds)


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
