"""Names that pandas pickled: the same as unpickling gives, for plain values; anything else is refused."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.readers._plain_pickle import plain_pickle

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KEYS = st.text() | st.integers()
PLAIN = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.lists(inner).map(tuple),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from([0, 2, 3]))
def test_plain_values_come_back(value, protocol):
    assert plain_pickle(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("value", [print, ValueError("x"), {1, 2}, range(3), complex(1, 2), b"raw"])
def test_what_calls_or_imports_is_refused(value):
    with pytest.raises(ValueError, match="never executed"):
        plain_pickle(pickle.dumps(value, 0))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"(lp0\nVa\n", "exhausted"),
        (b"I1\na.", "malformed"),
        (b"I1\nI2\na.", "malformed"),
        (b"I1\nI2\nI3\ns.", "malformed"),
        (b"g7\n.", "malformed"),
        (b"t.", "malformed"),
        (b"(I1\nd.", "strict|zip"),
        (b".", "malformed"),
        (b"\xff", "unknown"),
        (b"", "exhausted"),
        (b"(dp0\n(lp1\nI1\ns.", "malformed"),
    ],
)
def test_malformed_pickles(data, message):
    with pytest.raises(ValueError, match=message):
        plain_pickle(data)
