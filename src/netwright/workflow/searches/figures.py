"""The figures of a search: at its end, and every now and then while it goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netwright.atomic_files import make_folder
from netwright.plots import (
    parallel_coordinates,
    save,
    search_history,
    search_importance,
    search_planes,
    search_process,
)
from netwright.searching import SearchStudy, Space, fit_process
from netwright.workflow.searches.result import SearchTrial, ended_trials, own_trial, ranked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LiveFigures", "draw_search"]

_MIN_TRIALS = 6  # trials that a process is fitted to
_IMPORTANT = 3  # parameters whose pairs are drawn
_REST = 19.0  # times what drawing took: at most a twentieth of the time of a search is spent on it


def draw_search(
    folder: Path,
    space: Space,
    trials: Sequence[SearchTrial],
    own: int | None,
    *,
    larger: bool,
    importance: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Path]:
    """Draw the figures of a search.

    Args:
        folder: of the search.
        space: what is searched.
        trials: those that ended.
        own: number of the trial with the experiment's own values.
        larger: whether larger values of the objective are better.
        importance: by parameter its share and uncertainty; not drawn if not given.

    Returns:
        The pictures, by the name of the function that draws them, in reading order.
    """
    own_value = next((trial.value for trial in trials if trial.number == own), None)
    values = [math.nan if trial.value is None else trial.value for trial in trials]
    figures: dict[str, Figure] = {
        "search_history": search_history(
            values, [trial.state for trial in trials], [trial.ended / 60 for trial in trials],
            objective=space.objective, larger=larger, own=own_value,
        )
    }  # fmt: skip
    figures |= _process_figures(space, trials, larger=larger)
    if importance:
        figures["search_importance"] = search_importance(importance, objective=space.objective)
    if complete := ranked(trials, larger=larger):
        figures["parallel_coordinates"] = parallel_coordinates(
            [trial.values for trial in complete], [trial.value or 0.0 for trial in complete], objective=space.objective,
            larger=larger,
        )  # fmt: skip
    figures_folder = folder / "figures"
    make_folder(figures_folder)
    paths = {}
    for name, figure in figures.items():
        save(figure, figures_folder, name.replace("_", "-"))
        paths[name] = figures_folder / f"{name.replace('_', '-')}.png"
    return paths


def _process_figures(space: Space, trials: Sequence[SearchTrial], *, larger: bool) -> dict[str, Figure]:
    """Draw what a Gaussian process makes of the trials, whatever proposed them."""
    measured, complete = [trial for trial in trials if trial.value is not None], ranked(trials, larger=larger)
    if len(measured) < _MIN_TRIALS or not complete:
        return {}
    sign = -1.0 if larger else 1.0
    points = [space.parameters(trial.values) for trial in measured]
    values = [trial.value or 0.0 for trial in measured]
    process = fit_process(space.distributions, points, [sign * value for value in values], space.section.seed)
    best = space.parameters(complete[0].values)
    process = replace(process, best=best)
    proposed = process.next_point(np.random.default_rng(space.section.seed))
    slices = [replace(predicted, mean=sign * predicted.mean) for predicted in process.slices()]
    figures = {"search_process": search_process(slices, points, values, best, proposed, objective=space.objective)}
    if len(slices) > 1:
        planes = [replace(predicted, mean=sign * predicted.mean) for predicted in process.planes(_IMPORTANT)]
        figures["search_planes"] = search_planes(planes, points, best, proposed, objective=space.objective)
    return figures


class LiveFigures:
    """Draws the figures of a search while it goes on, for `netwright watch`.

    Args:
        folder: of the search.
        space: what is searched.
    """

    def __init__(self, folder: Path, space: Space) -> None:
        self.folder, self.space = folder, space
        self._due, self._drawn = 0.0, 0

    def draw(self, study: SearchStudy) -> None:
        """Draw them again, if there are new trials and drawing took little of the time so far.

        Args:
            study: with the trials.
        """
        if time.monotonic() < self._due:
            return
        trials = ended_trials(study, self.space)
        if len(trials) < max(_MIN_TRIALS, self._drawn + 1):
            return
        began = time.monotonic()
        draw_search(self.folder, self.space, trials, own_trial(study, self.space), larger=study.larger)
        self._drawn = len(trials)
        self._due = time.monotonic() + _REST * (time.monotonic() - began)
