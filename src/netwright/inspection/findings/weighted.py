"""Findings on classes and on weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.inspection.findings._finding import Finding, named
from netwright.inspection.labels import Classes
from netwright.inspection.weight_summary import Weighing

__all__ = ["class_sizes", "unknown_classes", "weight_sizes"]

FEWEST_EFFECTIVE = 100.0  # rows of a class: its share of test rows is then known to no better than a quarter
IMBALANCE = 100.0  # between the weights of two classes: a network that always says the larger is right in 99%
NEGATIVE_SHARE = 0.3  # Σ|w| of negative weights over that of all: beyond it 84% of the precision is gone
PRECISION = 0.01  # effective rows over rows
ONE_ROW = 0.01  # share of one row in Σ|w|, where there are enough rows that none should matter
ENOUGH_ROWS = 1_000


def unknown_classes(heads: Sequence[Classes]) -> Iterator[Finding]:
    """Look for rows whose class is none of those that a head knows.

    Args:
        heads: classes of each head.

    Yields:
        FAIL for each such head.
    """
    for head in heads:
        if head.unknown:
            yield Finding(
                f"classes of {head.head}",
                "FAIL",
                (head.column,),
                f"{head.unknown:,} rows hold a value of {head.column}, such as {head.strange!r}, that is none of the "
                f"classes {named(head.names)}. Name it in classes, or leave such rows out with where.",
            )


def class_sizes(head: str, column: str, classes: Sequence[Weighing]) -> Iterator[Finding]:
    """Look for classes with too few rows, no weight, or far less weight than another.

    Args:
        head: the head.
        column: that says of which class a row is.
        classes: rows and weights of each class.

    Yields:
        FAIL for a class without rows or without a positive sum of weights; WARN for fewer than 100 effective rows,
        and for weights that differ by more than a factor of 100.
    """
    name = f"classes of {head}"
    empty = [c.name for c in classes if not (c.rows and c.weight_sum > 0)]
    if empty:
        yield Finding(
            name,
            "FAIL",
            (column,),
            f"{named(empty)}: no rows, or weights that do not add up to something positive; a class needs both. "
            "Read files that have it, or take it out of the classes.",
        )
        return
    small = [f"{c.name} ({c.effective_rows or 0:.0f})" for c in classes if (c.effective_rows or 0) < FEWEST_EFFECTIVE]
    if small:
        yield Finding(
            name,
            "WARN",
            (column,),
            f"{named(small)}: effective rows (Σw)²/Σw², fewer than {FEWEST_EFFECTIVE:g}; nothing can be learnt or "
            "judged well from so few. Take more rows.",
        )
    sums = {c.name: c.weight_sum for c in classes}
    ratio = max(sums.values()) / min(sums.values())
    if ratio > IMBALANCE:
        yield Finding(
            name,
            "WARN",
            (column,),
            f"{max(sums, key=lambda k: sums[k])} weighs {ratio:,.0f} times as much as "
            f"{min(sums, key=lambda k: sums[k])}, more than {IMBALANCE:g} times; a network would ignore the smaller. "
            "Say balance: weights or collocated for this target.",
        )
    if not small and ratio <= IMBALANCE:
        shown = ", ".join(f"{c.name} {c.rows:,} rows, Σw {c.weight_sum:,.6g}" for c in classes[:4])
        yield Finding(name, "PASS", (), f"{len(classes)} classes, the largest {ratio:.2g} times the smallest: {shown}.")


def weight_sizes(column: str | None, total: Weighing, unusable: int) -> Iterator[Finding]:
    """Look for weights that cannot be used, cancel each other, or hang on a few rows.

    Args:
        column: of the weight; None where every row weighs 1, and nothing is said.
        total: all rows.
        unusable: weights that are not finite; they are counted as 0.

    Yields:
        FAIL for weights that are not finite or do not add up to something positive; WARN where negative weights or
        single rows take most of the precision.
    """
    name = "weights"
    if column is None:
        return
    if unusable or not total.weight_sum > 0:
        what = f"{unusable:,} weights are not finite" if unusable else f"they add up to {total.weight_sum:g}"
        yield Finding(
            name,
            "FAIL",
            (column,),
            f"{column}: {what}; weights must be finite and have a positive sum. Mend the column, or leave such rows "
            "out with data.selection.",
        )
        return
    effective = total.effective_rows or 0.0
    problems = []
    if total.negative_weight > NEGATIVE_SHARE:
        problems.append(
            f"{total.negative_weight:.1%} of Σ|w| is negative (at most {NEGATIVE_SHARE:.0%}), which takes most of the "
            "precision: merge samples of higher accuracy, or train on |w| and say so"
        )
    if effective < PRECISION * total.rows:
        problems.append(
            f"{total.rows:,} rows are as good as {effective:,.0f} of equal weight (at least {PRECISION:.0%}): look at "
            "the rows of the largest weights"
        )
    if total.rows >= ENOUGH_ROWS and total.largest > ONE_ROW:
        problems.append(f"one row has {total.largest:.1%} of Σ|w| (at most {ONE_ROW:.0%}): look at it, or leave it out")
    if problems:
        yield Finding(name, "WARN", (column,), f"{column}: {'; '.join(problems)}.")
    else:
        yield Finding(
            name,
            "PASS",
            (),
            f"{column}: {total.rows:,} rows are as good as {effective:,.0f} of equal weight, "
            f"{total.negative_rows:.2%} have a negative one.",
        )
