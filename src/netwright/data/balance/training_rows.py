"""Which training rows batches are made of: all, the same number of each class, or fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import RegressionTarget, Target
from netwright.data.balance.balance import importance
from netwright.data.balance.down_sample import class_counts, group_shares, groups_of, kept_rows
from netwright.data.rows.rows import Rows

__all__ = ["TrainingRows", "chosen_rows"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.integer]


@dataclass(frozen=True)
class TrainingRows:
    """The rows that batches are made of, and how.

    Attributes:
        rows: row numbers, shape (n,); a row may come more than once.
        groups: shape (n,): the group of each, from 0; every batch has as many rows of each group. None where
            batches are taken from all rows alike.
        corrections: shape (n,), dimensionless: how often a row like this occurs over how often batches show it, by
            which its weight is multiplied, so that choosing rows changes no expectation. None for ones.
        remarks: what choosing costs, in sentences.
    """

    rows: Whole
    groups: npt.NDArray[np.integer] | None = None
    corrections: Floats | None = None
    remarks: tuple[str, ...] = ()


def chosen_rows(rows: Rows, among: Whole, targets: Mapping[str, Target]) -> TrainingRows:
    """Say which training rows batches are made of: all, the same number of each class, or fewer.

    The one head that says collocated or down-sampling chooses; the others never notice, because weights are
    corrected by (n_g / n) / (n'_g / n'), the share of group g among the training rows over its share in batches.
    With the factors of `importance`, classes of the head that chooses have equal sums of weights: among the rows that
    are kept (down-sampling), or in the mean over batches (collocated).

    - collocated: groups are the classes of the head, in their order. Rows that do not count for it (`where`) are one
      group more, as other heads may learn from them.
    - down-sampling: of every class as many rows are kept as the smallest has (`kept_rows`).

    Args:
        rows: all rows.
        among: numbers of the training rows, shape (n,).
        targets: the heads of an experiment.

    Returns:
        The rows, with remarks on what balance costs.

    Source: definition; corrections are those of importance sampling.

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
    remarks = tuple(_precision(rows, among, targets))
    for name, target in targets.items():
        if isinstance(target, RegressionTarget) or target.balance not in {"collocated", "down-sampling"}:
            continue
        classes = list(target.classes)
        groups = groups_of(rows, among, name, classes)
        class_counts(f"targets.{name}", groups, classes)
        if target.balance == "collocated":
            return _collocated(f"targets.{name}", among, groups, classes, remarks)
        kept = kept_rows(rows, among, targets)
        lost = _loss(f"targets.{name}", rows.weights[among], groups, kept.places, classes)
        return TrainingRows(kept.rows, None, kept.corrections, (*remarks, lost))
    return TrainingRows(among, remarks=remarks)


def _collocated(where: str, among: Whole, groups: Whole, classes: list[str], remarks: tuple[str, ...]) -> TrainingRows:
    counts = np.bincount(groups)
    names = [*classes, "rows outside of where"]
    times = ", ".join(f"{names[g]} {counts.max() / count:.3g}" for g, count in enumerate(counts))
    remark = f"{where}: batches have as many rows of each class; an epoch shows every row so many times: {times}."
    corrections = group_shares(groups)[groups] * len(counts)
    return TrainingRows(among, groups, corrections, (*remarks, remark))


def _loss(where: str, weights: Floats, groups: Whole, kept: Whole, classes: list[str]) -> str:
    """Say how many rows and how much weight down-sampling leaves out."""
    left = np.ones(len(groups), np.bool_)
    left[kept] = False
    by_class = ", ".join(
        f"{int((left & (groups == g)).sum()):,} of {int((groups == g).sum()):,} of {name}"
        for g, name in enumerate(classes)
    )
    share = weights[left].sum() / weights.sum() if weights.sum() else np.nan
    return (
        f"{where}: down-sampling leaves out {int(left.sum()):,} of {len(groups):,} training rows ({by_class}) and "
        f"{weights[left].sum():.6g} of {weights.sum():.6g} of their weight ({share:.1%}). "
        "balance: weights or collocated would lose none."
    )


def _precision(rows: Rows, among: Whole, targets: Mapping[str, Target]) -> Iterator[str]:
    """Say where balance by weights costs more than half of the effective statistics."""
    for name, factors in importance(rows, among, targets).items():
        if getattr(targets[name], "balance", "none") == "down-sampling":
            continue  # it has a remark of its own
        counting = among[rows.heads[name].counts[among]]
        before = _effective(rows.weights[counting])
        after = _effective((rows.weights * factors)[counting])
        if after < before / 2:
            yield (
                f"targets.{name}: balance leaves the precision of {after:,.0f} rows of equal weight, "
                f"(Σw)²/Σw²; without it {before:,.0f}, of {len(counting):,} training rows that count."
            )


def _effective(weights: Floats) -> float:
    """Return how many rows of equal weight would be as precise: N_eff = (Σ w)² / Σ w² (Kish 1965, section 11.7)."""
    squares = float(np.square(weights).sum())
    return float(weights.sum() ** 2 / squares) if squares else 0.0
