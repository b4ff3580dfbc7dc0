"""What sections must agree on: names, kinds, and that no input gives the truth away."""

from __future__ import annotations

import pytest

from netwright.errors import ExperimentError

BINARY = {"kind": "binary", "column": "y"}
RESULT = {"processes": {"background": {"events": 100}, "signal": {"events": 5}}}


def numeric(*columns):
    return {"kind": "numeric", "columns": list(columns)}


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ({"inputs": {"x": numeric("y")}}, "inputs.x: .* may not see column y: it is the target of targets.is_signal"),
        ({"inputs": {"x": numeric("w")}, "data": {"weight": "w"}}, "may not see column w: it is the weight"),
        (
            {"inputs": {"x": numeric("z")}, "data": {"derived": {"z": "2 * y"}}},
            "may not see column z: it is derived from y, and it is the target of targets.is_signal",
        ),
        (
            {"inputs": {"x": numeric("v")}, "data": {"derived": {"z": '"y" + 1', "v": "sqrt(z)"}}},
            "may not see column v: it is derived from z, and it is derived from y",
        ),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": "y"}}},
            "may not see column y: it is the target of targets.is_signal",
        ),
        (
            {
                "inputs": {"x": {"kind": "four-vectors", "columns": ["E_{i}", "X_{i}", "Y_{i}", "Z_{i}"]}},
                "targets": {"t": {"kind": "regression", "column": "Y_3"}},
            },
            "inputs.x: the network may not see column Y_3",
        ),
        ({"inputs": {"is_signal": numeric("a")}}, "inputs.is_signal: a target has this name too"),
        ({"model": {"body": {"kind": "deep-sets"}}}, "model.body: deep-sets needs an input group of kind four-vectors"),
        ({"targets": {"weight": BINARY}}, "two columns of the predictions would be called weight"),
        ({"targets": {"split": BINARY}}, "would be called split"),
        ({"targets": {"event": BINARY}, "data": {"identity": ["event"]}}, "would be called event"),
        ({"targets": {"t": BINARY, "t_true": BINARY}}, "would be called t_true"),
        (
            {"targets": {"t": {"kind": "multiclass", "column": "y", "classes": {"b": 0, "c": 1}}, "t_b": BINARY}},
            "would be called t_b",
        ),
        ({"targets": {"t": BINARY, "t_spread": BINARY}}, "would be called t_spread"),
        (
            {"targets": {"t": BINARY | {"body": "bdy"}}},
            r'targets.t.body: there is no body "bdy" .* Did you mean "body"',
        ),
        (
            {"model": {"more_bodies": {"other": {"kind": "dense"}}}},
            "model.more_bodies.other: no head sits on this body",
        ),
        ({"model": {"more_bodies": {"body": {"kind": "dense"}}}}, "more_bodies: the name body is that of model.body"),
        (
            {"targets": {"t": BINARY | {"balance": "collocated"}, "u": BINARY | {"balance": "down-sampling"}}},
            "targets: t and u both choose the rows of training",
        ),
        (
            {"training": {"select": "is_sgnal.roc_auc"}},
            r'training.select: there is no head "is_sgnal". Did you mean "is_signal"',
        ),
        (
            {"training": {"select": "is_signal.auc"}},
            r'training.select: is_signal has no metric "auc". Did you mean "roc_auc"',
        ),
        (
            {"targets": {"t": BINARY | {"loss": "limit"}}},
            "targets.t.loss: limit needs the section result, which is missing",
        ),
        (
            {"targets": {"t": BINARY | {"loss": "limit"}}, "result": RESULT},
            "training.select: loss is the cross entropy, which targets.t.loss: limit does not minimise",
        ),
        (
            {
                "targets": {"t": BINARY | {"loss": "limit", "pretraining": 9}},
                "training": {"epochs": 9, "select": "limit"},
                "result": RESULT,
            },
            "targets.t.pretraining: 9 of 9 epochs leave none for loss: limit",
        ),
        (
            {
                "targets": {"t": BINARY, "u": BINARY | {"loss": "significance"}},
                "training": {"select": "significance"},
                "result": RESULT | {"head": "t"},
            },
            r"targets.u.loss: significance is a result of t .* Use cross-entropy here, or result.head: u.",
        ),
        (
            {"training": {"select": "limit"}},
            "training.select: limit needs the section result, which is missing. Add it with its processes, or as",
        ),
        (
            {"training": {"select": "loss", "early_stopping": {"monitor": "is_signal.roc_auc"}}},
            "early_stopping.monitor is the earlier name of select, and both are given",
        ),
        (
            {"targets": {"t": BINARY | {"loss_weight": 0}, "u": BINARY | {"loss_weight": 0.0}}},
            "targets: loss_weight is 0 for t, u, so nothing would be learned",
        ),
        (
            {
                "data": {"files": [], "generate": {"kind": "four-vectors"}},
                "targets": {"t": BINARY | {"balance": "collocated"}},
            },
            "targets.t.balance: collocated chooses rows by their classes, and generated rows have others",
        ),
        ({"ensemble": {"bagging": True}}, "ensemble.bagging: a single member has no others to differ from"),
        ({"data": {"files": [], "generate": None}}, "data: give one of files, samples and generate, received none"),
        (
            {"data": {"generate": {"kind": "four-vectors"}}},
            "data: give one of files, samples and generate, received files, generate",
        ),
        (
            {
                "data": {"files": [], "generate": {"kind": "four-vectors"}},
                "split": {"kind": "files", "train": ["a"], "valid": ["b"], "test": ["c"]},
            },
            "split: generated rows are of no file",
        ),
        ({"inputs": {"x": numeric("a") | {"log": ["b"]}}}, "inputs.x: log names b, which is not among the columns"),
        ({"inputs": {"x": numeric("a") | {"indicator": True}}}, "inputs.x: indicator: nothing can be missing here"),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": "p", "features": ["jet", "jet"]}}},
            "inputs.x: features names one twice: jet, jet",
        ),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": "p", "features": ["pairs"], "at_most": 1}}},
            "inputs.x: features: pairs need at_most to be 2 or more. Raise at_most, or leave pairs out",
        ),
        (
            {"training": {"schedule": {"kind": "step-wise", "epochs": [5, 3]}}},
            r"training.schedule: epochs must increase and begin at 2 or later, received \[5, 3\]",
        ),
    ],
)
def test_disagreements(experiment_of, sections, match):
    data = {"files": ["a.npz"]} | sections.pop("data", {})
    with pytest.raises(ExperimentError, match=match):
        experiment_of(data=data, **sections)


def test_several_disagreements_are_said_at_once(experiment_of):
    with pytest.raises(ExperimentError, match=r"(?s)3 mistakes.*column y.*column w.*called weight"):
        experiment_of(data={"files": ["a"], "weight": "w"}, inputs={"x": numeric("y", "w")}, targets={"weight": BINARY})


@pytest.mark.parametrize(
    "sections",
    [
        {"inputs": {"x": numeric("y2", "my", "_y")}},  # names that hold the target's name
        {"inputs": {"x": {"kind": "four-vectors", "columns": "any y"}}},  # letters of one name are no columns
        {"targets": {"t": BINARY, "watched": BINARY | {"loss_weight": 0}}},  # a head that is watched
        {  # a target may be derived from inputs: the mass of two muons
            "data": {"files": ["a"], "derived": {"m": "sqrt(a * b)"}},
            "targets": {"mass": {"kind": "regression", "column": "m"}},
        },
    ],
)
def test_what_is_allowed(experiment_of, sections):
    experiment_of(**sections)
