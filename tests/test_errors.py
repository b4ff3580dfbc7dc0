"""Errors: one base, and hints that name what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright import errors
from netwright.errors import MissingExtraError, NetwrightError, TrainingInterruptedError, did_you_mean
from netwright.progress import silent

CLASSES = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_all_errors_have_one_base_and_a_docstring(error):
    assert issubclass(error, NetwrightError)
    assert error.__doc__


def test_a_missing_extra_says_how_to_install_it():
    match = r'export needs the extra "onnx": pip install "netwright\[onnx\]"'
    feature = "export"
    with pytest.raises(MissingExtraError, match=match):
        raise MissingExtraError(feature, "onnx")


def test_an_interruption_says_how_to_go_on():
    signal, match = "SIGTERM", r"\(SIGTERM\).* saved in runs/a.*--resume runs/a\n.*--finish"
    with pytest.raises(TrainingInterruptedError, match=match) as result:
        raise TrainingInterruptedError(signal, Path("runs/a"))
    assert (result.value.signal, result.value.run) == (signal, Path("runs/a"))
    with pytest.raises(TrainingInterruptedError, match=r"\(SIGTERM\) before there was anything to save\. Start"):
        raise TrainingInterruptedError(signal)


@pytest.mark.parametrize(
    ("word", "choices", "hint"),
    [
        ("epoch", ["seed", "epochs"], ' Did you mean "epochs"?'),
        ("zzz", ["b", "a", "a"], " Choose from: a, b."),
        ("zzz", [], ""),
        ("zzz", "abcdefghijklmnop", " Choose from: a, b, c, d, e, f, g, h, i, j, k, l, ... (16 in all)."),
    ],
)
def test_hints(word, choices, hint):
    assert did_you_mean(word, choices) == hint


def test_silence():
    assert silent("reading", 1, 2) is None
