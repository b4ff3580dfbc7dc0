"""Each symptom: found where it is, silent on the healthy twin, with a text that says what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netwright.doctor._shortfall import falls_short, shortfall_text
from netwright.doctor.case import (
    Architecture,
    Case,
    History,
    Layer,
    LayerVitals,
    MemberLoss,
    Objective,
    Plan,
    Rows,
    Skill,
    Vitals,
)
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.quantities.losses import mean_losses_of_replicas, row_losses
from netwright.doctor.quantities.skill import skill_of
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms import overtraining
from netwright.doctor.symptoms.class_imbalance import CLASS_IMBALANCE, CLASS_WEIGHTS
from netwright.doctor.symptoms.duplicates import DUPLICATES
from netwright.doctor.symptoms.initial_weights import INITIAL_WEIGHTS
from netwright.doctor.symptoms.linear_hidden_layers import LINEAR_HIDDEN_LAYERS
from netwright.doctor.symptoms.metric import METRIC
from netwright.doctor.symptoms.padding import PADDING
from netwright.doctor.symptoms.still_weights import STILL_WEIGHTS
from netwright.doctor.symptoms.underfitting import UNDERFITTING
from netwright.doctor.symptoms.words_as_amounts import WORDS_AS_AMOUNTS
from netwright.doctor.symptoms.wrong_labels import LABEL_NOISE, LABELS_SHUFFLED
from netwright.doctor.verdict import Patient, verdict
from netwright.finding import Finding

RNG = np.random.default_rng(1)
X = RNG.normal(size=(200, 3))
Y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
GOOD = Skill(0.95, 0.5, 0.93, -0.02, 0.01, 0.55, 0.94, 0.8, -0.1, 0.02, explained_baseline=0.7, explained_limit=0.05)
BAD = Skill(0.55, 0.5, 0.93, 0.38, 0.03, 0.55, 0.52, 0.0, 0.7, 0.03, explained_baseline=0.7, explained_limit=0.05)


def layer(name, **changes):
    values = {"kind": "Dense", "units": 16, "activation": "relu", "inputs": 16, "initializer": "GlorotUniform"}
    return Layer(name, **(values | {"learns": True} | changes))


FIRST, SECOND = layer("first", inputs=3, follows=("second",)), layer("second", follows=("last",))
LAST = layer("last", units=1, activation="sigmoid")


def architecture(*layers):
    return Architecture(layers or (FIRST, SECOND, LAST), ("last",), 400, connected=True)


def vitals(epoch, *, outputs=None, loss=0.5, penalty=0.0, **changes):
    values = {"mean": 0.4, "deviation": 0.5, "spread": 0.5, "gradient": 0.1, "weight": 3.0, "kernel": 1.0}
    layers = tuple(LayerVitals(name, **(values | changes.get(name, {}))) for name in ("first", "second", "last"))
    outputs = Y * 0.9 + 0.05 if outputs is None else outputs
    return Vitals(epoch, layers, outputs, None, loss, penalty)


HEALTHY = Case(
    architecture=architecture(),
    objective=Objective("binary_crossentropy", optimizer="adam", learning_rate=0.001, metrics=("accuracy",)),
    plan=Plan(40, 50, 32, finished=True),
    rows=Rows(X, Y, total=200),
    validation=Rows(RNG.normal(size=(60, 3)), Y[:60], total=60),
    vitals=(vitals(0, loss=0.7), vitals(40, loss=0.1)),
    history=History({"loss": np.geomspace(0.6, 0.1, 40)}, np.full(40, 0.001)),
    skill=GOOD,
)
# a training that does worse than it could, with flat losses and no other fault
SHORT = replace(HEALTHY, skill=BAD, history=History({"loss": np.full(40, 0.6)}, np.full(40, 0.001)))


def with_rate(case, rate, loss):
    objective = replace(case.objective, learning_rate=rate)
    return replace(case, objective=objective, history=History({"loss": np.array(loss)}, np.full(len(loss), rate)))


def with_rows(x=X, y=Y, *, base=SHORT, validation=None):
    return replace(base, rows=Rows(x, y, total=len(x)), validation=validation)


def with_vitals(base=SHORT, *, start=None, end=None, **changes):
    return replace(base, vitals=(vitals(0, loss=0.7, **(start or {})), vitals(40, **changes, **(end or {}))))


def with_layers(*layers, base=SHORT):
    return replace(base, architecture=architecture(*layers))


STILL, BARELY = {"moved": 0.0}, {"moved": 0.001}
WORDS = layer("first", kind="Embedding", units=None, activation=None, initializer="", follows=("second",))
NOISY = np.abs(np.sin(np.arange(40) * 2.0)) + 0.2
SHIFTED = Rows(HEALTHY.validation.inputs * 50, HEALTHY.validation.target, total=60)
MORE = np.random.default_rng(2).normal(size=(60, 3))
OTHERS = Rows(MORE, (MORE[:, :1] * MORE[:, 1:2] > 0).astype(float), total=60)
SORTED = np.argsort(Y[:, 0], kind="stable")
NORMED = np.array([13.0, 2.3, 740.0]) + np.array([0.8, 1.1, 30.0]) * X
RARE = np.where(np.arange(200) < 190, 0.0, 1.0)[:, None]
BIG = {"loss": 2.0, "penalty": 1.8}
UNLEARNABLE = replace(
    BAD, baseline=0.51, shortfall=0.0, explained_baseline=0.0, explained_shortfall=0.0, validation=0.5
)

CASES = {
    "features not finite": (
        with_rows(np.where(X > 2, np.nan, X), base=HEALTHY),
        "FAIL",
        "Inputs are missing or infinite.",
    ),
    "targets not finite": (
        with_rows(y=np.where(X[:, :1] > 2, np.nan, Y), base=HEALTHY),
        "FAIL",
        "Targets are missing or infinite.",
    ),
    "all inputs the same": (with_rows(np.ones((200, 3))), "FAIL", "The inputs say nothing."),
    "output": (with_layers(FIRST, SECOND, replace(LAST, activation="relu")), "FAIL", "The output activation is wrong."),
    "same weights": (
        with_vitals(start={"first": {"identical": True}}, end={"first": {"identical": True}}),
        "FAIL",
        "The initial weights are unsuitable.",
    ),
    "huge weights": (with_vitals(start={"first": {"kernel": 9.0}}), "WARN", "The initial weights are unsuitable."),
    "tiny weights": (with_vitals(start={"first": {"kernel": 0.001}}), "WARN", "The initial weights are unsuitable."),
    "linear": (
        with_layers(replace(FIRST, activation="linear"), replace(SECOND, activation="linear"), LAST, base=HEALTHY),
        "WARN",
        "Hidden layers have no activation.",
    ),
    "leak": (with_rows(np.hstack([X, 3 * Y + 1]), base=HEALTHY), "WARN", "An input column knows the answer."),
    "order": (
        replace(with_rows(X[SORTED], Y[SORTED]), plan=replace(SHORT.plan, shuffle=False)),
        "WARN",
        "The rows are sorted by their targets.",
    ),
    "order and split": (
        with_rows(
            X[SORTED], Y[SORTED], validation=Rows(RNG.normal(size=(60, 3)), np.ones((60, 1)), total=60), base=HEALTHY
        ),
        "WARN",
        "The rows are sorted by their targets.",
    ),
    "validation": (replace(HEALTHY, validation=SHIFTED), "WARN", "The validation rows are unlike the training rows."),
    "copies": (
        replace(HEALTHY, validation=Rows(X[:60], Y[:60], total=60)),
        "WARN",
        "Training rows are in the validation set.",
    ),
    "shuffled": (replace(HEALTHY, skill=UNLEARNABLE), "WARN", "The labels do not belong to the inputs."),
    "noise": (
        replace(HEALTHY, skill=replace(GOOD, network=0.6, baseline=0.6, validation=0.95, explained_shortfall=0.0)),
        "WARN",
        "Many labels of the training rows are wrong.",
    ),
    "labels at random": (
        replace(HEALTHY, skill=replace(GOOD, network=0.75, baseline=0.74, validation=0.74, random_labels=0.4)),
        "WARN",
        "Many labels of the training rows are wrong.",
    ),
    "shuffled, no validation": (
        replace(HEALTHY, validation=None, skill=replace(UNLEARNABLE, network=0.53, validation=np.nan)),
        "WARN",
        "The labels do not belong to the inputs.",
    ),
    "by heart": (
        replace(HEALTHY, validation=OTHERS, skill=replace(GOOD, network=1.0, baseline=0.93, validation=0.5)),
        "WARN",
        "The network learns its training rows by heart.",
    ),
    "few rows": (
        replace(
            HEALTHY,
            architecture=replace(HEALTHY.architecture, parameters=5000),
            rows=Rows(X[:60], Y[:60], total=60),
            vitals=(vitals(0), vitals(40, outputs=Y[:60])),
            skill=replace(GOOD, network=1.0, validation=0.7),
        ),
        "WARN",
        "There are too few rows for the network.",
    ),
    "dropout on the output": (
        with_layers(FIRST, SECOND, LAST, layer("drop", kind="Dropout", initializer="", rate=0.5)),
        "WARN",
        "Dropout is on the output.",
    ),
    "dropout and normalisation": (
        with_layers(
            FIRST,
            layer("drop", kind="Dropout", initializer="", rate=0.8),
            layer("norm", kind="BatchNormalization", initializer=""),
            LAST,
        ),
        "WARN",
        "Dropout comes before batch normalisation.",
    ),
    "inputs": (with_rows(X * 1e4), "WARN", "The inputs are not scaled."),
    "tiny inputs": (with_rows(X * 1e-5), "WARN", "The inputs are not scaled."),
    "small inputs": (
        with_vitals(with_rows(X / 255), outputs=np.full((200, 1), 0.5)),
        "WARN",
        "The inputs are not scaled.",
    ),
    "softmax within": (
        with_layers(replace(FIRST, activation="softmax"), SECOND, LAST),
        "WARN",
        "The hidden activation is unsuitable.",
    ),
    "sigmoids": (
        with_layers(replace(FIRST, activation="sigmoid"), replace(SECOND, activation="sigmoid"), LAST),
        "WARN",
        "The hidden activation is unsuitable.",
    ),
    "penalty from the start": (
        replace(
            with_layers(replace(FIRST, penalty=0.1), SECOND, LAST),
            skill=replace(UNLEARNABLE, network=0.5),
            vitals=(vitals(0, loss=9.0, penalty=8.5), vitals(40, loss=0.69)),
        ),
        "WARN",
        "The regularisation is too strong.",
    ),
    "penalty": (with_vitals(**BIG), "WARN", "The regularisation is too strong."),
    "dropout": (
        with_layers(FIRST, layer("drop", kind="Dropout", initializer="", rate=0.9), SECOND, LAST),
        "WARN",
        "The regularisation is too strong.",
    ),
    "noise added": (
        with_layers(layer("added", kind="GaussianNoise", initializer="", noise=1.0), FIRST, SECOND, LAST),
        "WARN",
        "The regularisation is too strong.",
    ),
    "all frozen": (
        with_layers(*(replace(one, trainable=False) for one in (FIRST, SECOND, LAST))),
        "FAIL",
        "Layers are frozen.",
    ),
    "weights of 0": (
        replace(SHORT, rows=Rows(X, Y, np.zeros(200), total=200)),
        "FAIL",
        "All rows have the weight 0.",
    ),
    "one class": (with_rows(y=np.zeros((200, 1))), "WARN", "All rows have the same class."),
    "rows normalised": (
        with_rows(
            (NORMED - NORMED.mean(1, keepdims=True)) / NORMED.std(1, keepdims=True),
            base=replace(SHORT, plan=replace(SHORT.plan, epochs=5)),
        ),
        "WARN",
        "The inputs are not scaled.",
    ),
    "sigmoids of convolutions": (
        with_layers(*(replace(one, kind="Conv2D", activation="sigmoid") for one in (FIRST, SECOND)), LAST),
        "WARN",
        "The hidden activation is unsuitable.",
    ),
    "frozen": (with_layers(replace(FIRST, trainable=False), SECOND, LAST), "WARN", "Layers are frozen."),
    "frozen words": (with_layers(replace(WORDS, trainable=False), SECOND, LAST), "WARN", "Layers are frozen."),
    "clipped": (
        replace(SHORT, objective=replace(SHORT.objective, clipping=1e-5)),
        "WARN",
        "The gradients are clipped too hard.",
    ),
    "fallen": (
        replace(SHORT, history=History({"loss": np.full(40, 0.6)}, np.geomspace(1e-3, 1e-9, 40))),
        "WARN",
        "The learning rate falls too early.",
    ),
    "not a number": (
        with_rate(SHORT, 1.0, [0.7, 3.0, np.nan, np.nan]),
        "FAIL",
        "The learning rate is too high.",
    ),
    "no number from the start": (
        replace(
            with_rate(replace(SHORT, vitals=(vitals(0, loss=np.nan), vitals(40))), 1.0, [np.nan, np.nan]),
            objective=replace(SHORT.objective, loss="custom", learning_rate=1.0),
        ),
        "FAIL",
        "The loss function is wrong.",
    ),
    "low for the gradients of an embedding": (
        replace(
            with_layers(WORDS, SECOND, LAST, base=SHORT),
            vitals=(
                vitals(0),
                vitals(40, outputs=np.full((200, 1), 0.5), first={"moved": 0.3}, second=BARELY, last=BARELY),
            ),
            objective=Objective("binary_crossentropy", optimizer="sgd", learning_rate=0.01),
        ),
        "WARN",
        "The learning rate is too low.",
    ),
    "grows": (with_rate(SHORT, 1.0, [0.7, 0.9, 5.0, 9.0, 20.0]), "FAIL", "The learning rate is too high."),
    "jumps": (with_rate(SHORT, 0.1, NOISY), "FAIL", "The learning rate is too high."),
    "low": (with_rate(SHORT, 1e-6, np.linspace(0.7, 0.699, 40)), "WARN", "The learning rate is too low."),
    "low for its gradients": (
        replace(
            with_vitals(
                outputs=np.full((200, 1), 0.5), **{key: {"moved": 0.03} for key in ("first", "second", "last")}
            ),
            objective=Objective("binary_crossentropy", optimizer="sgd", learning_rate=0.01),
        ),
        "WARN",
        "The learning rate is too low.",
    ),
    "dead": (with_vitals(end={"second": {"dead": 1.0}}), "FAIL", "ReLU units have died."),
    "dead by a high rate": (
        with_rate(with_vitals(end={"second": {"dead": 1.0}}), 0.2, np.full(40, 0.69)),
        "WARN",
        "The learning rate is too high.",
    ),
    "saturated": (
        with_vitals(
            replace(SHORT, architecture=architecture(replace(FIRST, activation="tanh"), SECOND, LAST)),
            end={"first": {"saturated": 0.9}},
        ),
        "WARN",
        "Hidden units are saturated.",
    ),
    "vanishing": (
        with_vitals(end={"first": {"gradient": 1e-7}}),
        "WARN",
        "The gradient vanishes on its way to the first layers.",
    ),
    "imbalance": (
        with_vitals(with_rows(y=RARE, base=SHORT), outputs=np.full((200, 1), 0.05)),
        "WARN",
        "The classes are imbalanced.",
    ),
    "early": (
        with_rate(replace(SHORT, plan=Plan(3, 7, 32, finished=True)), 1e-3, [0.69, 0.66, 0.6]),
        "WARN",
        "There are too few epochs.",
    ),
    "slowly": (
        with_rate(replace(SHORT, plan=Plan(100, 7, 32, finished=True)), 1e-3, np.linspace(0.7, 0.68, 100)),
        "WARN",
        "There are too few epochs.",
    ),
    "one batch": (
        with_rate(replace(SHORT, plan=Plan(10, 1, 200, finished=True)), 1e-3, np.linspace(0.7, 0.6, 10)),
        "WARN",
        "The batch size is too large.",
    ),
    "noisy batches": (
        replace(
            with_rate(SHORT, 1e-3, np.full(40, 0.6)),
            plan=Plan(40, 200, 1, finished=True),
            vitals=(vitals(0, loss=0.7), replace(vitals(40), noise=500.0)),
        ),
        "WARN",
        "The batch size is too small.",
    ),
    "drowned": (
        replace(SHORT, head="mass", heads={"mass": 1e-5, "is_top": 1.0}),
        "WARN",
        "Another head drowns this one.",
    ),
    "counts little": (replace(HEALTHY, head="mass", counts=1e-5), "WARN", "Another head drowns this one."),
    "normalised by itself": (
        replace(
            with_layers(FIRST, layer("norm", kind="BatchNormalization", activation=None, initializer=""), SECOND, LAST),
            rows=Rows(X, Y, total=200, raw=(X, Y, None)),
            plan=Plan(40, 200, 1, finished=True),
        ),
        "FAIL",
        "The batch size is too small.",
    ),
    "narrow": (with_layers(replace(FIRST, units=1), SECOND, LAST), "WARN", "The network is too small."),
    "narrow at a high rate": (
        with_rate(with_layers(replace(FIRST, units=1), SECOND, LAST), 0.05, np.full(40, 0.6)),
        "WARN",
        "The network is too small.",
    ),
    "unknown": (SHORT, "WARN", "The network learns too little, and why is not known."),
}


def alarms(case):
    return [finding for finding in diagnose(case) if finding.severity in {"WARN", "FAIL"}]


def test_the_healthy_twin_is_silent():
    assert alarms(HEALTHY) == []


@pytest.mark.parametrize("name", CASES)
def test_a_fault_has_one_first_cause(name):
    case, severity, cause = CASES[name]
    result = alarms(case)
    assert result, "nothing was found"
    assert (result[0].cause, result[0].severity) == (cause, severity)
    assert result[0].evidence
    assert result[0].threshold.startswith("Healthy: ")
    assert result[0].remedy
    assert len(result) <= 2, [one.cause for one in result]


def test_what_is_seen_before_the_training_is_said_beside_a_wrong_output():
    wrong = with_rows(X * 1e4, base=CASES["output"][0])
    layers = (replace(FIRST, penalty=1.0), *wrong.architecture.layers[1:])
    wild = replace(wrong, architecture=architecture(*layers), objective=replace(wrong.objective, learning_rate=1.0))
    first, *others = [alarm.cause for alarm in alarms(wild)]
    assert first == "The output activation is wrong."
    seen = {"The inputs are not scaled.", "The learning rate is too high.", "The regularisation is too strong."}
    assert set(others) == seen
    assert seen < {
        finding.cause for finding in diagnose(replace(wild, plan=Plan(), skill=None, vitals=wild.vitals[:1]))
    }


TWO_SIGMOIDS = (replace(FIRST, activation="sigmoid"), replace(SECOND, activation="sigmoid"))
JUMPS = [0.6, 0.9] * 20
FAINT = {"first": {"kernel": 0.08}, "second": {"kernel": 0.08}}
UNSUITABLE = "The initial weights are unsuitable."


@pytest.mark.parametrize(
    ("changes", "layers", "rate", "loss", "cause"),
    [
        ({"rows": Rows(X * 20, Y, total=200)}, (FIRST, SECOND), 1e-3, JUMPS, "The inputs are not scaled."),
        ({}, (FIRST, SECOND), 1e-4, [0.6] * 40, "The learning rate is too low."),
        ({}, (FIRST, SECOND), 0.1, JUMPS, "The learning rate is too high."),
        ({"plan": Plan(8, 7, 32, finished=True)}, (FIRST, SECOND), 1e-3, JUMPS[:8], "There are too few epochs."),
        ({"plan": Plan(40, 1, 200, finished=True)}, (FIRST, SECOND), 1e-3, JUMPS, "The batch size is too large."),
        ({}, TWO_SIGMOIDS, 1e-3, JUMPS, "The hidden activation is unsuitable."),
        ({}, (FIRST, replace(SECOND, units=3)), 1e-3, JUMPS, "The network is too small."),
        ({"vitals": (vitals(0, **FAINT), vitals(40))}, (FIRST, SECOND), 1e-3, JUMPS, UNSUITABLE),
    ],
)
def test_what_is_left_when_a_wrong_output_is_mended_is_a_note(changes, layers, rate, loss, cause):
    wrong = replace(with_layers(*layers, replace(LAST, activation="relu")), validation=None)
    case = with_rate(replace(wrong, **changes), rate, loss)
    found = {finding.cause: finding.severity for finding in diagnose(case)}
    assert found == {"The output activation is wrong.": "FAIL", cause: "NOTE"}
    assert cause not in {alarm.cause for alarm in alarms(replace(case, architecture=architecture(), skill=GOOD))}


def test_a_note_behind_another_cause_is_none_where_the_rate_is_usual():
    case = with_rate(CASES["output"][0], 1e-3, NOISY)
    assert [finding.cause for finding in diagnose(case)] == ["The output activation is wrong."]


ALWAYS = {
    *("features not finite", "targets not finite", "all inputs the same", "output", "same weights", "linear", "leak"),
    *("order and split", "validation", "copies", "shuffled", "noise", "dropout on the output", "not a number"),
    *("dropout and normalisation", "imbalance", "inputs", "dropout", "grows", "low", "softmax within", "order"),
    *("labels at random", "shuffled, no validation", "few rows", "all frozen", "by heart", "narrow"),
    *("counts little", "narrow at a high rate", "weights of 0", "one class", "no number from the start"),
}


@pytest.mark.parametrize("name", sorted(set(CASES) - ALWAYS))
def test_a_network_that_does_well_is_silent_all_the_same(name):
    assert alarms(replace(CASES[name][0], skill=GOOD)) == []


def test_a_layer_before_a_rescaled_output_is_none_that_is_too_narrow():
    """Its one unit is the output: Dense(1), then Rescaling."""
    scaled = Layer("scaled", "Rescaling", follows=())
    last = replace(LAST, follows=("scaled",))
    inner = replace(SECOND, follows=(last.name,))
    layers = Architecture(
        (replace(FIRST, follows=(inner.name,)), inner, last, scaled), outputs=("scaled",), connected=True
    )
    assert [one.name for one in layers.hidden] == [FIRST.name, inner.name]
    assert [one.name for one in replace(layers, outputs=(), connected=False).hidden] == [FIRST.name, inner.name]


def test_overtraining_is_measured_against_its_error():
    judged = np.concatenate([np.linspace(0.7, 0.3, 10), np.linspace(0.3, 1.2, 30)])
    outputs = np.clip(HEALTHY.validation.target * 0.6 + 0.2, 0.01, 0.99)
    last = replace(HEALTHY.vitals[-1], validation=outputs)
    case = replace(
        HEALTHY,
        vitals=(HEALTHY.vitals[0], last),
        history=replace(HEALTHY.history, logs={**HEALTHY.history.logs, "val_loss": judged}),
    )
    result = alarms(case)
    assert [one.cause for one in result] == ["There are too many epochs."]
    assert "epoch 10" in result[0].remedy
    assert re.search(r"A validation row's loss is -?[\d.e-]+ larger \(", result[0].evidence)
    hundred = {"loss": np.linspace(0.7, 0.1, 100), "val_loss": 0.3 + 0.01 * np.abs(np.arange(100) - 39)}
    (longer,) = alarms(replace(case, history=replace(case.history, logs=hundred)))
    assert "smallest in epoch 40 " in longer.evidence  # the middle of the five epochs of the smallest mean
    falling = {**case.history.logs, "loss": np.linspace(0.7, -3, 40)}
    weights = np.where(np.arange(len(case.rows)) % 9, 1.0, -1.0)
    kept = replace(case.plan, kept=10)
    (weighted,) = diagnose(
        replace(case, plan=kept, rows=replace(case.rows, weight=weights), history=replace(case.history, logs=falling))
    )
    assert weighted.cause.endswith("Rows of negative weight are learnt by heart.")
    assert weighted.remedy == "Nothing needs to be done: the weights of epoch 10 are used."
    benign = judged.clip(max=0.33)
    flat = replace(case, history=replace(case.history, logs={**HEALTHY.history.logs, "val_loss": benign}))
    assert alarms(flat) == []
    jumps = {"loss": np.linspace(300, 0.8, 40), "val_loss": judged}  # chance has 0.69
    assert alarms(replace(case, history=replace(case.history, logs=jumps))) == []
    # from 0.02 to 0.06, of 0.69 by chance: nothing is lost
    sure = replace(last, validation=np.clip(HEALTHY.validation.target, 0.06, 0.94))
    little = replace(case.history, logs={**case.history.logs, "val_loss": np.append(judged[:10], judged[10:] * 0.05)})
    assert alarms(replace(case, vitals=(HEALTHY.vitals[0], sure), history=little)) == []


@pytest.mark.parametrize(
    ("accuracy", "end", "severity"),
    [
        *[(0.9, 0.5, "NOTE"), (0.89, 0.5, "NOTE"), (0.8, 0.5, "WARN"), (0.9, 0.8, "WARN"), (None, 0.5, "WARN")],
        (0.87, 0.5, "NOTE"),  # two of 60 rows
    ],
)
def test_overtraining_that_costs_no_right_answers_is_a_note(accuracy, end, severity):
    rises = np.concatenate([np.linspace(0.7, 0.3, 10), np.linspace(0.3, end, 30)])  # chance has 0.69
    logs = {**HEALTHY.history.logs, "val_loss": rises}
    if accuracy:
        logs["val_accuracy"] = np.concatenate([np.linspace(0.5, 0.9, 10), np.linspace(0.9, accuracy, 30)])
    outputs = np.clip(HEALTHY.validation.target * 0.6 + 0.2, 0.01, 0.99)
    vitals = (HEALTHY.vitals[0], replace(HEALTHY.vitals[-1], validation=outputs))
    found = diagnose(replace(HEALTHY, vitals=vitals, history=replace(HEALTHY.history, logs=logs)))
    assert [one.severity for one in found if one.cause == "There are too many epochs."] == [severity]


def test_a_high_rate_by_which_the_loss_falls_from_epoch_to_epoch_is_not_too_high():
    objective = replace(HEALTHY.objective, optimizer="sgd")
    flat = with_rate(replace(SHORT, objective=objective), 0.4, np.full(40, 0.6))
    assert [alarm.cause for alarm in alarms(flat)] == ["The learning rate is too high."]
    falls = with_rate(flat, 0.4, np.linspace(0.6, 0.3, 40))
    assert [alarm.cause for alarm in alarms(falls)] == ["There are too few epochs."]


def test_labels_that_are_all_shuffled_are_not_called_random_as_well():
    case = replace(HEALTHY, skill=replace(UNLEARNABLE, random_labels=0.7))
    assert [alarm.symptom for alarm in alarms(case)] == ["labels shuffled"]


def test_a_softmax_along_the_rows_is_named():
    three = np.arange(200) % 3
    case = with_rows(y=np.eye(3)[three], base=replace(SHORT, objective=Objective("categorical_crossentropy")))
    case = replace(case, architecture=architecture(FIRST, SECOND, replace(LAST, units=3, activation="softmax")))
    good = np.eye(3)[three] * 0.9 + 1 / 30
    for outputs, named in ((good, False), (good / good.sum(0), True)):
        (finding, *_) = alarms(replace(case, vitals=(vitals(0), vitals(40, outputs=outputs))))
        assert finding.evidence.startswith("Softmax goes along the rows of a batch") == named


def test_a_softmax_along_the_steps_of_a_row_is_named():
    steps = np.random.default_rng(3).integers(0, 3, (200, 4))
    base = replace(SHORT, objective=Objective("sparse_categorical_crossentropy"))
    last = replace(LAST, units=3, activation="softmax", positions=4)
    case = replace(with_rows(y=steps, base=base), architecture=architecture(FIRST, SECOND, last))
    good = np.eye(3)[steps] * 0.9 + 1 / 30
    for outputs, named in ((good, False), (good / good.sum(1, keepdims=True), True)):
        found = alarms(replace(case, vitals=(vitals(0), vitals(40, outputs=outputs.reshape(200, 12)))))
        assert found[0].evidence.startswith("Softmax goes along the places of a row") == named


def test_a_source_of_the_same_batch_again_and_again_is_named():
    case = CASES["few rows"][0]
    (finding,) = alarms(replace(case, plan=replace(case.plan, repeats=True)))
    assert finding.cause == "Each batch has the same rows."


def test_a_rate_out_of_proportion_comes_before_overtraining():
    judged = np.concatenate([np.linspace(0.7, 0.3, 10), np.linspace(0.3, 9.0, 30)])
    last = replace(HEALTHY.vitals[-1], validation=np.full((60, 1), 0.4))
    case = with_rate(replace(HEALTHY, vitals=(HEALTHY.vitals[0], last)), 10.0, HEALTHY.history["loss"])
    history = replace(case.history, logs={**case.history.logs, "val_loss": judged})
    assert [alarm.symptom for alarm in alarms(replace(case, history=history))] == ["learning rate too high"]


def test_words_that_are_nearly_all_learnt_are_no_reason_to_call_jumps_a_high_rate():
    words = replace(GOOD, network=0.99, baseline=np.nan)
    case = with_rate(replace(HEALTHY, skill=words, rows=replace(HEALTHY.rows, tokens=True)), 0.01, NOISY)
    assert alarms(case) == []
    assert alarms(replace(case, skill=replace(words, network=0.8)))


def test_of_ten_classes_with_shuffled_labels_more_validation_rows_may_be_right_by_chance():
    ten = replace(UNLEARNABLE, trivial=0.1, network=0.2, baseline=0.11, validation=0.25)
    classes = Rows(HEALTHY.validation.inputs, np.arange(60)[:, None] % 10.0, total=60)
    logits = np.random.default_rng(4).normal(size=(60, 10))
    last = replace(HEALTHY.vitals[-1], validation=logits)
    case = replace(HEALTHY, validation=classes, skill=ten, vitals=(HEALTHY.vitals[0], last))
    assert [finding.symptom for finding in LABELS_SHUFFLED.examine(case)] == ["labels shuffled"]
    known = replace(case, skill=replace(ten, network=0.5))  # it has learnt something, if not of these rows
    assert not list(LABELS_SHUFFLED.examine(known))


def test_rows_that_were_normalised_are_to_be_left_as_they_are():
    normalised = CASES["rows normalised"][0]
    assert alarms(normalised)[0].remedy.startswith("Leave out the normalisation of rows. Scale each input")
    plain = replace(normalised, rows=Rows(0.35 + 0.02 * X, Y, total=200))
    assert alarms(plain)[0].remedy.startswith("Scale each input")


def test_one_class_in_some_of_many_rows_is_a_note():
    case = CASES["one class"][0]
    assert alarms(replace(case, rows=replace(case.rows, total=9000), skill=GOOD)) == []


@pytest.mark.parametrize("wanted", [{"mixes_rows": True}, {"class_for_all": 0}, {"upside_down": True}])
def test_a_loss_that_wants_the_same_for_all_is_named_where_the_network_does_worse_than_it_could(wanted):
    objective = replace(HEALTHY.objective, loss="custom", **wanted)
    assert [alarm.cause for alarm in alarms(replace(SHORT, objective=objective))] == ["The loss function is wrong."]
    assert alarms(replace(HEALTHY, objective=objective)) == []


@pytest.mark.parametrize(
    ("target", "remedy"), [(Y, "Square the difference of each row"), (Y[:, 0], "y.reshape(-1, 1)")]
)
def test_a_loss_that_mixes_rows_is_mended_by_the_shape_of_targets_or_by_squares(target, remedy):
    rows = Rows(X, Y, total=200, raw=(X, target))
    case = replace(SHORT, rows=rows, objective=replace(SHORT.objective, loss="custom", mixes_rows=True))
    assert remedy in alarms(case)[0].remedy


@pytest.mark.parametrize(("values", "causes"), [(X, ["Training rows are in the validation set."]), (X > 0, [])])
def test_rows_that_were_oversampled_before_they_were_divided_are_named(values, causes):
    often = np.random.default_rng(3).permutation(np.repeat(np.arange(200), np.where(Y[:, 0] > 0, 4, 1)))
    parts = [
        Rows(values[part].astype(float), Y[part], total=len(part)) for part in np.split(often, [len(often) * 3 // 4])
    ]
    found = alarms(replace(HEALTHY, rows=parts[0], validation=parts[1]))
    assert [alarm.cause for alarm in found] == causes
    assert not found or "repeat training rows alone" in found[0].remedy


TABLES = {  # of equal rows by chance
    "a fifth without any particle": lambda random: random.normal(size=(800, 6)) * (random.random((800, 1)) < 0.8),
    "half of one whole number": lambda random: np.where(
        random.random((800, 1)) < 0.5, np.eye(6)[0] * random.integers(0, 100, (800, 1)), random.normal(size=(800, 6))
    ),
    "few values": lambda random: random.integers(0, 5, (800, 5)).astype(float),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("copied", "causes"), [(0, []), (0.3, ["Training rows are in the validation set."])])
def test_equal_rows_are_no_copies_where_there_are_as_many_by_chance(table, copied, causes):
    random = np.random.default_rng(5)
    inputs = TABLES[table](random)
    train, valid = inputs[:600], inputs[600:]
    valid[: int(copied * 200)] = train[random.permutation(600)[: int(copied * 200)]]
    parts = [Rows(part, (part[:, :1] > 0).astype(float), total=len(part)) for part in (train, valid)]
    found = DUPLICATES.examine(replace(HEALTHY, rows=parts[0], validation=parts[1]))
    assert [finding.cause for finding in found] == causes


def test_rows_of_which_pooling_leaves_a_number_are_not_to_be_trained_longer():
    wide = np.repeat(X, 12, axis=1) + np.random.default_rng(4).normal(size=(200, 36))
    falls = replace(SHORT.history, logs={"loss": np.geomspace(0.7, 0.5, 40)})
    case = replace(SHORT, rows=Rows(wide, Y, total=200, raw=(wide, Y)), validation=None, history=falls)
    first = [alarms(with_layers(replace(FIRST, inputs=given), SECOND, LAST, base=case))[0] for given in (1, 36)]
    assert [one.cause for one in first] == ["The network is too small.", "There are too few epochs."]
    assert "gets 1 of the 36 numbers of a row" in first[0].evidence
    one_of_two = with_layers(replace(FIRST, inputs=1), SECOND, LAST, base=replace(case, rows=Rows(wide, Y, total=200)))
    assert alarms(one_of_two)[0].cause == "There are too few epochs."


def test_validation_rows_that_a_simple_method_finds_clearer_tell_of_wrong_labels_in_the_training_rows():
    """The network has learnt the wrong labels by heart, so that it does badly on all other rows."""
    random = np.random.default_rng(6)
    x, z = random.normal(size=(300, 2)), random.normal(size=(200, 2))
    right, others = ((one[:, :1] > 0).astype(float) for one in (x, z))
    flipped = np.where(random.random((300, 1)) < 0.35, 1 - right, right)
    by_heart = replace(HEALTHY, rows=Rows(x, flipped, total=300), validation=Rows(z, others, total=200))
    by_heart = replace(by_heart, skill=replace(GOOD, network=0.8, baseline=0.63, validation=0.55))
    (finding,) = LABEL_NOISE.examine(by_heart)
    assert "of the validation rows, but only for 63.0% of training rows" in finding.evidence
    noisy = np.where(random.random((200, 1)) < 0.35, 1 - others, others)
    assert not list(LABEL_NOISE.examine(replace(by_heart, validation=Rows(z, noisy, total=200))))
    easier = Rows(np.abs(z), np.ones((200, 1)), total=200)  # all of one class
    assert not list(LABEL_NOISE.examine(replace(by_heart, validation=easier)))


def test_few_rows_with_nearly_all_of_the_weight_say_little_of_shuffled_labels():
    case = replace(HEALTHY, skill=UNLEARNABLE)
    few = replace(case, rows=replace(case.rows, weight=np.where(np.arange(200) % 5, 0.05, 1.0)))  # (Σw)²/Σw² = 57
    assert [alarm.symptom for alarm in alarms(case)] == ["labels shuffled"]
    assert alarms(few) == []


def test_validation_rows_that_were_right_more_often_than_training_rows_tell_of_wrong_labels_there():
    known = replace(GOOD, network=0.72, baseline=0.6, validation=0.7, explained_shortfall=0.0)
    judged = {**HEALTHY.history.logs, "val_accuracy": np.linspace(0.95, 0.7, 40)}
    case = replace(HEALTHY, skill=known, history=replace(HEALTHY.history, logs=judged))
    (finding,) = alarms(case)
    assert (finding.symptom, finding.evidence.split(",")[0]) == (
        "label noise",
        "95.0% of the validation rows were right after epoch 1",
    )
    assert alarms(replace(case, skill=replace(known, network=0.9))) == []
    both = replace(case.history, logs={**judged, "accuracy": np.linspace(0.95, 0.72, 40)})
    assert alarms(replace(case, history=both)) == []  # the training went down, on all rows
    wild = replace(case, objective=replace(case.objective, learning_rate=0.2))
    assert "label noise" not in [alarm.symptom for alarm in alarms(wild)]


@pytest.mark.parametrize(
    ("objective", "cause", "evidence"),
    [
        ({"epsilon": 100.0}, "The optimizer's epsilon is too large.", "and epsilon=100."),
        ({"weight_decay": 50.0}, "The regularisation is too strong.", "takes 5% of each weight away in a step"),
        (
            {"averaging": 0.9999},
            "The averages of the weights have not arrived.",
            "(use_ema) have come 18% of their way",
        ),
    ],
)
def test_settings_of_the_optimizer_that_keep_the_network_from_learning_are_named(objective, cause, evidence):
    learnt = {"history": History({"loss": np.geomspace(0.7, 0.1, 40)}, np.full(40, 0.001))}
    case = replace(
        SHORT, objective=replace(SHORT.objective, **objective), **(learnt if "averaging" in objective else {})
    )
    found = alarms(with_vitals(case, loss=0.5))
    assert found[0].cause == cause
    assert evidence in found[0].evidence
    assert alarms(replace(HEALTHY, objective=case.objective)) == []


def test_rows_that_are_nearly_all_the_same_are_named_before_labels_that_look_shuffled():
    whole = np.where(np.arange(200)[:, None] % 10, 0.0, np.sign(X))  # astype(int) of numbers from 0 to 1
    case = replace(HEALTHY, rows=Rows(whole, Y, total=200), validation=None)
    case = replace(case, skill=replace(UNLEARNABLE, network=0.52))
    found = alarms(case)
    assert [(one.cause, one.evidence) for one in found] == [
        ("The inputs say nothing.", "90% of the rows have the same inputs.")
    ]
    assert alarms(replace(case, skill=GOOD)) == []


def test_inputs_that_a_normalisation_of_other_numbers_leaves_far_from_order_one_are_named():
    def adapted(deviation):
        numbers = ((0.0,) * 3, (deviation**2,) * 3)
        normal = layer("normal", kind="Normalization", initializer="", learns=False, adapted_to=numbers)
        return with_layers(normal, FIRST, SECOND, LAST)

    (finding,) = alarms(adapted(0.001))
    assert (finding.cause, finding.remedy) == (
        "The inputs are not scaled.",
        "Call adapt on the training rows as fit gets them.",
    )
    assert "So they come out of the layer normal, which was adapted to other numbers." in finding.evidence
    assert finding.cause not in {alarm.cause for alarm in alarms(adapted(1.0))}


@pytest.mark.parametrize(
    ("objective", "evidence", "remedy"),
    [
        ({}, "all weights are to the last bit as before, though the loss has", "Leave out the callback that sets"),
        ({"own_step": True}, "train_step is your own", "call self.optimizer.apply_gradients"),
        (
            {"sums_gradients_of": 9999},
            "adds up the gradients of 9999 steps, and the training has 2000",
            "Leave out grad",
        ),
    ],
)
def test_weights_that_are_as_before_the_training_were_not_updated(objective, evidence, remedy):
    still = with_vitals(end=dict.fromkeys(("first", "second", "last"), STILL))
    case = replace(still, objective=replace(still.objective, **objective))
    (finding,) = alarms(case)
    assert (finding.severity, finding.cause) == ("FAIL", "The weights are not updated.")
    assert evidence in finding.evidence
    assert remedy in finding.remedy
    moved = with_vitals(case, end={"first": STILL, "second": STILL, "last": {"moved": 0.1}})
    no_gradient = with_vitals(case, start={name: {"gradient": 0.0} for name in ("first", "second", "last")})
    for other in (moved, no_gradient, with_rate(case, 1e-9, [0.6] * 40)):
        assert finding.cause not in {alarm.cause for alarm in alarms(other)}


def test_layers_that_steps_leave_as_they_were_are_named_where_the_network_falls_short():
    case = with_vitals(SHORT, end={"first": STILL, "last": {"moved": 0.1}})
    (finding, *_) = alarms(case)
    assert (finding.cause, finding.where) == ("Layers are not updated.", ("first",))
    no_gradient = with_vitals(case, start={"first": {"gradient": 1e-9, "weight": 1.0}})  # less than rounding
    for other in (no_gradient, with_vitals(HEALTHY, end={"first": STILL, "last": {"moved": 0.1}})):
        assert finding.cause not in {alarm.cause for alarm in alarms(other)}


def test_a_few_targets_that_make_all_of_the_squared_error_are_named_where_the_others_are_not_learnt():
    y, few = X[:, :1] + 0.1 * X[:, 1:2], np.arange(200)[:, None] % 50 == 7
    wild = np.where(few, 1000.0, y)
    linear = with_layers(FIRST, SECOND, replace(LAST, activation="linear"), base=HEALTHY)
    case = replace(with_rows(y=wild, base=linear), objective=replace(HEALTHY.objective, loss="mean_squared_error"))
    case = replace(case, objective=replace(case.objective, metrics=()), skill=None)
    given = {"rough": 20 + 0 * y, "learnt": np.where(few, 900.0, y)}
    (finding,) = alarms(with_vitals(case, outputs=given["rough"]))
    assert (finding.symptom, finding.cause) == ("label noise", "A few targets are far from all others.")
    assert finding.evidence.startswith("4 of 200 targets (1000, 1000, 1000, ...) are far from the others, which go ")
    assert alarms(with_vitals(case, outputs=given["learnt"])) == []
    long_tail = replace(case, rows=replace(case.rows, target=np.exp(1.5 * X[:, :1])))
    assert finding.cause not in {alarm.cause for alarm in alarms(with_vitals(long_tail, outputs=given["rough"]))}


def test_a_layer_by_which_rows_become_the_same_before_the_first_step_is_named():
    flat = {"spread": 0.0}
    constant = with_vitals(start={"last": flat}, end={"last": flat}, outputs=np.full((200, 1), 0.4))
    (finding,) = alarms(constant)
    assert (finding.severity, finding.cause) == ("FAIL", "A layer takes out what differs from row to row.")
    assert "second differs from row to row, and last does not." in finding.evidence
    later = with_vitals(end={"last": flat}, outputs=np.full((200, 1), 0.4))
    zero = with_vitals(constant, start={"last": {**flat, "kernel": 0.0}}, outputs=np.full((200, 1), 0.4))
    for other in (later, zero):
        assert finding.cause not in {alarm.cause for alarm in alarms(other)}


def test_weights_that_may_not_be_negative_are_named_where_the_network_does_worse_than_it_could():
    held = (replace(FIRST, never_negative=True), SECOND, LAST)
    assert [alarm.cause for alarm in alarms(with_layers(*held))] == ["The weights may not be negative."]
    assert alarms(with_layers(*held, base=HEALTHY)) == []


def test_a_step_of_ones_own_that_makes_the_loss_larger_is_named():
    own = replace(SHORT, objective=replace(SHORT.objective, own_step=True), history=History({"loss": np.zeros(40)}))
    (finding,) = alarms(with_vitals(own, loss=90.0))
    assert finding.cause == "The training step makes the loss larger."
    start = own.vitals[0].loss
    unknown, steadily = (
        next(UNDERFITTING.examine(replace(own, vitals=own.vitals[-1:], history=History({"loss": curve}))))
        for curve in (np.full(40, start), np.linspace(start, 1.2 * start, 40))
    )
    assert steadily.cause == finding.cause
    assert "As train_step is your own, look whether its loss" in unknown.remedy
    assert finding.evidence.startswith("The loss rose from 0.7 to 90.")
    (finding,) = alarms(with_vitals(own, loss=0.6))
    assert finding.cause == "The network learns too little, and why is not known."
    assert finding.remedy.startswith("Try one after the other: Adam with a learning rate of 0.001;")


def test_the_bottleneck_of_an_autoencoder_may_be_too_narrow():
    """No simple method is there to compare with."""
    skill = Skill(0.0, 0.0, explained=0.0, classes=False)
    objective = replace(HEALTHY.objective, loss="mean_squared_error", metrics=())
    narrow = with_layers(FIRST, replace(SECOND, units=1), replace(LAST, units=3, activation="linear"))
    case = replace(with_rows(y=X, base=narrow), skill=skill, objective=objective)
    case = with_vitals(case, outputs=0.01 * X, end={"second": {"dead": 1.0}})
    assert [alarm.cause for alarm in alarms(case)] == ["The network is too small."]


@pytest.mark.parametrize(
    ("rate", "optimizer", "tried"),
    [(1e-6, "adam", "0.001"), (1e-7, "sgd", "0.01"), (0, "adam", "0.001"), (1e-4, "adam", "0.001")],
)
def test_a_low_rate_becomes_the_usual_one_in_one_step(rate, optimizer, tried):
    case = with_rate(replace(SHORT, objective=replace(SHORT.objective, optimizer=optimizer)), rate, np.full(40, 0.6))
    assert alarms(case)[0].remedy == f"Use a learning rate of {tried} (now {rate:.3g})."


def test_jumps_of_a_loss_that_is_near_zero_are_nothing():
    loss = np.append(np.geomspace(1.6, 1e-3, 20), 1e-3 * np.tile([1.0, 1.6], 10))
    assert diagnose(with_rate(replace(HEALTHY, skill=None), 0.01, loss)) == []
    high = "The learning rate is too high."
    explodes = with_rate(SHORT, 0.01, [1e4, *np.full(19, 0.9), *np.tile([0.6, 1.1], 10)])
    assert diagnose(explodes)[0].cause == high


@pytest.mark.parametrize("end", [-2.2, -0.5, 0.0])
def test_a_loss_that_falls_below_zero_neither_grows_nor_jumps(end):
    noise = 0.03 * RNG.normal(size=40)  # as the likelihood of a density has it
    fine = with_rate(replace(HEALTHY, skill=None), 0.01, end + np.geomspace(1.0, 0.01, 40) + noise)
    judged = {"loss": fine.history["loss"], "val_loss": end + np.geomspace(1.0, 0.01, 40) + np.abs(noise)}
    assert not diagnose(replace(fine, history=replace(fine.history, logs=judged)))
    grows = with_rate(fine, 0.01, [*fine.history["loss"][:20], *(end + np.geomspace(0.4, 4.0, 20))])
    assert [finding.symptom for finding in diagnose(grows)] == ["learning rate too high"]


def test_the_difference_between_the_losses_of_both_sets_has_the_bootstrap_interval_of_its_error():
    """Slow twin: the standard error of a difference of two means, to 15%."""
    random = np.random.default_rng(1)
    objective = replace(HEALTHY.objective, loss="mean_squared_error")
    sets = [Rows(np.zeros((size, 1)), np.zeros((size, 1))) for size in (300, 200)]
    given = [random.normal(size=(300, 1)), 2 * random.normal(size=(200, 1))]
    last = replace(HEALTHY.vitals[-1], outputs=given[0], validation=given[1])
    case = replace(HEALTHY, objective=objective, rows=sets[0], validation=sets[1], vitals=(last,))
    gap, low, high = overtraining._loss_gap(case)
    error = np.sqrt(sum(np.square(one).var() / len(one) for one in given))
    assert gap == pytest.approx(np.square(given[1]).mean() - np.square(given[0]).mean())
    assert [gap - low, high - gap] == pytest.approx([1.96 * error] * 2, rel=0.15)


def test_losses_that_overtraining_compares_have_the_weights_of_the_history():
    """Slow twin: rows that count double are there twice."""
    random, objective = np.random.default_rng(1), replace(HEALTHY.objective, from_logits=True)
    labels, logits, count = (random.random((60, 1)) < 0.2).astype(float), random.normal(size=(60, 1)), np.ones(60, int)
    count[labels[:, 0] == 1] = 4
    twice = np.repeat(np.arange(60), count)
    sets = [Rows(np.zeros((60, 1)), labels, count.astype(float)), Rows(np.zeros((len(twice), 1)), labels[twice])]
    cases = [
        replace(HEALTHY, objective=objective, rows=rows, validation=rows,
                vitals=(replace(HEALTHY.vitals[-1], outputs=given, validation=2 * given),))
        for rows, given in zip(sets, (logits, logits[twice]), strict=True)
    ]  # fmt: skip
    gaps = [overtraining._loss_gap(case) for case in cases]
    assert gaps[0][0] == pytest.approx(gaps[1][0])
    assert overtraining._chance(cases[0]) == pytest.approx(overtraining._chance(cases[1]))
    losses = row_losses(2 * logits, labels, objective)
    replicas = mean_losses_of_replicas(losses, sets[0].weight, 2000, random)
    assert overtraining._error(cases[0]) == pytest.approx(replicas.std(), rel=0.1)
    cancelling = replace(sets[0], weight=np.tile([1.0, -1.0], 30))
    assert overtraining._loss_gap(replace(cases[0], validation=cancelling)) is None


def test_members_are_compared_by_their_weighted_validation_losses():
    labels = np.arange(60)[:, None] % 2 == 0
    valid = Rows(np.zeros((60, 1)), labels.astype(float), np.where(labels[:, 0], 1.0, 9.0))
    patients = []
    for member, error in enumerate([0.1, 0.11, 0.1, 0.5]):  # of the rows that count
        outputs = np.where(labels, 0.5, error)
        last = replace(HEALTHY.vitals[-1], validation=outputs)
        patients.append(Patient(member, "", replace(HEALTHY, validation=valid, vitals=(HEALTHY.vitals[0], last))))
    found = next(one for one in verdict(patients) if one.symptom == "member unlike the others")
    assert "of member 3 is 0.693, that of the others 0.164 on" in found.evidence


def test_targets_out_of_scale_are_named_in_a_regression():
    y = 3e4 + 1e4 * np.sin(3 * X[:, :1])
    case = replace(
        SHORT,
        rows=Rows(X, y, total=200),
        validation=None,
        architecture=architecture(FIRST, SECOND, replace(LAST, activation="linear")),
        objective=replace(SHORT.objective, loss="mean_squared_error"),
        skill=replace(BAD, classes=False),
        vitals=(vitals(0, loss=1e9, outputs=0 * y), vitals(40, loss=8e8, outputs=X[:, 1:2])),
    )
    findings = diagnose(case)
    assert findings[0].cause == "The targets are not scaled."
    assert any(finding.cause == "The metric does not fit the task." for finding in findings)


@pytest.mark.parametrize(("network", "named"), [(-20.0, True), (0.3, False)])
def test_targets_so_small_that_what_a_network_gives_at_its_start_drowns_them_are_named(network, named):
    y = 1e-3 * X[:, :1]
    case = replace(
        SHORT,
        rows=Rows(X, y, total=200),
        validation=None,
        architecture=architecture(FIRST, SECOND, replace(LAST, activation="linear")),
        objective=Objective("mean_squared_error"),
        skill=replace(BAD, classes=False, network=network, explained=network),
        vitals=(vitals(0, loss=1.0, outputs=X[:, 1:2]), vitals(40, loss=1e-4, outputs=0.01 * X[:, 1:2])),
    )
    assert ("The targets are not scaled." in {alarm.cause for alarm in alarms(case)}) == named


@pytest.mark.parametrize(
    ("optimizer", "rate", "loss", "end", "cause"),
    [
        ("sgd", 0.01, [np.nan] * 40, np.nan, "The targets are not scaled."),
        ("sgd", 1.0, [np.nan] * 40, np.nan, "The learning rate is too high."),
        ("adam", 0.005, [1e5] * 40, 15.0, "The targets are not scaled."),
        ("adam", 0.001, np.geomspace(1e5, 1e4, 40), 290.0, "There are too few epochs."),
        ("adam", 0.00001, np.geomspace(1e5, 9e4, 40), 15.0, "The learning rate is too low."),
    ],
)
def test_targets_that_outputs_never_reach_or_that_blow_them_up_are_the_first_cause(optimizer, rate, loss, end, cause):
    y = 300 + 50 * X[:, :1] * X[:, 1:2]
    case = replace(
        SHORT,
        rows=Rows(X, y, total=200),
        validation=None,
        architecture=architecture(FIRST, SECOND, replace(LAST, activation="linear")),
        objective=Objective("mean_squared_error", optimizer=optimizer),
        skill=replace(BAD, classes=False, network=-9.0),
        vitals=(
            vitals(0, loss=1e5, outputs=0 * y),
            vitals(40, loss=8e4, outputs=end + X[:, 1:2], first={"saturated": float(rate == 0.005)}),
        ),
    )
    found = alarms(with_rate(case, rate, loss))
    assert found[0].cause == cause


@pytest.mark.parametrize(("layers", "others"), [(3, []), (4, ["The hidden activation is unsuitable."])])
def test_many_sigmoids_are_named_behind_a_low_rate(layers, others):
    names = [*(f"hidden_{number}" for number in range(layers)), "last"]
    sigmoids = [layer(one, activation="sigmoid", follows=(after,)) for one, after in pairwise(names)]
    case = with_rate(replace(SHORT, architecture=architecture(*sigmoids, LAST)), 1e-4, np.full(40, 0.6))
    assert [alarm.cause for alarm in alarms(case)] == ["The learning rate is too low.", *others]


@pytest.mark.parametrize(("epochs", "others"), [(30, []), (3, ["There are too few epochs."])])
def test_very_few_epochs_are_named_behind_strong_dropout(epochs, others):
    dropped = with_layers(FIRST, layer("drop", kind="Dropout", rate=0.9, initializer=""), SECOND, LAST)
    case = with_rate(dropped, 1e-3, np.geomspace(0.7, 0.4, epochs))
    case = replace(case, plan=Plan(epochs, 5, 32, finished=True))
    assert [alarm.cause for alarm in alarms(case)] == ["The regularisation is too strong.", *others]


def test_classes_that_are_all_dropped_are_no_high_rate():
    case = CASES["dropout on the output"][0]
    broken = with_rate(replace(case, skill=None), 1e-3, np.full(40, np.nan))
    causes = [[alarm.cause for alarm in alarms(replace(broken, objective=replace(broken.objective, loss=loss)))]
              for loss in ("sparse_categorical_crossentropy", "mean_squared_error")]  # fmt: skip
    assert ["The learning rate is too high." in of_loss for of_loss in causes] == [False, True]
    assert all("Dropout is on the output." in of_loss for of_loss in causes)


def test_of_causes_that_explain_each_other_in_a_circle_the_first_is_left():
    def symptom(name, *explains):
        finding = Finding(name, "WARN", "Found.", cause=f"{name} is wrong.", confidence=0.8)
        return Symptom(name, (), "Rule.", "Never.", lambda _: iter([finding]), explains)

    circle = [symptom("a", "b"), symptom("b", "c"), symptom("c", "a"), symptom("d")]
    findings = diagnose(Case(), circle)
    assert {finding.symptom for finding in findings} == {"a", "d"}
    assert [finding.confidence for finding in findings] == [0.96, 0.96]  # calibrated


CLOSE = replace(BAD, network=0.86, shortfall=0.07, error=0.01, explained=0.5, explained_shortfall=0.2)


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, "NOTE"),
        ({"network": 0.8, "shortfall": 0.13}, "WARN"),
        ({"trivial": 0.7}, "WARN"),  # two thirds of what can be learnt
        ({"explained": 0.3, "explained_shortfall": 0.4}, "WARN"),
    ],
)
@pytest.mark.parametrize(
    ("loss", "cause"),
    [
        (np.geomspace(0.7, 0.4, 12), "There are too few epochs."),
        (np.full(12, 0.4), "The network learns too little, and why is not known."),
    ],
)
def test_a_network_that_is_close_to_what_it_could_do_gets_a_note(changes, severity, loss, cause):
    case = with_rate(replace(SHORT, skill=replace(CLOSE, **changes), plan=Plan(12, 70, 32, finished=True)), 1e-3, loss)
    assert [(found.severity, found.cause) for found in diagnose(case)] == [(severity, cause)]
    single = replace(case, architecture=architecture(replace(FIRST, units=1), SECOND, LAST))
    assert [(found.severity, found.cause) for found in diagnose(single)] == [("WARN", "The network is too small.")]


def test_a_network_that_is_close_to_what_it_could_do_is_not_called_healthy():
    case = with_rate(replace(SHORT, skill=CLOSE), 1e-3, np.geomspace(0.7, 0.4, 40))
    of_training, note = verdict([Patient(0, "top", case)])
    assert (of_training.severity, note.cause) == ("NOTE", "There are too few epochs.")
    assert of_training.evidence.startswith("Nothing wrong was found, but top could be better: see the notes. 86.0% ")
    assert "The difference" not in of_training.evidence


@pytest.mark.parametrize(
    ("shortfall", "error", "end"),
    [(0.06, 0.03, "on rows that it has not seen. The difference, 6.0% ± 3.0%, may be chance."),
     (0.03, 0.01, "on rows that it has not seen. The difference, 3.0% ± 1.0%, is small."),
     (-0.01, 0.01, "on rows that it has not seen.")],
)  # fmt: skip
def test_a_healthy_network_behind_a_simple_method_is_said_to_be_so_by_chance_or_little(shortfall, error, end):
    skill = replace(GOOD, network=0.8, baseline=0.8 + shortfall, shortfall=shortfall, error=error)
    (found,) = verdict([Patient(0, "top", replace(HEALTHY, skill=skill))])
    assert found.severity == "PASS"
    assert found.evidence.endswith(end)


@pytest.mark.parametrize(
    ("changes", "skill", "cause"),
    [
        ({}, BAD, "The network is too small."),  # a straight line reaches 55%, another simple method 93%
        ({}, replace(BAD, baseline=np.nan, error=np.nan, linear=0.5), "The network is too small."),  # few rows
        ({"bias": False}, replace(BAD, linear=0.93), "The layers have no bias."),
        ({}, replace(BAD, linear=0.93), "The learning rate is too high."),  # a straight line could do it
    ],
)
def test_a_network_without_hidden_layers_is_told_what_it_lacks(changes, skill, cause):
    alone = layer("last", units=1, activation="sigmoid", **changes)
    case = replace(SHORT, architecture=Architecture((alone,), ("last",), 4, connected=True), skill=skill)
    if np.isnan(skill.baseline):
        case = replace(case, rows=Rows(X[:8], Y[:8], total=8), validation=None)
    flat = with_rate(case, 0.1, np.full(40, 0.69))
    jumps = with_rate(case, 0.1, [0.69, 1.5] * 20)
    assert diagnose(jumps if "rate" in cause else flat)[0].cause == cause
    assert "learning rate too high" not in {finding.symptom for finding in diagnose(flat)}


def test_labels_are_not_called_random_where_a_network_knows_them_better():
    case = replace(HEALTHY, skill=replace(GOOD, network=0.97, validation=0.96, random_labels=0.4))
    assert alarms(case) == []


def test_few_rows_are_enough_where_validation_rows_are_as_good():
    case = CASES["few rows"][0]
    assert alarms(replace(case, skill=replace(GOOD, network=1.0, validation=0.95))) == []
    few_weights = replace(case, architecture=replace(case.architecture, parameters=300))
    assert "too few rows" not in [alarm.symptom for alarm in alarms(few_weights)]


def test_rows_are_few_for_many_columns_where_nothing_learnt_holds_for_others():
    case = CASES["few rows"][0]
    columns = np.random.default_rng(8).normal(size=(200, 110))
    chance = replace(GOOD, network=0.97, baseline=0.54, trivial=0.52, linear=0.53, validation=0.55)
    wide = replace(case, rows=Rows(columns, Y, total=200), vitals=HEALTHY.vitals, skill=chance)
    assert "too few rows" in [alarm.symptom for alarm in alarms(wide)]
    for healthy in (
        replace(wide, skill=replace(chance, validation=0.75)),
        replace(wide, rows=Rows(columns[:, :90], Y, total=200)),
    ):
        assert "too few rows" not in [alarm.symptom for alarm in alarms(healthy)]


def test_a_gate_of_softmax_is_no_hidden_layer():
    gate = replace(FIRST, activation="softmax", follows=("times",))
    layers = Architecture((gate, Layer("times", "Multiply", follows=("last",)), LAST), ("last",), 400, connected=True)
    assert alarms(replace(HEALTHY, architecture=layers)) == []


def test_weights_that_silence_a_class_are_named_with_those_that_fit():
    weight = np.where(Y[:, 0] == 1, 100.0, 1.0)
    rows, objective = replace(HEALTHY.rows, weight=weight), replace(HEALTHY.objective, class_weight=True)
    one_answer = vitals(40, outputs=np.full((200, 1), 0.9))
    case = replace(HEALTHY, rows=rows, objective=objective, skill=BAD, vitals=(HEALTHY.vitals[0], one_answer))
    result = alarms(case)
    assert [one.cause for one in result] == ["The class weights are unsuitable."]
    share = Y.mean()
    assert f"class_weight={{0: {0.5 / (1 - share):.2f}, 1: {0.5 / share:.2f}}}" in result[0].remedy
    assert f"class 1 counts {100 * share / (1 - share):.0f} times as much in all as class 0" in result[0].evidence
    assert alarms(replace(case, vitals=HEALTHY.vitals, skill=GOOD)) == []
    nothing = replace(UNLEARNABLE, trivial=0.97, network=0.97, baseline=0.97)
    assert alarms(replace(case, vitals=HEALTHY.vitals, skill=nothing)) == []
    of_rows = replace(case, objective=HEALTHY.objective)
    assert [one.cause for one in alarms(of_rows)] == ["The weights of the rows silence a class."]
    curves = {"loss": np.geomspace(0.6, 0.1, 40), "val_loss": np.linspace(0.7, 3.0, 40)}  # without the weights
    apart = replace(of_rows, history=History(curves, np.full(40, 0.001)))
    of_rows_cause = "The weights of the rows silence a class."
    assert [one.cause for one in alarms(apart)] == [of_rows_cause]
    meant = replace(of_rows, validation=replace(of_rows.validation, weight=np.ones(60)))
    unknown = replace(of_rows, validation=None)
    assert [list(CLASS_WEIGHTS.examine(one)) for one in (meant, unknown)] == [[], []]
    alone = replace(unknown, rows=replace(rows, weight=Y[:, 0].astype(float)))
    (finding,) = alarms(alone)
    assert (finding.cause, "class 1 counts alone" in finding.evidence) == (of_rows_cause, True)


def test_class_weights_that_leave_the_rare_class_out_are_named_though_most_rows_are_right():
    rare = (np.arange(200) % 7 == 0).astype(float)[:, None]
    rows = Rows(X, rare, weight=np.where(rare[:, 0] == 1, 0.2, 10.0), total=200)
    objective = replace(HEALTHY.objective, class_weight=True)
    never = replace(HEALTHY, rows=rows, objective=objective, validation=None)
    never = replace(never, vitals=(HEALTHY.vitals[0], vitals(40, outputs=np.full((200, 1), 0.01))))
    assert [alarm.cause for alarm in alarms(never)] == ["The class weights are unsuitable."]
    assert alarms(replace(never, vitals=(HEALTHY.vitals[0], vitals(40, outputs=0.05 + 0.9 * rare)))) == []
    a_few = np.where(
        np.arange(200)[:, None] < 60, 0.05 + 0.9 * rare, 0.01
    )  # more than nothing, by weights turned round
    (finding,) = alarms(replace(never, vitals=(HEALTHY.vitals[0], vitals(40, outputs=a_few))))
    assert "class 1, which the network finds in 31% of its rows" in finding.evidence


def test_a_batch_is_not_too_small_where_there_are_no_more_rows():
    case = CASES["noisy batches"][0]
    few = replace(case, rows=Rows(X[:48], Y[:48], total=48))
    assert "The batch size is too small." not in [alarm.cause for alarm in alarms(few)]


def test_gradients_are_not_the_cause_where_none_could_lead_anywhere():
    case = CASES["noisy batches"][0]
    narrow = replace(case, architecture=architecture(FIRST, replace(SECOND, units=1), LAST))
    assert [alarm.cause for alarm in alarms(narrow)] == ["The network is too small."]
    dead = [replace(check, layers=(replace(check.layers[0], dead=1.0), *check.layers[1:])) for check in case.vitals]
    assert [alarm.cause for alarm in alarms(replace(case, vitals=tuple(dead)))] == ["ReLU units have died."]
    slow = with_rate(case, 1e-4, np.full(40, 0.6))
    assert [alarm.cause for alarm in alarms(slow)] == ["The learning rate is too low."]
    falls = with_rate(case, 1e-3, np.linspace(0.7, 0.6, 40))  # which noise does not keep it from
    assert [alarm.cause for alarm in alarms(falls)] == ["There are too few epochs."]


def test_gradients_that_are_noise_alone_have_no_batch_of_equal_signal():
    case = CASES["noisy batches"][0]
    (finding,) = alarms(replace(case, vitals=(case.vitals[0], replace(case.vitals[1], noise=np.inf))))
    assert "so unlike that it seems noise alone" in finding.evidence


def test_batch_normalisation_after_a_convolution_has_enough_in_one_row():
    case = CASES["normalised by itself"][0]
    wide = replace(case.architecture, layers=(layer("conv", kind="Conv2D"), *case.architecture.layers[1:]))
    assert "The batch size is too small." not in [alarm.cause for alarm in alarms(replace(case, architecture=wide))]


def test_labels_that_go_with_a_column_are_hard_to_tell_not_shuffled():
    logit = 0.8 * X[:, :1] + np.random.default_rng(3).logistic(size=(200, 1))
    hard, shuffled = (logit > 0).astype(float), np.random.default_rng(4).permutation(logit > 0).astype(float)
    cases = [replace(CASES["shuffled"][0], rows=Rows(X, target, total=200)) for target in (hard, shuffled)]
    assert [[alarm.symptom for alarm in alarms(case)] for case in cases] == [[], ["labels shuffled"]]


@pytest.mark.parametrize(("rare", "named"), [(60, 1), (20, 0)])
def test_labels_of_a_class_of_few_rows_are_not_called_shuffled(rare, named):
    target = np.random.default_rng(4).permutation(np.arange(200) < rare)[:, None].astype(float)
    case = replace(CASES["shuffled"][0], rows=Rows(X, target, total=200))
    assert len(diagnose(case, [LABELS_SHUFFLED])) == named


def test_where_words_are_learnt_not_all_layers_are_frozen():
    frozen = [replace(one, trainable=False) for one in (SECOND, LAST)]
    assert alarms(with_layers(WORDS, *frozen, base=HEALTHY)) == []


@pytest.mark.parametrize("seen", [{"layers": (replace(FIRST, trainable=False), SECOND, LAST)}, {"penalty": 0.08}])
def test_where_a_fault_is_seen_being_a_little_behind_is_enough(seen):
    behind = replace(GOOD, shortfall=0.03, error=0.01, explained_shortfall=0.04)
    case = replace(with_layers(*seen["layers"], base=HEALTHY) if "layers" in seen else HEALTHY, skill=behind)
    last = replace(case.vitals[-1], penalty=seen.get("penalty", 0.0))
    assert len(alarms(replace(case, vitals=(case.vitals[0], last)))) == 1
    assert alarms(replace(HEALTHY, skill=behind)) == []


def test_frozen_layers_that_were_trained_before_are_a_note_where_they_cost_little():
    behind = replace(GOOD, network=0.88, shortfall=0.05, error=0.01, explained_shortfall=0.2)
    for pretrained, severity in ((False, "WARN"), (True, "NOTE")):
        case = with_layers(replace(FIRST, trainable=False, pretrained=pretrained), SECOND, LAST, base=HEALTHY)
        found = STILL_WEIGHTS.examine(replace(case, skill=behind))
        assert [finding.severity for finding in found] == [severity]


@pytest.mark.parametrize("pretrained", [True, False])
def test_layers_that_were_trained_before_and_frozen_come_after_inputs_of_another_scale(pretrained):
    frozen = with_layers(replace(FIRST, trainable=False, pretrained=pretrained), SECOND, LAST)
    causes = [alarm.cause for alarm in alarms(replace(frozen, rows=Rows(100 * X, Y, total=200), validation=None))]
    both = ["The inputs are not scaled.", "Layers are frozen."]
    assert causes == (both if pretrained else both[::-1])


def test_augmentation_is_named_where_the_rows_as_they_are_are_not_learnt():
    turn = layer("turn", kind="RandomRotation", units=None, activation=None, initializer="", follows=("first",))
    (alarm,) = alarms(with_layers(turn, FIRST, SECOND, LAST))
    assert alarm.cause == "The augmentation is too strong."
    assert alarms(with_layers(turn, FIRST, SECOND, LAST, base=HEALTHY)) == []


def test_a_validation_loss_that_still_falls_is_not_that_of_rows_learnt_by_heart():
    case = CASES["by heart"][0]
    falls = History({"loss": np.geomspace(0.6, 0.1, 40), "val_loss": np.geomspace(0.9, 0.3, 40)}, np.full(40, 0.001))
    assert "overtraining" not in [alarm.symptom for alarm in alarms(replace(case, history=falls))]


def test_validation_rows_on_which_a_simple_method_does_no_better_say_nothing_of_the_network():
    case = CASES["by heart"][0]
    turned = ((MORE[:, :1] * MORE[:, 1:2] > 0) != (np.arange(60)[:, None] < 24)).astype(float)
    other = replace(OTHERS, target=turned)
    assert "overtraining" not in [alarm.symptom for alarm in alarms(replace(case, validation=other))]


def test_a_fall_too_small_to_be_written_is_not_quoted():
    slow = with_rate(replace(SHORT, plan=Plan(40, 4, 1, finished=True)), 1e-3, np.linspace(0.7, 0.699, 40))
    assert "The training ends after 40 epochs of 4 steps." in alarms(slow)[0].evidence


@pytest.mark.parametrize(("rate", "proposed"), [(1e-3, "0.01"), (4e-3, "0.01")])
def test_a_larger_rate_is_proposed_up_to_ten_times_the_usual_one(rate, proposed):
    assert f"learning rate of {proposed}." in alarms(with_rate(SHORT, rate, np.linspace(0.7, 0.69, 40)))[0].remedy


def test_inputs_are_not_the_cause_where_no_weight_can_have_moved():
    few = with_rate(with_rows(20 * X), 1e-3, np.linspace(0.7, 0.66, 100))
    named = [alarms(replace(few, plan=Plan(100, steps, 32, finished=True)))[0].symptom for steps in (1, 100)]
    assert named == ["too few epochs", "features not scaled"]


def test_units_that_die_where_nothing_can_be_learnt_are_not_the_first_cause():
    case = replace(CASES["dead"][0], skill=replace(UNLEARNABLE, network=0.52))
    assert [alarm.cause for alarm in alarms(case)] == [
        "The labels do not belong to the inputs.",
        "ReLU units have died.",
    ]
    from_start = with_vitals(case, start={"second": {"dead": 1.0}}, end={"second": {"dead": 1.0}})
    assert alarms(from_start)[0].cause == "ReLU units have died."


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (0.5, "50.0% of the target's variance is explained, and a simple method reaches 90.0%"),
        (-0.0001, "no better than the mean of the targets, and a simple method explains 90.0% of their variance"),
        (-3.0, "worse than the mean of the targets (its squared error is 4 times as large), and a simple method"),
    ],
)
def test_a_network_worse_than_the_mean_is_told_in_words(network, said):
    assert said in shortfall_text(Skill(network, 0.0, baseline=0.9, classes=False))


def test_pictures_in_bytes_are_to_be_divided_by_255():
    pictures = np.abs(np.sin(np.arange(200 * 64))).reshape(200, 64) * 255
    assert "255" in alarms(with_rows(pictures))[0].remedy
    assert "Normalization" in alarms(with_rows(pictures[:, :9]))[0].remedy


def test_what_dropout_drops_is_said_and_how_classes_differ():
    assert alarms(CASES["dropout"][0])[0].evidence.startswith("drop drops 90% of the units in each step.")
    apart = 1 - Y.mean()
    assert alarms(CASES["order and split"][0])[0].evidence.endswith(
        f"of the classes differ by {apart:.0%} of the rows."
    )


def test_all_that_regularises_too_much_is_named_at_once():
    penalised = replace(FIRST, penalty=10.0)
    case = with_layers(penalised, layer("drop", kind="Dropout", initializer="", rate=0.9), SECOND, LAST)
    (alarm,) = alarms(replace(case, vitals=with_vitals(**BIG).vitals))
    assert alarm.evidence.startswith("Penalties on weights are 90% of the loss; drop drops 90% of the units in each")
    assert alarm.remedy == "Use a factor of 0.001 in the regularisers (now 10) and a dropout rate of 0.2."


def test_a_factor_whose_penalty_has_become_nothing_is_named_by_its_size():
    case = with_layers(replace(FIRST, penalty=1.0), SECOND, LAST)
    assert alarms(case)[0].evidence.startswith("A regulariser has a factor of 1. 55.0% of the training rows")


@pytest.mark.parametrize(
    ("optimizer", "validation", "remedy"),
    [
        ("adam", HEALTHY.validation, "Train for 300 epochs, and stop early on the validation loss."),
        ("adam", None, "Train for 300 epochs."),
        ("sgd", None, "Train for 300 epochs. And use a learning rate of 0.1."),
    ],
)
def test_few_epochs_of_a_handful_of_steps_become_some_hundred_steps(optimizer, validation, remedy):
    objective = replace(SHORT.objective, optimizer=optimizer)
    short = replace(SHORT, plan=Plan(3, 1, 4, finished=True), objective=objective, validation=validation)
    found = alarms(with_rate(short, 1e-3 if optimizer == "adam" else 0.01, [0.7, 0.69, 0.68]))
    assert [alarm.remedy for alarm in found if alarm.cause == "There are too few epochs."] == [remedy]
    assert "after 3 epochs of 1 step." in found[0].evidence


def test_one_unit_is_enough_where_the_network_does_nearly_perfectly():
    narrow = with_layers(replace(FIRST, units=1), SECOND, LAST)
    assert [alarm.cause for alarm in alarms(replace(narrow, skill=replace(GOOD, network=0.85)))] == [
        "The network is too small."
    ]
    assert alarms(replace(narrow, skill=replace(GOOD, explained=0.9))) == []


def test_a_network_that_leaves_several_times_as_much_unexplained_falls_short():
    numbers = replace(GOOD, network=0.86, explained=0.86, explained_shortfall=0.11, explained_baseline=0.98)
    case = replace(SHORT, skill=replace(numbers, classes=False, shortfall=0.11, error=0.02))
    assert falls_short(case)
    assert not falls_short(replace(case, skill=replace(case.skill, explained_baseline=0.95)))


def test_a_squared_error_of_classes_is_named_where_the_network_falls_short():
    squared = replace(SHORT, objective=replace(SHORT.objective, loss="mean_squared_error"))
    assert alarms(squared)[0].cause == "The loss function is wrong."
    assert alarms(replace(squared, skill=GOOD)) == []
    linear = replace(squared, architecture=architecture(FIRST, SECOND, replace(LAST, activation="linear")))
    assert alarms(replace(linear, skill=GOOD))[0].cause == "The loss function is wrong."
    assert alarms(replace(linear, skill=replace(GOOD, network=1.0, validation=0.97, explained=0.9))) == []
    absolute = replace(squared, objective=replace(squared.objective, loss="mean_absolute_error"))
    assert alarms(absolute)[0].confidence > alarms(squared)[0].confidence


def test_classes_that_are_learnt_as_tags_are_a_note():
    three = np.eye(3)[np.arange(200) % 3]
    case = replace(with_rows(y=three), architecture=architecture(FIRST, SECOND, replace(LAST, units=3)))
    assert alarms(case)[0].cause == "The loss function is wrong."
    assert alarms(replace(case, skill=GOOD)) == []


def test_a_small_batch_needs_a_smaller_rate():
    small = replace(with_rate(SHORT, 0.008, np.full(40, 0.6)), plan=Plan(40, 200, 1, finished=True))
    assert alarms(small)[0].cause == "The learning rate is too high."
    assert "The learning rate is too high." not in [
        alarm.cause for alarm in alarms(replace(small, plan=Plan(40, 50, 32, finished=True)))
    ]


def test_selu_with_other_weights_is_named():
    case = with_layers(replace(FIRST, activation="selu"), SECOND, LAST)
    assert alarms(case)[0].cause == "SELU is used without what it needs."
    lecun = with_layers(replace(FIRST, activation="selu", initializer="LecunNormal"), SECOND, LAST, base=HEALTHY)
    assert alarms(lecun) == []


def test_layers_without_activation_are_no_fault_where_a_line_is_as_good():
    linear = with_layers(*(replace(one, activation="linear") for one in (FIRST, SECOND)), LAST)
    assert alarms(linear)[0].cause == "Hidden layers have no activation."
    line = replace(BAD, linear=BAD.baseline)
    assert alarms(replace(linear, skill=line))[0].confidence < 0.7
    assert alarms(replace(linear, skill=replace(GOOD, linear=GOOD.baseline))) == []
    fitted = replace(GOOD, network=1.0, baseline=np.nan, linear=np.nan)  # by a line, as it is one
    few = replace(with_rows(X[:7], X[:7, :1] > 0, base=linear), skill=fitted)
    assert alarms(few) == []
    assert alarms(replace(few, rows=replace(few.rows, inputs=np.tile(few.rows.inputs, 2))))  # by chance


def test_layers_without_activation_are_not_why_a_loss_is_not_finite():
    linear = with_layers(*(replace(one, activation="linear") for one in (FIRST, SECOND)), LAST)
    diverged = replace(linear, skill=None, history=History({"loss": np.array([3.0, np.inf, np.nan])}, np.full(3, 0.1)))
    large = replace(diverged, rows=Rows(X * 500, Y, total=200), validation=None)
    assert alarms(large)[0].cause == "The inputs are not scaled."


def test_labels_are_not_called_random_where_nothing_is_learnt_from_them():
    case = replace(SHORT, skill=replace(UNLEARNABLE, baseline=0.49, random_labels=0.4))
    assert "Many labels of the training rows are wrong." not in [alarm.cause for alarm in alarms(case)]
    assert "Many labels of the training rows are wrong." in [
        alarm.cause for alarm in alarms(replace(case, skill=replace(BAD, random_labels=0.4)))
    ]


def test_marks_and_counts_are_not_judged_as_classes():
    marks = np.clip(np.rint(5.6 + X[:, :1]), 3, 8)
    squared = replace(HEALTHY.objective, loss="mean_squared_error", metrics=("mae",))
    case = replace(HEALTHY, rows=Rows(X, marks, total=200), validation=None, objective=squared)
    case = replace(case, vitals=(vitals(0, loss=30.0), vitals(40, outputs=5.6 + X[:, :1], loss=0.1)))
    assert "class imbalance" not in [alarm.symptom for alarm in alarms(case)]
    as_classes = replace(case, objective=replace(squared, metrics=("accuracy",)))
    assert [finding.severity for finding in CLASS_IMBALANCE.examine(as_classes)] == ["WARN"]


def test_a_logarithm_of_negative_outputs_is_the_cause_of_a_loss_that_is_not_finite():
    counts = np.abs(np.rint(3 * X[:, :1]))
    objective = replace(HEALTHY.objective, loss="poisson", learning_rate=0.1)
    case = with_layers(FIRST, SECOND, replace(LAST, activation="linear"), base=with_rows(y=counts))
    case = replace(
        case, skill=None, objective=objective, history=History({"loss": np.full(3, np.nan)}, np.full(3, 0.1))
    )
    assert [alarm.cause for alarm in alarms(case)] == ["The output activation is wrong."]


def test_a_bottleneck_may_be_linear():
    narrow = replace(FIRST, units=2, activation="linear")
    assert alarms(with_layers(narrow, SECOND, LAST, base=HEALTHY)) == []


def test_principal_components_are_found_by_linear_layers():
    narrow = replace(FIRST, units=2, activation="linear", follows=("last",))
    last = replace(LAST, units=3, activation="linear")
    case = replace(HEALTHY, skill=None, architecture=architecture(narrow, last), validation=None)
    case = replace(case, rows=Rows(X, X, total=200), vitals=())
    assert diagnose(case, [LINEAR_HIDDEN_LAYERS]) == []
    other = replace(case, rows=Rows(X, X[::-1], total=200))
    assert [finding.symptom for finding in diagnose(other, [LINEAR_HIDDEN_LAYERS])] == [
        "hidden layers without activation"
    ]


def test_classes_turned_round_in_a_block_of_rows_are_label_noise():
    y = (X[:, :1] > 0).astype(float)
    assert diagnose(with_rows(y=y, base=HEALTHY), [LABEL_NOISE]) == []
    y[40:100] = 1 - y[40:100]
    (finding,) = diagnose(with_rows(y=y, base=HEALTHY), [LABEL_NOISE])
    assert finding.evidence.startswith("About rows 40 to 99, the two classes look as if exchanged")
    assert finding.cause == "The labels of a block of rows are turned round."


def test_a_network_that_scales_its_inputs_may_get_any():
    scaling = layer("scale", kind="Normalization", initializer="")
    case = replace(with_rows(X * 1e6, base=SHORT), architecture=architecture(scaling, FIRST, SECOND, LAST))
    assert "The inputs are not scaled." not in [alarm.cause for alarm in alarms(case)]


def test_a_layer_for_normalisation_that_was_not_adapted_scales_nothing():
    idle = layer("scale", kind="Normalization", initializer="", adapted=False)
    result = alarms(replace(with_rows(X * 1e6, base=SHORT), architecture=architecture(idle, FIRST, SECOND, LAST)))
    assert result[0].cause == "The inputs are not scaled."
    assert "The layer scale was not adapted to them." in result[0].evidence


def test_an_unscaled_input_is_a_note_where_the_network_does_well():
    findings = diagnose(with_rows(X * np.array([100.0, 1.0, 0.05]), base=HEALTHY))
    assert [(finding.symptom, finding.severity) for finding in findings] == [("features not scaled", "NOTE")]


def test_a_few_rows_beside_several_classes_are_no_imbalance():
    counts = np.r_[np.zeros(90), np.ones(60), np.full(48, 2), np.full(2, 3)][:, None]
    case = with_vitals(with_rows(y=counts, base=SHORT), outputs=np.eye(4)[counts[:, 0].astype(int)])
    objective = replace(case.objective, loss="sparse_categorical_crossentropy")
    result = CLASS_IMBALANCE.examine(replace(case, objective=objective, validation=None, skill=GOOD))
    assert [one.severity for one in result] == ["NOTE"]


def test_imbalance_that_class_weights_handle_is_silent():
    case, _, _ = CASES["imbalance"]
    weighted = replace(case, objective=replace(case.objective, class_weight=True), skill=GOOD)
    assert alarms(weighted) == []


def test_initial_weights_by_which_many_layers_together_lose_the_signal_are_named():
    hidden = [layer(f"hidden{number}") for number in range(6)]
    faint = tuple(LayerVitals(one.name, weight=1.0, kernel=0.1) for one in hidden)
    base = with_layers(*hidden, LAST)
    case = replace(base, vitals=(replace(base.vitals[0], layers=faint), *base.vitals[1:]))
    assert [alarm.symptom for alarm in alarms(case)] == ["initial weights"]
    fine = (
        replace(case, skill=GOOD),
        replace(case, vitals=(replace(case.vitals[0], layers=faint[:4]), *case.vitals[1:])),
    )
    normalised = with_layers(*hidden, layer("norm", kind="BatchNormalization", initializer=""), LAST, base=case)
    assert [list(INITIAL_WEIGHTS.examine(one)) for one in (*fine, normalised)] == [[], [], []]


def test_a_class_that_is_a_sixth_of_the_rows_is_to_be_found_now_and_then_where_much_can_be_known():
    sixth = np.where(np.arange(200) % 7, 0.0, 1.0)[:, None]
    never = with_vitals(with_rows(y=sixth, base=HEALTHY), outputs=np.full((200, 1), 0.05))
    assert [one.severity for one in CLASS_IMBALANCE.examine(never)] == ["WARN"]
    often = with_vitals(never, outputs=np.where(np.arange(200)[:, None] < 100, sixth, 0.05))
    hard = replace(never, skill=replace(GOOD, explained=0.1, explained_baseline=0.1))
    assert [list(CLASS_IMBALANCE.examine(one)) for one in (often, hard)] == [[], []]


def losses(*values, rows="same", error=0.01):
    return Case(members=tuple(MemberLoss(n, rows.format(n), loss, error) for n, loss in enumerate(values)))


def test_a_member_unlike_the_others_is_named():
    (finding,) = alarms(losses(0.30, 0.31, 0.55, 0.29))
    assert finding.symptom == "member unlike the others"
    assert finding.where == ("member 2",)
    assert "0.55, that of the others 0.3 on the same rows" in finding.evidence
    assert alarms(losses(0.30, 0.31, 0.36, 0.29)) == []  # 20% more
    assert alarms(losses(0.30, 0.31, 0.55, 0.29, error=0.1)) == []  # within the errors
    assert alarms(losses(0.30, 0.80)) == []  # of two, which is right?
    assert alarms(losses(0.30, 0.60, 0.90, 0.20)) == []  # all are apart


def test_a_fold_unlike_the_others_is_named():
    (finding,) = alarms(losses(0.30, 0.31, 0.55, 0.29, rows="fold {}"))
    assert finding.symptom == "folds disagree"
    assert "the fold of member 2 is 0.55" in finding.evidence
    assert alarms(losses(0.30, 0.31, 0.33, 0.29, rows="fold {}")) == []
    assert alarms(losses(0.30, 0.31, 0.55, 0.29, rows="fold {}", error=0.1)) == []


def test_a_training_that_waits_more_than_it_computes_is_noted():
    plan = Plan(40, 50_000, 16, finished=True, seconds=4000.0)
    (finding,) = (one for one in diagnose(replace(HEALTHY, plan=plan)) if one.symptom == "too slow")
    assert finding.severity == "NOTE"
    assert "A step of 16 rows takes 2 ms, and the training took 67 minutes" in finding.evidence
    assert "batches of 128 rows" in finding.remedy
    for other in (replace(plan, seconds=100.0), replace(plan, batch_size=256)):
        assert diagnose(replace(HEALTHY, plan=other)) == []
    busy = replace(HEALTHY, plan=plan, architecture=replace(HEALTHY.architecture, parameters=10_000_000))
    assert diagnose(busy) == []


@pytest.mark.parametrize(("reached", "parameters", "named"), [(0.18, 129, 1), (0.18, 40, 0), (0.35, 400, 0)])
def test_numbers_learnt_by_heart_may_be_shuffled(reached, parameters, named):
    target = np.random.default_rng(7).normal(size=(len(X), 1))
    skill = replace(
        UNLEARNABLE, classes=False, trivial=0.0, network=reached, validation=float("nan"), explained=reached
    )
    case = replace(HEALTHY, rows=Rows(X, target), validation=None, skill=replace(skill, baseline=-0.01))
    case = replace(case, objective=replace(case.objective, loss="mean_squared_error", metrics=()))
    findings = diagnose(
        replace(case, architecture=replace(case.architecture, parameters=parameters)), [LABELS_SHUFFLED]
    )
    assert [finding.severity for finding in findings] == ["WARN" if named else "NOTE"]
    assert named or findings[0].remedy == "Give fit validation_split=0.2, of shuffled rows."


def test_words_that_are_taken_as_amounts_are_named():
    words = np.random.default_rng(4).integers(1, 30, (200, 6)).astype(float)
    target = (words == 7).any(1)[:, None].astype(float)
    skill = skill_of(Rows(words, target), np.full((200, 1), 0.4), HEALTHY.objective, None)
    case = replace(HEALTHY, rows=Rows(words, target), validation=None, skill=skill)
    (finding,) = diagnose(case, [WORDS_AS_AMOUNTS])
    assert "Embedding(30, 8)" in finding.remedy
    hashes = replace(case, rows=replace(case.rows, inputs=words * 9973))
    assert "Number the 29 different words from 1" in next(WORDS_AS_AMOUNTS.examine(hashes)).remedy
    beside = alarms(replace(case, architecture=CASES["output"][0].architecture))
    assert [alarm.cause for alarm in beside] == ["The output activation is wrong.", finding.cause]
    assert diagnose(replace(case, skill=replace(skill, network=0.98)), [WORDS_AS_AMOUNTS]) == []
    halves = skill_of(Rows(words / 2, target), np.full((200, 1), 0.4), HEALTHY.objective, None)
    assert np.isnan(halves.counted)


def test_padding_that_a_recurrent_layer_reads_as_data_is_named():
    words = np.random.default_rng(4).integers(1, 30, (200, 12))
    padded = np.where(np.arange(12) < np.arange(200)[:, None] % 12 + 1, words, 0)
    last_step = replace(FIRST, kind="LSTM", at_end=True)
    rows = Rows(padded.astype(float), Y, tokens=True, raw=(padded, Y, None))
    case = replace(with_layers(WORDS, last_step, SECOND, LAST), rows=rows)
    (alarm,) = alarms(case)
    assert alarm.cause == "The padding of the rows is read as data."
    assert "mask_zero=True" in alarm.remedy
    numbers = replace(case, rows=replace(rows, tokens=False, raw=(padded[:, :, None] * 0.5, Y, None)))
    assert "Masking" in next(PADDING.examine(numbers)).remedy
    masks = layer("masking", kind="Masking", units=None, activation=None, masks=True, mask_value=-1.0)
    other = replace(numbers, architecture=with_layers(masks, last_step, SECOND, LAST).architecture)
    assert "masking marks steps of -1, and there are none." in next(PADDING.examine(other)).evidence
    of_zeros = with_layers(replace(masks, mask_value=0.0), last_step, SECOND, LAST).architecture
    assert not list(PADDING.examine(replace(other, architecture=of_zeros)))
    masked = with_layers(replace(WORDS, masks=True), last_step, SECOND, LAST)
    in_front = replace(case, rows=replace(rows, raw=(padded[:, ::-1], Y, None)))
    fine = replace(case, skill=GOOD), replace(case, architecture=masked.architecture), in_front
    assert [list(PADDING.examine(one)) for one in fine] == [[], [], []]


def test_classes_with_names_are_named():
    case, _, _ = CASES["imbalance"]
    (plain,) = (alarm for alarm in alarms(case) if alarm.symptom == "class imbalance")
    of_jets = replace(case, classes=("light", "bottom"))
    (named,) = (alarm for alarm in alarms(of_jets) if alarm.symptom == "class imbalance")
    assert "class 1 " in plain.evidence
    assert named.evidence == plain.evidence.replace("class 1 ", "class bottom ")


def test_labels_that_an_output_follows_are_not_called_shuffled():
    weak = np.random.default_rng(5).normal(size=(60, 1)) + HEALTHY.validation.target
    case = replace(HEALTHY, skill=UNLEARNABLE, vitals=(vitals(0), replace(vitals(40), validation=weak)))
    assert alarms(case) == []


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda one: one.name)
def test_a_symptom_says_what_it_is(symptom):
    assert symptom.threshold.endswith(".")
    assert symptom.silent.endswith(".")
    names = {one.name for one in SYMPTOMS}
    assert set(symptom.explains) <= names | {"*"}


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda one: one.name)
def test_a_symptom_says_nothing_of_a_case_that_is_empty(symptom):
    assert list(diagnose(Case(), [symptom])) == []


@pytest.mark.parametrize(("skill", "severity"), [(BAD, "WARN"), (GOOD, "NOTE")])
def test_a_callback_that_waits_for_the_largest_loss_is_named(skill, severity):
    plan = Plan(3, 50, 32, finished=True, planned=60, backwards=("EarlyStopping takes the largest loss for the best",))
    case = with_rate(replace(SHORT, plan=plan, skill=skill), 1e-3, [0.6, 0.59, 0.58])
    first = diagnose(case)[0]
    assert (first.severity, first.cause) == (severity, "A callback watches in the wrong direction.")
    assert "ends after 3 of 60 epochs" in first.evidence


@pytest.mark.parametrize(
    ("optimizer", "tokens", "remedy"),
    [
        ("adam", False, "Scale the inputs, use a learning rate ten times smaller"),
        ("sgd", True, "Use Adam with a learning rate of 0.001"),
    ],
)
def test_what_is_to_be_tried_for_a_constant_output_depends_on_inputs_and_optimizer(optimizer, tokens, remedy):
    same = replace(SHORT, vitals=(vitals(0), vitals(40, outputs=np.full((200, 1), 0.5), last={"moved": 2.0})))
    objective = replace(same.objective, optimizer=optimizer)
    case = replace(same, rows=replace(same.rows, tokens=tokens), objective=objective)
    assert alarms(with_rate(case, 0.001 if optimizer == "adam" else 0.01, [0.6] * 40))[0].remedy.startswith(remedy)


@pytest.mark.parametrize(("norm", "causes"), [(0.02, ["The regularisation is too strong."]), (3.0, [])])
def test_a_constraint_that_holds_weights_at_nothing_is_named(norm, causes):
    held = with_layers(replace(FIRST, largest_norm=norm), SECOND, LAST)
    same = replace(held, vitals=(held.vitals[0], vitals(40, outputs=np.full((200, 1), 0.5))))
    found = [alarm.cause for alarm in alarms(same)]
    assert found == (causes or ["The network does not react to its inputs."])
    assert alarms(replace(held, skill=GOOD)) == []


@pytest.mark.parametrize(("metrics", "named"), [(("mse",), True), (("mse", "accuracy"), False), ((), False)])
def test_an_error_as_the_only_metric_of_classes_is_a_note(metrics, named):
    case = replace(HEALTHY, objective=replace(HEALTHY.objective, metrics=metrics))
    assert [(one.severity, one.symptom) for one in diagnose(case)] == [("NOTE", "metric")] * named


@pytest.mark.parametrize(
    ("loss", "named"), [("sparse_categorical_crossentropy", []), ("binary_crossentropy", ["NOTE"])]
)
def test_the_accuracy_of_numbers_is_a_note_beside_a_cross_entropy_but_not_of_classes(loss, named):
    objective = replace(HEALTHY.objective, loss=loss)
    case = replace(with_rows(X[:10], np.arange(10.0)[:, None] / 9), objective=objective)
    assert [one.severity for one in diagnose(case, [METRIC])] == named


@pytest.mark.parametrize(("half", "skill", "causes"), [
    (True, BAD, ["The weights are stored in half precision."]), (True, GOOD, []),
    (False, BAD, ["The network learns too little, and why is not known."]),
])  # fmt: skip
def test_weights_in_half_precision_are_named_where_little_is_learnt(half, skill, causes):
    case = replace(with_layers(replace(FIRST, half_precision=half), SECOND, LAST), skill=skill)
    assert [finding.cause for finding in diagnose(case)] == causes


@pytest.mark.parametrize(("network", "validation", "said"), [
    (-1.4, -0.5, []), (0.3, 0.8, ["80.0% of the variance of the validation rows is explained, but only 30.0% of that"]),
])  # fmt: skip
def test_label_noise_is_said_of_numbers_that_are_learnt(network, validation, said):
    skill = replace(GOOD, classes=False, network=network, trivial=0.0, validation=validation, explained_baseline=0.0)
    case = replace(HEALTHY, skill=replace(skill, baseline=-0.1, shortfall=0.0, explained_shortfall=0.0))
    found = [finding.evidence for finding in LABEL_NOISE.examine(case)]
    assert [one[: len(text)] for one, text in zip(found, said, strict=True)] == said


@pytest.mark.parametrize(
    ("epochs", "rate", "severity"), [(40, 1e-3, "WARN"), (3, 1e-3, "NOTE"), (40, 0.5, "NOTE")],
)  # fmt: skip
def test_a_network_that_cannot_learn_says_little_of_its_labels(epochs, rate, severity):
    case = with_rate(replace(CASES["shuffled, no validation"][0], plan=Plan(epochs, 50, 32, finished=True)), rate,
                     np.full(epochs, 0.69))  # fmt: skip
    assert [finding.severity for finding in diagnose(case, [LABELS_SHUFFLED])] == [severity]


@pytest.mark.parametrize(("bits", "severity"), [(True, "NOTE"), (False, "WARN")])
def test_what_several_bits_tell_together_may_show_in_no_simple_method(bits, severity):
    case = CASES["shuffled, no validation"][0]
    inputs = (X > 0).astype(float) if bits else X
    assert [finding.severity for finding in diagnose(replace(case, rows=replace(case.rows, inputs=inputs)),
                                                     [LABELS_SHUFFLED])] == [severity]  # fmt: skip


@pytest.mark.parametrize(("momentum", "loss", "named"), [(0.999, 0.2, True), (0.9, 0.2, False), (0.999, 0.45, False)])
def test_averages_of_batch_normalisation_that_have_not_arrived_are_named(momentum, loss, named):
    normalisation = layer("normalisation", kind="BatchNormalization", initializer="", averaging=momentum)
    case = with_rate(with_layers(FIRST, normalisation, SECOND, LAST), 1e-3, np.geomspace(0.6, loss, 8))
    found = alarms(replace(case, plan=Plan(8, 20, 32, finished=True), vitals=(vitals(0), vitals(8, loss=0.5))))
    assert (found[0].cause == "The averages of batch normalisation have not arrived.") == named
    assert not named or "have come 15% of their way: the loss of the network in use is 0.5" in found[0].evidence


@pytest.mark.parametrize(("values", "named"), [(15, ["NOTE"]), (3, [])])
def test_the_accuracy_of_many_whole_numbers_is_a_note(values, named):
    objective = replace(HEALTHY.objective, loss="mean_squared_error")
    case = replace(with_rows(y=(np.arange(200.0) % values)[:, None]), objective=objective)
    assert [one.severity for one in diagnose(case, [METRIC])] == named


def test_a_relative_error_of_classes_is_the_first_cause_whatever_its_loss_does():
    objective = replace(SHORT.objective, loss="mean_absolute_percentage_error")
    case = with_rate(replace(SHORT, objective=objective), 1e-3, 1e5 * NOISY)
    assert [(one.severity, one.cause) for one in diagnose(case)] == [("FAIL", "The loss function is wrong.")]
