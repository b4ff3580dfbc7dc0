"""A sample of rows: all of few, the same of many whatever the chunks, and each with the same chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.moments import _sample
from netwright.data.moments._sample import BoundedSample


def sample_of(values, chunk, exists=None):
    sample = BoundedSample(values.shape[1])
    exists = np.ones(values.shape, dtype=bool) if exists is None else exists
    for start in range(0, len(values), chunk):
        part = slice(start, start + chunk)
        sample.add(values[part], 10 * values[part, 0], exists[part])
    return sample


@pytest.fixture
def twenty(monkeypatch):
    monkeypatch.setattr(_sample, "_MAX_ROWS", 20)
    monkeypatch.setattr(_sample, "_MIN_ROWS", 20)


@given(st.integers(0, 200), st.integers(1, 50), st.integers(1, 50))
def test_chunks_do_not_matter_and_values_keep_their_weights(rows, one, other):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sample, "_MAX_ROWS", 20)
        patch.setattr(_sample, "_MIN_ROWS", 20)
        values = np.arange(2.0 * rows).reshape(rows, 2)
        result = [sample_of(values, chunk) for chunk in (one, other)]
        for column in (0, 1):
            (a, weights), (b, _) = (sample.column(column) for sample in result)
            np.testing.assert_array_equal(weights, 10 * (a - column))
            np.testing.assert_array_equal(np.sort(a), np.sort(b))
            assert len(set(a)) == len(a) == min(rows, 20)
        np.testing.assert_array_equal(result[0].column(0)[0] + 1, result[0].column(1)[0])  # of the same rows


@pytest.mark.usefixtures("twenty")
def test_all_of_few_rows_are_kept():
    values = np.random.default_rng(0).normal(size=(20, 3))
    np.testing.assert_array_equal(sample_of(values, 7).column(1)[0], values[:, 1])


@pytest.mark.usefixtures("twenty")
def test_rows_without_any_value_take_no_place():
    values = np.random.default_rng(0).normal(size=(500, 2))
    exists = np.zeros(values.shape, dtype=bool)
    exists[::25] = [True, False]
    sample = sample_of(values, 100, exists)
    np.testing.assert_array_equal(np.sort(sample.column(0)[0]), np.sort(values[::25, 0]))
    assert len(sample.column(1)[0]) == 0


@pytest.mark.usefixtures("twenty")
def test_every_row_has_the_same_chance():
    """5000 samples of 20 of 40 rows, from successive numbers of one generator: each row in half of them, to 4 σ."""
    sample, kept = BoundedSample(1), np.zeros(40)
    values = np.arange(40.0)[:, None]
    generator = sample._random
    for _ in range(5000):
        sample = BoundedSample(1)
        sample._random = generator
        sample.add(values, values[:, 0], np.ones((40, 1), dtype=bool))
        kept[sample.column(0)[0].astype(int)] += 1
    np.testing.assert_allclose(kept / 5000, 0.5, atol=4 * np.sqrt(0.25 / 5000))
