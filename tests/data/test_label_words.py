"""A column of words, and classes that are numbers: the message names the words."""

from __future__ import annotations

import pytest

from netwright.data import prepare
from netwright.errors import DataError


def test_words_under_the_default_classes_are_named(dataset_of, experiment_of) -> None:
    columns = {"a": [0.1, 0.2], "b": [1.0, 2.0], "y": ["bkg", "t t"]}
    match = r"is_signal: column y contains words.*classes: \{bkg: \"bkg\", t_t: \"t t\"\}; the second is the signal"
    with pytest.raises(DataError, match=match):
        prepare(dataset_of(columns), experiment_of())
    words = [f"w{number}" for number in range(9)]
    with pytest.raises(DataError, match=r"w5: \"w5\"\} \.\.\. \(9 words in all\)"):
        prepare(dataset_of({"a": [1.0] * 9, "b": [2.0] * 9, "y": words}), experiment_of())
