"""What float32 keeps of a column: counted in the column's own type, and the same whatever the unit is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.precision.resolution import PAIR_STEPS, STEPS, near_number, resolution_of

RANDOM = np.random.default_rng(1)
SPREAD = RANDOM.exponential(30, 4000)
FAR = np.where(np.arange(4000) % 3, 1.7e9 + SPREAD, 0.0)


@pytest.mark.parametrize(
    ("values", "lost"),
    [
        (SPREAD, False),
        (RANDOM.normal(size=4000), False),
        (np.exp(RANDOM.normal(0, 20, 4000)), False),  # many decades: float32 has the same digits in each
        (RANDOM.integers(0, 10**8, 4000), False),  # some change, but an eighth of them spans 10^6 steps
        (np.arange(16_000_000, 16_000_010), False),  # float32 holds each
        ((1.7e9 + 128 * RANDOM.integers(0, 9, 100)).astype(np.float32), False),  # what a file lost is lost
        (RANDOM.choice([0.1, 0.2, 0.3, 0.1 + 0.2], 100), False),  # rounding of float64 tells nothing apart
        (np.full(100, 0.1), False),
        (np.array([np.nan, np.inf, 1.0]), False),
        (np.array([], dtype=np.int64), False),
        (RANDOM.random(100) < 0.5, False),
        (SPREAD + 1.7e9, True),
        (RANDOM.normal(6_500_000, 0.1, 4000), True),
        (np.cos(RANDOM.uniform(0, 0.01, 4000)), True),  # near 1
        (2**60 + RANDOM.integers(0, 10**6, 4000), True),
        (np.uint64(2**63) + RANDOM.integers(0, 10**6, 4000).astype(np.uint64), True),
        (355_000_000 + RANDOM.integers(0, 500, 4000), True),
        (FAR, True),
    ],
)
def test_a_column_that_is_fine_in_float32_is_told_from_one_that_is_not(values, lost):
    assert resolution_of(values).lost == lost


def test_values_are_counted_in_their_own_type():
    resolution = resolution_of(SPREAD + 1.7e9)
    assert (resolution.values, resolution.distinct) == (4000, 4000)
    assert resolution.kept == len(set((SPREAD + 1.7e9).astype(np.float32).tolist())) < 5
    whole = resolution_of(2**60 + np.arange(100))
    assert (whole.distinct, whole.kept) == (100, 1)


def test_groups_far_apart_are_not_recovered_by_one_centre_unless_one_is_a_marker():
    assert resolution_of(FAR).far_apart
    assert resolution_of(FAR).middle_steps > STEPS
    assert not resolution_of(FAR, [0.0]).far_apart
    assert not resolution_of(SPREAD + 1.7e9).far_apart


def test_48_bits_hold_what_is_not_nearer_than_that():
    assert resolution_of(SPREAD + 1e12).pair_steps > PAIR_STEPS
    assert resolution_of(2**60 + np.arange(100)).pair_steps < PAIR_STEPS


@given(offset=st.floats(-1e12, 1e12), power=st.integers(-20, 20))
def test_a_unit_of_a_power_of_two_changes_nothing(offset, power):
    one, other = resolution_of(SPREAD + offset), resolution_of((SPREAD + offset) * 2.0**power)
    assert (one.steps, one.pair_steps, one.kept) == (other.steps, other.pair_steps, other.kept)


@given(offset=st.integers(-(2**62), 2**62), width=st.integers(1, 10**6))
def test_the_number_to_take_off_is_near_and_short(offset, width):
    values = offset + np.linspace(0, width, 101).astype(np.int64)
    near = int(near_number(resolution_of(values)))
    assert abs(near - offset) <= 2 * width + 1
