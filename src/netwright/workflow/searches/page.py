"""The page of a search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from netwright.reporting import (
    SEARCH_CAPTIONS,
    GivenUp,
    Headline,
    Picture,
    RankedTrial,
    SearchPage,
    write_search,
)
from netwright.searching import Space
from netwright.workflow.searches.figures import draw_search
from netwright.workflow.searches.result import Search, SearchTrial

__all__ = ["report_search"]

_TITLES = {
    "search_history": "History",
    "search_process": "Gaussian process",
    "search_planes": "Gaussian process, pairs of parameters",
    "search_importance": "Importance of parameters",
    "parallel_coordinates": "Parallel coordinates",
}


def report_search(result: Search, space: Space) -> None:
    """Draw the figures of a search, and write its page ``report.html``.

    Args:
        result: the search.
        space: what was searched.
    """
    drawn = draw_search(
        result.folder, space, result.trials, result.own, larger=result.larger, importance=result.importance
    )
    pictures = [Picture(path, _TITLES[name], SEARCH_CAPTIONS[name]) for name, path in drawn.items()]
    write_search(_page(result, space, pictures), result.folder / "report.html")


def _page(result: Search, space: Space, pictures: Sequence[Picture]) -> SearchPage:
    keys = list(space.distributions)
    counts = {state: sum(trial.state == state for trial in result.trials) for state in ("complete", "pruned", "failed")}
    headlines = [Headline(name, f"{count}") for name, count in counts.items()]
    headlines.append(
        Headline(f"{result.objective}, {len(result.best.seeds)} seeds", f"{result.best.mean:.5g}".replace("inf", "∞"))
    )
    if result.best.test is not None:
        headlines.append(
            Headline(f"{result.objective}, test", f"{result.best.test[0]:.5g} ± {result.best.test[1]:.2g}")
        )
    return SearchPage(
        space.experiment.name,
        result.objective,
        keys,
        result.sentences,
        headlines,
        [
            RankedTrial(
                trial.number,
                trial.value or 0.0,
                _behind(result, trial),
                _values(trial, keys),
                trial.number == result.own,
            )
            for trial in result.leaderboard
        ],
        [GivenUp(trial.number, trial.state, trial.why, _values(trial, keys)) for trial in result.trials if trial.why],
        pictures,
    )


def _values(trial: SearchTrial, keys: Sequence[str]) -> list[Any]:
    return [trial.values[key] for key in keys]


def _behind(result: Search, trial: SearchTrial) -> str:
    distance = result.distance(trial)
    return f"{distance:.1f}" if math.isfinite(distance) else "–"
