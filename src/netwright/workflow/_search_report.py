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
from netwright.workflow._search_figures import draw_search
from netwright.workflow._search_result import Search, SearchTrial

__all__ = ["report_search"]

_TITLES = {
    "search_history": "History",
    "search_process": "Gaussian process",
    "search_planes": "Gaussian process, pairs of parameters",
    "search_importance": "Importance of parameters",
    "parallel_coordinates": "Parallel coordinates",
}


def report_search(found: Search, space: Space) -> None:
    """Draw the figures of a search, and write its page ``report.html``.

    Args:
        found: the search.
        space: what was searched.
    """
    drawn = draw_search(found.folder, space, found.trials, found.own, larger=found.larger, importance=found.importance)
    pictures = [Picture(path, _TITLES[name], SEARCH_CAPTIONS[name]) for name, path in drawn.items()]
    write_search(_page(found, space, pictures), found.folder / "report.html")


def _page(found: Search, space: Space, pictures: Sequence[Picture]) -> SearchPage:
    keys = list(space.distributions)
    counts = {state: sum(one.state == state for one in found.trials) for state in ("complete", "pruned", "failed")}
    headlines = [Headline(name, f"{count}") for name, count in counts.items()]
    headlines.append(Headline(f"{found.objective}, {len(found.best.seeds)} seeds", f"{found.best.mean:.5g}"))
    if found.best.test is not None:
        headlines.append(Headline(f"{found.objective}, test", f"{found.best.test[0]:.5g} ± {found.best.test[1]:.2g}"))
    return SearchPage(
        space.experiment.name,
        found.objective,
        keys,
        found.sentences,
        headlines,
        [
            RankedTrial(one.number, one.value or 0.0, _behind(found, one), _values(one, keys), one.number == found.own)
            for one in found.leaderboard
        ],
        [GivenUp(one.number, one.state, one.why, _values(one, keys)) for one in found.trials if one.why],
        pictures,
    )


def _values(trial: SearchTrial, keys: Sequence[str]) -> list[Any]:
    return [trial.values[key] for key in keys]


def _behind(found: Search, trial: SearchTrial) -> str:
    distance = found.distance(trial)
    return f"{distance:.1f}" if math.isfinite(distance) else "–"
