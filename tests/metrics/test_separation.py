"""ROC curve and distributions in few numbers: against the complete curve, and counted row by row."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.metrics import class_separation, roc_curve


def test_points_are_those_of_the_complete_curve() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 2, 3_000)
    scores, weights = labels + random.normal(size=3_000), random.uniform(-0.2, 1, 3_000)
    result, curve = class_separation(labels, scores, weights), roc_curve(labels, scores, weights)
    assert result.auc == curve.auc
    complete = set(zip(curve.signal_efficiency, curve.background_efficiency, strict=True))
    points = list(zip(result.signal_efficiency, result.background_efficiency, strict=True))
    assert complete.issuperset(points)
    assert (len(points), points[0], points[-1]) == (80, (0, 0), pytest.approx((1, 1)))
    for density, signal in ((result.signal_density, 1), (result.background_density, 0)):
        slow = np.zeros(40)
        width = result.edges[1] - result.edges[0]
        for score, weight, label in zip(scores, weights, labels, strict=True):
            if label == signal:
                slow[min(39, int((score - result.edges[0]) / width))] += weight
        np.testing.assert_allclose(density, slow / slow.sum() / width, rtol=1e-9, atol=1e-12)


def test_one_score_for_all_and_no_background() -> None:
    same = class_separation([0, 1], [3.0, 3.0])
    assert (same.edges[0], same.edges[-1], same.auc.value) == (3, 4, 0.5)
    assert class_separation([0, 1], [0.5, 0.5]).edges[-1] == 1
    with pytest.raises(DataError, match="labels"):
        class_separation([1, 1], [0.1, 0.2])
