"""What every kind of head holds to: the tests take all that the registry has."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from netwright.data import describe, divide, prepare
from netwright.metrics import Measured
from netwright.models import build, raw_outputs
from netwright.tasks import (
    TASKS,
    ClassTarget,
    Output,
    TargetSection,
    Task,
    TruthSummary,
    ordered_quantiles,
    task_named,
    task_of,
)
from netwright.training import HeadObjective

ROWS = 64
RANDOM = np.random.default_rng(11)
LABELS = {"binary": {"background": 0, "signal": 1}, "multiclass": {"u": 0, "c": 4, "b": 5}}
SUMMARY = TruthSummary((), mean=100.0, std=10.0)


def section(task: Task) -> TargetSection:
    """Return a head of a kind: with classes where it tells classes apart."""
    content = {"kind": task.kind, "column": "truth"}
    return task.section.model_validate(content | ({"classes": LABELS[task.kind]} if task.kind in LABELS else {}))


def truth_of(target: TargetSection) -> np.ndarray:
    """Return what rows should give, with rows of every class."""
    classes = len(target.labels)
    return np.arange(ROWS, dtype=np.int32) % classes if classes else RANDOM.normal(100, 10, ROWS).astype(np.float32)


def raw_outputs_of(task: Task, target: TargetSection) -> np.ndarray:
    return RANDOM.normal(size=(ROWS, task.output(target).units)).astype(np.float32)


def row_losses(target: TargetSection, raw: np.ndarray, truth: np.ndarray) -> jax.Array:
    objective = HeadObjective(target, task_of(target).loss, 1.0, SUMMARY.mean, SUMMARY.std)
    return objective.row_losses(jnp.asarray(raw), jnp.asarray(truth))


@pytest.fixture(params=TASKS.values(), ids=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return request.param


def test_the_registry_knows_it_by_its_kind(task: Task) -> None:
    assert task_named(task.kind) is task
    assert task_of(section(task)) is task


def test_losses_are_one_number_a_row_with_finite_gradients(task: Task) -> None:
    target = section(task)
    raw, truth = raw_outputs_of(task, target), truth_of(target)
    losses = row_losses(target, raw, truth)
    assert losses.shape == (ROWS,)
    assert losses.dtype == jnp.float32
    for size in (1, 1e3):  # far from the truth too
        gradient = jax.grad(lambda z: row_losses(target, z, truth).sum())(jnp.asarray(raw * size, jnp.float32))
        assert np.isfinite(gradient).all()
        assert np.abs(gradient).max() > 0


def test_the_loss_of_a_row_is_its_own(task: Task) -> None:
    target = section(task)
    raw, truth = raw_outputs_of(task, target), truth_of(target)
    alone = [float(row_losses(target, raw[row : row + 1], truth[row : row + 1])[0]) for row in range(8)]
    np.testing.assert_allclose(alone, row_losses(target, raw, truth)[:8], rtol=1e-6)  # float32, other order of sums


def test_no_loss_is_lower_than_that_of_the_truth(task: Task) -> None:
    target = section(task)
    truth = truth_of(target)
    if target.labels:  # logits that say the true class with certainty
        units = task.output(target).units
        sure = 30 * (np.eye(units)[truth] if units > 1 else 2 * truth[:, None] - 1)
    else:
        sure = ((truth - SUMMARY.mean) / SUMMARY.std)[:, None]
        sure = np.hstack([sure, np.full((ROWS, task.output(target).units - 1), -30.0)])  # intervals of no width
    at_truth = np.asarray(row_losses(target, sure.astype(np.float32), truth))
    for _ in range(5):
        other = row_losses(target, (sure + RANDOM.normal(0, 3, sure.shape)).astype(np.float32), truth)
        assert (np.asarray(other) >= at_truth - 1e-6).all()  # float32
    assert at_truth.max() < 1e-5  # float32 of logits of ±30, and of values in deviations


def test_a_network_with_the_head_says_what_the_output_declares(task: Task, experiment_of, dataset_of) -> None:
    target = section(task)
    experiment = experiment_of(
        inputs={"x": {"kind": "numeric", "columns": ["a"]}}, targets={"y": target.model_dump(mode="json")}
    )
    values = np.resize(list(target.labels.values()) or [1.0, 2.0, 4.0], 300)
    rows = prepare(dataset_of({"a": RANDOM.normal(size=300), "truth": values}), experiment)
    description = describe(rows, divide(rows.identity, experiment.split).split(0), experiment)
    network = build(experiment, description)
    output = task.output(target)
    predicted = np.asarray(network(rows.inputs)["y"])
    assert predicted.shape == (300, output.units)
    raw = network.get_layer("y-raw")
    assert raw.units == output.units
    np.testing.assert_allclose(raw.bias, task.first_bias(target, description.truth_of("y")), rtol=1e-6)
    if output.is_probability:
        assert (predicted >= 0).all()
        assert (predicted <= 1).all()
        if output.units > 1:
            np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-6)
    if output.standardised:
        z = np.asarray(raw_outputs(network, ["y"])(rows.inputs)["y"])
        z = np.asarray(ordered_quantiles(z, np)) if output.units > 1 else z
        truth = description.truth_of("y")
        np.testing.assert_allclose(predicted, z * truth.std + truth.mean, rtol=1e-5, atol=1e-5 * truth.std)  # float32


def test_metrics_are_measured_and_declared(task: Task) -> None:
    target = section(task)
    truth = truth_of(target)
    units = task.output(target).units
    if target.labels:
        odds = np.exp(raw_outputs_of(task, target) + 2 * (np.eye(units)[truth] if units > 1 else truth[:, None]))
        scores = odds / odds.sum(axis=1, keepdims=True) if units > 1 else (odds / (1 + odds))[:, 0]
    else:
        scores = truth + RANDOM.normal(0, 1, ROWS)
        if units > 1:  # what is said besides the value, around it
            scores = scores[:, None] + np.array([0, -1, 1, -2, 2])
    measured = task.measure(target, truth, scores, np.ones(ROWS))
    assert measured
    assert set(task.headlines) & set(measured)
    assert task.headlines[0] in measured
    for name, number in measured.items():
        metric = task.metric_named(name)
        assert metric is not None
        assert metric.label_of(name)
        assert isinstance(number, Measured)
        assert math.isfinite(number.value) or number.lower_limit is not None
    monitors = task.monitors(target)
    assert monitors == [name for name in measured if task.metric_named(name).shown != "file"]


def test_what_is_monitored_on_raw_outputs_is_what_the_evaluation_measures(task: Task) -> None:
    target = section(task)
    truth, raw = truth_of(target), raw_outputs_of(task, target).astype(np.float64)
    units = task.output(target).units
    if not target.labels:
        predicted = ordered_quantiles(raw, np) if units > 1 else raw[:, 0]
        scores = predicted * SUMMARY.std + SUMMARY.mean
    else:
        scores = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True) if units > 1 else 1 / (1 + np.exp(-raw[:, 0]))
    measured = task.measure(target, truth, scores, np.ones(ROWS))
    rows = task.raw_rows(target, truth, raw if units > 1 else raw[:, 0], np.ones(ROWS), SUMMARY)
    result = {name: value for metric in task.metrics for name, value in metric.plain_numbers(rows).items()}
    assert list(result) == list(measured)
    for name, value in result.items():
        # sums in another order, in float64
        assert value == pytest.approx(measured[name].value, rel=1e-9)


def test_columns_and_labels(task: Task) -> None:
    target = section(task)
    columns = task.output(target).columns("y")
    assert len(columns) == task.output(target).units
    assert all(column == "y" or column.startswith("y_") for column in columns)
    assert isinstance(target, ClassTarget) == bool(target.labels)
    assert (target.signal_name in target.labels) if target.labels else target.signal_name == ""
    assert (task.signal_score is not None) == bool(target.labels)
    assert target.chooses_rows == (target.class_balance in {"collocated", "down-sampling"})


def test_words_about_it(task: Task) -> None:
    target = section(task)
    assert "y" in task.purpose("y", target).split() or "(y" in task.purpose("y", target)
    assert task.onnx_meaning(target)["meaning"]
    assert task.combine in {"votes", "median"}


def test_a_standardised_output_has_no_activation() -> None:
    with pytest.raises(ValueError, match=r"`activation` must be linear where the output is .*'exponential'"):
        Output(activation="exponential", standardised=True)
