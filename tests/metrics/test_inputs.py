"""What cannot be measured is refused, with argument, rule, value and next step."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.metrics import bias, measure_multiclass, roc_auc


@pytest.mark.parametrize(
    ("labels", "scores", "weights", "message"),
    [
        (
            [0, 1],
            [0.1, 0.2, 0.3],
            None,
            "`labels` and `scores` must have the same number.*2 and 3.*same order",
        ),
        ([0, 1], [0.1, 0.2], [1.0], "`weights` must have one entry a row. Received: 1 weights for 2 rows"),
        (
            [0, 2, 1],
            [0.1, 0.2, 0.3],
            None,
            r"`labels` must hold 0 .* Received: 2 in row 1 \(1 such rows\). Map",
        ),
        ([0, 0.5], [0.1, 0.2], None, "Received: 0.5 in row 1"),
        (
            [0, 1],
            [0.1, float("nan")],
            None,
            r"`scores` must be finite. Received: nan in row 1 \(1 such rows\)",
        ),
        ([0, 1], [0.1, float("inf")], None, "`scores` must be finite. Received: inf in row 1"),
        ([0, 1], [0.1, 0.2], [1.0, float("nan")], "`weights` must be finite. Received: nan in row 1"),
        (
            [0, 0],
            [0.1, 0.2],
            None,
            r"at least one row of signal \(label 1\). Received: 0 rows. Check the labels",
        ),
        ([1, 1], [0.1, 0.2], None, r"at least one row of background \(label 0\). Received: 0 rows"),
        (
            [0, 1],
            [0.1, 0.2],
            [0.0, 0.0],
            "weights of all rows must have a positive, finite sum. Received: 0 from",
        ),
        (
            [0, 1, 1],
            [0.1, 0.2, 0.3],
            [9.0, 1.0, -1.0],
            r"signal \(label 1\) must have a positive.*Received: 0 from",
        ),
        (
            [0, 0, 1],
            [0.1, 0.2, 0.3],
            [1.0, -2.0, 9.0],
            r"background \(label 0\) must have .*Received: -1 from",
        ),
        ([0, 1], [0.1, 0.2], [1e308, 1e308], "must have a positive, finite sum. Received: inf"),
        ([], [], None, r"`labels` must have shape \(n,\), n at least 1. Received: shape \(0,\)"),
        ([0, 1], [[0.1], [0.2]], None, r"`scores` must have shape \(n,\).*shape \(2, 1\). Take one column"),
        ([0, 1], 0.5, None, r"`scores` must have shape \(n,\).*shape \(\). Pass one entry a row"),
        (
            [0, 1],
            ["0.1", "0.2"],
            None,
            "`scores` must hold real numbers. Received: an array of type <U3. Convert",
        ),
        ([0, 1], [0.1, None], None, "`scores` must hold real numbers. Received: an array of type object"),
        (
            [0, 1],
            [[0.1, 0.2], [0.3]],
            None,
            "`scores` must be an array of numbers.*Give every row the same length",
        ),
    ],
)
def test_binary_rows(labels, scores, weights, message):
    with pytest.raises(DataError, match=message):
        roc_auc(labels, scores, weights)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], [0.1, 0.9], r"`probabilities` must have shape \(n, k\).*shape \(2,\)"),
        ([0, 1], [[0.1], [0.9]], "one column for each of at least two classes.*Use measure_binary"),
        (
            [0, 2],
            np.eye(2),
            "class indices 0 to 1, one for each column.*2 in row 1.*Number the classes from 0",
        ),
        ([0, -1], np.eye(2), "Received: -1 in row 1"),
        ([0, 0.5], np.eye(2), "Received: 0.5 in row 1"),
        ([0], np.eye(2), "`labels` and `probabilities` must have the same number of rows. Received: 1 and 2"),
        (
            [0, 1],
            [[0.1, 0.9], [np.nan, 0.1]],
            r"`probabilities` must be finite. Received: \[nan 0.1\] in row 1",
        ),
    ],
)
def test_multiclass_rows(labels, probabilities, message):
    with pytest.raises(DataError, match=message):
        measure_multiclass(labels, probabilities)


@pytest.mark.parametrize(
    ("targets", "predictions", "message"),
    [
        (
            [1.0],
            [1.0, 2.0],
            "`targets` and `predictions` must have the same number of rows. Received: 1 and 2",
        ),
        ([1.0, float("nan")], [1.0, 2.0], "`targets` must be finite. Received: nan in row 1"),
        ([1.0, 2.0], [1.0, float("-inf")], "`predictions` must be finite. Received: -inf in row 1"),
    ],
)
def test_regression_rows(targets, predictions, message):
    with pytest.raises(DataError, match=message):
        bias(targets, predictions)


def test_half_precision_of_an_accelerator_is_a_number_too():
    jnp = pytest.importorskip("jax.numpy")
    assert roc_auc([0, 1], jnp.asarray([0.1, 0.9], dtype=jnp.bfloat16)) == 1.0
