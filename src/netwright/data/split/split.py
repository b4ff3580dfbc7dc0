"""Which member learns from a row and which one evaluates it: splits, folds and files; never by a row's position."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from netwright.config import CrossSplit, FilesSplit, FoldsSplit, ReversedSplit, SharesSplit, SplitSection
from netwright.data.split.draws import Purpose, place_of
from netwright.errors import DataError, EmptyPartError

__all__ = ["PARTS", "Division", "Part", "Split", "divide", "member_mask_of", "refuse_too_many", "test_member_mask"]

Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")
_ROWS_AT_ONCE = 2**20
_MAX_ROWS = 2**31 - 1  # row numbers have 32 bits


@dataclass(frozen=True)
class Split:
    """The rows that one member is fitted to (train), validated on for early stopping (valid) and evaluated on (test).

    Attributes:
        train: row numbers, shape (n_train,), increasing.
        valid: row numbers, shape (n_valid,), increasing.
        test: row numbers, shape (n_test,), increasing.
    """

    train: npt.NDArray[np.int32]
    valid: npt.NDArray[np.int32]
    test: npt.NDArray[np.int32]

    def parts(self) -> dict[Part, npt.NDArray[np.int32]]:
        """The three sets of row numbers by name, shape (n,) each."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


@dataclass(frozen=True)
class Division:
    """The division of rows: groups of rows, and the part of each group in each fold.

    Attributes:
        group: the group of every row, shape (rows,).
        roles: for every group, its part in each fold; one fold without cross-validation.
    """

    group: npt.NDArray[np.int16]
    roles: tuple[tuple[Part, ...], ...]

    @property
    def folds(self) -> int:
        """The number of folds."""
        return len(self.roles[0])

    def split(self, fold: int) -> Split:
        """Return the split of one fold.

        Args:
            fold: its number.

        Returns:
            The split of its members.
        """
        if fold not in self._splits:
            role = np.array([PARTS.index(of_group[fold]) for of_group in self.roles], np.int8)[self.group]
            self._splits[fold] = Split(
                *(np.flatnonzero(role == part_index).astype(np.int32) for part_index in range(3))
            )
        return self._splits[fold]

    @cached_property
    def _splits(self) -> dict[int, Split]:
        """Splits by fold, cached: members, their description and figures share the row numbers."""
        return {}

    def folds_of(self, part: Part) -> npt.NDArray[np.bool_]:
        """Return in which folds the rows are train, valid or test.

        Args:
            part: the part.

        Returns:
            Shape (rows, folds), dimensionless.
        """
        return _where(self.roles, part)[self.group]

    def fold(self) -> npt.NDArray[np.int64]:
        """Return the fold of each row: the one that evaluates it, else the one that it validates.

        Returns:
            Shape (rows,), dimensionless; -1 for a row that is in none, such as a test row of all folds.
        """
        evaluated, validated = _where(self.roles, "test"), _where(self.roles, "valid")
        mine = np.where((evaluated.sum(axis=1) == 1)[:, None], evaluated, validated)
        fold_of_group = np.where(mine.sum(axis=1) == 1, mine.argmax(axis=1), -1)
        return np.asarray(fold_of_group[self.group] if self.folds > 1 else np.full(len(self.group), -1))


def divide(
    identity: npt.NDArray[np.uint64], section: SplitSection, file_part: npt.NDArray[np.int64] | None = None
) -> Division:
    """Divide rows by their identity: a number u in [0, 1) from identity and seed decides, or the file.

    Shares: u is below the shares of train, valid, test. Folds (variant 1): the first 1 - test of [0, 1) is cut
    into k folds; fold j validates member j, the others fit it, and all are evaluated on the rest. Cross (variant 2):
    [0, 1) is cut into k folds; fold j is evaluated by member j, fold j + 1 validates it, the others fit it. Reversed:
    two halves, each evaluated by the member fitted to the other half, except for that half's share for validation. By
    file: as given; where valid or test is a fraction, u below it takes a row of the training files there.

    The part of a row depends only on its identity and the seed: not on its position, other rows, files, processes or
    machines. Rows with equal identity stay together.

    Args:
        identity: identity of every row, shape (rows,), dimensionless.
        section: the kind of division, its shares and seed.
        file_part: 0 (train), 1 (valid) or 2 (test) for every row, shape (rows,), dimensionless; for a split by file.

    Returns:
        The division.

    Raises:
        EmptyPartError: a part would hold no rows.
        DataError: there are more than 2³¹ - 1 rows.
        ValueError: the split is by file, and `file_part` is missing.

    Source: definition; variants 1 and 2 as in the lecture (Rieger, Deep Learning School "Basic Concepts", 2022).

    Example:
        >>> division = divide(np.arange(1000, dtype=np.uint64), SharesSplit(kind="shares"))
        >>> [len(part) for part in division.split(0).parts().values()]
        [663, 165, 172]
    """
    refuse_too_many(len(identity))
    if isinstance(section, FilesSplit):
        if file_part is None:
            msg = "file_part is needed for a split by file. Received: None. Give the part of each row."
            raise ValueError(msg)
        group = file_part
        if section.drawn is not None:
            part, share = section.drawn
            drawn = place_of(identity, Purpose.DIVISION, section.division_seed) < share
            group = np.where(drawn & (group == PARTS.index("train")), PARTS.index(part), group)
    else:
        group = np.empty(len(identity), np.int16)
        for start in range(0, len(identity), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            group[rows] = _group(place_of(identity[rows], Purpose.DIVISION, section.seed), section)
    division = Division(group.astype(np.int16, copy=False), _roles(section))
    sizes = [np.count_nonzero(division.group == number) for number in range(len(division.roles))]
    for fold in range(division.folds):
        for name in PARTS:
            if not any(size for size, of_group in zip(sizes, division.roles, strict=True) if of_group[fold] == name):
                where = f"split.{name}" if division.folds == 1 else f"split: fold {fold}, {name}"
                msg = (
                    f"{where}: none of {len(identity)} rows falls into it. Use more rows, other shares, fewer folds, "
                    f"or "
                    "identity columns that distinguish rows."
                )
                raise EmptyPartError(msg)
    return division


def member_mask_of(
    identity: npt.NDArray[np.uint64],
    section: SplitSection,
    members: int,
    known: npt.NDArray[np.uint64] | None = None,
) -> npt.NDArray[np.bool_]:
    """Return which members may evaluate a row, whatever its origin.

    Members of one fold are consecutive. Without cross-validation over all rows, all members evaluate. With it, a row
    is evaluated by the members of the fold that its identity falls into, which never saw it. Rows outside the
    training data are evaluated according to `section.unseen`: likewise (sub-ensemble), by all members (ensemble), or by
    member ⌊v · members⌋, with v another number from identity and seed, with its own key (random).

    Args:
        identity: of every row, shape (rows,), dimensionless.
        section: how the training rows were divided.
        members: of all folds together.
        known: identities of the rows in the training data, shape (n,), dimensionless; needed where they matter.

    Returns:
        True where a member may evaluate a row, shape (rows, members), dimensionless.

    Raises:
        ValueError: rows outside the training data need other members, and `known` is not given.

    Source: definition; random, ensemble and sub-ensembling as in the lecture (Rieger, Deep Learning School "Basic
    Concepts", 2022).

    Example:
        >>> from netwright.config import CrossSplit
        >>> member_mask_of(np.arange(2, dtype=np.uint64), CrossSplit(kind="cross", folds=3), 3).tolist()
        [[False, True, False], [False, False, True]]
    """
    if not section.every_row_is_tested:
        return np.ones((len(identity), members), dtype=np.bool_)
    table = test_member_mask(section, members)
    member_mask = table[(place_of(identity, Purpose.DIVISION, section.division_seed) * len(table)).astype(np.int64)]
    if section.unseen_members == "sub-ensemble":
        return member_mask
    everybody = np.ones(members, dtype=np.bool_)
    if section.unseen_members == "random":
        drawn = (place_of(identity, Purpose.UNSEEN_MEMBER, section.division_seed) * members).astype(np.int64)
        everybody = drawn[:, None] == np.arange(members)
    if known is None:
        msg = f"split.unseen: {section.unseen_members} needs the identities of the training data: give `known`."
        raise ValueError(msg)
    return np.where(np.isin(identity, known)[:, None], member_mask, everybody)


def test_member_mask(section: SplitSection, members: int) -> npt.NDArray[np.bool_]:
    """Return which members never saw the rows of each of k equal parts of [0, 1).

    Args:
        section: the split, into k folds or halves.
        members: of all folds together.

    Returns:
        True where a member never saw them, shape (k, members), dimensionless.

    Source: definition.

    Example:
        >>> test_member_mask(ReversedSplit(kind="reversed"), 2).tolist()
        [[True, False], [False, True]]
    """
    roles = _roles(section)
    table = _where(roles if isinstance(section, CrossSplit) else roles[::2], "test")
    return np.repeat(table, members // len(roles[0]), axis=1)


def refuse_too_many(rows: int) -> None:
    """Refuse more rows than 32-bit numbers can count.

    Args:
        rows: number of rows, dimensionless.

    Raises:
        DataError: there are more than 2³¹ - 1.

    Source: definition.
    """
    if rows > _MAX_ROWS:
        msg = (
            f"There are {rows:,} rows, and a network can use at most {_MAX_ROWS:,}. Exclude rows with "
            "data.selection, or use fewer files."
        )
        raise DataError(msg)


def _group(fractions: npt.NDArray[np.float64], section: SplitSection) -> npt.NDArray[np.int64]:
    """Return the group that a number in [0, 1) falls into."""
    if isinstance(section, SharesSplit):
        edges = np.array([section.train, section.train + section.valid])
        return np.searchsorted(edges, fractions, side="right")
    if isinstance(section, FoldsSplit):
        return np.minimum((fractions / (1 - section.test) * section.folds).astype(np.int64), section.folds)
    if isinstance(section, CrossSplit):
        return (fractions * section.folds).astype(np.int64)
    if isinstance(section, ReversedSplit):
        edges = np.array([(1 - section.valid) / 2, 0.5, 1 - section.valid / 2])
        return np.searchsorted(edges, fractions, side="right")
    msg = f"rows of split kind {section.kind} have no group by identity. Give another kind of split."
    raise ValueError(msg)


def _roles(section: SplitSection) -> tuple[tuple[Part, ...], ...]:
    """Return the part of every group of rows in each fold."""
    if isinstance(section, FoldsSplit):
        k = section.folds
        fitting = np.where(np.eye(k, dtype=np.bool_), "valid", "train").tolist()
        return (*(tuple(of_group) for of_group in fitting), ("test",) * k)
    if isinstance(section, CrossSplit):
        k = section.folds
        fitted: list[Part] = ["train"] * (k - 2)
        by_distance: list[Part] = ["test", "valid", *fitted]
        return tuple(tuple(by_distance[(group - fold) % k] for fold in range(k)) for group in range(k))
    if isinstance(section, ReversedSplit):
        return (("test", "train"), ("test", "valid"), ("train", "test"), ("valid", "test"))
    return (("train",), ("valid",), ("test",))


def _where(roles: tuple[tuple[Part, ...], ...], part: Part) -> npt.NDArray[np.bool_]:
    return np.array([[role == part for role in of_group] for of_group in roles])
