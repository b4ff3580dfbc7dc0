"""Samples in an experiment file: what is filled in, written back and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sample_files import samples_experiment, samples_section

from netwright.config import dump_experiment, parse_experiment, with_files
from netwright.errors import ExperimentError


def test_classes_of_samples_have_the_column_sample_and_are_read_back() -> None:
    experiment = parse_experiment(samples_experiment(Path("here")))
    assert experiment.targets["signal"].column == "sample"
    assert experiment.data.simulated == ["tt", "qcd", "w"]
    assert experiment.data.recorded == ["data"]
    assert experiment.data.identity_columns == ["run", "event", "sample"]
    assert parse_experiment(yaml.safe_load(dump_experiment(experiment))) == experiment


def test_classes_of_a_column_that_are_called_as_samples_stay_those_of_the_column() -> None:
    content = samples_experiment(Path("here"))
    content["targets"]["signal"]["column"] = "process"
    assert parse_experiment(content).targets["signal"].column == "process"


def test_what_a_sample_does_not_say_is_that_of_the_section() -> None:
    own = {"derived": {"total": "a", "first": "b"}, "weight": "v", "variations": {"mu_up": {"weight": "v_up"}}}
    data = parse_experiment(samples_experiment(Path("here"), data=samples_section(Path("here"), tt=own))).data
    tt, qcd = data.sample("tt"), data.sample("qcd")
    assert (tt.weight, qcd.weight, tt.key) == ("v", "w", "Events")
    assert list(tt.derived.items()) == [("first", "b"), ("total", "a")]
    assert (tt.selection, qcd.selection) == ("(b > -2) AND (a > -1)", "(b > -2)")
    assert (data.sample("tt", "mu_up").weight, data.sample("qcd", "mu_up").weight) == ("v_up", "w_mu_up")
    assert data.sample("qcd", "jes_up").key == "Events_jesUp"
    assert data.sample("data", "jes_up").key == "Events"
    assert data.variation_pairs == {"jes": ("jes_down", "jes_up"), "mu_shape": ("mu_down", "mu_up")}


def test_all_files_are_resolved_and_can_be_replaced() -> None:
    own = {"variations": {"tune_up": {"files": ["more/*.root"]}}}
    data = parse_experiment(
        samples_experiment(Path(), data=samples_section(Path(), tt=own)), folder=Path("/somewhere")
    ).data
    assert data.samples["qcd"].files == ["/somewhere/qcd.root"]
    assert data.samples["tt"].variations["tune_up"].files == ["/somewhere/more/*.root"]
    assert "/somewhere/more/*.root" in data.every_file
    assert set(with_files(data, lambda files: ["x" for _ in files]).every_file) == {"x"}


def test_luminosity_is_missing() -> None:
    section = samples_section(Path("here"))
    del section["luminosity"]
    refuse(section, r"luminosity and the cross sections of samples belong together, and luminosity is missing")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"w": {"cross_section": None, "sum_of_weights": None}}, r"samples\.w has no cross_section, and others have"),
        ({"w": {"cross_section": None}}, r"data\.samples\.w: sum_of_weights is what a cross section is divided by"),
        ({"data": {"weight": "w"}}, r"recorded collisions have weight 1 and no weight"),
        ({"data": {"importance": 2}}, r"recorded collisions have weight 1 and no importance"),
        ({"tt": {"variations": {"jes_up": {}}}}, r"a variation has other files, another key, weight or columns"),
        ({"tt": {"variations": {"nominal": {"key": "x"}}}}, r"nominal is the name of samples without variation"),
        ({"tt": {"sum_of_weights": {"key": "Runs"}}}, r"data\.samples\.tt\.sum_of_weights\.column: required"),
        ({"tt": {"sum_of_weights": -3}}, r"data\.samples\.tt\.sum_of_weights: Input should be greater than 0"),
        (
            {"w": {"variations": {"tune_up": {"files": ["t.root"]}}}},
            r"samples\.w: the variation tune_up has its own files, and sum_of_weights: 700 is that of the others\.",
        ),
        (
            {"qcd": {"friends": [{"files": ["f.root"]}], "variations": {"tune_up": {"files": ["t.root"]}}}},
            r"samples\.qcd: the variation tune_up has its own files, and the friend f\.root has the rows of the oth",
        ),
        ({"tt": {"cross_section": "3 GeV"}}, r"data\.samples\.tt\.cross_section: Input should be a positive cross"),
        ({"tt": {"files": []}}, r"data\.samples\.tt\.files: List should have at least 1"),
    ],
)
def test_refuses_samples(changes: dict[str, Any], match: str) -> None:
    refuse(samples_section(Path("here"), **changes), match)


@pytest.mark.parametrize(
    ("section", "match"),
    [
        ({"files": ["a"], "luminosity": "1 fb-1"}, r"data: luminosity is for samples, and there are none"),
        ({"samples": {"d": {"files": ["d"], "recorded": True}}}, r"data: every sample is recorded"),
        ({"samples": {"tt": {"files": ["d"]}}, "luminosity": "1 fb-1"}, r"belong together, and no sample has one"),
    ],
)
def test_refuses_sections(section: dict[str, Any], match: str) -> None:
    refuse(section, match)


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        (
            {"targets": {"y": {"kind": "binary", "classes": {"b": ["qdc"], "s": "tt"}}}},
            r'targets\.y\.classes\.b: there is no sample "qdc"\. Did you mean "qcd"\?',
        ),
        (
            {"targets": {"y": {"kind": "binary", "classes": {"b": ["qcd", "data"], "s": "tt"}}}},
            r"targets\.y\.classes\.b: sample data is recorded",
        ),
        ({"inputs": {"x": {"kind": "categorical", "columns": ["sample"]}}}, r"may not see column sample"),
        (
            {"inputs": {"x": {"kind": "numeric", "columns": ["w_mu_up"]}}},
            r"may not see column w_mu_up: it is the weight",
        ),
        ({"inputs": {"x": {"kind": "numeric", "columns": ["event_weight"]}}}, r"may not see column event_weight"),
        (
            {"result": {"processes": {"top": {"events": 3}, "background": {"events": 3}}}},
            r"result\.processes: the samples have cross sections",
        ),
        ({"result": {"luminosity": "3 fb-1"}}, r"result\.luminosity: the samples have cross sections"),
        ({"result": {"weight_variations": {"pdf": {"top": ["a", "b"]}}}}, r"belong in data\.variations"),
        (
            {"result": {"systematics": {"jes": {"top": 1.1}}}},
            r"result\.systematics\.jes: there is a variation jes_up too",
        ),
    ],
)
def test_refuses_sections_that_disagree(sections: dict[str, Any], match: str) -> None:
    with pytest.raises(ExperimentError, match=match):
        parse_experiment(samples_experiment(Path("here"), **sections))


def test_refuses_a_derived_column_with_the_name_of_one_of_samples() -> None:
    section = samples_section(Path("here"))
    section["derived"] = {"sample": "a", "total": "a + b"}
    refuse(section, r"data\.derived\.sample: sample is a column that samples have")


def refuse(section: dict[str, Any], match: str) -> None:
    with pytest.raises(ExperimentError, match=match):
        parse_experiment(samples_experiment(Path("here"), data=section))
