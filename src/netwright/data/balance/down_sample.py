"""Down-sampling: which rows of large classes are dropped, and the weight corrections of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data.rows.rows import Rows
from netwright.data.split.draws import Purpose, place_of
from netwright.errors import DataError

__all__ = ["Kept", "class_counts", "group_shares", "groups_of", "kept_rows"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Kept:
    """The training rows that are kept, and their corrections.

    Attributes:
        places: their positions among the training rows, shape (n,), increasing.
        rows: their row numbers, shape (n,).
        corrections: shape (n,), dimensionless: the share of such rows among all over their share among those kept; the
            factor on their weight, so that dropping rows changes no expectation. Ones if all rows are kept.
    """

    places: Whole
    rows: Whole
    corrections: Floats


def kept_rows(rows: Rows, among: Whole, targets: Mapping[str, Target]) -> Kept:
    """Keep all training rows, or with down-sampling as many of each class as the smallest has.

    Of every class, the n_min rows whose identity hashes to the smallest numbers are kept, with n_min the number of rows
    of the smallest class, and so are all rows that do not count for the head. Weights are corrected by
    (n_g / n) / (n'_g / n'), the share of group g among the training rows over its share among those kept.

    Args:
        rows: all rows.
        among: training row numbers, shape (n,).
        targets: the heads of the experiment.

    Returns:
        The rows kept.

    Raises:
        DataError: a class has no rows.

    Source: definition; the corrections are those of importance sampling.
    """
    for name, target in targets.items():
        if target.class_balance != "down-sampling":
            continue
        groups, classes = groups_of(rows, among, name, list(target.labels)), len(target.labels)
        counts = class_counts(f"targets.{name}", groups, list(target.labels))
        positions = _smallest_hashes(rows.identity[among], groups, int(counts.min()), classes)
        corrections = group_shares(groups)[groups[positions]] / group_shares(groups[positions])[groups[positions]]
        return Kept(positions, among[positions], corrections)
    return Kept(np.arange(len(among)), among, np.ones(len(among)))


def groups_of(rows: Rows, among: Whole, head: str, classes: list[str]) -> npt.NDArray[np.int64]:
    """Return the class number of every row; rows that do not count for the head form one more group.

    Args:
        rows: all rows.
        among: row numbers, shape (n,).
        head: its name.
        classes: names of its classes.

    Returns:
        Groups, shape (n,), from 0 to the number of classes.
    """
    counts = rows.heads[head].counts[among]
    return np.where(counts, rows.heads[head].values[among], len(classes)).astype(np.int64)


def group_shares(groups: Whole) -> Floats:
    """Return the share of every group.

    Args:
        groups: of each row, from 0, shape (n,).

    Returns:
        n_g / n, shape (groups,), dimensionless.
    """
    return np.bincount(groups) / len(groups)


def class_counts(where: str, labels: Whole, classes: list[str]) -> Whole:
    """Count the rows of every class.

    Args:
        where: the configuration key of the classes, for messages.
        labels: class of each row, from 0, shape (n,), dimensionless; numbers beyond the last class are ignored.
        classes: names of the classes.

    Returns:
        n_c, shape (classes,), dimensionless.

    Raises:
        DataError: a class has no rows.

    Source: definition.

    Example:
        >>> class_counts("y", np.array([0, 0, 1, 2]), ["background", "signal"]).tolist()
        [2, 1]
    """
    counts = np.bincount(labels, minlength=len(classes))[: len(classes)]
    for name, count in zip(classes, counts, strict=True):
        if not count:
            msg = (
                f"{where}.balance: class {name} has no training rows. "
                "Use more rows of it, another split.seed, or set balance: none."
            )
            raise DataError(msg)
    return counts


def _smallest_hashes(identity: npt.NDArray[np.uint64], groups: Whole, size: int, classes: int) -> Whole:
    """Return the positions of the rows with the smallest hashes of every class, and of rows without class, sorted."""
    hash_order = place_of(identity, Purpose.DOWN_SAMPLING, 0)
    parts = [np.flatnonzero(groups == classes)]
    for group in range(classes):
        of_class = np.flatnonzero(groups == group)
        parts.append(of_class[np.argsort(hash_order[of_class], kind="stable")[:size]])
    return np.sort(np.concatenate(parts))
