"""Rows by class: which rows, which scores, which weights, for every kind of head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netwright.data import HeadRows, Rows
from netwright.errors import DataError
from netwright.evaluation import PartScores, Scores
from netwright.metrics import log_likelihood_ratio
from netwright.workflow.inference.class_events import process_events
from netwright.workflow.inference.section import result_head

N = 12
PLACES = np.arange(1, N)  # rows of the part: all but the first


def rows_of(truth: Any, head: str) -> Rows:
    counts = np.ones(N, np.bool_)
    counts[-1] = False  # not a row of the head
    weights = np.linspace(0.5, 2.0, N)
    numbers = np.arange(N, dtype=np.int32)
    return Rows({}, {head: HeadRows(np.asarray(truth, np.int32), counts)}, weights, numbers.astype(np.uint64), numbers)


def part_of(head: str, members: Any) -> PartScores:
    """Members of shape (N, members, n), of which each scores every second row."""
    member_mask = np.stack([PLACES % 2 == 0, PLACES % 2 == 1], axis=1)
    mean = members[PLACES].mean(axis=1)
    heads = {head: mean[:, 0] if mean.shape[1] == 1 else mean}
    return PartScores(PLACES, Scores(heads, {}, {head: members[PLACES]}, member_mask))


def test_two_classes_have_the_probability_of_the_signal(experiment_of, dataset_of):
    result = {
        "processes": {"background": {"events": 30}, "signal": {"events": 6}},
        "systematics": {"rate": {"background": 1.25}},
        "weight_variations": {"pdf": {"background": ["down", "up"]}},
    }
    experiment = experiment_of(result=result)
    truth = np.arange(N) % 2
    rows = rows_of(truth, "is_signal")
    members = np.random.default_rng(1).random((N, 2, 1)).astype(np.float32)
    part = part_of("is_signal", members)
    down, up = 0.5 * rows.weights, 2.0 * rows.weights
    data = dataset_of({"down": down, "up": up})
    background, signal = process_events(experiment, experiment.result, data, rows, part, what="test rows")
    here = PLACES[(truth[PLACES] == 0)]
    assert (background.name, background.is_signal, signal.is_signal) == ("background", False, True)
    assert background.nominal.scores == pytest.approx(members[here].mean(axis=1)[:, 0])
    assert background.nominal.weights == pytest.approx(30 * rows.weights[here] / rows.weights[here].sum())
    assert background.norms == {"rate": (0.8, 1.25)}
    lower, upper = background.shapes["pdf"]
    assert lower.weights == pytest.approx(0.5 * background.nominal.weights)  # not normalised: yields vary too
    assert upper.weights == pytest.approx(2.0 * background.nominal.weights)
    assert len(signal.nominal.scores) == 5  # rows 1, 3 ... 9; the last does not count for the head
    assert signal.nominal.weights.sum() == pytest.approx(6)


@pytest.mark.parametrize("member", [0, 1])
def test_a_member_judges_its_own_rows_with_its_own_scores(experiment_of, dataset_of, member):
    experiment = experiment_of(result={"processes": {"background": {"events": 30}, "signal": {"events": 6}}})
    truth = (np.arange(N) // 2) % 2
    members = np.random.default_rng(2).random((N, 2, 1)).astype(np.float32)
    part = part_of("is_signal", members)
    result = process_events(
        experiment, experiment.result, dataset_of({"x": np.zeros(N)}), rows_of(truth, "is_signal"), part,
        what="test rows", member=member,
    )  # fmt: skip
    for label, one in enumerate(result):
        here = [row for row in PLACES if row % 2 == member and truth[row] == label and row != N - 1]
        assert one.nominal.scores == pytest.approx(members[here, member, 0])
        assert one.nominal.weights.sum() == pytest.approx((30, 6)[label])


def test_several_classes_have_the_discriminant_of_the_signal(experiment_of, dataset_of):
    classes = {"qcd": 0, "hh": 1, "tt": 2}
    target = {"kind": "multiclass", "column": "y", "classes": classes, "signal": "hh", "fractions": {"qcd": 3, "tt": 1}}
    result = {"head": "process", "processes": {name: {"events": 10} for name in classes}}
    experiment = experiment_of(targets={"process": target}, result=result)
    truth = np.arange(N) % 3
    members = np.random.default_rng(3).dirichlet(np.ones(3), (N, 2)).astype(np.float32)
    part = part_of("process", members)
    results = process_events(
        experiment, experiment.result, dataset_of({"x": np.zeros(N)}), rows_of(truth, "process"), part, what="test rows"
    )
    assert [one.name for one in results if one.is_signal] == ["hh"]
    expected = log_likelihood_ratio(members.mean(axis=1), 1, [3, 0, 1])
    for label, one in enumerate(results):
        here = [row for row in PLACES if truth[row] == label and row != N - 1]
        assert one.nominal.scores == pytest.approx(expected[here])


def test_the_head_is_the_one_that_tells_classes_apart(experiment_of):
    targets = {"mass": {"kind": "regression", "column": "m"}, "is_signal": {"kind": "binary", "column": "y"}}
    result = {"processes": {"background": {"events": 1}, "signal": {"events": 1}}}
    experiment = experiment_of(targets=targets, result=result)
    assert result_head(experiment, experiment.result)[0] == "is_signal"


def test_a_class_without_rows_is_named(experiment_of, dataset_of):
    experiment = experiment_of(result={"processes": {"background": {"events": 30}, "signal": {"events": 6}}})
    part = part_of("is_signal", np.zeros((N, 2, 1), np.float32))
    with pytest.raises(DataError, match=r"The weights of signal in test rows must have a positive, finite sum"):
        process_events(
            experiment, experiment.result, dataset_of({"x": np.zeros(N)}), rows_of(np.zeros(N), "is_signal"), part,
            what="test rows",
        )  # fmt: skip
