"""The figures and the page of a search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.atomic_files import make_folder
from netwright.plots import parallel_coordinates, save, search_history, search_importance, search_process
from netwright.reporting import (
    SEARCH_CAPTIONS,
    GivenUp,
    Headline,
    Picture,
    RankedTrial,
    SearchPage,
    write_search,
)
from netwright.searching import Space, fit_process
from netwright.workflow._search_result import Search, SearchTrial

__all__ = ["report_search"]

_TITLES = {
    "search_history": "History",
    "search_process": "Gaussian process",
    "search_importance": "Importance of parameters",
    "parallel_coordinates": "Parallel coordinates",
}
_FEWEST = 6  # trials that a process is fitted to


def report_search(found: Search, space: Space) -> None:
    """Draw the figures of a search, and write its page ``report.html``.

    Args:
        found: the search.
        space: what was searched.
    """
    figures = {"search_history": _history(found)}
    process = _process(found, space)
    if process is not None:
        figures["search_process"] = process
    if found.importance:
        figures["search_importance"] = search_importance(found.importance, objective=found.objective)
    complete = list(found.leaderboard)
    figures["parallel_coordinates"] = parallel_coordinates(
        [one.values for one in complete], [one.value or 0.0 for one in complete],
        objective=found.objective, larger=found.larger,
    )  # fmt: skip
    make_folder(found.folder / "figures")
    pictures = []
    for name, figure in figures.items():
        save(figure, found.folder / "figures", name.replace("_", "-"))
        path = found.folder / "figures" / f"{name.replace('_', '-')}.png"
        pictures.append(Picture(path, _TITLES[name], SEARCH_CAPTIONS[name]))
    write_search(_page(found, space, pictures), found.folder / "report.html")


def _history(found: Search) -> Any:  # noqa: ANN401  # of matplotlib
    own = next((one.value for one in found.trials if one.number == found.own), None)
    return search_history(
        [math.nan if one.value is None else one.value for one in found.trials],
        [one.state for one in found.trials],
        [one.ended / 60 for one in found.trials],
        objective=found.objective, larger=found.larger, own=own,
    )  # fmt: skip


def _process(found: Search, space: Space) -> Any:  # noqa: ANN401  # of matplotlib
    """Draw what a Gaussian process makes of the trials, whatever proposed them."""
    seen = [one for one in found.trials if one.value is not None]
    if len(seen) < _FEWEST:
        return None
    sign = -1.0 if found.larger else 1.0
    points = [space.parameters(one.values) for one in seen]
    values = [one.value or 0.0 for one in seen]
    process = fit_process(space.distributions, points, [sign * value for value in values], space.section.seed)
    best = space.parameters(found.leaderboard[0].values)
    process = replace(process, best=best)
    slices = [replace(one, mean=sign * one.mean) for one in process.slices()]
    proposed = process.next_point(np.random.default_rng(space.section.seed))
    return search_process(slices, points, values, best, proposed, objective=found.objective)


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
