"""Findings on classes and on weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.finding import Finding
from netwright.inspection.findings._names import listed
from netwright.inspection.labels import ClassLabels
from netwright.inspection.weight_summary import WeightSummary

__all__ = ["class_sizes", "unknown_classes", "weight_sizes"]

MIN_EFFECTIVE = 100.0  # rows of a class: with fewer, its share of test rows is known to no better than a quarter
IMBALANCE = 100.0  # between the weights of two classes: always predicting the larger is right in 99%
NEGATIVE_SHARE = 0.3  # Σ|w| of negative weights over that of all: above it 84% of the precision is lost
PRECISION = 0.01  # effective rows over rows
ONE_ROW = 0.01  # share of one row in Σ|w|, where there are enough rows that none should matter
ENOUGH_ROWS = 1_000


def unknown_classes(heads: Sequence[ClassLabels]) -> Iterator[Finding]:
    """Find rows whose class is none of those that a head knows.

    Args:
        heads: classes of each head.

    Yields:
        For each such head, WARN where a column has another value, NOTE where classes are flags or conditions.
    """
    for head in heads:
        if head.unknown:
            value = f" ({head.column} is {head.strange!r}, for example)" if head.column else ""
            yield Finding(
                f"classes of {head.head}",
                "WARN" if head.column else "NOTE",
                f"{head.unknown:,} rows are in none of the classes {listed(head.names)}{value}; training and "
                "evaluation of this head leave them out.",
                (head.column,) if head.column else (),
                remedy="If they belong to a class, add it to classes." if head.column else "",
            )


def class_sizes(
    head: str, column: str, classes: Sequence[WeightSummary], *, balanced: bool = False
) -> Iterator[Finding]:
    """Find classes with too few rows, no weight, or far less weight than another.

    Args:
        head: the head.
        column: holds the class of each row.
        classes: rows and weights of each class.
        balanced: whether training gives the classes equal importance, whatever their weights.

    Yields:
        FAIL for a class without rows or without a positive sum of weights; WARN for fewer than 100 effective rows;
        NOTE for weights that differ by more than a factor of 100 and are not balanced.
    """
    symptom = f"classes of {head}"
    empty = [c.name for c in classes if not (c.rows and c.weight_sum > 0)]
    if empty:
        yield Finding(
            symptom,
            "FAIL",
            f"{listed(empty)}: no rows, or no positive sum of weights.",
            (column,) if column else (),
            threshold="A class needs both.",
            remedy="Read files that have it, or remove it from the classes.",
        )
        return
    findings = [*_small_classes(symptom, column, classes), *(() if balanced else _imbalance(symptom, column, classes))]
    yield from findings
    if not findings:
        sums = [c.weight_sum for c in classes]
        shown = ", ".join(f"{c.name} {c.rows:,} rows, Σw {c.weight_sum:,.6g}" for c in classes[:4])
        largest = f"the largest {max(sums) / min(sums):.2g} times the smallest"
        yield Finding(symptom, "PASS", f"{len(classes)} classes, {largest}: {shown}.")


def _small_classes(symptom: str, column: str, classes: Sequence[WeightSummary]) -> Iterator[Finding]:
    small = [f"{c.name} ({c.effective_rows or 0:.0f})" for c in classes if (c.effective_rows or 0) < MIN_EFFECTIVE]
    if small:
        yield Finding(
            symptom,
            "WARN",
            f"{listed(small)}: few effective rows (Σw)²/Σw².",
            (column,) if column else (),
            threshold=f"At least {MIN_EFFECTIVE:g} are needed to learn or measure anything well.",
            remedy="Use more rows.",
        )


def _imbalance(symptom: str, column: str, classes: Sequence[WeightSummary]) -> Iterator[Finding]:
    sums = {c.name: c.weight_sum for c in classes}
    largest, smallest = max(sums, key=lambda k: sums[k]), min(sums, key=lambda k: sums[k])
    ratio = sums[largest] / sums[smallest]
    if ratio > IMBALANCE:
        yield Finding(
            symptom,
            "NOTE",
            f"{largest} has {ratio:,.0f} times the weight of {smallest}.",
            (column,) if column else (),
            threshold=f"Above {IMBALANCE:g} times, accuracy and loss say hardly anything of the smaller class; the "
            "AUC does.",
            remedy="Outputs are near the share of the smaller class, unless balance: weights is set for this target.",
        )


def weight_sizes(column: str | None, total: WeightSummary, unusable: int) -> Iterator[Finding]:
    """Find weights that cannot be used, cancel each other, or are dominated by a few rows.

    Args:
        column: of the weight; None where every row weighs 1, and there is no finding.
        total: all rows.
        unusable: weights that are not finite; they are counted as 0.

    Yields:
        FAIL for weights that are not finite or have no positive sum; WARN where negative weights or single rows take
        most of the precision.
    """
    symptom = "weights"
    if column is None:
        return
    if unusable or not total.weight_sum > 0:
        problem = f"{unusable:,} weights are not finite" if unusable else f"they add up to {total.weight_sum:g}"
        yield Finding(
            symptom,
            "FAIL",
            f"{column}: {problem}.",
            (column,),
            threshold="Weights must be finite and have a positive sum.",
            remedy="Correct the column, or leave such rows out with data.selection.",
        )
        return
    problems = list(_weight_problems(column, total))
    yield from problems
    if not problems:
        yield Finding(
            symptom,
            "PASS",
            f"{column}: {total.rows:,} rows are equivalent to {total.effective_rows or 0:,.0f} unweighted rows, "
            f"{total.negative_rows:.2%} have a negative weight.",
        )


def _weight_problems(column: str, total: WeightSummary) -> Iterator[Finding]:
    effective = total.effective_rows or 0.0
    if total.negative_weight > NEGATIVE_SHARE:
        yield Finding(
            "weights",
            "WARN",
            f"{column}: {total.negative_weight:.1%} of Σ|w| is negative.",
            (column,),
            threshold=f"Above {NEGATIVE_SHARE:.0%}, negative weights take most of the precision.",
            remedy="Use samples with fewer negative weights, or train on |w| and say so.",
        )
    if effective < PRECISION * total.rows:
        yield Finding(
            "weights",
            "WARN",
            f"{column}: {total.rows:,} rows are equivalent to {effective:,.0f} unweighted rows.",
            (column,),
            threshold=f"They should be equivalent to at least {PRECISION:.0%} of their number.",
            remedy="Check the rows with the largest weights.",
        )
    if total.rows >= ENOUGH_ROWS and total.largest > ONE_ROW:
        yield Finding(
            "weights",
            "WARN",
            f"{column}: one row has {total.largest:.1%} of Σ|w|.",
            (column,),
            threshold=f"It should have at most {ONE_ROW:.0%}.",
            remedy="Check it, or leave it out.",
        )
