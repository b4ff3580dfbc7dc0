from __future__ import annotations

import numpy as np

from netwright.plots import find_rate, save
from netwright.training import RateSearch


def test_the_figure_shows_steps_means_minimum_and_suggestion(tmp_path) -> None:
    rates = np.geomspace(1e-6, 1, 300)
    losses = 1 + (np.log10(rates) + 2) ** 2
    losses[-1] = np.inf
    search = RateSearch(rates, losses, losses.copy(), minimum=0.01, suggestion=0.001)
    figure = find_rate(search)
    (axes,) = figure.axes
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["each step", "running mean", "smallest mean: 0.01", "suggestion: 0.001"]
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert low < 1
    assert high < 40  # what flies does not press the rest together
    pdf, png = save(figure, tmp_path, "find-rate")
    assert pdf.stat().st_size > 1000
    assert png.stat().st_size > 1000


def test_a_loss_that_never_fell_is_drawn_too(tmp_path) -> None:
    rates = np.geomspace(1e-6, 1e-5, 30)
    save(find_rate(RateSearch(rates, np.ones(30), np.ones(30), rates[20], rates[20] / 10)), tmp_path, "flat")
