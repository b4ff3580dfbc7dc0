"""Findings on an experiment file: what it implies without saying so, and what works against itself."""

from __future__ import annotations

import pytest

from netwright.config import experiment_findings, parse_experiment


def findings_on(body, more=None):
    targets = {"y": {"kind": "binary", "column": "b"}}
    targets |= {name: {"kind": "regression", "column": name, "body": name} for name in more or {}}
    signal, *others = experiment_findings(
        parse_experiment(
            {
                "data": {"files": ["f"]},
                "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
                "targets": targets,
                "model": {"body": {"kind": "dense"} | body, "more_bodies": more or {}},
            }
        )
    )
    assert signal.sentence == "targets.y: the signal is b = 1 (signal); the key signal can name the other class."
    assert (signal.symptom, signal.severity, signal.where) == ("signal class", "NOTE", ("targets.y",))
    return others


def test_a_class_that_has_the_name_of_its_value_is_named_once():
    target = {"kind": "binary", "column": "label", "classes": {"bkg": "bkg", "sig": "sig"}}
    experiment = parse_experiment(
        {
            "data": {"files": ["f"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
            "targets": {"label": target},
            "model": {"body": {"kind": "dense"}},
        }
    )
    signal, *_ = experiment_findings(experiment)
    assert "the signal is label = sig; the key signal" in signal.evidence


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dropout": 0.5, "batch_normalisation": "after", "l2": 1e-4, "max_norm": 3},
        {"activation": "sigmoid", "units": [8, 8, 8]},
        {"kind": "residual", "units": [8] * 10, "activation": "sigmoid"},
    ],
)
def test_the_usual_needs_no_finding(body):
    assert findings_on(body) == []


SELU = ("selu", "NOTE", "selu comes with LeCun-normal initial weights")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"activation": "selu"}, [SELU]),
        ({"activation": "selu", "dropout": 0.1}, [(*SELU[:2], f"{SELU[2]}, and AlphaDropout for its dropout.")]),
        (
            {"activation": "selu", "batch_normalisation": "after"},
            [SELU, ("selu with batch normalisation", "NOTE", "selu is self-normalising")],
        ),
        (
            {"batch_normalisation": "before", "l2": 0.1},
            [("penalty before a normalisation", "WARN", "l1, l2 or max_norm is set")],
        ),
        ({"batch_normalisation": "before", "max_norm": 2}, [("penalty before a normalisation", "WARN", "l1, l2 or")]),
        ({"activation": "linear"}, [("linear layers", "WARN", "the activation is linear.")]),
        (
            {"activation": "sigmoid", "units": [8] * 4},
            [("vanishing gradients", "WARN", "there are 4 layers of sigmoid. With more than 3, gradients")],
        ),
        ({"dropout": 0.7}, [("high dropout", "WARN", "dropout is 0.7. Usual values are 0.1 to 0.5.")]),
        (
            {"kind": "residual", "units": [8]},
            [("residual body without a shortcut", "NOTE", "one layer has no shortcut")],
        ),
        (
            {"kind": "residual", "units": [8, 8, 4]},
            [("residual body with projections", "NOTE", "where the units of residual layers differ, a layer of weig")],
        ),
        (
            {"kind": "custom", "layer": "mine.layers:Own"},
            [("custom layer", "NOTE", "the code of module mine.layers runs here and whenever")],
        ),
    ],
)
def test_what_is_worth_a_finding(body, expected):
    findings = findings_on(body)
    assert [(finding.symptom, finding.severity, finding.where) for finding in findings] == [
        (symptom, severity, ("model.body",)) for symptom, severity, _ in expected
    ]
    for one, (_, _, beginning) in zip(findings, expected, strict=True):
        assert one.sentence.startswith(f"model.body: {beginning}")


def test_each_body_is_named():
    (finding,) = findings_on({}, {"other": {"kind": "dense", "activation": "selu"}})
    assert finding.where == ("model.more_bodies.other",)
    assert finding.evidence.startswith("model.more_bodies.other: selu")


def test_a_body_that_learns_nothing_is_found(experiment_of):
    """Its only head has no weight in the loss."""
    findings = experiment_findings(
        experiment_of(
            targets={
                "a": {"kind": "binary", "column": "y"},
                "b": {"kind": "binary", "column": "z", "loss_weight": 0, "body": "other"},
            },
            model={"more_bodies": {"other": {"kind": "dense"}}},
        )
    )
    assert [one.sentence for one in findings[2:]] == [
        "model.more_bodies.other: loss_weight of b is 0, so this body keeps its initial weights."
    ]


def test_votes_of_calibrated_probabilities_are_found(experiment_of):
    """Of a rare signal all votes are for background, and the AUC of the votes is 0.5."""
    targets = {"y": {"kind": "binary", "column": "y", "calibration": "isotonic"}}
    for ensemble, split, count in (
        ({"members": 2, "combine": "majority"}, {}, 1),
        ({"combine": "majority"}, {"kind": "cross"}, 1),
        ({"combine": "majority"}, {}, 0),
        ({"members": 2}, {}, 0),
    ):
        sections = {"targets": targets, "ensemble": ensemble} | ({"split": split} if split else {})
        result = [
            one.sentence for one in experiment_findings(experiment_of(**sections)) if "calibration" in one.sentence
        ]
        assert len(result) == count
    plain = experiment_of(targets=targets, ensemble={"members": 2, "combine": "majority"})
    (finding,) = [one for one in experiment_findings(plain) if one.symptom == "votes of calibrated probabilities"]
    assert finding.sentence.startswith("targets.y.calibration: isotonic with ensemble.combine: majority. The score is")
    assert finding.remedy == "Set ensemble.combine: mean, or calibration: none."


def test_small_batches_for_losses_of_a_batch():
    target = {"kind": "binary", "column": "b", "loss": "limit", "protected": {"column": "mass"}}
    content = {
        "data": {"files": ["f"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": target},
        "training": {"select": "limit", "batch_size": 256},
        "result": {"processes": {"background": {"events": 100}, "signal": {"events": 5}}},
    }
    result = [one.sentence for one in experiment_findings(parse_experiment(content))[1:]]
    assert result[0].startswith(
        "targets.y.loss: limit is computed from batches of 256 rows. The reference has 4096 rows"
    )
    assert result[1].startswith(
        "targets.y.protected: the distance correlation is that of batches of 256 rows. By chance"
    )
    content["training"] = {"select": "limit", "batch_size": 4096}
    assert len(experiment_findings(parse_experiment(content))) == 1
