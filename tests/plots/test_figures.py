"""Every figure: what it shows is what went in, it can be saved, and strange input does not break it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Annotation

from netwright.data import MISSING_CATEGORY
from netwright.errors import DataError
from netwright.metrics import reliability, roc_curve
from netwright.plots import (
    ClassedScores,
    ScoredRows,
    calibration,
    class_discriminant,
    confusion,
    data_over_simulation,
    discriminant,
    features,
    layer_vitals,
    loss_curves,
    member_losses,
    response,
    roc,
    save,
)
from netwright.plots._categories import category_places

JETS = Path("../shared/data/real_jets_1000.npz")
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 2000)
SCORES = 1 / (1 + np.exp(-RNG.normal(2 * LABELS - 1, 1.0)))
WEIGHTS = RNG.choice([1.0, 2.0, -0.5], 2000)
NAMES = {0: "QCD", 1: "top"}
HOSTILE = "<b>$\\frac{$ & _ % \n" + "x" * 200


def texts(figure):
    """All words of a figure: axis labels, titles, legends."""
    result = [text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel())]
    result += [axes.get_title(loc=loc) for axes in figure.axes for loc in ("left", "right")]
    legends = [axes.get_legend() for axes in figure.axes]
    result += [text.get_text() for legend in legends if legend for text in legend.get_texts()]
    return result


def record(epoch, rate, **heads):
    return {
        "epoch": epoch,
        "loss": 1.0 / epoch,
        "valid_loss": 1.0 / epoch + 0.01 * epoch,
        "head_losses": dict(heads),
        "valid_head_losses": {name: 2 * value for name, value in heads.items()},
        "learning_rate": rate,
    }


def test_loss_curves_show_both_losses_the_lowered_rate_and_the_best_epoch():
    history = [record(k, 0.001 if k < 6 else 0.0005, is_top=0.5 / k) for k in range(1, 21)]
    figure = loss_curves(history, best_epoch=7)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines][:2] == ["train", "valid"]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [r["valid_loss"] for r in history])
    assert axes.lines[2].get_xdata()[0] == 5.5
    assert f"best epoch, 7: {history[6]['valid_loss']:.4g}" in texts(figure)
    assert any("best epoch, 10" in text for text in texts(loss_curves(history)))  # 1/k + k/100 is least there


def test_loss_curves_mark_no_rate_that_falls_all_the_time():
    history = [record(k, 0.001 * np.cos(0.06 * k)) for k in range(1, 21)]
    assert "learning rate lowered" not in texts(loss_curves(history))


def test_loss_curves_have_a_panel_for_each_of_several_heads():
    figure = loss_curves([record(k, 0.001, is_top=0.5, **{HOSTILE: 0.1 * k}) for k in range(1, 4)])
    assert len(figure.axes) == 3
    np.testing.assert_allclose(figure.axes[2].lines[1].get_ydata(), [0.2, 0.4, 0.6])


@pytest.mark.parametrize("members", [2, 12])
def test_member_losses_show_each_member_and_its_best_epoch(members):
    history = [
        record(k, 0.001) | {"member": member, "best": k <= 3, "valid_loss": 1 / k + member}
        for member in range(members)
        for k in range(1, 6)
    ]
    (axes,) = member_losses(history).axes
    stars = [line for line in axes.lines if line.get_marker() == "*" and len(line.get_xdata())]
    assert [tuple(star.get_xydata()[0]) for star in stars] == [(3, 1 / 3 + member) for member in range(members)]
    assert ("member 1" in texts(axes.figure)) == (members == 2)


def test_member_losses_refuse_an_empty_history():
    with pytest.raises(DataError, match="`history` must contain at least one epoch"):
        member_losses([])


def test_loss_curves_refuse_an_empty_history():
    with pytest.raises(DataError, match=r"`history` must contain at least one epoch. Received: none. Train"):
        loss_curves([])


def test_discriminant_is_normalised_and_names_classes_and_rows():
    half = slice(0, 1000), slice(1000, 2000)
    train, test = (ScoredRows(LABELS[s], SCORES[s], WEIGHTS[s]) for s in half)
    figure = discriminant(train, test, class_names=NAMES, name="is_top")
    upper, lower = figure.axes
    for stairs in upper.patches:
        values, edges, _ = stairs.get_data()  # type: ignore[attr-defined]
        assert (values * np.diff(edges)).sum() == pytest.approx(1.0)
    assert "1,000 train rows, 1,000 test rows" in texts(figure)
    assert {"QCD, train", "top, train"} <= set(texts(figure))
    assert lower.get_xlabel() == "is_top"
    assert max(np.nanmax(np.abs(line.get_ydata())) for line in lower.lines) < 4


def test_discriminant_pulls_are_standard_normal_when_train_and_test_agree():
    """Mean pull² of 2 × 16 bins over 20 pairs of samples: 1 ± 0.06; the tolerance is three times that."""
    pulls = []
    for _ in range(20):
        parts = [ScoredRows(RNG.integers(0, 2, 1000), RNG.random(1000)) for _ in range(2)]
        pulls += [
            line.get_ydata()
            for line in discriminant(*parts, class_names=NAMES).axes[1].lines
            if len(line.get_ydata()) > 2
        ]
    assert np.nanmean(np.square(np.concatenate(pulls))) == pytest.approx(1.0, abs=0.18)


def test_roc_shows_the_curve_its_area_and_its_working_points(tmp_path):
    curve = roc_curve(LABELS, SCORES, WEIGHTS)
    figure = roc({"test": curve, HOSTILE: roc_curve(LABELS, SCORES)}, signal_name="top", background_name=HOSTILE)
    assert f"test: AUC = {curve.auc}" in texts(figure)
    assert {text.get_text() for text in figure.axes[0].texts} == {str(curve.rejection(e)) for e in (0.3, 0.5)}
    assert figure.axes[0].get_yscale() == "log"
    line = figure.axes[0].lines[0]
    at_half = np.argmin(np.abs(line.get_xdata() - 0.5))
    assert line.get_ydata()[at_half] == pytest.approx(curve.rejection(0.5).value, rel=0.05)
    save(figure, tmp_path, "roc")


def test_roc_with_a_ratio_panel():
    curve = roc_curve(LABELS, SCORES)
    figure = roc({"train": curve, "test": curve}, marked="test", ratio_to="train")
    ratio = figure.axes[1].lines[1].get_ydata()
    np.testing.assert_allclose(ratio[np.isfinite(ratio)], 1.0)


def test_roc_of_a_million_rows_is_thinned_to_what_a_page_can_show():
    labels = RNG.integers(0, 2, 1_000_000)
    figure = roc({"test": roc_curve(labels, RNG.random(1_000_000) + 0.3 * labels)})
    assert len(figure.axes[0].lines[0].get_xdata()) <= 1501


def test_roc_with_negative_weights_has_one_rejection_for_each_efficiency():
    weights = np.where(RNG.random(2000) < 0.3, -1.0, 1.0)
    labels = RNG.integers(0, 2, 2000)
    curve = roc_curve(labels, RNG.normal(labels), weights)
    assert (np.diff(curve.signal_efficiency) < 0).any()
    x, y = (np.asarray(values) for values in roc({"test": curve}).axes[0].lines[0].get_data())
    assert (np.diff(x) >= 0).all()
    for efficiency in (0.3, 0.5, 0.8):
        near = np.abs(x - efficiency) == np.abs(x - efficiency).min()
        assert y[near].min() == pytest.approx(curve.rejection(efficiency).value, rel=0.1)


def test_roc_of_a_perfect_network_can_be_drawn(tmp_path):
    save(roc({"test": roc_curve([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])}), tmp_path, "roc")


@pytest.mark.parametrize("argument", ["marked", "ratio_to"])
def test_roc_refuses_a_curve_that_is_not_there(argument):
    with pytest.raises(DataError, match=f'`{argument}` must be one of the curves. Received.*Did you mean "test"'):
        roc({"test": roc_curve([0, 1], [0.1, 0.9])}, **{argument: "tset"})


def test_roc_refuses_no_curves():
    with pytest.raises(DataError, match=r"`curves` must contain at least one curve. Received: none"):
        roc({})


def test_response_shows_bias_and_resolution_with_units():
    targets = RNG.uniform(60, 120, 2000)
    figure = response(targets, targets + RNG.normal(1, 2, 2000), WEIGHTS, name="mass", unit="GeV")
    words = texts(figure)
    assert {"true mass [GeV]", "predicted mass [GeV]", "prediction − target [GeV]"} <= set(words)
    (shown,) = (word for word in words if word.startswith("resolution = "))
    assert float(shown.split("(")[1].split(" ")[0]) == pytest.approx(2.0, abs=0.3)
    assert shown.endswith("GeV")


def test_response_of_energies_has_their_relative_resolution():
    targets = np.exp(RNG.uniform(1, 5, 4000))
    figure = response(targets, targets * RNG.normal(1, 0.1, 4000), name="E", unit="GeV")
    (panel,) = (axes for axes in figure.axes if axes.get_ylabel() == "resolution / target")
    heights = [line.get_ydata()[0] for line in panel.lines if len(line.get_ydata()) == 1]
    assert np.mean(heights) == pytest.approx(0.1, rel=0.1)
    assert panel.get_xscale() == "log"
    below = response(targets - 10, targets - 10)
    assert "resolution / target" not in [axes.get_ylabel() for axes in below.axes]


def test_response_leaves_out_bins_in_which_weights_cancel_nearly():
    targets, weights = np.linspace(1, 2, 100), np.repeat([1.0, -1.0, 1.0], [27, 23, 50])  # 0.3 effective rows, and 50
    figure = response(targets, targets + RNG.normal(0, 0.1, 100), weights)
    assert all(len(axes.containers) == shown for axes, shown in zip(figure.axes[2:4], (2, 1), strict=True))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_response_of_few_rows_or_one_value_can_be_drawn(tmp_path, count):
    save(response(np.full(count, 5.0), np.full(count, 5.0)), tmp_path, "response")


def test_features_by_class_on_pages_of_nine():
    columns = {f"x{k}": RNG.normal(k, 1, 2000) for k in range(11)}
    pages = list(features(columns, labels=LABELS, class_names=NAMES, weights=WEIGHTS, units={"x0": "GeV"}))
    assert [sum(axes.axison for axes in page.axes) for page in pages] == [9, 2]
    assert pages[0].axes[0].get_xlabel() == "x0 [GeV]"
    assert set(texts(pages[0])) >= {"QCD", "top"}
    for stairs in pages[0].axes[0].patches:
        values, edges, _ = stairs.get_data()  # type: ignore[attr-defined]
        assert (values * np.diff(edges)).sum() == pytest.approx(1.0)


def test_features_say_what_is_missing_outside_or_nothing_at_all(tmp_path):
    spoiled = np.where(RNG.random(2000) < 0.1, np.nan, RNG.normal(size=2000))
    tailed = RNG.normal(size=2000)
    tailed[:5] = 1e6
    columns = {"spoiled": spoiled, "tailed": tailed, "nothing": np.full(2000, np.nan), HOSTILE: np.ones(2000)}
    (page,) = features(columns)
    remarks = [axes.get_title(loc="right") for axes in page.axes]
    assert remarks[0].startswith(f"{1 - np.isfinite(spoiled).mean():.1%} missing")
    assert "outside" in remarks[1]
    assert remarks[2] == "no value"
    save(page, tmp_path, "features")


def test_features_that_are_steep_are_logarithmic_and_whole_numbers_are_counted():
    (page,) = features({"steep": RNG.exponential(1, 20_000) ** 3, "charge": RNG.choice([-1, 1], 20_000)})
    assert page.axes[0].get_yscale() == "log"
    _, edges, _ = page.axes[1].patches[0].get_data()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(edges, [-1.5, -0.5, 0.5, 1.5])


def test_features_of_few_values_have_a_bin_for_each():
    values = np.log(RNG.integers(4, 11, 3000))
    (figure,) = features({"log_n": values})
    edges = next(patch for patch in figure.axes[0].patches if isinstance(patch, StepPatch)).get_data()[1]
    assert np.histogram(np.unique(values), edges)[0].tolist() == [1] * 7


def test_bins_hold_equally_many_whole_numbers():
    """Every seventh bin of the number of vertices was empty, as if the data had gaps."""
    vertices = RNG.poisson(35, 10_000)
    (page,) = features({"vertices": vertices})
    heights, edges, _ = page.axes[0].patches[0].get_data()  # type: ignore[attr-defined]
    assert set(np.diff(edges)) == {1.0}
    assert heights.min() > 0
    figure = data_over_simulation(vertices, {"one": (vertices, np.ones(10_000))}, name="vertices")
    low, high = figure.axes[1].get_xlim()
    assert (low % 1, (high - low) % 2) == (0.5, 0)  # two to a bin


@pytest.mark.parametrize("low", [-1.0, -1000.0, 0.0])
def test_rows_at_the_upper_end_of_an_axis_are_in_its_last_bin(low):
    """Of a feature from -1 to 1 the rows at 1 were left out, by the rounding of x - low."""
    values, weights = np.concatenate([RNG.uniform(low, 1, 600), np.full(300, 1.0)]), RNG.normal(1, 0.5, 900)
    (figure,) = features({"x": values}, weights=weights)
    (steps, *_) = (patch for patch in figure.axes[0].patches if isinstance(patch, StepPatch))
    heights, edges, _ = steps.get_data()
    expected, _ = np.histogram(values, edges, weights=weights, density=True)
    np.testing.assert_allclose(heights, expected, rtol=1e-12)


def test_words_have_places_with_their_names_and_missing_ones_none():
    """They stood at their numbers, from -2.1e9 (missing) to 2.1e9, of which several fell into one bin."""
    numbers = {"muon": -2_000_000_000, "electron": 5, "tau": 6, "never": 7}
    drawn = RNG.choice([*list(numbers.values())[:3], MISSING_CATEGORY], 2000, p=[0.5, 0.3, 0.1, 0.1]).astype(float)
    places, names = category_places(drawn, numbers)
    assert names == ["muon", "electron", "tau"]
    (page,) = features({"lepton": places}, words={"lepton": names})
    axes = page.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    values, _, _ = axes.patches[0].get_data()  # type: ignore[attr-defined]
    counts = [(drawn == numbers[name]).sum() for name in names]
    np.testing.assert_allclose(values, counts / np.sum(counts))
    assert axes.get_title(loc="right").endswith("missing")
    many, names = category_places(np.arange(40.0), {f"w{k}": k for k in range(40)})
    assert (len(names), names[-1], int((many == 24).sum())) == (25, "others", 16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": {}}, "`columns` must contain at least one feature. Received: none"),
        ({"columns": {"a": ["x", "y"]}}, "Feature 'a' must be a column of numbers.*type <U1. Convert categories"),
        ({"columns": {"a": np.ones((2, 2))}}, r"Feature 'a' must be a column of numbers.*shape \(2, 2\)"),
        ({"columns": {"a": [1.0], "b": [1.0, 2.0]}}, "same number of rows. Received: 2 for 'b', 1 for 'a'"),
        ({"columns": {"a": [1.0]}, "labels": [0, 1]}, r"`labels` must have shape \(1,\).*shape \(2,\)"),
        ({"columns": {"a": [1.0]}, "labels": [3]}, "`class_names` must name every label. Received: no name for 3"),
    ],
)
def test_features_refuse(arguments, message):
    with pytest.raises(DataError, match=message):
        features(arguments["columns"], labels=arguments.get("labels"))


def test_confusion_rows_sum_to_one():
    probabilities = np.stack([1 - SCORES, SCORES], axis=1)
    figure = confusion(LABELS, probabilities, WEIGHTS, class_names=NAMES)
    shares = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    signal = WEIGHTS[LABELS == 1]
    assert shares[1, 1] == pytest.approx(signal[SCORES[LABELS == 1] > 0.5].sum() / signal.sum())


def test_confusion_refuses_a_class_without_a_name():
    with pytest.raises(DataError, match=r"`class_names` must name all 2 classes. Received: no name for 1. Add"):
        confusion([0, 1], np.eye(2), class_names={0: "QCD"})


def test_the_real_jets_can_be_drawn(tmp_path):
    if not JETS.exists():
        pytest.skip("../shared/data is not here")
    with np.load(JETS, allow_pickle=False) as jets:
        labels = jets["truth_label"]
        curves = {name: roc_curve(labels, jets[name]) for name in ("score_topodnn_v2", "score_PFN_v0")}
    _, png = save(roc(curves, ratio_to="score_topodnn_v2", signal_name="top", background_name="QCD"), tmp_path, "roc")
    assert png.stat().st_size > 20_000


def test_calibration_shows_observed_shares_and_the_error(tmp_path):
    result = reliability(LABELS, SCORES, WEIGHTS)
    figure = calibration({"top": ScoredRows(LABELS, SCORES, WEIGHTS), HOSTILE: ScoredRows(LABELS, SCORES)})
    assert f"top: error {result.error} (by chance {result.by_chance:.1g})" in texts(figure)
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_ydata(), result.observed)
    np.testing.assert_allclose(figure.axes[1].lines[1].get_ydata(), result.observed - result.predicted)
    save(figure, tmp_path, "calibration")


@pytest.mark.parametrize(("classes", "beside"), [(5, 0), (9, 1)])
def test_a_legend_of_many_lines_stands_beside_what_it_explains(classes, beside, tmp_path):
    labels = RNG.integers(0, classes, 2000)
    scores = RNG.normal(labels / 4)
    rows = ClassedScores(labels, scores, np.ones(2000))
    names = [f"class_{one}" for one in range(classes)]
    curves = {name: roc_curve(labels[labels != 0] > 1, scores[labels != 0]) for name in names}
    figures = [
        calibration({name: ScoredRows(labels == one, 1 / (1 + np.exp(-scores))) for one, name in enumerate(names)}),
        class_discriminant(rows, rows, class_names=dict(enumerate(names)), name="D"),
        roc(curves),
        next(features({"score": scores}, labels=labels, class_names=dict(enumerate(names)))),
    ]
    for figure in figures:
        assert [len(figure.legends), figure.axes[0].get_legend() is None] == [beside, bool(beside)]
    _, png = save(figures[0], tmp_path, "calibration")  # with all of the legend on it
    right = figures[0].legends[0].get_window_extent().x1 if beside else 0
    assert right <= figures[0].bbox.x1
    assert png.exists()


def test_calibration_refuses_no_classes():
    with pytest.raises(DataError, match=r"`classes` must contain at least one class. Received: none"):
        calibration({})


def test_discriminant_of_classes_is_normalised_and_leaves_out_a_class_without_rows():
    classes = RNG.integers(0, 3, 3000)
    rows = ClassedScores(classes, RNG.normal(classes), RNG.choice([1.0, 2.0, -0.5], 3000))
    figure = class_discriminant(rows, rows, class_names={0: "u", 1: "c", 2: "b", 3: "nothing"}, name="D")
    assert [line for line in texts(figure) if line.endswith("train")] == ["u, train", "c, train", "b, train"]
    values, edges, _ = figure.axes[0].patches[0].get_data()  # type: ignore[attr-defined]
    assert (values * np.diff(edges)).sum() == pytest.approx(1.0)


def test_discriminant_of_classes_refuses_a_part_without_rows():
    empty = ClassedScores(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    with pytest.raises(DataError, match=r"`train` and `test` must contain rows. Received: none"):
        class_discriminant(empty, empty, class_names={0: "u"}, name="D")


def test_roc_says_the_lower_limit_where_no_background_is_left():
    curve = roc_curve([0] * 100 + [1] * 50, np.linspace(0, 1, 150))
    figure = roc({"test": curve})
    marks = {text.get_text(): text.xy for text in figure.axes[0].findobj(Annotation)}
    assert marks["> 87 (68%)"] == (0.5, curve.rejection(0.5).lower_limit)


def test_band_of_the_roc_has_the_statistics_of_the_signal():
    labels = np.repeat([1, 0], [100, 20_000])
    curve = roc_curve(labels, RNG.normal(1.2 * labels))
    (band,) = roc({"test": curve}).axes[0].collections
    heights = band.get_paths()[0].vertices
    near = heights[np.abs(heights[:, 0] - 0.5) < 0.01, 1]
    assert near.max() / near.min() == pytest.approx(
        1 + 2 * curve.rejection(0.5).uncertainty / curve.rejection(0.5).value, rel=0.25
    )


def test_the_layers_are_drawn_with_what_was_measured():
    def look(step, **numbers):
        quantiles = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
        dense = {"name": "dense", "weight": 2.0, "mean": 0.1, "dead": 0.25, "saturated": 0.0, "quantiles": quantiles}
        act = {"name": "act", "weight": None, "mean": 0.1, "dead": 0.5, "saturated": 0.0, "quantiles": []}
        return {"member": 0, "epoch": 1, "step": step, "layers": [dense | numbers, act]}

    short = layer_vitals([look(0), look(10)])
    assert [axes.get_xlabel() for axes in short.axes] == ["weights: range, 90%, 50%, median", "share of units"]
    assert [bar.get_width() for bar in short.axes[1].patches if isinstance(bar, Rectangle)] == [0.25, 0.0, 0.5, 0.0]
    long = layer_vitals([look(step, gradient=0.1, update=0.002) for step in (1, 51)])
    (line,) = long.axes[1].get_lines()
    np.testing.assert_allclose(line.get_ydata(), 0.001)
    with pytest.raises(DataError, match="must contain at least one record"):
        layer_vitals([])
