"""No two draws of one identity or seed depend on each other: division, bagging, down-sampling, and the rest."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from netwright.config import BinaryTarget, CrossSplit, FoldsSplit, SharesSplit
from netwright.data import HeadRows, Rows, bagged_rows, chosen_rows, divide, member_mask_of
from netwright.data.split.draws import Purpose, generator_of, key_of, place_of, seed_of_member
from netwright.data.split.identity import scrambled
from netwright.training.feed.shuffle import Shuffled

BY_IDENTITY = [
    Purpose.DIVISION,
    Purpose.BAGGING,
    Purpose.DOWN_SAMPLING,
    Purpose.UNSEEN_MEMBER,
    Purpose.EXPORT_CHECK,
]
SEEDS = [0, 1, 2, 2**31 - 1, seed_of_member(1, 1), seed_of_member(1, 2)]
IDENTITY = {"hashes": scrambled(np.arange(20_000, dtype=np.uint64)), "numbers": np.arange(20_000, dtype=np.uint64)}
POISSON = [0.3679, 0.3679, 0.1839, 0.0803]  # of mean 1: none, once, twice, more often
CELLS = 8
DEGREES = CELLS**2 - 1  # of freedom
LIMIT = DEGREES + 6 * np.sqrt(2 * DEGREES)  # of χ²: one in a million is above


def chi_squared(one: np.ndarray, other: np.ndarray) -> float:
    """Compare how often two places fall into each of 8 x 8 cells with what independent ones would do."""
    cell = (one * CELLS).astype(int) * CELLS + (other * CELLS).astype(int)
    expected = len(one) / CELLS**2
    return float(np.square(np.bincount(cell, minlength=CELLS**2) - expected).sum() / expected)


@pytest.mark.parametrize("identity", IDENTITY.values(), ids=IDENTITY)
def test_places_of_all_purposes_and_seeds_are_independent(identity: np.ndarray) -> None:
    places = {(purpose, seed): place_of(identity, purpose, seed) for purpose in BY_IDENTITY for seed in SEEDS}
    result = {(a, b): chi_squared(places[a], places[b]) for a, b in combinations(places, 2)}
    assert len(result) == 30 * 29 / 2
    assert {pair: value for pair, value in result.items() if value > LIMIT} == {}
    assert np.mean(list(result.values())) == pytest.approx(DEGREES, rel=0.05)


def test_generators_of_all_purposes_and_seeds_are_independent() -> None:
    draws = {
        (purpose, seed): generator_of(purpose, seed).random(20_000)
        for purpose in (Purpose.FIRST_WEIGHTS, Purpose.INSPECTED, Purpose.DRIFT_HALVES)
        for seed in SEEDS
    }
    for seed in SEEDS:
        for epoch in (1, 2):
            order = Shuffled(20_000, window=20_000, key=(seed, epoch)).between(0, 20_000)
            draws[f"order of epoch {epoch}", seed] = (order + 0.5) / 20_000
        draws["member", seed] = np.array([seed_of_member(seed, n) for n in range(1, 20_001)]) / 2**31
    result = {(a, b): chi_squared(draws[a], draws[b]) for a, b in combinations(draws, 2)}
    assert {pair: value for pair, value in result.items() if value > LIMIT} == {}


def test_no_two_draws_share_a_key() -> None:
    keys = [key_of(purpose, seed) for purpose in Purpose for seed in range(100)]
    assert len(set(keys)) == len(keys)
    assert key_of(Purpose.BAGGING, 1) == 7_136_445_440_043_974_499  # also on other machines, and in graphs


def shares(times: np.ndarray) -> list[float]:
    return [
        float((times == 0).mean()),
        float((times == 1).mean()),
        float((times == 2).mean()),
        float((times > 2).mean()),
    ]


@pytest.mark.parametrize("section", [SharesSplit(kind="shares", seed=1), FoldsSplit(kind="folds", folds=3, seed=1)])
@pytest.mark.parametrize("member", [0, 1, 2])
def test_bagging_draws_training_rows_a_poisson_number_of_times(section, member: int) -> None:
    """Also where the seed of the training is that of the split: then the draw was the division once more."""
    identity = IDENTITY["hashes"]
    among = divide(identity, section).split(0).train
    drawn = bagged_rows(among, identity, seed_of_member(section.seed, member))
    times = np.bincount(drawn, minlength=len(identity))[among]
    np.testing.assert_allclose(shares(times), POISSON, atol=5 * np.sqrt(0.25 / len(among)))


def test_members_bag_independently() -> None:
    identity = IDENTITY["hashes"]
    rows = np.arange(len(identity), dtype=np.int32)
    times = [
        np.minimum(np.bincount(bagged_rows(rows, identity, seed_of_member(1, m)), minlength=len(rows)), 3)
        for m in range(4)
    ]
    for one, other in combinations(times, 2):
        together = np.bincount(4 * one + other, minlength=16)
        expected = len(rows) * np.outer(POISSON, POISSON).ravel()
        assert np.square(together - expected).dot(1 / expected) < 15 + 5 * np.sqrt(30)


def test_down_sampling_keeps_rows_whatever_their_fold() -> None:
    identity = IDENTITY["hashes"]
    label = (np.arange(len(identity)) % 10 == 0).astype(np.int32)
    rows = Rows({}, {"y": HeadRows(label, label >= 0)}, np.ones(len(label)), identity, np.arange(len(label)))
    target = BinaryTarget(kind="binary", column="y", balance="down-sampling")
    kept = chosen_rows(rows, np.arange(len(label)), {"y": target}).rows
    background = kept[label[kept] == 0]
    for seed in (0, 1, 2):
        folds = (place_of(identity[background], Purpose.DIVISION, seed) * 10).astype(int)
        counts = np.bincount(folds, minlength=10)
        assert np.square(counts - counts.mean()).sum() / counts.mean() < 9 + 5 * np.sqrt(18)


def test_the_one_judge_of_an_unseen_row_has_nothing_to_do_with_its_fold() -> None:
    identity = IDENTITY["hashes"]
    for seed in (0, 1):
        one = CrossSplit(kind="cross", folds=8, unseen="random", seed=seed)
        evaluate = member_mask_of(identity, one, 8, identity[:0]).argmax(axis=1)
        for other in (seed, seed + 1):
            fold = divide(identity, one.model_copy(update={"seed": other})).fold()
            assert chi_squared((evaluate + 0.5) / 8, (fold + 0.5) / 8) < LIMIT
