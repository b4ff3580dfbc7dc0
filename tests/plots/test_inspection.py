"""Figures of an inspection: their content, also at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.inspection import Correlations, Distribution, Drift, FeatureSummary, HeadCounts, PairHistogram
from netwright.inspection.correlations import Pair
from netwright.inspection.features import Feature
from netwright.inspection.weight_summary import WeightSummary
from netwright.metrics import Measured
from netwright.plots.inspection.correlations import inspected_correlations
from netwright.plots.inspection.distributions import inspected_distributions
from netwright.plots.inspection.drift import inspected_drift
from netwright.plots.inspection.pairs import inspected_pairs
from netwright.plots.inspection.profile import inspected_profile
from netwright.plots.inspection.targets import inspected_classes


def summary(name="x", unit="", place=(), quantiles=None, **changes):
    feature = Feature(name, name.partition("[")[0], "input", unit, index=place)
    facts = {
        "count": 100,
        "missing": 0,
        "infinite": 0,
        "missing_share": 0.0,
        "mean": 0.0,
        "deviation": 1.0,
        "minimum": -1.0,
        "maximum": 1.0,
        "quantiles": quantiles,
        "quantile_error": 0.0,
        "whole": False,
        "integer": False,
        "distinct": 99,
        "unique": False,
        "spike": None,
        "spike_share": 0.0,
        "spike_distance": 0.0,
        "auc": None,
        "separates": "",
        "missing_at": None,
    }
    return FeatureSummary(feature, **(facts | changes))


def test_distributions_are_densities_by_class():
    distribution = Distribution((0.0, 1.0, 3.0), {"a": (1.0, 6.0), "b": (2.0, 0.0)}, 0.01)
    (figure,) = inspected_distributions([summary("x", "GeV", missing=25)], {"x": distribution})
    axes = figure.axes[0]
    heights = [patch.get_data().values.tolist() for patch in axes.patches if patch.get_label() in {"a", "b"}]  # type: ignore[attr-defined]
    assert heights == [pytest.approx([1 / 13, 6 / 13]), [1.0, 0.0]]
    assert axes.get_xlabel() == "x [GeV]"
    assert axes.get_title(loc="right") == "20.0% missing, 1.0% outside"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_nine_distributions_a_page_and_one_class_without_legend():
    result = {f"x{k}": Distribution((0.0, 1.0), {"": (1.0,)}, 0.0) for k in range(10)}
    pages = inspected_distributions([summary(name) for name in (*result, "absent")], result)
    assert [sum(axes.axison for axes in page.axes) for page in pages] == [9, 1]
    assert pages[0].axes[0].get_legend() is None
    assert inspected_distributions([], {}) == []


def test_cancelled_classes_are_drawn_as_they_are():
    distribution = Distribution((0.0, 1.0, 2.0), {"": (1.0, -1.0)}, 0.0)
    (figure,) = inspected_distributions([summary(spike=-999.0, spike_share=0.25)], {"x": distribution})
    assert figure.axes[0].get_title(loc="right") == "25.0% at -999"


@pytest.mark.parametrize("features", [2, 12, 30, 50])
def test_correlations_of_few_and_many(features):
    names = tuple(f"v[{k}]" if k < features - 3 else f"other{k}" for k in range(features))
    matrix = np.full((features, features), np.nan)
    np.fill_diagonal(matrix, 1)
    figure = inspected_correlations(Correlations(names, matrix, matrix, ()))
    linear, rank = figure.axes[:2]
    assert (linear.get_title(loc="right"), rank.get_title(loc="right")) == ("linear correlation", "rank correlation")
    labels = [label.get_text() for label in linear.get_yticklabels()]
    assert labels == (list(names) if features <= 40 else ["v"])
    assert len(linear.texts) == (features if features <= 12 else 0)  # numbers where they fit, none where undefined


def test_components_of_four_vectors_stand_together():
    names = tuple(f"p[{k}].{c}" for k in range(20) for c in ("E", "px", "py"))
    matrix = np.add.outer(np.arange(60), np.zeros(60)) / 60
    axes = inspected_correlations(Correlations(names, matrix, matrix, ())).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["p E", "p px", "p py"]
    drawn = axes.images[0].get_array()
    assert drawn[:, 0][:3].tolist() == pytest.approx([0, 3 / 60, 6 / 60])


def test_pairs():
    edges = np.arange(4.0)
    counts = np.array([[1.0, 0, 0], [0, 100, 0], [0, 0, -1]])
    result = [PairHistogram(Pair("a", "b", 0.5, -0.25), edges, edges, counts)] * 4
    figure = inspected_pairs(result, {"a": "GeV"})
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a [GeV]", "b")
    assert axes.get_title(loc="right") == "ρ = +0.50, rank -0.25"
    drawn = axes.collections[0].get_array()
    assert drawn.mask.sum() == 7  # nothing, and what is negative
    assert sum(axes.axison for axes in figure.axes) == 4
    inspected_pairs([PairHistogram(Pair("a", "b", 0, 0), edges, edges, np.zeros((3, 3)))], {}).draw_without_rendering()


def test_names_of_columns_and_classes_are_no_formulas():
    hostile, edges = "<b>$\\frac{$ & _ % \n" + "x" * 200, np.arange(4.0)
    (page,) = inspected_distributions([summary(hostile)], {hostile: Distribution((0.0, 1.0), {hostile: (1.0,)}, 0.0)})
    correlations = inspected_correlations(Correlations((hostile, "b"), np.eye(2), np.eye(2), ()))
    pairs = inspected_pairs([PairHistogram(Pair(hostile, "b", 0.5, 0.5), edges, edges, np.eye(3))], {})
    for figure in (page, correlations, pairs):
        figure.draw_without_rendering()


def test_a_profile_over_places():
    def at(k, centre, width):
        return summary(
            f"v[{k}]", place=(k,), quantiles=tuple(centre + width * z for z in np.linspace(-1, 1, 9)), missing=100 * k
        )

    falling = {
        "E": [at(k, 1000 * 0.5**k, 400 * 0.5**k) for k in range(10)],
        "px": [at(k, 0.0, 100 * 0.4**k) for k in range(10)],
    }
    figure = inspected_profile("v", falling, "GeV")
    energy, px, absent = figure.axes[:3]
    assert (energy.get_yscale(), px.get_yscale()) == ("log", "symlog")
    assert energy.get_ylabel() == "v E [GeV]"
    assert absent.patches[0].get_data().values[1] == pytest.approx(0.5)  # type: ignore[attr-defined]
    empty = [summary(f"v[{k}]", place=(k,), count=0, missing=100) for k in range(6)]
    inspected_profile("v", {"": empty}, "").draw_without_rendering()


def test_classes_and_their_uncertainties():
    classes = tuple(
        WeightSummary(name, rows, weight, effective, 0.1, 0.1, 0.1)
        for name, rows, weight, effective in (("a", 100, 80.0, 64.0), ("b", 5, -2.0, None))
    )
    figure = inspected_classes([HeadCounts("is_a", "y", classes)] * 2)
    axes = figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == [80, -2]  # type: ignore[attr-defined]
    (segments,) = (c.get_segments() for c in axes.collections)  # type: ignore[attr-defined]
    assert segments[0][:, 1].tolist() == [70, 90]  # ± 80 / √64
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]
    assert sum(axes.axison for axes in figure.axes) == 2


def test_drift_of_files_and_parts():
    result = [Drift("a.npz", 100, Measured(0.7, 0.01), ("x",)), Drift("b.npz", 100, Measured(0.5, 0.02), ())]
    figure = inspected_drift({"files": result, "split": []})
    files, empty = figure.axes
    assert [label.get_text() for label in files.get_yticklabels()] == ["a.npz", "b.npz"]
    assert files.get_xlim()[1] > 0.7
    assert not empty.axison
    assert len(inspected_drift({"files": result, "split": result[:1]}).axes) == 2
