"""Figures of the result: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.metrics import Measured, likelihood_ratio_closure
from netwright.plots import (
    ScoredRows,
    brazil_band,
    cut_significance,
    interval_coverage,
    likelihood_ratio,
    parameter_scan,
    protected_spectrum,
    save,
    score_templates,
    search_history,
    systematic_pulls,
    trade_off,
)
from netwright.statistics import Channel, CutScan, ExpectedLimit, Impacts, Process, ScoreWorth, Yields

CHANNEL = Channel(
    "score",
    np.array([0.0, 0.6, 0.9, 1.0]),
    (
        Process("tt", Yields([90.0, 20.0, 2.0], [9.0, 4.0, 0.4]), {"lumi": (0.98, 1.02)}, is_signal=False),
        Process("qcd", Yields([20.0, 3.0, 0.0], [5.0, 1.0, 0.0]), is_signal=False),
        Process("hh", Yields([0.0, 1.0, 3.0], [0.0, 0.01, 0.1]), is_signal=True),
    ),
)


def test_templates_are_stacked_and_the_ratio_has_the_signal(tmp_path):
    figure = score_templates(CHANNEL, name="hh_score", remark="138 /fb (13 TeV)")
    upper, lower = figure.axes
    first, second, band, signal = upper.patches
    assert first.get_data().values.tolist() == [20.0, 3.0, 0.0]  # type: ignore[attr-defined]
    assert second.get_data().values.tolist() == CHANNEL.background.values.tolist()  # type: ignore[attr-defined]
    assert second.get_data().baseline.tolist() == [20.0, 3.0, 0.0]  # type: ignore[attr-defined]
    assert signal.get_data().values.tolist() == [0.0, 1.0, 3.0]  # type: ignore[attr-defined]
    assert band.get_data().values == pytest.approx(CHANNEL.background.values + CHANNEL.background_uncertainty)  # type: ignore[attr-defined]
    assert lower.patches[0].get_data().values == pytest.approx(1 + CHANNEL.signal.values / CHANNEL.background.values)  # type: ignore[attr-defined]
    assert [label.get_text() for label in lower.get_xticklabels()] == ["0", "0.6", "0.9", "1"]
    low, high = upper.get_ylim()
    assert low < 1.0
    assert high > 110.0
    pdf, png = save(figure, tmp_path, "templates")
    assert pdf.stat().st_size > 1000
    assert png.stat().st_size > 1000


def test_a_band_has_its_median_and_two_bands(tmp_path):
    bands = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 4.0, 5.0, 6.0]])
    figure = brazil_band([0.1, 10.0], bands, name="importance", what="limit", threshold=2.5, marked=1.0, scale="log")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "expected ± 2σ", "expected ± 1σ", "median expected",
    ]  # fmt: skip
    assert axes.lines[0].get_ydata().tolist() == [3.0, 4.0]
    outer = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (outer.min(), outer.max()) == (1.0, 6.0)
    save(figure, tmp_path, "band")


@pytest.mark.parametrize("bands", [np.zeros((2, 4)), np.zeros((3, 5)), np.zeros(5)])
def test_a_band_needs_five_values_at_each_place(bands):
    with pytest.raises(DataError, match=r"must have shapes \(k,\) and \(k, 5\)"):
        brazil_band([0.1, 10.0], bands, name="importance", what="limit")


def test_the_line_of_cuts_ends_where_nothing_is_known(tmp_path):
    scan = CutScan(np.array([0.0, 0.5, 0.9]), np.array([0.5, 1.5, np.nan]), np.array([0.1, np.inf, np.nan]))
    figure = cut_significance(scan, name="hh_score", binned=2.0)
    axes = figure.axes[0]
    assert np.isnan(axes.lines[0].get_ydata()[2])
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["cut on the score", "best cut 0.5: 1.5", "all bins together: 2"]
    save(figure, tmp_path, "cuts")
    unknown = CutScan(scan.cuts, np.full(3, np.nan), np.full(3, np.nan))
    assert len(cut_significance(unknown).axes[0].get_legend().get_texts()) == 1


def test_pulls_are_in_the_order_of_impact_and_at_most_twenty(tmp_path):
    names = tuple(f"nuisance_{number}" for number in range(25))
    impacts = Impacts(names, np.linspace(-1, 1, 25), np.full(25, 0.8), np.linspace(1.0, 0.01, 25), 1.3)
    figure = systematic_pulls(impacts)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(names[:20])
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first is on top
    assert [bar.get_width() for bar in right.patches[:20]] == pytest.approx(impacts.impacts[:20])  # type: ignore[attr-defined]
    save(figure, tmp_path, "pulls")


def worth(limit, members):
    numbers = {"limit": limit, "discovery": 1.0 / limit, "roc_auc": 0.9}
    return ScoreWorth(ExpectedLimit((0.5 * limit, 0.7 * limit, limit, 1.4 * limit, 2 * limit), 0.95), numbers,
                      tuple({**numbers, "limit": member} for member in members))  # fmt: skip


def test_a_scan_has_a_band_over_members_where_there_are_several(tmp_path):
    worths = [worth(3.0, [2.9, 3.1]), worth(2.0, [1.8, float("nan")]), worth(2.5, [2.4, 2.6])]
    losses = [[0.5, 0.6], [0.4, 0.4], [0.7, 0.7]]
    figures = parameter_scan([0.1, 1.0, 10.0], worths, losses, parameter="importance", default=1.0, best=1.0)
    assert set(figures) == {"scan-limit", "scan-panels"}
    panels = figures["scan-panels"].axes
    assert [axes.get_ylabel() for axes in panels] == [
        "upper limit on μ", "significance [σ]", "AUC", "validation loss",
    ]  # fmt: skip
    assert panels[0].get_xscale() == "log"
    assert panels[0].lines[0].get_ydata().tolist() == [3.0, 2.0, 2.5]
    band = panels[0].collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(3.0 + np.std([2.9, 3.1], ddof=1))
    assert panels[3].lines[0].get_ydata() == pytest.approx([0.55, 0.4, 0.7])
    for name, figure in figures.items():
        save(figure, tmp_path, name)


def test_a_scan_of_single_networks_has_no_band():
    worths = [worth(3.0, [3.0]), worth(2.0, [2.0])]
    figures = parameter_scan([1.0, 2.0], worths, [[0.5], [0.4]], parameter="x", default=1.0, best=2.0)
    assert not figures["scan-panels"].axes[0].collections


def test_a_value_without_a_result_is_a_gap():
    nan = float("nan")
    figures = parameter_scan(
        [1.0, 2.0], [worth(3.0, [3.0]), None], [[0.5], [nan]], parameter="x", default=1.0, best=1.0
    )
    panels = figures["scan-panels"].axes
    for axes, expected in zip(panels, (3.0, None, None, 0.5), strict=True):
        drawn = np.asarray(axes.lines[0].get_ydata())
        assert np.isnan(drawn[1])
        assert expected is None or drawn[0] == expected
    one = parameter_scan([1.0], [worth(3.0, [3.0])], [[0.5]], parameter="x", default=1.0, best=1.0)["scan-limit"]
    one.draw_without_rendering()


def test_a_likelihood_ratio_lies_on_the_diagonal_where_it_is_one(tmp_path):
    random = np.random.default_rng(3)
    labels = random.integers(0, 2, 40_000)
    scores = 1 / (1 + np.exp(-random.normal(2 * labels - 1, np.sqrt(2))))
    figure = likelihood_ratio(ScoredRows(labels, scores), signal_name="hh")
    points = figure.axes[0].containers[0]
    predicted, observed = points.lines[0].get_xdata(), points.lines[0].get_ydata()  # type: ignore[attr-defined]
    assert len(predicted) == 20
    assert np.abs(observed - predicted)[2:-2].max() < 0.25  # the outermost hold few rows of one class
    text = figure.axes[0].get_legend().get_texts()[0].get_text()
    assert str(likelihood_ratio_closure(labels, scores)) in text
    save(figure, tmp_path, "ratio")


def test_trials_that_end_at_once_are_within_the_frame():
    figure = search_history([0.8, 0.9], ["complete"] * 2, [1.2, 1.2], objective="auc", larger=True)
    assert figure.axes[1].get_xlim() == pytest.approx((0, 1.26))


def test_the_diagonal_ends_where_ratios_are_known():
    labels = np.repeat([0, 0, 1], [1000, 500, 500])  # a thousand rows of background far away from any signal
    logits = np.concatenate([np.linspace(-30, -20, 1000), *2 * [np.linspace(-2, 2, 500)]])
    axes = likelihood_ratio(ScoredRows(labels, 1 / (1 + np.exp(-logits))), signal_name="hh").axes[0]
    assert axes.get_xlim()[0] > -4


def test_a_spectrum_shows_what_a_cut_leaves(tmp_path):
    random = np.random.default_rng(3)
    labels = random.integers(0, 2, 4000)
    mass = random.gamma(3, 30, 4000)
    scores = 1 / (1 + np.exp(-random.normal(labels + mass / 90, 0.5)))
    figure = protected_spectrum(ScoredRows(labels, scores), mass, name="jet mass / GeV")
    whole, _, cut, _ = figure.axes[0].patches  # at signal efficiencies of 0.8, 0.5 and 0.3
    assert whole.get_data().values.sum() == pytest.approx(1)  # type: ignore[attr-defined]
    assert cut.get_data().values.sum() == pytest.approx(1)  # type: ignore[attr-defined]
    ratio = figure.axes[1].patches[1].get_data().values  # type: ignore[attr-defined]
    assert np.nanmean(ratio[15:]) > 2 * np.nanmean(ratio[:5])  # the cut keeps large masses
    save(figure, tmp_path, "spectrum")


def test_a_trade_off_has_a_point_for_each_value_that_is_known(tmp_path):
    rejections = [Measured(20.0, 1.0), Measured(10.0, 1.0), Measured(np.inf, np.inf)]
    divergences = [Measured(0.2, 0.01), Measured(0.02, 0.004), Measured(0.01, 0.001)]
    figure = trade_off([0.0, 1.0, 2.0], rejections, divergences, parameter="lambda", efficiency=0.5)
    line = figure.axes[0].containers[0].lines[0]  # type: ignore[attr-defined]
    assert line.get_xdata().tolist() == pytest.approx([5.0, 50.0])
    assert line.get_ydata().tolist() == [20.0, 10.0]
    assert [text.get_text() for text in figure.axes[0].texts if text.get_text() in "012"] == ["0", "1"]
    save(figure, tmp_path, "trade-off")


def test_coverage_is_drawn_in_bins_and_said_of_all_rows():
    random = np.random.default_rng(6)
    truth = random.normal(size=1000)
    centre = np.linspace(-3, 3, 1000)
    quantiles = centre[:, None] + np.array([0, -0.9945, 0.9945, -1.96, 1.96])
    weights = random.uniform(0.5, 1.5, 1000)
    figure = interval_coverage(truth + centre, quantiles, weights, name="mass", unit="GeV")
    (axes,) = figure.axes
    inside = weights @ (np.abs(truth) <= 0.9945) / weights.sum()
    assert f"68% interval: {100 * inside:.1f} ±" in axes.get_legend().get_texts()[0].get_text()
    points = [line.get_xydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert len(points) == 20
    assert np.stack(points)[:10, 1].mean() == pytest.approx(inside, abs=0.02)
    assert "predicted mass" in axes.get_xlabel()
    median = np.repeat([0.0, 1.0, 2.0], 100)  # a row at the edge of two bins is in the second alone
    held = median[:, None] + np.array([0, -1, 1, -2, 2])
    figure = interval_coverage(np.where(median == 1, 9.0, median), held, np.ones(300))
    points = [line.get_xydata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert np.stack(points)[:, 1].tolist() == [1.0, 0.0, 1.0] * 2
