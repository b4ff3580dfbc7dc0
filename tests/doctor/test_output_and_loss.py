"""The table of what fits: every pair of output and loss with every encoding of labels."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from netwright.doctor.case import Architecture, Case, Layer, Objective, Plan, Rows, Skill
from netwright.doctor.quantities.labels import describe_labels, means_numbers
from netwright.doctor.quantities.objective import objective_of
from netwright.doctor.symptoms._output_table import Output, mismatch
from netwright.doctor.symptoms.output_and_loss import OUTPUT_AND_LOSS

BINARY = np.array([[0.0], [1.0], [1.0], [0.0]])
SIGNS = 2 * BINARY - 1
ONE_HOT = np.eye(3)[[0, 1, 2, 0, 1, 2]]
TWO_HOT = np.eye(2)[[0, 1, 1, 0]]
TAGS = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
CLASSES = np.array([[0.0], [1.0], [2.0]] * 4)
FROM_ONE = CLASSES + 1
NUMBERS = np.array([[0.3], [2.5], [-1.7], [8.1]])
COUNTS = np.repeat(np.arange(7.0), [9, 20, 15, 9, 4, 2, 1])[:, None]
UNIT = np.array([[0.3], [0.25], [0.91], [0.11]])
BCE, CCE, SCCE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
MSE, KLD = "mean_squared_error", "kl_divergence"

FITS = [
    (Output("sigmoid", 1, BCE), BINARY),
    (Output("linear", 1, BCE, from_logits=True), BINARY),
    (Output("softmax", 2, SCCE), BINARY),
    (Output("softmax", 2, CCE), TWO_HOT),
    (Output("<lambda>", 1, BCE), BINARY),  # a function of one's own may give probabilities
    (Output("my_softmax", 3, CCE), ONE_HOT),
    (Output("my_softmax", 3, MSE), ONE_HOT),
    (Output("softmax", 2, BCE), TWO_HOT),  # the same as categorical cross entropy
    (Output("sigmoid", 2, BCE), TWO_HOT),
    (Output("softmax", 3, CCE), ONE_HOT),
    (Output("linear", 3, CCE, from_logits=True), ONE_HOT),
    (Output("softmax", 3, SCCE), CLASSES),
    (Output("softmax", 10, SCCE), CLASSES),
    (Output("linear", 3, SCCE, from_logits=True), CLASSES),
    (Output("sigmoid", 3, BCE), TAGS),
    (Output("tanh", 1, "hinge"), SIGNS),
    (Output("leaky_relu", 3, SCCE, last_activation="softmax"), CLASSES),
    (Output("linear", 1, "hinge"), BINARY),  # Keras turns 0 and 1 into -1 and 1
    (Output("linear", 1, MSE), NUMBERS),
    (Output("linear", 1, "huber"), NUMBERS),
    (Output("softplus", 1, MSE), np.abs(NUMBERS)),
    (Output("relu", 1, MSE), np.abs(NUMBERS)),
    (Output("sigmoid", 1, MSE), UNIT),
    (Output("sigmoid", 1, MSE, stretch=(20.0, -5.0)), NUMBERS),
    (Output("sigmoid", 1, BCE), UNIT),
    (Output("tanh", 1, MSE), UNIT),
    (Output("exponential", 1, "poisson"), np.abs(NUMBERS)),
    (Output("linear", 1, "custom"), BINARY),
    (Output("linear", 3, "cosine_similarity"), np.eye(3)[[0, 1, 2]] / 2),
    (Output("softmax", 3, KLD), ONE_HOT),
    (Output("softmax", 3, MSE), ONE_HOT),  # slower, and right
    (Output("sigmoid", 3, MSE, accuracy=True), ONE_HOT),
]

ACTIVATION, LOSS = "The output activation is wrong.", "The loss function is wrong."
ENCODING, UNITS = "The encoding of the labels is wrong.", "The number of output units is wrong."
SCALE = "The targets are not scaled."
LOGITS = "The setting from_logits is wrong."
WRONG = [
    (Output("softmax", 1, BCE), BINARY, ACTIVATION, 'Dense(1, activation="sigmoid")'),
    (Output("softmax", 3, SCCE, last_activation="softmax"), CLASSES, ACTIVATION, "Leave softmax out"),
    (Output("relu", 1, BCE, last_activation="sigmoid"), BINARY, ACTIVATION, "Leave relu out"),
    (Output("softmax", 1, MSE), NUMBERS, ACTIVATION, "Dense(1) without activation"),
    (Output("linear", 1, BCE), BINARY, ACTIVATION, 'activation="sigmoid"'),
    (Output("relu", 1, BCE), BINARY, ACTIVATION, 'activation="sigmoid"'),
    (Output("tanh", 1, BCE), BINARY, ACTIVATION, 'activation="sigmoid"'),
    (Output("relu", 3, CCE), ONE_HOT, ACTIVATION, 'Dense(3, activation="softmax")'),
    (Output("linear", 3, CCE), ONE_HOT, ACTIVATION, 'Dense(3, activation="softmax")'),
    (Output("linear", 3, SCCE), CLASSES, ACTIVATION, 'Dense(3, activation="softmax")'),
    (Output("sigmoid", 3, SCCE), CLASSES, ACTIVATION, "sparse_categorical_crossentropy"),
    (Output("sigmoid", 3, CCE), ONE_HOT, ACTIVATION, "categorical_crossentropy"),
    (Output("sigmoid", 1, BCE, from_logits=True), BINARY, LOGITS, "Leave out from_logits"),
    (Output("softmax", 3, CCE, from_logits=True), ONE_HOT, LOGITS, "Leave out from_logits"),
    (Output("relu", 1, BCE, from_logits=True), BINARY, ACTIVATION, '"linear"'),
    (Output("sigmoid", 1, BCE), SIGNS, ENCODING, "0 and 1"),
    (Output("sigmoid", 1, BCE), 100 * BINARY, ENCODING, "0 and 1"),
    (Output("sigmoid", 1, BCE), BINARY + 1, ENCODING, "0 and 1"),
    (Output("softmax", 3, SCCE), FROM_ONE, ENCODING, "Number the classes from 0."),
    (Output("softmax", 2, SCCE), SIGNS, ENCODING, "0 and 1"),
    (Output("softmax", 2, SCCE), CLASSES, UNITS, "Dense(3"),
    (Output("softmax", 3, CCE), CLASSES, ENCODING, "sparse_categorical_crossentropy"),
    (Output("sigmoid", 1, BCE), CLASSES, LOSS, "sparse_categorical_crossentropy"),
    (Output("sigmoid", 1, CCE), BINARY, LOSS, BCE),
    (Output("linear", 1, "cosine_similarity"), NUMBERS, LOSS, "mean_squared_error"),
    (Output("softmax", 3, SCCE), ONE_HOT, LOSS, CCE),
    (Output("softmax", 3, BCE), ONE_HOT, LOSS, CCE),
    (Output("sigmoid", 3, BCE), ONE_HOT, LOSS, CCE),
    (Output("linear", 3, MSE), ONE_HOT, LOSS, CCE),
    (Output("softmax", 3, MSE), CLASSES, LOSS, "sparse_categorical_crossentropy"),
    (Output("linear", 1, MSE, accuracy=True), BINARY, LOSS, BCE),
    (Output("linear", 1, MSE, accuracy=True), CLASSES, LOSS, "sparse_categorical_crossentropy"),
    (Output("sigmoid", 1, BCE), NUMBERS, LOSS, MSE),
    (Output("softmax", 3, SCCE), NUMBERS, LOSS, MSE),
    (Output("sigmoid", 1, MSE), NUMBERS, ACTIVATION, '"linear"'),
    (Output("tanh", 1, MSE), NUMBERS, ACTIVATION, '"linear"'),
    (Output("relu", 1, MSE), NUMBERS, ACTIVATION, '"linear"'),
    (Output("sigmoid", 1, MSE), CLASSES, LOSS, "softmax"),
    (Output("sigmoid", 40, MSE), np.linspace(0, 200.5, 160).reshape(4, 40), SCALE, "Divide inputs and targets by 255"),
    (Output("sigmoid", 1, MSE), COUNTS, ACTIVATION, '"linear"'),
    (Output("sigmoid", 1, MSE, accuracy=True), COUNTS, LOSS, "softmax"),
    (Output("sigmoid", 1, MSE), np.repeat(np.arange(7.0), 9)[:, None], LOSS, "softmax"),
    (Output("linear", 1, BCE), COUNTS, LOSS, "such as counts, use Dense(1) without activation and mean_squared_error"),
    (Output("sigmoid", 1, MSE, stretch=(2.0, 0.5)), NUMBERS, ACTIVATION, '"linear"'),
    (Output("relu", 1, MSE, stretch=(-1.0, 0.0)), np.abs(NUMBERS) + 0.1, ACTIVATION, '"linear"'),
    (Output("linear", 2, MSE), NUMBERS, UNITS, "Dense(1)"),
    (Output("sigmoid", 1, "hinge"), SIGNS, ACTIVATION, "tanh"),
    (Output("tanh", 1, "hinge"), NUMBERS, LOSS, MSE),
    (Output("linear", 1, "poisson"), np.abs(NUMBERS), ACTIVATION, "softplus"),
    (Output("linear", 3, KLD), ONE_HOT, ACTIVATION, 'activation="softmax"'),
    (Output("sigmoid", 1, KLD), BINARY, LOSS, BCE),
    (Output("softmax", 3, CCE), TAGS, ACTIVATION, 'activation="sigmoid"'),
    (Output("softmax", 3, BCE), TAGS, ACTIVATION, 'activation="sigmoid"'),
]


@pytest.mark.parametrize(("output", "target"), FITS, ids=lambda one: f"{one}"[:60])
def test_what_fits_is_silent(output, target):
    labels = describe_labels(target, output.units)
    fault = mismatch(output, labels)
    assert fault is None or fault.severity == "NOTE"


@pytest.mark.parametrize(("output", "target", "cause", "remedy"), WRONG, ids=lambda one: f"{one}"[:60])
def test_what_does_not_fit_is_named_with_its_remedy(output, target, cause, remedy):
    fault = mismatch(output, describe_labels(target, output.units))
    assert fault is not None
    assert fault.severity in {"WARN", "FAIL"}
    assert fault.cause == cause
    assert remedy in fault.remedy
    assert 0.5 <= fault.confidence <= 1


@pytest.mark.parametrize("target", [BINARY, SIGNS])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_squared_error_of_two_classes_is_a_note(activation, target):
    if activation == "sigmoid" and target is SIGNS:
        pytest.skip("sigmoid never gives -1")
    fault = mismatch(Output(activation, 1, MSE), describe_labels(target, 1))
    assert fault is not None
    assert fault.severity == "NOTE"


@pytest.mark.parametrize(
    ("activation", "loss", "target", "severities"),
    [
        (
            "linear",
            "mean_absolute_percentage_error",
            np.linspace(0, 9, 50),
            ("FAIL", "NOTE"),
        ),  # learns from those next to 0
        ("linear", "mean_absolute_percentage_error", np.linspace(1, 9, 50), ()),
        ("linear", "mean_squared_logarithmic_error", np.linspace(-1, 1, 50), ("FAIL", "FAIL")),
        ("linear", "mean_squared_logarithmic_error", np.linspace(0, 9, 50), ()),
        ("softplus", "poisson", np.linspace(-1, 9, 50), ("FAIL", "FAIL")),
        ("linear", "poisson", np.linspace(-1, 9, 50), ("FAIL", "FAIL")),
    ],
)
def test_losses_for_positive_numbers_are_refused_for_others(activation, loss, target, severities):
    x, layer = np.arange(50.0)[:, None], Layer("y", "Dense", 1, activation)
    of = Case(architecture=Architecture((layer,), ("y",)), objective=Objective(loss), rows=Rows(x, target[:, None]))
    short, well = (replace(of, plan=Plan(finished=True), skill=Skill(network, 0.0, baseline=0.9, classes=False,
                   explained_shortfall=0.9 - network, explained_error=0.01)) for network in (0.3, 0.9))  # fmt: skip
    found = [finding for case in (short, well) for finding in OUTPUT_AND_LOSS.examine(case)]
    assert tuple(finding.severity for finding in found) == severities
    assert {finding.cause for finding in found} <= {LOSS}


@pytest.mark.parametrize(
    ("target", "units", "encoding"),
    [
        (BINARY, 1, "binary"),
        (SIGNS, 1, "signs"),
        (ONE_HOT, 3, "one-hot"),
        (TAGS, 3, "multi-hot"),
        (CLASSES, 3, "classes"),
        (NUMBERS, 1, "numbers"),
        (np.arange(10.0)[:, None], 1, "numbers"),  # each once: no classes
        (np.arange(10.0)[:, None], 10, "classes"),  # unless there is a unit for each
        (np.repeat(np.arange(60.0), 3)[:, None], 1, "numbers"),
        (np.array([[0.2, 0.8], [0.5, 0.5]]), 2, "fractions"),
    ],
)
def test_the_encoding_of_labels_is_recognised(target, units, encoding):
    assert describe_labels(target, units).encoding == encoding


def test_shares_of_classes_are_sums_of_weights():
    labels = describe_labels(np.array([[0.0], [0.0], [0.0], [1.0]]), 1, np.array([1.0, 1.0, 1.0, 3.0]))
    assert labels.shares == (0.5, 0.5)


@pytest.mark.parametrize("target", [np.zeros((0, 1)), np.array([[np.nan], [1.0]])])
def test_targets_of_which_nothing_can_be_said(target):
    assert describe_labels(target) is None


def test_whole_numbers_are_amounts_where_the_loss_is_for_these():
    marks = np.repeat([3.0, 5.0, 5.0, 6.0, 8.0], 20)[:, None]
    assert describe_labels(marks, 1, numbers=True).encoding == "numbers"
    assert describe_labels(BINARY, 1, numbers=True).encoding == "binary"
    assert means_numbers(Objective("poisson", metrics=("accuracy",)), 1)
    assert means_numbers(Objective(MSE, metrics=("mae",)), 1)
    assert not means_numbers(Objective(MSE), 3)
    assert not means_numbers(Objective(SCCE), 1)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (12, []),  # a label for each time step
        (1, ["The output is for each of 12 places of a row (time steps, for instance), and targets have 1 column."]),
    ],
)
def test_labels_of_time_steps_are_judged_one_by_one(columns, found):
    output = Layer("last", "Dense", 1, "sigmoid", 8, "GlorotUniform", positions=12)
    rows = Rows(np.zeros((40, 12)), np.arange(40 * columns).reshape(40, columns) % 2.0, np.ones(40))
    case = Case(Architecture((output,), ("last",), connected=True), Objective(BCE), rows=rows)
    assert [finding.evidence for finding in OUTPUT_AND_LOSS.examine(case)] == found


@pytest.mark.parametrize(
    ("units", "activation", "cause"), [(1, "softmax", ACTIVATION), (2, "softmax", UNITS), (1, "sigmoid", "")]
)
def test_the_output_of_a_convolution_is_judged_by_pixels(units, activation, cause):
    output = Layer("last", "Conv2D", units, activation, 8, "GlorotUniform", positions=12)
    rows = Rows(np.zeros((40, 12)), np.arange(40 * 12).reshape(40, 12) % 2.0, np.ones(40))
    case = Case(Architecture((output,), ("last",), connected=True), Objective(BCE), rows=rows)
    assert [finding.cause for finding in OUTPUT_AND_LOSS.examine(case)] == [cause] * bool(cause)


def test_labels_that_were_scaled_as_inputs_are_named():
    layer = Layer("out", "Dense", 1, "sigmoid")
    case = Case(architecture=Architecture((layer,), ("out",)), objective=Objective(loss=BCE))
    found = {
        name: [one.evidence for one in OUTPUT_AND_LOSS.examine(replace(case, rows=Rows(np.zeros((len(y), 1)), y)))]
        for name, y in {
            "scaled": BINARY / 255,
            "smooth": 0.1 + 0.8 * BINARY,
            "rates": 0.1 * UNIT,
            "one": BINARY,
        }.items()
    }
    (said,) = found.pop("scaled")
    assert said == "Labels are 0 and 0.003922, and binary_crossentropy takes 0 and 1 for two classes."
    assert found == {"smooth": [], "rates": [], "one": []}


@pytest.mark.parametrize(("smoothing", "severities"), [(1.0, ("FAIL", "FAIL")), (0.9, ("WARN",)), (0.1, ())])
def test_labels_of_which_smoothing_leaves_little_are_named(smoothing, severities):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax", name="out")])
    model.compile(loss=keras.losses.CategoricalCrossentropy(label_smoothing=smoothing))
    architecture = Architecture((Layer("out", "Dense", 3, "softmax"),), ("out",))
    well = Case(architecture, objective_of(model), Plan(finished=True), Rows(np.zeros((6, 2)), ONE_HOT))
    well = replace(well, skill=Skill(0.95, 0.4, 0.9, -0.05, 0.01))
    short = replace(well, skill=Skill(0.5, 0.4, 0.9, 0.4, 0.01))
    found = [finding for case in (short, well) for finding in OUTPUT_AND_LOSS.examine(case)]
    assert tuple(finding.severity for finding in found) == severities
    assert {finding.cause for finding in found} <= {"The labels are smoothed too much."}
