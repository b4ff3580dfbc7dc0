"""The section result: units, factors, and every mistake with its path."""

from __future__ import annotations

from typing import Any

import pytest

from netwright.config import commented_experiment, dump_experiment, parse_experiment
from netwright.config.result import femtobarns, inverse_femtobarns
from netwright.errors import ExperimentError

RESULT = {
    "luminosity": "138 fb-1",
    "processes": {"background": {"cross_section": "0.8 nb"}, "signal": {"cross_section": "33.5 fb"}},
}


def experiment(result: Any, **sections: Any) -> Any:
    content = {
        "data": {"files": ["toy.csv"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_signal": {"kind": "binary", "column": "y"}},
        "result": result,
    }
    return parse_experiment(content | sections)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("33.5 fb", 33.5),
        ("0.83 nb", 8.3e5),
        ("1e-2pb", 10.0),
        ("2 b", 2e15),
        ("1 µb", 1e9),
        ("5 ub", 5e9),
        ("7 ab", 7e-3),
    ],
)
def test_cross_sections_are_read_in_fb(text, expected):
    assert femtobarns(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 fb-1", 138.0),
        ("138/fb", 138.0),
        ("138 1/fb", 138.0),
        ("20 pb-1", 0.02),
        ("3 ab^-1", 3000.0),
        ("1 fb⁻¹", 1.0),
    ],
)
def test_luminosities_are_read_in_inverse_fb(text, expected):
    assert inverse_femtobarns(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", [138, "138", "138 fb", "fb-1", "0 fb-1", "-1 fb-1", "1.2.3 fb-1", "138 GeV-1", "1e999 fb-1"]
)
def test_what_is_no_luminosity_is_refused(text):
    with pytest.raises(
        ExperimentError, match=r"result.luminosity: Input should be a positive luminosity with its unit"
    ):
        experiment(RESULT | {"luminosity": text})


@pytest.mark.parametrize("text", [33, "33", "33 fb-1", "x fb", "0 fb", "33 kb"])
def test_what_is_no_cross_section_is_refused(text):
    processes = RESULT["processes"] | {"signal": {"cross_section": text}}
    with pytest.raises(
        ExperimentError, match=r"signal.cross_section: Input should be a positive cross section with its"
    ):
        experiment(RESULT | {"processes": processes})


def test_expected_events_are_cross_section_times_luminosity():
    section = experiment(RESULT).result
    assert section.expected_events("signal") == pytest.approx(33.5 * 138)
    given = RESULT["processes"] | {"signal": {"events": 12}}
    assert experiment(RESULT | {"processes": given}).result.expected_events("signal") == 12


def test_a_factor_has_two_sides():
    section = experiment(RESULT | {"systematics": {"lumi": {"signal": 1.25, "background": [0.9, 1.12]}}}).result
    assert section.systematics["lumi"] == {"signal": [0.8, 1.25], "background": [0.9, 1.12]}


def test_the_section_reads_back_as_it_was_written():
    one = experiment(RESULT | {"weight_variations": {"pdf": {"background": ["w_down", "w_up"]}}})
    import yaml

    for text in (dump_experiment(one), commented_experiment(one)):
        assert parse_experiment(yaml.safe_load(text)).result == one.result
    assert experiment(None).result is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"luminosity": None}, "luminosity is missing, and processes.background has a cross section"),
        ({"processes": {"signal": {"events": 1}}}, "class background of is_signal is missing"),
        (
            {"processes": RESULT["processes"] | {"signl": {"events": 1}}},
            'no class "signl" of is_signal. Did you mean "signal"',
        ),
        ({"processes": RESULT["processes"] | {"signal": {}}}, "either cross_section or events, received neither"),
        (
            {"processes": RESULT["processes"] | {"signal": {"events": 1, "cross_section": "1 fb"}}},
            "either cross_section or events, received both",
        ),
        ({"head": "is_sgnal"}, 'result.head: there is no head "is_sgnal" .* Did you mean "is_signal"'),
        ({"systematics": {"lumi": {"tt": 1.1}}}, 'result.systematics.lumi: there is no class "tt"'),
        ({"systematics": {"lumi": {"signal": -0.1}}}, "result.systematics.lumi.signal"),
        ({"systematics": {"lumi": {"signal": [0.9]}}}, "result.systematics.lumi.signal"),
        ({"systematics": {"lumi": {}}}, "systematics.lumi names no class"),
        ({"systematics": {"mu": {"signal": 1.1}}}, "result: mu has a meaning in limit programs"),
        ({"weight_variations": {"pdf": {"tt": ["a", "b"]}}}, 'result.weight_variations.pdf: there is no class "tt"'),
        (
            {"weight_variations": {"pdf": {"signal": ["a", "w"]}}},
            "inputs.x: the network may not see column a: it is a weight of result.weight_variations.pdf",
        ),
        (
            {"systematics": {"pdf": {"signal": 1.1}}, "weight_variations": {"pdf": {"signal": ["v", "w"]}}},
            "pdf stands in systematics and in weight_variations",
        ),
        ({"bins": 11}, "result.bins: Input should be less than or equal to 10"),
        ({"binning": "optimum"}, "result.binning"),
    ],
)
def test_mistakes_are_named(changed, message):
    with pytest.raises(ExperimentError, match=message):
        experiment(RESULT | changed)


def test_with_two_heads_one_has_to_be_named():
    targets = {
        "is_signal": {"kind": "binary", "column": "y"},
        "other": {"kind": "binary", "column": "z"},
    }
    with pytest.raises(
        ExperimentError, match=r"result.head: say whose score is used; heads that tell .*is_signal, other"
    ):
        experiment(RESULT, targets=targets)
    assert experiment(RESULT | {"head": "other"}, targets=targets).result.head == "other"


def test_a_regression_has_no_classes():
    targets = {"mass": {"kind": "regression", "column": "m"}}
    with pytest.raises(ExperimentError, match=r"result.head: say whose score is used; .*: none"):
        experiment(RESULT, targets=targets)


def test_importance_is_of_a_class_and_positive():
    def target(importance):
        return {"is_signal": {"kind": "binary", "column": "y", "importance": importance}}

    assert experiment(None, targets=target({"signal": 2})).targets["is_signal"].importance == {"signal": 2}
    with pytest.raises(ExperimentError, match=r"importance is of the classes background, signal, received signl"):
        experiment(None, targets=target({"signl": 2}))
    with pytest.raises(ExperimentError, match=r"targets.is_signal.importance.signal: .* greater than 0"):
        experiment(None, targets=target({"signal": 0}))
