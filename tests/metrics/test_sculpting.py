"""Jensen-Shannon divergence of spectra: a slow twin, its corners, its uncertainty, and when it is measured."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from netwright.metrics import jensen_shannon_divergence, weighted_quantile
from netwright.plots import ScoredRows, protected_spectrum
from netwright.tasks import BinaryTarget, task_named

RNG = np.random.default_rng(6)
TARGET = BinaryTarget(kind="binary", column="y")


def measured(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray, values: np.ndarray | None):
    return task_named("binary").measure(TARGET, labels, scores, weights, protected=values)


def sample(rows: int, slope: float) -> tuple[np.ndarray, ...]:
    labels = RNG.integers(0, 2, rows)
    mass = RNG.gamma(3, 30, rows)
    logits = RNG.normal(labels + slope * (mass / 90 - 1), 0.7)
    weights = RNG.uniform(0.5, 1.5, rows) * np.where(RNG.uniform(size=rows) < 0.1, -1, 1)
    return labels, 1 / (1 + np.exp(-logits)), weights, mass


def test_the_divergence_is_its_definition_by_loops() -> None:
    p, q = RNG.uniform(size=7), RNG.uniform(size=7)
    p[2], q[4] = 0, -0.1
    slow = 0.0
    normal_p, normal_q = p / p.sum(), np.maximum(q, 0) / np.maximum(q, 0).sum()
    for one, other in ((normal_p, normal_q), (normal_q, normal_p)):
        for a, b in zip(one, other, strict=True):
            slow += 0.5 * a * np.log2(a / ((a + b) / 2)) if a > 0 else 0
    assert jensen_shannon_divergence(p, q) == pytest.approx(slow, rel=1e-12)
    assert jensen_shannon_divergence(p, q) == pytest.approx(jensen_shannon_divergence(5 * q, 2 * p), rel=1e-12)
    assert np.isnan(jensen_shannon_divergence([1, 2], [0, -1]))


def test_it_is_that_of_passing_and_failing_background_in_quantile_bins() -> None:
    labels, scores, weights, mass = sample(3000, 0.8)
    scores = scores.round(1)  # rows at the cut pass
    result = measured(labels, scores, weights, mass)["protected_jsd_0.5"]
    cut = weighted_quantile(scores[labels == 1], 0.5, weights[labels == 1])
    background = labels == 0
    edges = np.quantile(mass[background], np.arange(21) / 20)
    edges[-1] += 1
    passes, fails = (background & chosen for chosen in (scores >= cut, scores < cut))
    sums = [np.histogram(mass[some], edges, weights=weights[some])[0] for some in (passes, fails)]
    assert result.value == pytest.approx(jensen_shannon_divergence(*sums), rel=1e-9)
    assert 0 < result.uncertainty < 0.3 * result.value


def test_replicas_are_drawn_one_at_a_time() -> None:
    """All counts of 50 replicas of 10 million rows would take 4 GB."""
    rows = sample(50_000, 0.0)
    tracemalloc.start()
    measured(*rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * len(rows[0])  # bytes a row; the counts alone had 200


def test_a_score_that_depends_on_the_mass_is_seen_and_one_that_does_not_is_not() -> None:
    free, bound = (measured(*sample(8000, slope))["protected_jsd_0.5"] for slope in (0.0, 1.0))
    assert free.value < 0.02  # chance, with weights of both signs
    assert bound.value > 4 * free.value


def test_without_protected_values_or_background_nothing_is_measured() -> None:
    labels, scores, weights, mass = sample(200, 0.0)
    assert not any(name.startswith("protected") for name in measured(labels, scores, weights, None))
    signal = np.ones(200, np.int64)
    task = task_named("binary")
    (metric,) = [one for one in task.metrics if one.name.startswith("protected")]
    rows = replace(task.rows(TARGET, signal, scores, np.abs(weights)), protected=mass)
    assert metric.numbers(rows) == {}


def test_the_figure_says_the_same_number() -> None:
    labels, scores, weights, mass = sample(3000, 0.8)
    mass[labels == 0] = mass[labels == 0] ** 3  # tails beyond the axis of the figure
    result = measured(labels, scores, weights, mass)
    legend = protected_spectrum(ScoredRows(labels, scores, weights), mass, name="mass").axes[0].get_legend()
    texts = {text.get_text() for text in legend.get_texts()}
    for efficiency in ("0.3", "0.5"):
        number = result[f"protected_jsd_{efficiency}"].value
        assert f"cut at ε_S = {efficiency}: JSD {number:.2g}" in texts
