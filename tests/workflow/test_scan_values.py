"""Values of a scan: ranges, lists, and the experiments that have them."""

from __future__ import annotations

import pytest

from netwright.errors import ExperimentError
from netwright.workflow import parse_values
from netwright.workflow._value_of_key import with_value
from netwright.workflow.scans.values import default_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1:10:log:3", [0.1, 1.0, 10.0]),
        ("0:1:linear:5", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("3,1,2,1", [1.0, 2.0, 3.0]),
        ("1e-3", [0.001]),
    ],
)
def test_values_are_read(text, expected):
    assert parse_values(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10:0.1:log:3", "a range must increase, received 10 to 0.1. Exchange the two ends"),
        ("1:1:linear:3", "a range must increase"),
        ("0:1:log:3", "a logarithmic range begins above 0, received 0"),
        ("0.1:10:log", "expected FIRST:LAST:log:COUNT"),
        ("0.1:10:cubic:4", "expected FIRST:LAST:log:COUNT"),
        ("0.1:10:log:1", "a range has 2 to 1000 values, received 1. Change COUNT"),
        ("0.1:10:log:4000", "a range has 2 to 1000 values, received 4000. Change COUNT"),
        ("a,b", '"a" is not a number'),
        ("1,,2", '"" is not a number'),
        ("1,inf", "values are finite, received inf. Leave it out"),
    ],
)
def test_what_are_no_values_is_refused(text, message):
    with pytest.raises(ExperimentError, match=message):
        parse_values(text)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("targets.is_signal.importance.background", 2.5), ("training.learning_rate", 0.01), ("training.epochs", 7),
     ("model.body.dropout", 0.25)],
)  # fmt: skip
def test_one_key_has_the_value_and_all_others_stay(experiment_of, parameter, value):
    experiment = experiment_of()
    changed = with_value(experiment, parameter, value)
    assert default_value(changed, parameter) == value
    assert with_value(changed, parameter, default_value(experiment, parameter)).training == experiment.training
    assert changed.data == experiment.data


def test_the_importance_of_a_class_is_one_where_none_is_given(experiment_of):
    assert default_value(experiment_of(), "targets.is_signal.importance.background") == 1.0
    assert default_value(experiment_of(), "training.clip_norm") is None


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("training.learning_rat", 0.1, 'has no key training.learning_rat. Did you mean "learning_rate"'),
        ("targets.is_sgnal.loss_weight", 1, 'has no key targets.is_sgnal. Did you mean "is_signal"'),
        ("training.epochs.more", 1, "has no key training.epochs.more"),
        ("split.seed", 2, "only keys of targets, model, training can change"),
        ("trainig.epochs", 2, r'so that rows and members stay the same. Did you mean "training"\?'),
        ("training.learning_rate", -1, "training.learning_rate: Input should be greater than 0"),
        ("targets.is_signal.importance.signl", 2, "importance is of the classes background, signal, received signl"),
        ("training.epochs", 2.5, "training.epochs"),
    ],
)
def test_what_cannot_be_scanned_is_named(experiment_of, parameter, value, message):
    with pytest.raises(ExperimentError, match=message):
        with_value(experiment_of(), parameter, value)
