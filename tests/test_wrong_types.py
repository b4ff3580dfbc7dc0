"""Public functions that are given something of another type say what they expect."""

from __future__ import annotations

from inspect import signature
from pathlib import Path

import pandas as pd
import pytest

import netwright as nw
from netwright.errors import NetwrightError

OF_RUNS = ["apply_finding", "evaluate", "evaluate_against_trees", "export", "limit", "load_model", "note", "open_run"]
OF_RUNS += ["predict", "predict_each", "report", "resume"]
OF_EXPERIMENTS = ["build", "describe", "divide_rows", "load_rows"]
GIVEN = {"run", "path", "experiment", "source"}
OF_FILES = ["init", "inspect", "read"]
OF_SOURCES = ["debug", "examine", "find_rate", "load_experiment", "check", "search", "train"]


@pytest.mark.parametrize("value", [None, 3, b"x", [1], {"a": 1}], ids=repr)
@pytest.mark.parametrize(
    ("names", "match"),
    [
        (OF_RUNS, "run: a run or the path of its directory is expected. Received: {}. Name the directory, such as"),
        (OF_EXPERIMENTS, "experiment: a netwright.Experiment is expected. Received: {}. Read one .*load_experiment"),
        (OF_SOURCES, "experiment: the path of an experiment file is expected. Received: {}. .*parse_experiment"),
    ],
    ids=["runs", "experiments", "sources"],
)
def test_of_one_thing(names: list[str], match: str, value: object) -> None:
    for name in names:
        function = getattr(nw, name)
        needed = [each for each in signature(function).parameters.values() if each.default is each.empty]
        others = {each.name: "scores.parquet" for each in needed if each.name not in GIVEN}
        with pytest.raises(NetwrightError, match=match.format(type(value).__name__)):
            function(**{each.name: value for each in needed if each.name in GIVEN}, **others)


@pytest.mark.parametrize("value", [None, 3, [1], {"a": 1}, pd.DataFrame({"a": [1]})], ids=lambda v: type(v).__name__)
def test_of_files(value: object) -> None:
    received = type(value[0] if isinstance(value, list) else value).__name__
    for name in OF_FILES:
        match = f"files: paths, patterns or URLs are expected. Received: {received}. Of data in memory"
        with pytest.raises(NetwrightError, match=match):
            getattr(nw, name)(value)


def test_of_other_arguments(tmp_path: Path) -> None:
    with pytest.raises(NetwrightError, match=r"run: a run or the path .* is expected. Received: NoneType"):
        nw.compare(None)
    with pytest.raises(
        NetwrightError, match=r"a mapping of sections \(data, inputs, .*Received: str. .*load_experiment"
    ):
        nw.parse_experiment("experiment.yaml")
    for kind in (None, ["moons"]):
        with pytest.raises(NetwrightError, match=r"kind must be one of .* Choose from"):
            nw.generate(kind, 10, tmp_path)
        with pytest.raises(NetwrightError, match=r"kind must be one of .* Choose from"):
            nw.generate_toy(kind)
