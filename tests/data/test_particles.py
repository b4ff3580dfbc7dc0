"""Particles from files: every layout, which entries are particles, their order, and what is refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.config import ParticlesInput
from netwright.data import Ragged, categories_of, content_identity, rest_of
from netwright.data.precision.fine_columns import choose_fine_columns
from netwright.data.rows import inputs as module
from netwright.data.rows.categories import MISSING_CATEGORY, word_number
from netwright.data.rows.inputs import input_rows
from netwright.errors import DataError

PT = [[30.0, 50.0, 20.0], [], [40.0], [10.0, 60.0]]
D0 = [[0.1, -0.2, 0.3], [], [0.4], [-0.5, 0.6]]
CHARGE = [[1, -1, 0], [], [1], [-1, 1]]


def group_of(**content):
    defaults = {"kind": "particles", "numbers": {"track": {"columns": ["pt", "d0"]}}, "at_most": 4}
    return ParticlesInput.model_validate(defaults | content)


def lists(**changes):
    return {"pt": PT, "d0": D0, "charge": CHARGE} | changes


def read(data, group, name="t", **more):
    return input_rows(data, {name: group}, **more)


def slow_rows(group, pt, d0, there=None):
    """Sort, cut and pad row by row: the twin of the reader, for a group of pt and d0."""
    rows = []
    for row, (a, b) in enumerate(zip(pt, d0, strict=True)):
        particles = [
            (1.0, *pair)
            for position, pair in enumerate(zip(a, b, strict=True))
            if there is None or there[row][position]
        ]
        if group.sort_by is not None:
            position = 1 + ["pt", "d0"].index(group.sort_column)
            sign = 1 if group.sort_by.startswith("-") else -1
            particles.sort(key=lambda particle: sign * particle[position])
        particles = particles[: group.at_most]
        rows.append(particles + [(0.0, 0.0, 0.0)] * (group.at_most - len(particles)))
    return np.array(rows, np.float32)


@pytest.mark.parametrize("sort_by", [None, "pt", "-pt", "d0"])
@pytest.mark.parametrize("at_most", [1, 2, 4])
@pytest.mark.parametrize("block", [10, 2**24])
def test_lists_are_sorted_cut_and_padded_as_by_hand(dataset_of, monkeypatch, sort_by, at_most, block):
    monkeypatch.setattr(module, "_BYTES_AT_ONCE", block)
    group = group_of(sort_by=sort_by, at_most=at_most)
    result = read(dataset_of(lists()), group)["t"]
    assert isinstance(result, Ragged)
    assert result.shape == (4, at_most, 3)
    np.testing.assert_array_equal(result[:], slow_rows(group, PT, D0))
    np.testing.assert_array_equal(result[np.array([[3, 0], [0, 1]])], result[:][[[3, 0], [0, 1]]])
    np.testing.assert_array_equal(result.take(np.array([3, 1]))[:], result[[3, 1]])
    np.testing.assert_array_equal(result[np.array([True, False, True, False])], result[[0, 2]])
    np.testing.assert_array_equal(result.padded(), result[:])


@pytest.mark.parametrize(("sort_by", "first"), [("-d0", -0.2), ("d0", 0.3)])
def test_a_missing_value_is_sorted_last_whatever_marks_it(dataset_of, sort_by, first):
    """-999 came first among the smallest, and took the place of a particle where `at_most` cuts."""
    for marker in (-999.0, 999.0, np.nan):
        d0 = [[marker, 0.3, -0.2], [0.1, marker], [], [marker]]
        data = dataset_of({"d0": pa.array(d0), "pt": pa.array([[1.0] * len(x) for x in d0])})
        group = group_of(numbers={"x": {"columns": ["d0", "pt"], "missing": [-999, 999]}}, sort_by=sort_by, at_most=1)
        result = read(data, group)["t"][:][:, 0, 1]
        np.testing.assert_array_equal(result, np.array([first, 0.1, 0, marker], np.float32))


WIDE = np.array([[30.0, 50, 20], [0, 0, 0], [40, 0, 0], [10, 60, 0]])
DEEP = np.array([[0.1, -0.2, 0.3], [0, 0, 0], [0.4, 0, 0], [-0.5, 0.6, 0]])
VALID = np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0], [1, 1, 0]])


def test_arrays_with_a_mask_numbered_columns_and_nan_are_the_same_particles(dataset_of):
    group = group_of()
    expected = slow_rows(group, PT, D0)
    arrays = dataset_of({"pt": WIDE, "d0": DEEP, "valid": VALID.astype(bool)})
    np.testing.assert_array_equal(read(arrays, group_of(mask="valid"))["t"][:], expected)
    gaps = np.where(VALID, 1.0, np.nan)
    padded = {"numbers": {"track": {"columns": ["pt", "d0"], "missing": [-999]}}}
    marked = dataset_of({"pt": np.where(VALID, WIDE, -999), "d0": DEEP * gaps})
    np.testing.assert_array_equal(read(marked, group_of(**padded))["t"][:], expected)
    numbered = {f"{name}_{i}": (values * gaps)[:, i] for i in range(3) for name, values in (("pt", WIDE), ("d0", DEEP))}
    columns = {"numbers": {"track": {"columns": ["pt_{i}", "d0_{i}"]}}}
    np.testing.assert_array_equal(read(dataset_of(numbered), group_of(**columns))["t"][:], expected)
    hole = dataset_of({"pt": WIDE, "d0": DEEP, "valid": VALID[:, ::-1] * 1.0})
    exists = VALID[:, ::-1].tolist()
    np.testing.assert_array_equal(
        read(hole, group_of(mask="valid"))["t"][:], slow_rows(group, WIDE.tolist(), DEEP.tolist(), exists)
    )


P4 = np.array([[[5.0, 3, 0, 4], [0, 0, 0, 0], [2, 0, 2, 0]], [[9.0, 0, 0, 9], [0, 0, 0, 0], [0, 0, 0, 0]]])


def test_four_vectors_say_which_particles_there_are(dataset_of):
    vectors = {"columns": "p4", "missing": [-999]}
    group = group_of(four_vectors=vectors, numbers={"q": {"columns": ["q"]}}, at_most=3)
    q = np.array([[1.0, 7, -1], [1, 7, 7]])
    result = read(dataset_of({"p4": P4, "q": q}), group)["t"]
    expected = [[[5, 3, 0, 4, 1], [2, 0, 2, 0, -1], [0] * 5], [[9, 0, 0, 9, 1], [0] * 5, [0] * 5]]
    assert result[:].tolist() == expected
    four = {name: P4[..., k].tolist() for k, name in enumerate(["E", "px", "py", "pz"])}
    group = group_of(four_vectors={"columns": list(four)}, numbers={"q": {"columns": ["q"]}}, at_most=3)
    assert read(dataset_of(four | {"q": q.tolist()}), group)["t"][:].tolist() == expected
    bad = P4.copy()
    bad[1, 0, 0] = -9
    group = group_of(four_vectors={"columns": "p4"}, numbers={})
    with pytest.raises(DataError, match=r"inputs\.t: toy\.csv, row 1: particle 0 is .*E must be positive"):
        read(dataset_of({"p4": bad}), group)


def test_categories_are_whole_numbers_or_words(dataset_of):
    words = [["e", "mu", None], [], ["mu"], ["e", "x"]]
    categories = {"kind": {"columns": ["name"]}, "charge": {"columns": ["charge"], "encoding": "bits"}}
    data = dataset_of(lists(name=pa.array(words, pa.list_(pa.string()))))
    result = read(data, group_of(categories=categories, sort_by="pt", at_most=2))[categories_of("t")]
    assert result.dtype == np.int32
    e, mu, x = map(word_number, ("e", "mu", "x"))
    assert result[:].tolist() == [[[mu, -1], [e, 1]], [[0, 0], [0, 0]], [[mu, 1], [0, 0]], [[x, 1], [e, -1]]]
    third = read(data, group_of(categories=categories, at_most=3))[categories_of("t")]
    assert third[0][2].tolist() == [MISSING_CATEGORY, 0]


def test_fine_numbers_have_their_remainders(dataset_of):
    time = [[1.7e9 + 0.25, 1.7e9 + 3.5], [1.7e9 + 7.75], [], [1.7e9 - 40.125]]
    data = dataset_of({"t": pa.array(time * 50), "e": pa.array([[float(len(x))] * len(x) for x in time * 50])})
    group = group_of(numbers={"n": {"columns": ["e"]}, "time": {"columns": ["t"]}})
    fine = choose_fine_columns(data, {"t": group})
    assert fine == {"t": ("t",)}
    result = read(data, group, fine=fine)
    whole = result["t"][:4][..., 2].astype(np.float64) + result[rest_of("t")][:4][..., 0]
    np.testing.assert_array_equal(whole[0, :2], time[0])
    assert choose_fine_columns(data, {"t": group_of(numbers={"n": {"columns": ["e"]}})}) == {}


@pytest.mark.parametrize(
    ("columns", "content", "message"),
    [
        (lists(d0=[[0.1], [], [0.4], [1, 2.0]]), {}, r"inputs\.t: toy\.csv, row 0: pt holds 3 particles and d0 1; the"),
        (lists(d0=[1.0, 2, 3, 4]), {}, r"inputs\.t: .*column d0 has the type double; particles need a list of numbers"),
        (lists(d0=[["a"] * len(x) for x in PT]), {}, r"column d0 has the type list<.*string>; particles need a list"),
        (
            lists(d0=pa.array([[[0.0]] * len(x) for x in PT], pa.list_(pa.list_(pa.float64(), 1)))),
            {},
            r"particles need a list of numbers.*Name its elements \(d0\[0\] is the first\), or derive",
        ),
        (lists(d0=[D0[0], None, *D0[2:]]), {}, r"inputs\.t: toy\.csv, row 1: column d0 holds no list there\. Write"),
        (lists(d0=[[1, np.nan, 3], *D0[1:]]), {}, r"column d0, toy\.csv, row 0, particle 1: nan .*missing: true in"),
        (lists(d0=[*D0[:2], [np.inf], D0[3]]), {}, r"inputs\.t: column d0, toy\.csv, row 2, particle 0: inf is not a"),
        ({"pt": WIDE, "d0": DEEP, "v": VALID * 3}, {"mask": "v"}, r"inputs\.t\.mask: column v, .*particle 0: 3 is nei"),
        (lists(), {"sort_by": "-m"}, r'there is no column "m"'),
        (lists(), {"categories": {"c": {"columns": ["d0c"]}}}, r'there is no column "d0c"'),
        (lists(c=[[1.5, 1, 1], [], [1], [1, 1]]), {"categories": {"c": {"columns": ["c"]}}},
         r"inputs\.t: column c, toy\.csv, row 0, particle 0: 1\.5 is not a whole number"),
        ({"pt_0": [1.0], "pt_2": [1.0]}, {"numbers": {"n": {"columns": ["pt_{i}"]}}}, r'there is no column "pt_1"'),
        ({"pt_0": [[1.0]]}, {"numbers": {"n": {"columns": ["pt_{i}"]}}}, r"column pt_0 has the type list<.*one number"),
    ],
)  # fmt: skip
def test_what_is_refused(dataset_of, columns, content, message):
    with pytest.raises(DataError, match=message):
        read(dataset_of(columns), group_of(**content))


def test_padding_is_no_content_of_a_row(dataset_of):
    data = dataset_of(lists())
    few, many = (read(data, group_of(at_most=at_most)) for at_most in (3, 3))
    assert (content_identity(few) == content_identity({"t": many["t"][:]})).all()
    assert len(set(content_identity(few).tolist())) == 4
