"""Inputs a part at a time: the same arrays and the same messages wherever parts end, in bounded memory."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.config import parse_experiment
from netwright.data import content_identity, describe, divide, identity_of, input_rows, prepare
from netwright.data.cache.arrays import capacity, whole
from netwright.data.rows import inputs
from netwright.data.rows.categories import word_number
from netwright.data.split import identity as identities
from netwright.errors import DataError

NAN, INF = float("nan"), float("inf")
SECTIONS = {
    "data": {"files": ["toy.csv"]},
    "inputs": {
        "x": {"kind": "numeric", "columns": ["a", "b"], "missing": True},
        "c": {"kind": "categorical", "columns": ["k", "word"]},
        "one": {"kind": "four-vectors", "columns": "p4", "at_most": 3},
        "lists": {"kind": "four-vectors", "columns": ["E", "px", "py", "pz"], "at_most": 2},
        "numbered": {"kind": "four-vectors", "columns": [f"{c}{{i}}" for c in ("e", "x", "y", "z")], "at_most": 2},
    },
    "targets": {"t": {"kind": "binary", "column": "t"}},
}
ROWS = 23


def columns(seed=0):
    random = np.random.default_rng(seed)
    p3 = random.normal(size=(ROWS, 2, 3)).astype(np.float32)
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1)
    lengths = random.integers(0, 4, ROWS)
    lists = {name: [[1.0] * length for length in lengths] for name in ("E", "px", "py", "pz")}
    numbered = {f"{c}{i}": p4[:, i, k] for i in range(2) for k, c in enumerate(("e", "x", "y", "z"))}
    whole_numbers = [None if i in {4, 17} else i * 7 for i in range(ROWS)]
    words = [None if i % 9 == 3 else f"w{i % 5}" for i in range(ROWS)]
    a, b = random.normal(size=(2, ROWS))
    b[11] = NAN
    own = {"a": a, "b": b, "k": whole_numbers, "word": words, "p4": p4, "t": np.arange(ROWS) % 2}
    return own | lists | numbered


@given(st.integers(1, ROWS + 1))
def test_parts_change_nothing(dataset_of, rows):
    dataset, groups = dataset_of(columns()), parse_experiment(SECTIONS).inputs
    expected = input_rows(dataset, groups)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "_rows_at_once", lambda *_: rows)
        result = input_rows(dataset, groups)
    for name, values in expected.items():
        assert values.tobytes() == result[name].tobytes()
        assert values.shape == result[name].shape
        assert len(whole(values)) == capacity(ROWS)


def changed(name, changes):
    values = list(columns()[name])
    for row, value in changes.items():
        values[row] = value
    return {name: np.stack(values) if name == "p4" else values}


def particles(*momenta):
    return np.array([*momenta, [0, 0, 0, 0]][:2], dtype=np.float32)


BAD = particles([-1, 0, 0, 0])
FAULTS = [
    (changed("a", {20: INF}) | changed("b", {5: INF}), r"inputs.x: column b, toy.csv, row 5: inf is not a finite"),
    (changed("a", {5: 1e300}) | changed("b", {5: INF}), r"inputs.x: column a, toy.csv, row 5: 1e\+300 is not a finite"),
    ({"a": ["1"] * 22 + ["x"]} | changed("b", {5: INF}), r"toy.csv, row 22: column \"a\" must hold numbers"),
    (changed("k", {21: 2**40}) | changed("a", {22: INF}), r"inputs.x: column a, toy.csv, row 22: inf is not"),
    (changed("k", {21: 2**40}), r"inputs.c: column k, toy.csv, row 21: 1099511627776 is not a whole number"),
    (changed("k", {2: 2**60}), r"toy.csv: column \"k\" has missing values, and a whole number is too large"),
    (changed("p4", {3: BAD, 9: particles([NAN, 0, 0, 0])}), r"inputs.one: toy.csv, row 3: particle 0 .*E must be pos"),
    (changed("p4", {3: BAD, 2: particles([1, 0, 0, 0], [NAN, 0, 0, 0])}), r"column p4 \(particle 1, E\), .*row 2: nan"),
    (changed("p4", {3: particles([-1, NAN, 0, 0])}), r"column p4 \(particle 0, px\), toy.csv, row 3: nan"),
    (changed("pz", {19: [1.0] * 9}) | changed("E", {4: [-1.0]}), r"toy.csv, row 4: E holds 1 particles and px"),
    (changed("py", {19: [1.0] * 9}) | changed("pz", {4: [1.0] * 9}), r"toy.csv, row 19: E holds . particles and py 9"),
    (changed("y1", {22: NAN}), r"inputs.numbered: column y{i} \(particle 1, py\), toy.csv, row 22: nan is not"),
]


@given(st.sampled_from(FAULTS), st.integers(1, ROWS + 1))
def test_parts_do_not_change_what_is_said(dataset_of, fault, rows):
    changes, match = fault
    dataset, groups = dataset_of(columns() | changes), parse_experiment(SECTIONS).inputs
    with pytest.raises(DataError, match=match) as said:
        input_rows(dataset, groups)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "_rows_at_once", lambda *_: rows)
        with pytest.raises(DataError) as again:
            input_rows(dataset, groups)
    assert str(again.value) == str(said.value)


def test_words_of_equal_numbers_are_seen_in_different_parts(dataset_of, monkeypatch):
    by_number: dict[int, str] = {}
    for place in range(10**6):
        other = by_number.setdefault(word_number(f"{place}"), f"{place}")
        if other != f"{place}":
            break
    monkeypatch.setattr(inputs, "_rows_at_once", lambda *_: 1)
    group = parse_experiment(SECTIONS | {"inputs": {"c": {"kind": "categorical", "columns": ["w"]}}}).inputs
    with pytest.raises(DataError, match=rf"inputs.c: column w: the words '{other}' and '{place}' have the same number"):
        input_rows(dataset_of({"w": [other, f"{place}"]}), group)


def test_what_is_larger_than_memory_lies_in_a_file(dataset_of, monkeypatch, tmp_path):
    dataset, experiment = dataset_of(columns()), parse_experiment(SECTIONS)
    in_memory = prepare(dataset, experiment)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("NETWRIGHT_MEMORY", "1000")
    mapped = prepare(dataset, experiment)
    assert (in_memory.mapped, mapped.mapped) == (False, True)
    for name, values in in_memory.inputs.items():
        assert values.tobytes() == mapped.inputs[name].tobytes()
    np.testing.assert_array_equal(in_memory.identity, mapped.identity)
    assert not mapped.take(np.arange(3)).mapped
    split = divide(mapped.identity, experiment.split).split(0)
    assert str(describe(mapped, split, experiment)) == str(describe(in_memory, split, experiment))


@given(st.integers(1, 40))
def test_identities_do_not_depend_on_parts(size):
    random = np.random.default_rng(1)
    content = {"x": random.normal(size=(30, 2, 4)).astype(np.float32), "c": random.integers(0, 9, (30, 1), np.int32)}
    words = {"w": pa.chunked_array([[f"{i % 4}" for i in range(13)], [f"{i}" for i in range(17)]])}
    expected = content_identity(content), identity_of(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identities, "_WORDS_AT_ONCE", size)
        patch.setattr(identities, "_ROWS_AT_ONCE", size)
        np.testing.assert_array_equal(content_identity(content), expected[0])
        np.testing.assert_array_equal(identity_of(words), expected[1])


MEASURE = """
    import re, sys, threading, time
    import numpy as np, pyarrow as pa, pyarrow.parquet as pq
    from netwright.config import parse_experiment
    from netwright.data import divide, prepare, read
    from netwright.data import describe
    from netwright.data.description import particles as describe_particles

    describe_particles._NUMBERS_AT_ONCE = 2**20  # its bounded part is 150 MB else

    def anonymous():
        return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

    path, selection = sys.argv[1:]
    experiment = parse_experiment({
        "data": {"files": [path]}, "targets": {"t": {"kind": "binary", "column": "t"}},
        "inputs": {"x": {"kind": "four-vectors", "columns": "p4", "at_most": 200, "features": ["jet"]}},
    })
    dataset = read(path)
    prepare(dataset.slice(0, 100), experiment)
    before = peak = anonymous()
    done = threading.Event()

    def watch():
        global peak
        while not done.wait(0.002):
            peak = max(peak, anonymous())

    watching = threading.Thread(target=watch)
    watching.start()
    if selection:
        dataset = dataset.select(selection)
    rows = prepare(dataset, experiment)
    describe(rows, divide(rows.identity, experiment.split).split(0), experiment)
    done.set()
    watching.join()
    print(rows.mapped, sum(values.nbytes for values in rows.inputs.values()), peak - before)
"""


@pytest.fixture(scope="module")
def jets(tmp_path_factory):
    """Return a file of 128 MB of four-vectors, and its cache, filled."""
    folder = tmp_path_factory.mktemp("jets")
    p4 = np.zeros((40_000, 200, 4), dtype=np.float32)
    p4[:, :3] = np.random.default_rng(2).uniform(1, 9, (40_000, 3, 4))
    p4[:, :3, 0] = 30
    np.savez(folder / "jets.npz", p4=p4, t=np.arange(40_000) % 2)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is told by Linux only")
@pytest.mark.parametrize(
    ("memory", "selection", "mapped"), [("", "", False), ("150MiB", "", True), ("150MiB", "t = 0 OR t = 1", True)]
)
def test_memory_is_that_of_the_rows_or_bounded(jets, memory, selection, mapped):
    """Rows in memory take their own size and a bounded part; in a file, the bounded part alone."""
    environment = dict(os.environ) | {"NETWRIGHT_CACHE": str(jets / "cache"), "NETWRIGHT_MEMORY": memory}
    command = [sys.executable, "-c", textwrap.dedent(MEASURE), str(jets / "jets.npz"), selection]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    was_mapped, size, peak = done.stdout.split()
    assert (was_mapped == "True", int(size)) == (mapped, 128_000_000)
    assert int(peak) < 80e6 + (0 if mapped else 128e6)
