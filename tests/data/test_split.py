"""The split: nothing but a row's identity and the seed decides where it goes."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.config import SharesSplit, parse_experiment
from netwright.data import content_identity, divide, identity_of, input_rows, read
from netwright.errors import DataError

EVENTS = np.arange(20_000)
SECTION = SharesSplit(kind="shares")


def chunked(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def hashes(values, kind=None):
    return identity_of({"event": chunked(values, kind)})


def part_of(identity, section=SECTION):
    """The part of every row: 0 train, 1 valid, 2 test."""
    part = np.full(len(identity), -1)
    for number, rows in enumerate(divide(identity, section).split(0).parts().values()):
        assert (part[rows] == -1).all()
        assert (np.diff(rows) > 0).all()
        part[rows] = number
    assert (part >= 0).all()
    return part


def jets(path, at_most=200, **columns):
    content = {
        "data": {"files": [str(path)]},
        "inputs": {"jet": {"kind": "four-vectors", "columns": "constituents", "at_most": at_most} | columns},
        "targets": {"t": {"kind": "regression", "column": "other"}},
    }
    return input_rows(read(path), parse_experiment(content).inputs)


# --- known values: a later version must not move a row -------------------------------------------------------


def test_the_split_of_known_identities_never_changes():
    part = part_of(hashes([1, 2, 3, 2**40, -5, 0, 11, 12, 13, 14, 15, 16]))
    assert part.tolist() == [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0]


def test_known_hashes_never_change():
    result = [
        int(hashes([1])[0]),
        int(hashes(["jet"])[0]),
        int(identity_of({"run": chunked([1]), "event": chunked([2])})[0]),
        int(content_identity({"x": np.array([[1.5, -2.0]], dtype=np.float32)})[0]),
        int(content_identity({"x": np.array([[7]], dtype=np.int32), "y": np.ones((1, 2, 4), dtype=np.float32)})[0]),
    ]
    assert result == [
        10451216379200822465,
        5148904818889011078,
        18055171828438369843,
        13696913274030123025,
        9453339807007959690,
    ]


def slow_mix(state):
    """SplitMix64's first number from a state, in Python's integers."""
    z = (state + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def test_the_hash_is_splitmix64():
    assert slow_mix(1234567) == 6457827717110365317  # the reference implementation's first number
    values = [0, 1, 2**63 - 1, 1234567, -1]
    assert hashes(values).tolist() == [slow_mix(value % 2**64) for value in values]


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=6))
def test_the_hash_of_content_is_multilinear(row):
    salt = int.from_bytes(hashlib.blake2b(b"x", digest_size=8).digest(), "little")
    total = 0
    for place, value in enumerate(row):
        word = struct.unpack("<I", struct.pack("<f", value + 0.0))[0]
        total += word * (slow_mix((salt + place) % 2**64) | 1)
    (result,) = content_identity({"x": np.array([row], dtype=np.float32)}).tolist()
    assert result == slow_mix(total % 2**64)


# --- what must not matter -------------------------------------------------------------------------------------


def test_order_does_not_matter():
    order = np.random.default_rng(0).permutation(len(EVENTS))
    np.testing.assert_array_equal(part_of(hashes(EVENTS[order])), part_of(hashes(EVENTS))[order])


def test_added_rows_do_not_move_a_row():
    more = np.concatenate([EVENTS[:10_000], EVENTS[10_000:] + 10**9])
    np.testing.assert_array_equal(part_of(hashes(more))[:10_000], part_of(hashes(EVENTS[:10_000])))


def test_chunks_of_arrow_do_not_matter():
    chunks = pa.chunked_array([pa.array(["a", "b"]), pa.array(["c", "a", "d"]), pa.array([], pa.string())])
    np.testing.assert_array_equal(identity_of({"event": chunks}), hashes(["a", "b", "c", "a", "d"]))


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int32(), pa.uint64(), pa.float32(), pa.float64()])
def test_equal_numbers_of_other_types_are_equal(kind):
    np.testing.assert_array_equal(hashes([0, 1, 100], kind), hashes([0, 1, 100], pa.int64()))


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        (pa.float64(), 2.0**60, r"row 1: 1\.152921504606847e\+18 is beyond 2\^53, where float64 cannot distinguish"),
        (pa.float64(), -(2.0**53), r"is beyond 2\^53.*Write the column as 64-bit integers or as text"),
        (pa.float32(), 2.0**24, r"is beyond 2\^24, where float32"),
        (pa.float64(), 0.5, r"row 1: 0\.5 is not an integer, and rounding may merge"),
        (pa.float32(), 1e6 + 0.5, r"1000000\.5 is not an integer"),
    ],
)
def test_numbers_that_their_type_merges_are_no_identity(kind, value, rule):
    with pytest.raises(DataError, match=rule):
        hashes([1.0, value], kind)


def test_the_largest_whole_numbers_of_a_type_are_an_identity():
    np.testing.assert_array_equal(hashes([2.0**53 - 1], pa.float64()), hashes([2**53 - 1]))
    np.testing.assert_array_equal(hashes([2.0**24 - 1], pa.float32()), hashes([2**24 - 1]))
    near = hashes([2**60, 2**60 + 1, 2**64 - 1], pa.uint64())
    assert len(set(near.tolist())) == 3


def test_booleans_are_zero_and_one():
    np.testing.assert_array_equal(hashes([False, True]), hashes([0, 1]))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_texts_of_other_types_are_equal(kind):
    np.testing.assert_array_equal(hashes(["a", "ä", ""], kind), hashes(["a", "ä", ""]))
    assert len(set(hashes(["a", "ä", ""]).tolist())) == 3


def test_minus_zero_is_zero():
    assert len(set(hashes([0.0, -0.0, 0.0], pa.float64()).tolist())) == 1
    zeros = np.array([[0.0, 1.0], [-0.0, 1.0]], dtype=np.float32)
    assert len(set(content_identity({"x": zeros}).tolist())) == 1


def test_every_nan_is_the_same_content():
    x = np.array([[np.nan, 1], [np.nan, 1], [0, 1]], dtype=np.float32)
    x[1].view(np.uint32)[0] |= 0x80000001  # another NaN
    a, b, c = content_identity({"x": x}).tolist()
    assert a == b != c


PROCESS = """
import numpy as np, pyarrow as pa
from netwright.data import identity_of, content_identity
text = pa.chunked_array([pa.array([f"run {i % 7}" for i in range(1000)])])
number = pa.chunked_array([pa.array(np.arange(1000))])
x = np.random.default_rng(1).normal(size=(1000, 3)).astype(np.float32)
print(int(identity_of({"run": text, "event": number}).sum()), int(content_identity({"x": x}).sum()))
"""


def test_another_process_does_not_matter():
    result = {
        subprocess.run(
            [sys.executable, "-c", PROCESS], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(result) == 1


def test_the_layout_of_files_does_not_matter(tmp_path):
    p4 = np.random.default_rng(0).uniform(1, 2, (90, 5, 4)).astype(np.float32)
    np.savez(tmp_path / "all.npz", constituents=p4)
    for number, part in enumerate(np.array_split(p4, 3)):
        np.savez(tmp_path / f"part_{number}.npz", constituents=part.astype(np.float64))
    one = content_identity(jets(tmp_path / "all.npz"))
    several = content_identity(jets(str(tmp_path / "part_*.npz")))
    np.testing.assert_array_equal(one, several)


def test_the_format_of_the_real_jets_does_not_matter(shared_data):
    npz = jets(shared_data / "real_jets_1000.npz")
    hdf5 = jets(shared_data / "real_jets_1000.h5", columns=["E_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"])
    np.testing.assert_array_equal(npz["jet"], hdf5["jet"])
    np.testing.assert_array_equal(content_identity(npz), content_identity(hdf5))


@given(st.integers(0, 50))
def test_padding_does_not_move_a_jet(padding):
    p4 = np.random.default_rng(padding).normal(size=(20, 3, 4)).astype(np.float32)
    longer = np.concatenate([p4, np.zeros((20, padding, 4), dtype=np.float32)], axis=1)
    np.testing.assert_array_equal(content_identity({"jet": p4}), content_identity({"jet": longer}))


# --- what must matter -----------------------------------------------------------------------------------------


def test_another_seed_is_another_division():
    a, b = (part_of(hashes(EVENTS), SharesSplit(kind="shares", seed=seed)) for seed in (1, 2))
    expected = 0.7**2 + 2 * 0.15**2  # two independent divisions agree by chance
    assert abs((a == b).mean() - expected) < 5 * np.sqrt(expected / len(EVENTS))


def test_neighbouring_values_columns_and_places_have_other_hashes():
    pairs = {
        "events": identity_of({"run": chunked([1, 1]), "event": chunked([1, 2])}),
        "swapped": identity_of({"run": chunked([1, 2]), "event": chunked([2, 1])}),
        "float": hashes([5.0, 25.0]),
        "place": content_identity({"x": np.array([[1, 0], [0, 1]], dtype=np.float32)}),
        "kind": np.concatenate([content_identity({n: np.ones((1, 1), dtype=np.int32)}) for n in ("x", "y")]),
    }
    for name, (one, other) in pairs.items():
        assert one != other, name


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=60, unique=True))
def test_different_whole_numbers_never_collide(values):
    assert len(set(hashes(values).tolist())) == len(values)  # SplitMix64 is a bijection


def test_real_jets_do_not_collide(shared_data):
    identity = content_identity(jets(shared_data / "real_jets_1000.npz"))
    assert len(set(identity.tolist())) == 1000


# --- shares ---------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**63 - 1), train=st.floats(0.1, 0.8))
def test_shares_are_right_within_binomial_errors(seed, train):
    section = SharesSplit(kind="shares", train=train, valid=(1 - train) / 2, test=(1 - train) / 2, seed=seed)
    for rows, share in zip(
        divide(hashes(EVENTS), section).split(0).parts().values(),
        (section.train, section.valid, section.test),
        strict=True,
    ):
        expected = len(EVENTS) * share
        assert abs(len(rows) - expected) < 6 * np.sqrt(expected * (1 - share))


def test_rows_of_one_event_stay_together():
    event = np.repeat(np.arange(500), 7)
    part = part_of(hashes(event)).reshape(500, 7)
    assert (part == part[:, :1]).all()


# --- errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({}, "data.identity: no columns given"),
        ({"event": chunked([1, None])}, "column event has 1 missing values; a row needs a complete identity"),
        ({"event": chunked([1.0, float("nan"), float("inf")])}, "column event has 2 missing values"),
        ({"event": chunked([[1], [2]])}, r"column event is of type list<.*>; an identity consists of .* Name others"),
    ],
)
def test_bad_identities(columns, match):
    with pytest.raises(DataError, match=match):
        identity_of(columns)


def test_a_part_without_rows():
    with pytest.raises(DataError, match=r"split.valid: none of 5 rows falls into it. Use more rows"):
        divide(np.zeros(5, dtype=np.uint64), SECTION).split(0)


def test_more_rows_than_row_numbers_are_refused():
    rows = np.broadcast_to(np.uint64(0), 2**31)  # eight bytes
    with pytest.raises(DataError, match=r"There are 2,147,483,648 rows, and a network can use at most 2,147,483,647"):
        divide(rows, SharesSplit(kind="shares"))
