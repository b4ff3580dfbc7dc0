"""The training rows that batches are drawn from: all, the same number of each class, or fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data.balance.balance import importance
from netwright.data.balance.down_sample import Kept, class_counts, group_shares, groups_of, kept_rows
from netwright.data.rows.rows import Rows
from netwright.metrics import effective_rows

__all__ = ["TrainingRows", "chosen_rows"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.integer]


@dataclass(frozen=True)
class TrainingRows:
    """The rows that batches are drawn from, and how.

    Attributes:
        rows: row numbers, shape (n,); a row may occur more than once.
        groups: shape (n,): the group of each, from 0; every batch has equally many rows of each group. None if batches
            are drawn from all rows alike.
        corrections: shape (n,), dimensionless: the share of such rows among all over their share in batches; the factor
            on their weight, so that the choice of rows changes no expectation. None for ones.
        remarks: the cost of the choice, as sentences.
    """

    rows: Whole
    groups: npt.NDArray[np.integer] | None = None
    corrections: Floats | None = None
    remarks: tuple[str, ...] = ()


def chosen_rows(rows: Rows, among: Whole, targets: Mapping[str, Target]) -> TrainingRows:
    """Choose the training rows that batches are drawn from: all, the same number of each class, or fewer.

    Only one head may set collocated or down-sampling; the others are unaffected, because weights are corrected by
    (n_g / n) / (n'_g / n'), the share of group g among the training rows over its share in batches.
    With the factors of `importance`, the classes of that head have equal sums of weights: among the rows that are kept
    (down-sampling), or in the mean over batches (collocated).

    - collocated: the groups are the classes of the head, in order. Rows that do not count for it (`where`) form one
      more group, as other heads may learn from them.
    - down-sampling: as many rows of every class are kept as the smallest has (`kept_rows`).

    Args:
        rows: all rows.
        among: training row numbers, shape (n,).
        targets: the heads of the experiment.

    Returns:
        The rows, with remarks on the cost of balance.

    Source: definition; the corrections are those of importance sampling.

    Example:
        >>> from netwright.config import BinaryTarget
        >>> from netwright.data import HeadRows
        >>> label = np.array([0, 0, 0, 1], np.int32)
        >>> rows = Rows({}, {"y": HeadRows(label, label >= 0)}, np.ones(4), np.arange(4).astype("u8"), np.arange(4))
        >>> target = BinaryTarget(kind="binary", column="y", balance="collocated")
        >>> chosen = chosen_rows(rows, np.arange(4), {"y": target})
        >>> chosen.groups.tolist(), chosen.corrections.tolist()
        ([0, 0, 0, 1], [1.5, 1.5, 1.5, 0.5])
    """
    kept = kept_rows(rows, among, targets)
    remarks = tuple(_precision(rows, among, kept, targets))
    for name, target in targets.items():
        if not target.chooses_rows:
            continue
        classes = list(target.labels)
        groups = groups_of(rows, among, name, classes)
        class_counts(f"targets.{name}", groups, classes)
        if target.class_balance == "collocated":
            return _collocated(f"targets.{name}", among, groups, classes, remarks)
        lost = _loss(f"targets.{name}", rows.weights[among], groups, kept.places, classes)
        return TrainingRows(kept.rows, None, kept.corrections, (*remarks, lost))
    return TrainingRows(among, remarks=remarks)


def _collocated(where: str, among: Whole, groups: Whole, classes: list[str], remarks: tuple[str, ...]) -> TrainingRows:
    counts = np.bincount(groups)
    names = [*classes, "rows outside of where"]
    times = ", ".join(f"{names[g]} {counts.max() / count:.3g}" for g, count in enumerate(counts))
    remark = f"{where}: batches have equally many rows of each class; occurrences of every row in an epoch: {times}."
    corrections = group_shares(groups)[groups] * len(counts)
    return TrainingRows(among, groups, corrections, (*remarks, remark))


def _loss(where: str, weights: Floats, groups: Whole, positions: Whole, classes: list[str]) -> str:
    """Report how many rows and how much weight down-sampling drops."""
    is_dropped = np.ones(len(groups), np.bool_)
    is_dropped[positions] = False
    by_class = ", ".join(
        f"{int((is_dropped & (groups == g)).sum()):,} of {int((groups == g).sum()):,} of {name}"
        for g, name in enumerate(classes)
    )
    share = weights[is_dropped].sum() / weights.sum() if weights.sum() else np.nan
    return (
        f"{where}: down-sampling drops {int(is_dropped.sum()):,} of {len(groups):,} training rows ({by_class}) and "
        f"{weights[is_dropped].sum():.6g} of {weights.sum():.6g} of their weight ({share:.1%}). "
        "balance: weights or collocated would drop none."
    )


def _precision(rows: Rows, among: Whole, kept: Kept, targets: Mapping[str, Target]) -> Iterator[str]:
    """Report where balance by weights costs more than half of the effective statistics."""
    for name, factors in importance(rows, kept, targets).items():
        if targets[name].class_balance == "down-sampling":
            continue  # it has its own remark
        counted_rows = among[rows.heads[name].counts[among]]
        before = effective_rows(rows.weights[counted_rows])
        after = effective_rows((rows.weights * factors)[counted_rows])
        if after < before / 2:
            yield (
                f"targets.{name}: balance reduces the precision to that of {after:,.0f} rows of equal weight, "
                f"(Σw)²/Σw²; without it {before:,.0f}, of {len(counted_rows):,} training rows that count."
            )
