from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netwright.config import EarlyStoppingSection, PlateauSchedule, ResultSection
from netwright.errors import DataError, ExperimentError, InferenceError
from netwright.metrics import measure_binary, measure_multiclass, measure_regression
from netwright.statistics import (
    BinRules,
    ProcessEvents,
    ScoredEvents,
    SelectedResult,
    asimov_significance,
    build_workspace,
    expected_weights,
    median_limit,
    quantile_binning,
    selection,
    selection_result,
    templates,
)
from netwright.tasks import task_named
from netwright.training import HeadObjective
from netwright.training.monitor import Monitor, make_monitor
from netwright.training.patience import Patience
from netwright.training.result_monitor import ResultMonitor
from netwright.training.validate import monitored_weights

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
    measured = Monitor("y", metric).measure(BINARY, logits, labels, WEIGHTS * COUNTS)
    scores = 1 / (1 + np.exp(-logits[COUNTS, 0].astype(np.float64)))
    expected = measure_binary(labels[COUNTS], scores, WEIGHTS[COUNTS])[metric].value
    assert measured == pytest.approx(expected, rel=1e-12)
    smaller = metric == "calibration_error"
    assert Monitor("y", metric).cost(BINARY, measured) == (measured if smaller else -measured)


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
    measured = Monitor("y", metric).measure(MULTICLASS, logits, labels, WEIGHTS * COUNTS)
    assert measured == pytest.approx(expected[metric].value, rel=1e-12)


@pytest.mark.parametrize("metric", ["bias", "resolution", "relative_resolution"])
def test_a_regression_is_measured_as_in_the_evaluation(metric: str) -> None:
    targets = RANDOM.normal(100, 10, ROWS)
    outputs = ((targets - 100) / 10 + RANDOM.normal(-0.3, 0.1, ROWS))[:, None]
    objective = head({"kind": "regression"}, mean=100.0, std=10.0)
    measured = Monitor("m", metric).measure(objective, outputs, targets, WEIGHTS * COUNTS)
    predicted = outputs[COUNTS, 0] * 10 + 100
    expected = measure_regression(targets[COUNTS], predicted, WEIGHTS[COUNTS])[metric].value
    assert measured == pytest.approx(abs(expected), rel=1e-9)
    assert measured > 0
    assert Monitor("m", metric).cost(objective, measured) == measured


def follow(monitor: Monitor, objective: HeadObjective, values: list[float]) -> list[int]:
    patience, best = Patience(), []
    for epoch, value in enumerate(values, start=1):
        cost = monitor.cost(objective, value)
        patience = patience.after(cost, math.nan, epoch, PlateauSchedule(kind="plateau"), EarlyStoppingSection())
        best.append(patience.best_epoch)
    return best


def test_what_is_infinite_or_not_a_number() -> None:
    rejection, resolution = Monitor("y", "background_rejection_0.3"), Monitor("m", "resolution")
    # no background left is better than some, and not better than none left before
    assert follow(rejection, BINARY, [50.0, math.inf, 80.0, math.inf]) == [1, 2, 2, 2]
    assert follow(rejection, BINARY, [math.nan, 50.0, math.nan, 60.0]) == [0, 2, 2, 4]
    assert follow(resolution, head({"kind": "regression"}), [math.inf, 3.0, math.inf, math.nan, 2.0]) == [0, 2, 2, 2, 5]


RESULT = ResultSection(
    processes={"background": {"events": 500}, "signal": {"events": 20}},
    systematics={"lumi": {"background": 1.02, "signal": 1.02}},
    bins=4,
)


@pytest.mark.parametrize("name", ["significance", "limit"])
def test_the_result_is_that_of_the_same_events_in_the_same_bins(name: SelectedResult) -> None:
    """Computed again from probabilities and event weights, by the functions of the statistics room."""
    labels = RANDOM.integers(0, 2, ROWS)
    logits = (RANDOM.normal(size=(ROWS, 1)) + labels[:, None]).astype(np.float32)
    monitor = make_monitor(name, RESULT, {"y": BINARY})
    assert monitor == ResultMonitor("y", name, RESULT)
    importance = np.where(labels == 1, 7.0, 0.1)  # of classes, which changes nothing
    measured = monitor.measure(BINARY, logits, labels, WEIGHTS * COUNTS * importance)
    scores = 1 / (1 + np.exp(-logits[:, 0].astype(np.float64)))
    processes = []
    for place, (one, events) in enumerate({"background": 500.0, "signal": 20.0}.items()):
        rows = COUNTS & (labels == place)
        weighted = ScoredEvents(scores[rows], expected_weights(WEIGHTS[rows], events))
        processes.append(ProcessEvents(one, weighted, {"lumi": (1 / 1.02, 1.02)}, is_signal=place == 1))
    signal, background = processes[1].nominal, processes[0].nominal
    edges = quantile_binning(signal, background, 4, BinRules(3.0, 0.2))
    channel = templates(processes, edges)
    z = asimov_significance(channel.signal.values, channel.background.values, channel.background_uncertainty)
    expected = np.sqrt((z**2).sum()) if name == "significance" else median_limit(build_workspace(channel))
    assert measured == pytest.approx(expected, rel=1e-6)
    assert monitor.cost(BINARY, measured) == (measured if name == "limit" else -measured)


def test_what_is_monitored_has_event_weights_without_factors_of_the_loss() -> None:
    """Trainings with other importances are compared by the same number, which is that of the evaluation."""
    events, factors = np.array([2.0, -3.0, 4.0, 6.0]), np.array([1.0, 5.0, 0.0, 7.0])
    arrays: Any = SimpleNamespace(weights={"y": np.array([events * factors])}, events=events)
    member: Any = SimpleNamespace(number=0, valid_rows=np.array([1, 2, 3]))
    assert monitored_weights("y", arrays, member).tolist() == [-3.0, 0.0, 6.0]
    arrays.events = None
    assert monitored_weights("y", arrays, member).tolist() == [-15.0, 0.0, 42.0]


def test_the_result_of_several_classes_is_that_of_their_discriminant() -> None:
    labels = RANDOM.integers(0, 3, ROWS)
    logits = RANDOM.normal(size=(ROWS, 3)).astype(np.float32)
    logits[np.arange(ROWS), labels] += 2
    section = ResultSection(processes={"u": {"events": 300}, "c": {"events": 100}, "b": {"events": 20}}, bins=3)
    monitor = ResultMonitor("y", "significance", section)
    odds = np.exp(logits.astype(np.float64))
    score = task_named("multiclass").signal_score
    assert score is not None
    scores = score(MULTICLASS.target, odds / odds.sum(axis=1, keepdims=True))
    processes = [
        ProcessEvents(
            name,
            ScoredEvents(scores[labels == place], expected_weights(np.ones((labels == place).sum()), events)),
            is_signal=name == "b",
        )
        for place, (name, events) in enumerate({"u": 300, "c": 100, "b": 20}.items())
    ]
    expected = selection_result(processes, section, "significance")
    assert monitor.measure(MULTICLASS, logits, labels, np.ones(ROWS)) == pytest.approx(expected, rel=1e-6)


def test_a_result_needs_its_section_and_rows_of_every_class() -> None:
    with pytest.raises(ExperimentError, match=r"training.select: limit needs the section result, which is missing"):
        make_monitor("limit")
    logits, labels = np.zeros((4, 1), np.float32), np.zeros(4, np.int64)
    with pytest.raises(DataError, match=r"The weights of signal in validation rows must have a positive, finite sum"):
        ResultMonitor("y", "limit", RESULT).measure(BINARY, logits, labels, np.ones(4))


def test_an_epoch_without_a_limit_is_not_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> float:
        raise InferenceError

    monkeypatch.setattr(selection, "median_limit", fails)
    labels = np.arange(ROWS) % 2
    logits = RANDOM.normal(size=(ROWS, 1)).astype(np.float32)
    assert math.isnan(ResultMonitor("y", "limit", RESULT).measure(BINARY, logits, labels, np.ones(ROWS)))
