from __future__ import annotations

import math

import numpy as np
import pytest

from netwright.config import EarlyStoppingSection, PlateauSchedule
from netwright.metrics import measure_binary, measure_multiclass, measure_regression
from netwright.tasks import task_named
from netwright.training import HeadObjective
from netwright.training.monitor import Monitor, make_monitor
from netwright.training.patience import Patience

RANDOM = np.random.default_rng(3)
ROWS = 400
WEIGHTS = RANDOM.uniform(0.5, 2, ROWS) * np.where(RANDOM.uniform(size=ROWS) < 0.1, -0.5, 1)
COUNTS = RANDOM.uniform(size=ROWS) < 0.8


def head(section: dict[str, object], **numbers: float) -> HeadObjective:
    task = task_named(str(section["kind"]))
    return HeadObjective(task.section.model_validate({"column": "y", **section}), task.loss, 1.0, **numbers)


BINARY = head({"kind": "binary"})
MULTICLASS = head({"kind": "multiclass", "classes": {"u": 0, "c": 1, "b": 2}, "fractions": {"u": 0.8, "c": 0.2}})
BINARY_METRICS = ["roc_auc", "accuracy", "calibration_error", "background_rejection_0.3", "background_rejection_0.5"]


MULTICLASS_METRICS = task_named("multiclass").monitors(MULTICLASS.target)


def test_loss_needs_nothing_extra() -> None:
    assert make_monitor("loss") is None
    assert make_monitor("is_top.background_rejection_0.3") == Monitor("is_top", "background_rejection_0.3")


@pytest.mark.parametrize("metric", BINARY_METRICS)
def test_a_binary_head_is_measured_as_in_the_evaluation(metric: str) -> None:
    labels = RANDOM.integers(0, 2, ROWS)
    logits = (RANDOM.normal(size=(ROWS, 1)) + labels[:, None]).astype(np.float32)
    found = Monitor("y", metric).measure(BINARY, logits, labels, WEIGHTS * COUNTS)
    scores = 1 / (1 + np.exp(-logits[COUNTS, 0].astype(np.float64)))
    expected = measure_binary(labels[COUNTS], scores, WEIGHTS[COUNTS])[metric].value
    assert found == pytest.approx(expected, rel=1e-12)
    smaller = metric == "calibration_error"
    assert Monitor("y", metric).cost(BINARY, found) == (found if smaller else -found)


@pytest.mark.parametrize("metric", MULTICLASS_METRICS)
def test_a_multiclass_head_is_measured_as_in_the_evaluation(metric: str) -> None:
    labels = RANDOM.integers(0, 3, ROWS)
    logits = RANDOM.normal(size=(ROWS, 3)).astype(np.float32)
    logits[np.arange(ROWS), labels] += 1
    odds = np.exp(logits.astype(np.float64))
    expected = measure_multiclass(
        labels[COUNTS],
        (odds / odds.sum(axis=1, keepdims=True))[COUNTS],
        WEIGHTS[COUNTS],
        class_names=["u", "c", "b"],
        fractions={"u": 0.8, "c": 0.2},
    )
    found = Monitor("y", metric).measure(MULTICLASS, logits, labels, WEIGHTS * COUNTS)
    assert found == pytest.approx(expected[metric].value, rel=1e-12)


@pytest.mark.parametrize("metric", ["bias", "resolution", "relative_resolution"])
def test_a_regression_is_measured_as_in_the_evaluation(metric: str) -> None:
    targets = RANDOM.normal(100, 10, ROWS)
    outputs = ((targets - 100) / 10 + RANDOM.normal(-0.3, 0.1, ROWS))[:, None]
    objective = head({"kind": "regression"}, mean=100.0, std=10.0)
    found = Monitor("m", metric).measure(objective, outputs, targets, WEIGHTS * COUNTS)
    said = outputs[COUNTS, 0] * 10 + 100
    expected = measure_regression(targets[COUNTS], said, WEIGHTS[COUNTS])[metric].value
    assert found == pytest.approx(abs(expected), rel=1e-9)
    assert found > 0
    assert Monitor("m", metric).cost(objective, found) == found


def follow(monitor: Monitor, objective: HeadObjective, values: list[float]) -> list[int]:
    patience, best = Patience(), []
    for epoch, value in enumerate(values, start=1):
        cost = monitor.cost(objective, value)
        patience = patience.after(cost, epoch, PlateauSchedule(kind="plateau"), EarlyStoppingSection())
        best.append(patience.best_epoch)
    return best


def test_what_is_infinite_or_not_a_number() -> None:
    rejection, resolution = Monitor("y", "background_rejection_0.3"), Monitor("m", "resolution")
    # no background left is better than some, and not better than none left before
    assert follow(rejection, BINARY, [50.0, math.inf, 80.0, math.inf]) == [1, 2, 2, 2]
    assert follow(rejection, BINARY, [math.nan, 50.0, math.nan, 60.0]) == [0, 2, 2, 4]
    assert follow(resolution, head({"kind": "regression"}), [math.inf, 3.0, math.inf, math.nan, 2.0]) == [0, 2, 2, 2, 5]
