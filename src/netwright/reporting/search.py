"""The page of a search: what is best and how sure that is, the leaderboard, figures, and why trials were given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.reporting._content import Headline, Picture
from netwright.reporting._page import write_page

__all__ = ["SEARCH_CAPTIONS", "GivenUp", "RankedTrial", "SearchPage", "write_search"]

# How to read each figure of a search.
SEARCH_CAPTIONS = {
    "search_history": "Every trial in the order of its proposal, and the best so far; right, the best so far against "
    "time. If the line has long been flat, more trials in this space will help little.",
    "search_process": "What a Gaussian process predicts along each parameter, the others being those of the best "
    "trial: mean, and one and two standard deviations. Where the band is wide, nothing was tried. The orange line is "
    "where it expects the largest improvement. Points are all trials, at any value of "
    "the other parameters; values far worse than the median are cut for the fit.",
    "search_planes": "The same prediction for pairs of the parameters along which it changes most: mean above, and "
    "standard deviation below, large where nothing was tried. A diagonal ridge means that the two act "
    "together.",
    "search_importance": "Share of the variance of the objective over the space that each parameter explains alone "
    "(fANOVA), with the standard deviation over repetitions with trials drawn with replacement. A parameter with a "
    "small share can be left at its default in the next search.",
    "parallel_coordinates": "One line per complete trial, one axis per parameter, coloured by rank. The axes on which "
    "the best lines converge matter most.",
}


@dataclass(frozen=True)
class RankedTrial:
    """A line of the leaderboard.

    Attributes:
        number: of the trial.
        value: the objective.
        behind: distance from the best, in words.
        values: of the keys, in their order.
        own: whether these are the experiment's own values.
    """

    number: int
    value: float
    behind: str
    values: Sequence[Any]
    own: bool


@dataclass(frozen=True)
class GivenUp:
    """A trial that was pruned or failed.

    Attributes:
        number: of the trial.
        state: pruned or failed.
        why: its reason.
        values: of the keys, in their order.
    """

    number: int
    state: str
    why: str
    values: Sequence[Any]


@dataclass(frozen=True)
class SearchPage:
    """The content of the page.

    Attributes:
        name: of the experiment.
        objective: what was optimised.
        keys: that varied.
        sentences: what was found.
        headlines: main numbers.
        leaderboard: complete trials, the best first.
        given_up: the others.
        pictures: in reading order.
    """

    name: str
    objective: str
    keys: Sequence[str]
    sentences: Sequence[str]
    headlines: Sequence[Headline]
    leaderboard: Sequence[RankedTrial]
    given_up: Sequence[GivenUp]
    pictures: Sequence[Picture]


def write_search(page: SearchPage, path: Path) -> Path:
    """Write the page of a search as one HTML file with everything in it; it loads nothing and runs nothing.

    Args:
        page: the content.
        path: the file to write; an existing one is replaced.

    Returns:
        The path of the file.

    Raises:
        RunError: if a figure is missing or is neither a PNG nor an SVG file.
    """
    values = {name: getattr(page, name) for name in type(page).__dataclass_fields__ if name != "pictures"}
    return write_page(path, "search.html.j2", page.pictures, values, {"number": _five_digits})


def _five_digits(value: Any) -> str:  # noqa: ANN401  # any value of a file
    return f"{value:.5g}" if isinstance(value, float) else str(value)
