"""What sections must agree on: names, kinds, and that no input gives the truth away."""

from __future__ import annotations

import pytest

from netwright.errors import ExperimentError

BINARY = {"kind": "binary", "column": "y"}


def numeric(*columns):
    return {"kind": "numeric", "columns": list(columns)}


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ({"inputs": {"x": numeric("y")}}, "inputs.x: the network may not see column y: it is what targets.is_signal"),
        ({"inputs": {"x": numeric("w")}, "data": {"weight": "w"}}, "may not see column w: it is the weight"),
        (
            {"inputs": {"x": numeric("z")}, "data": {"derived": {"z": "2 * y"}}},
            "may not see column z: it is derived from y, and it is what targets.is_signal shall say",
        ),
        (
            {"inputs": {"x": numeric("v")}, "data": {"derived": {"z": '"y" + 1', "v": "sqrt(z)"}}},
            "may not see column v: it is derived from z, and it is derived from y",
        ),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": "y"}}},
            "may not see column y: it is what targets.is_signal",
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
        {  # a target may be derived from inputs: the mass of two muons
            "data": {"files": ["a"], "derived": {"m": "sqrt(a * b)"}},
            "targets": {"mass": {"kind": "regression", "column": "m"}},
        },
    ],
)
def test_what_is_allowed(experiment_of, sections):
    experiment_of(**sections)
