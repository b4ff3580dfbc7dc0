"""Prescriptions: each cause that an experiment can fix changes it, and the fixed experiment is valid."""

from __future__ import annotations

import pytest

from netwright.config import Experiment, commented_experiment, parse_experiment
from netwright.doctor import in_keys, prescribe
from netwright.doctor.prescription import _REMEDIES
from netwright.errors import ExperimentError
from netwright.finding import Finding

ILL = {
    "data": {"files": ["a.npz"]},
    "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
    "targets": {
        "y": {"kind": "binary", "column": "y"},
        "m": {"kind": "regression", "column": "m", "loss_weight": 0.01},
    },
    "model": {
        "body": {"kind": "dense", "units": [1, 64], "activation": "sigmoid", "dropout": 0.9, "l2": 1.0},
        "more_bodies": {"other": {"kind": "residual", "units": [8, 8]}},
    },
    "training": {
        "epochs": 2, "batch_size": 4, "learning_rate": 10.0, "clip_norm": 1e-6, "optimizer": {"kind": "sgd"},
        "schedule": {"kind": "cosine"},
    },
}  # fmt: skip


@pytest.fixture
def ill() -> Experiment:
    return parse_experiment({**ILL, "targets": {**ILL["targets"], "m": {**ILL["targets"]["m"], "body": "other"}}})


def finding(cause: str, *where: str, symptom: str = "symptom") -> Finding:
    return Finding(symptom, "WARN", "Evidence.", where, cause=cause)


@pytest.mark.parametrize("cause", list(_REMEDIES))
def test_every_change_makes_a_valid_experiment_that_says_so(ill: Experiment, cause: str, tmp_path) -> None:
    from netwright.config import load_experiment

    one = finding(cause, "targets.m") if "drowns" in cause else finding(cause)
    prescription = prescribe(ill, [one])
    for change in prescription.changes:
        assert change.before != change.after
        assert change.key in in_keys(ill, one).remedy
        assert cause in change.why
    path = tmp_path / "fixed.yaml"
    path.write_text(
        commented_experiment(prescription.experiment, remarks=[str(change) for change in prescription.changes])
    )
    assert load_experiment(path) == prescription.experiment
    assert prescribe(ill, [one]).experiment == prescription.experiment


@pytest.mark.parametrize(
    ("cause", "where", "said"),
    [
        ("The learning rate is too high.", (), ["training.learning_rate: 0.01 (was 10)"]),
        ("The hidden activation is unsuitable.", ("body-hidden-1",), ["model.body.activation: relu (was sigmoid)"]),
        (
            "The hidden activation is unsuitable.",
            ("other-hidden-1",),
            ["model.more_bodies.other.batch_normalisation: before (was none)"],
        ),
        ("The regularisation is too strong.", (), ["model.body.l2: 0.1 (was 1)", "model.body.dropout: 0.2 (was 0.9)"]),
        ("The classes are imbalanced.", (), ["targets.y.balance: weights (was none)"]),
        ("Another head drowns this one.", ("targets.m",), ["targets.m.loss_weight: 0.1 (was 0.01)"]),
        ("The gradients are clipped too hard.", (), ["training.clip_norm: 1 (was 1e-06)"]),
        ("The learning rate falls too early.", (), ["training.schedule: constant (was cosine)"]),
    ],
)
def test_what_is_changed(ill: Experiment, cause: str, where: tuple[str, ...], said: list[str]) -> None:
    assert [str(change) for change in prescribe(ill, [finding(cause, *where)]).changes] == said


def test_of_two_changes_of_a_key_the_first_counts(ill: Experiment) -> None:
    high, low = (
        finding("The learning rate is too high."),
        finding("The network learns too little, and why is not known."),
    )
    changes = prescribe(ill, [high, low]).changes
    assert [str(change) for change in changes] == [
        "training.learning_rate: 0.01 (was 10)",
        "training.optimizer: adam (was sgd)",
    ]


def test_a_finding_that_no_key_mends_is_refused(ill: Experiment) -> None:
    leak = finding("An input column knows the answer.", symptom="leak")
    assert in_keys(ill, leak) is leak
    with pytest.raises(ExperimentError, match=r"No change of the experiment follows from the findings \(leak\)"):
        prescribe(ill, [leak])
