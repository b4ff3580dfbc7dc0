"""YAML of strangers: no code, no dates by accident, no key twice, no bombs."""

from __future__ import annotations

import time

import pytest
import yaml

from netwright.config._yaml import parse_yaml
from netwright.config.load import load_experiment
from netwright.errors import ExperimentError

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
MERGE_BOMB = "a0: &a0 {k: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    "text", ["a: 1", "a: [1, 2.5, yes, null, ~, text, '5', !!str 5]", "", "a: &x [1]\nb: *x", "a: {b: {c: d}}", "3"]
)
def test_what_is_plain_is_what_pyyaml_says(text):
    assert parse_yaml(text) == yaml.safe_load(text)


def test_merge_keys_work():
    assert parse_yaml("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}")["b"] == {"k": 1, "l": 3}


def test_keys_that_yaml_takes_for_true_or_false_are_words():
    text = "friends: [{on: [run]}]\nclasses: {no: no, Yes: on}\nshared: &x {off: 1}\nmore: {<<: *x}"
    read = {
        "friends": [{"on": ["run"]}],
        "classes": {"no": False, "Yes": True},
        "shared": {"off": 1},
        "more": {"off": 1},
    }
    assert parse_yaml(text) == read


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: 1\nb: 2\na: 3", '(?s)the key "a" appears twice.*line 3'),
        ("a: {b: 1, b: 1}", 'the key "b" appears twice'),
        ("a: 2024-01-01", 'timestamp "2024-01-01" has no place in an experiment file; put quotes'),
        ("a: !!binary aGk=", "binary .* has no place"),
        ("a: !!set {x}", "set has no place"),
        ("a: !!int foo", 'int "foo" has no place'),
        ("a: !!float ''", "float .* has no place"),
        ("a: !!python/object/apply:os.system [echo]", "apply:os.system|os.system has no place"),
        ("a: !!python/name:os.system ''", "has no place"),
        ("a: !mine b", "has no place"),
        ("a: &a [*a]", "an alias stands inside of what it names"),
        ("a: *b", "undefined alias"),
        ("a: " + "[" * 5_000, "nested too deeply"),
        (BOMB, "stands for more than 100000 values"),
        (MERGE_BOMB, "stands for more than 100000 values"),
    ],
)
def test_what_is_refused(text, match):
    start = time.process_time()
    with pytest.raises(yaml.YAMLError, match=match):
        parse_yaml(text)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", [BOMB, "a: !!python/name:os.system ''", "a: 1\na: 2"])
def test_experiment_files_say_so(tmp_path, text):
    path = tmp_path / "experiment.yaml"
    path.write_text(text)
    with pytest.raises(ExperimentError, match=r"experiment.yaml: not valid YAML"):
        load_experiment(path)
