"""Any experiment, written plainly or with remarks, reads back as itself; and every key has a remark."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright import config
from netwright.config import Experiment, commented_experiment, dump_experiment, load_experiment, parse_experiment
from netwright.section import Section

NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,8}\Z")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
FILES = st.lists(TEXTS.filter(str.strip), min_size=1, max_size=2)
POSITIVE = st.floats(1e-9, 1e9)


def mapping(**fields):
    return st.fixed_dictionaries(fields)


INPUTS = st.one_of(
    mapping(kind=st.just("numeric"), columns=st.lists(TEXTS, min_size=1, max_size=3), missing=st.booleans()),
    mapping(kind=st.just("categorical"), columns=st.lists(TEXTS, min_size=1, max_size=3)),
    mapping(
        kind=st.just("four-vectors"),
        columns=TEXTS | st.just(["E_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"]),
        unit=st.sampled_from(["GeV", "MeV"]),
        at_most=st.integers(1, 300),
    ),
)
HEAD = {"column": st.just("the truth"), "where": st.none() | TEXTS, "loss_weight": POSITIVE}
TARGETS = st.one_of(
    mapping(kind=st.just("binary"), classes=st.just({"qcd": 0, "top": 1}), **HEAD),
    mapping(kind=st.just("multiclass"), classes=st.just({"a": -1, "b": 5, "c": 0}), **HEAD),
    mapping(kind=st.just("regression"), unit=st.none() | TEXTS, **HEAD),
)
BODIES = mapping(
    kind=st.just("dense"),
    units=st.lists(st.integers(1, 512), min_size=1, max_size=4),
    activation=st.sampled_from(["relu", "selu", "tanh"]),
    dropout=st.floats(0, 0.9),
    l2=st.floats(0, 1),
)
EXPERIMENTS = mapping(
    name=NAMES,
    data=mapping(files=FILES, selection=st.none() | TEXTS, key=st.none() | TEXTS),
    inputs=st.dictionaries(NAMES.map("in_{}".format), INPUTS, min_size=1, max_size=3),
    targets=st.dictionaries(NAMES.map("out_{}0".format), TARGETS, min_size=1, max_size=3),
    model=mapping(body=BODIES),
    training=mapping(epochs=st.integers(1, 10**6), learning_rate=POSITIVE, seed=st.integers(0, 2**31 - 1)),
)


@settings(max_examples=60)
@given(EXPERIMENTS)
def test_any_experiment_reads_back(tmp_path_factory, content):
    experiment = parse_experiment(content)
    path = tmp_path_factory.mktemp("round") / "experiment.yaml"
    for text in (dump_experiment(experiment), commented_experiment(experiment, remarks=["one\ntwo: [", "three"])):
        path.write_text(text, encoding="utf-8", newline="")
        assert load_experiment(path) == experiment


KINDS = {
    "inputs": {
        "n": {"kind": "numeric", "columns": ["a"]},
        "c": {"kind": "categorical", "columns": ["b"]},
        "v": {"kind": "four-vectors", "columns": "p4"},
    },
    "targets": {
        "s": {"kind": "binary", "column": "y"},
        "m": {"kind": "multiclass", "column": "y", "classes": {"a": 0, "b": 1}},
        "r": {"kind": "regression", "column": "y"},
    },
}


@pytest.mark.parametrize("body", ["dense", "deep-sets"])
def test_every_key_has_a_remark(experiment_of, body):
    text = commented_experiment(experiment_of(**KINDS, model={"body": {"kind": body}}), remarks=["look"])
    lines = text.splitlines()
    assert "# Note: look" in lines
    names = {f"{name}:" for section in KINDS.values() for name in section}
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith("#") and line.strip() not in names:
            explained = "  # " in line or lines[number - 1].startswith("#")
            assert explained, line
    assert yaml.safe_load(text) == yaml.safe_load(
        dump_experiment(experiment_of(**KINDS, model={"body": {"kind": body}}))
    )


SECTIONS = [
    value for name in config.__all__ if isinstance(value := getattr(config, name), type) and issubclass(value, Section)
]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_field_is_described_or_a_section(section):
    for name, field in section.model_fields.items():
        of_sections = section is Experiment and name in {"data", "split", "model", "training"}
        assert field.description or of_sections, name


def test_the_dump_holds_every_default_of_the_sections(experiment_of):
    dumped = yaml.safe_load(dump_experiment(experiment_of()))
    for name in ("split", "training", "ensemble"):
        section = Experiment.model_fields[name].default
        assert dumped[name] == section.model_dump()
        assert list(dumped[name]) == list(type(section).model_fields)


def test_resolving_twice_changes_nothing(experiment_of):
    experiment = experiment_of(**KINDS)
    assert parse_experiment(experiment.model_dump()) == experiment
    assert Experiment.model_validate(experiment.model_dump(mode="json")) == experiment
