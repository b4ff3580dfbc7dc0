"""Folds and files: no member scores rows that it was fitted to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.config import CrossSplit, FilesSplit, FoldsSplit, ReversedSplit, SharesSplit
from netwright.data import divide, member_mask_of, parts_by_file, read
from netwright.errors import DataError

IDENTITY = np.random.default_rng(5).integers(0, 2**63, 20_000).astype(np.uint64)
SECTIONS = [
    SharesSplit(kind="shares"),
    FoldsSplit(kind="folds", folds=5, test=0.25),
    CrossSplit(kind="cross", folds=3),
    CrossSplit(kind="cross", folds=10, seed=4),
    ReversedSplit(kind="reversed", valid=0.3),
]
EACH = pytest.mark.parametrize("section", SECTIONS, ids=[f"{s.kind}-{getattr(s, 'folds', '')}" for s in SECTIONS])  # type: ignore[attr-defined]


@EACH
def test_the_parts_of_a_fold_are_all_rows_once(section):
    division = divide(IDENTITY, section)
    for fold in range(division.folds):
        parts = division.split(fold).parts()
        assert sorted(np.concatenate(list(parts.values()))) == list(range(len(IDENTITY)))
        for part, numbers in parts.items():
            assert (np.flatnonzero(division.folds_of(part)[:, fold]) == numbers).all()


@EACH
def test_order_and_other_rows_do_not_matter(section):
    order = np.random.default_rng(1).permutation(len(IDENTITY))[:9000]
    assert (divide(IDENTITY[order], section).group == divide(IDENTITY, section).group[order]).all()


@EACH
def test_equal_identities_stay_together(section):
    division = divide(np.repeat(IDENTITY[:4000], 2), section)
    assert (division.group[::2] == division.group[1::2]).all()


def test_variant_1_validates_every_row_once_and_judges_on_one_test_set():
    division = divide(IDENTITY, SECTIONS[1])
    tested = division.folds_of("test")
    assert (tested.all(axis=1) == tested.any(axis=1)).all()
    assert tested[:, 0].mean() == pytest.approx(0.25, abs=0.01)
    rest = ~tested[:, 0]
    assert (division.folds_of("valid")[rest].sum(axis=1) == 1).all()
    assert (division.folds_of("train")[rest].sum(axis=1) == 4).all()
    assert (division.fold()[~rest] == -1).all()
    assert (division.fold()[rest] == division.folds_of("valid")[rest].argmax(axis=1)).all()
    assert np.bincount(division.fold()[rest]) == pytest.approx(rest.sum() / 5, rel=0.06)


@pytest.mark.parametrize("section", SECTIONS[2:4])
def test_variant_2_judges_and_validates_every_row_once(section):
    division = divide(IDENTITY, section)
    assert (division.folds_of("test").sum(axis=1) == 1).all()
    assert (division.folds_of("valid").sum(axis=1) == 1).all()
    assert (division.folds_of("train").sum(axis=1) == section.folds - 2).all()
    assert (division.fold() == division.folds_of("test").argmax(axis=1)).all()


def test_reversed_halves_judge_each_other():
    division = divide(IDENTITY, SECTIONS[4])
    one, other = division.split(0), division.split(1)
    assert sorted(np.concatenate([one.train, one.valid])) == list(other.test)
    assert sorted(np.concatenate([other.train, other.valid])) == list(one.test)
    assert len(one.valid) / len(other.test) == pytest.approx(0.3, abs=0.02)


@given(st.integers(0, 2**62), st.integers(3, 12), st.integers(1, 3))
def test_a_judge_never_saw_the_row(seed, folds, members):
    section = CrossSplit(kind="cross", folds=folds, seed=seed)
    division = divide(IDENTITY, section)
    member_mask = member_mask_of(IDENTITY, section, folds * members)
    assert (member_mask.sum(axis=1) == members).all()
    test, valid = (division.folds_of(part) for part in ("test", "valid"))
    assert (member_mask <= np.repeat(test, members, axis=1)).all()
    assert (valid == np.roll(test, -1, axis=1)).all()  # fold j + 1 validates what fold j is kept from


def test_who_judges_rows_outside_of_the_training_data():
    known, new = IDENTITY[:10_000], IDENTITY[10_000:]
    for section in (CrossSplit(kind="cross", folds=4), ReversedSplit(kind="reversed")):
        by_fold = member_mask_of(IDENTITY, section, 4)
        for unseen, number in (("ensemble", 4), ("random", 1)):
            other = section.model_copy(update={"unseen": unseen})
            member_mask = member_mask_of(IDENTITY, other, 4, known)
            assert (member_mask[:10_000] == by_fold[:10_000]).all()
            assert (member_mask[10_000:].sum(axis=1) == number).all()
            assert member_mask[10_000:].mean(axis=0) == pytest.approx(number / 4, abs=0.02)
            with pytest.raises(ValueError, match=r"split.unseen: .* needs the identities of the training data"):
                member_mask_of(new, other, 4)
    assert member_mask_of(new, SECTIONS[1], 5).all()


def test_too_few_rows_for_the_folds():
    with pytest.raises(
        DataError, match=r"split: fold \d+, (train|valid|test): none of 4 rows falls into it. Use more rows"
    ):
        divide(IDENTITY[:4], CrossSplit(kind="cross", folds=10))


# --- by file ---------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    for number, name in enumerate(["a", "b", "c", "d"]):
        np.savez(tmp_path / f"{name}.npz", x=np.full(3 + number, number))
    return tmp_path


def section_of(folder, train, valid, test):
    parts = {"train": train, "valid": valid, "test": test}
    return FilesSplit(kind="files", **{part: [str(folder / name) for name in names] for part, names in parts.items()})


def test_files_divide_rows_also_after_a_selection(files):
    dataset = read(files)
    section = section_of(files, ["[ab].npz"], ["d.npz"], ["c.npz"])
    parts = parts_by_file(dataset, section)
    assert (parts == np.array([0, 0, 2, 1])[dataset.column("x")]).all()
    some = dataset.select("x >= 1").take(np.arange(14)[::-1])
    assert (parts_by_file(some, section) == np.array([0, 0, 2, 1])[some.column("x")]).all()
    division = divide(np.zeros(len(parts), np.uint64), section, parts)
    assert {part: len(rows) for part, rows in division.split(0).parts().items()} == {"train": 7, "valid": 6, "test": 5}
    with pytest.raises(ValueError, match="file_part is needed"):
        divide(np.zeros(3, np.uint64), section)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((["a.npz"], ["b.npz"], ["c.npz"]), r"split: .*d.npz of data.files is in no part \(train, valid, test\)"),
        ((["a.npz"], ["[b-d].npz"], ["c.npz"]), r"split.test: .*c.npz is in valid too"),
        ((["a.npz"], ["[b-d].npz"], ["e.npz"]), r"e.npz: there is no such file"),
    ],
)
def test_files_in_no_part_or_in_two(files, parts, message):
    with pytest.raises(DataError, match=message):
        parts_by_file(read(files), section_of(files, *parts))


def test_files_of_one_part_alone_are_refused():
    with pytest.raises(ValueError, match=r"valid and test are both fractions .* or write kind: shares"):
        FilesSplit(kind="files", train=["a.npz"], valid=0.1, test=0.2)


def test_a_file_that_is_not_read(files):
    section = section_of(files, ["a.npz"], ["b.npz"], ["c.npz"])
    with pytest.raises(DataError, match=r"split.test: .*c.npz is not among the files of data.files"):
        parts_by_file(read([files / "a.npz", files / "b.npz"]), section)
