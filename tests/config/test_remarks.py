"""What an experiment brings along that its file does not spell out."""

from __future__ import annotations

import pytest

from netwright.config import parse_experiment, remarks


def remarks_on(body, more=None):
    targets = {"y": {"kind": "binary", "column": "b"}}
    targets |= {name: {"kind": "regression", "column": name, "body": name} for name in more or {}}
    signal, *others = remarks(
        parse_experiment(
            {
                "data": {"files": ["f"]},
                "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
                "targets": targets,
                "model": {"body": {"kind": "dense"} | body, "more_bodies": more or {}},
            }
        )
    )
    assert signal == "targets.y: the signal is b = 1 (signal), the second class"
    return others


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dropout": 0.3, "batch_normalisation": "after", "l2": 1e-4, "max_norm": 3},
        {"activation": "sigmoid", "units": [8, 8]},
        {"kind": "residual", "units": [8] * 10, "activation": "sigmoid"},
    ],
)
def test_the_usual_needs_no_remark(body):
    assert remarks_on(body) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"activation": "selu"}, ["selu brings LeCun-normal first weights along"]),
        (
            {"activation": "selu", "dropout": 0.1},
            ["selu brings LeCun-normal first weights along, and AlphaDropout as its dropout"],
        ),
        (
            {"activation": "selu", "batch_normalisation": "after"},
            ["selu brings LeCun", "selu normalises by itself; with batch normalisation relu does as well"],
        ),
        ({"batch_normalisation": "before", "l2": 0.1}, ["l1, l2 and max_norm do not bound what a layer can say"]),
        ({"batch_normalisation": "before", "max_norm": 2}, ["l1, l2 and max_norm do not bound"]),
        ({"activation": "linear"}, ["layers with activation linear are together no more than one linear layer"]),
        ({"activation": "sigmoid", "units": [8] * 5}, ["gradients fade through 5 layers of sigmoid"]),
        ({"dropout": 0.7}, ["dropout 0.7 is high; 0.1 to 0.5 is usual"]),
        ({"kind": "residual", "units": [8]}, ["one layer has no shortcut"]),
        ({"kind": "residual", "units": [8, 8, 4]}, ["where the units of residual layers differ, a layer of weights"]),
        ({"kind": "custom", "layer": "mine.layers:Own"}, ["the code of module mine.layers runs, here and whenever"]),
    ],
)
def test_what_is_worth_a_remark(body, expected):
    found = remarks_on(body)
    assert len(found) == len(expected)
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(f"model.body: {beginning}")


def test_each_body_is_named():
    assert remarks_on({}, {"other": {"kind": "dense", "activation": "selu"}}) == [
        "model.more_bodies.other: selu brings LeCun-normal first weights along"
    ]


def test_a_body_that_learns_nothing_is_said(experiment_of):
    """Its only head is watched."""
    found = remarks(
        experiment_of(
            targets={
                "a": {"kind": "binary", "column": "y"},
                "b": {"kind": "binary", "column": "z", "loss_weight": 0, "body": "other"},
            },
            model={"more_bodies": {"other": {"kind": "dense"}}},
        )
    )
    assert found[2:] == ["model.more_bodies.other: loss_weight of b is 0, so this body keeps its first weights"]
