"""Findings on rows: copies, rows in two parts of a split, and parts that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.finding import Finding
from netwright.inspection.belonging import Belonging
from netwright.inspection.copies import Copies
from netwright.inspection.drift import Drift
from netwright.inspection.findings._names import listed

__all__ = ["belonging_rows", "copied_rows", "drifting_parts", "few_rows", "rows_in_two_parts"]

EXCERPT = 20  # rows below which a file shows its columns, and is not trained on
COPIED_SHARE = 0.001  # of the rows: a single copied row does no harm
SIGMAS = 5.0  # as 20 files are 20 chances for a fluctuation
DRIFT_WARN = 0.02  # AUC - ½: parts whose means differ by 7% of a deviation
DRIFT_FAIL = 0.1  # AUC - ½: parts whose means differ by a third of a deviation


def few_rows(rows: int, numbers: int) -> Iterator[Finding]:
    """Find tables of which any classes can be told apart by a weighted sum of the numbers.

    A plane through N points in d dimensions divides them as any labels want with a probability of one half at N = 2d,
    nearly surely below, and hardly ever above.

    Args:
        rows: N, of all parts of the split.
        numbers: d, how many numbers each row has as inputs, without categories and particles.

    Yields:
        WARN where N is at most 2d, and not below 20, as in files that only show their columns.

    Source: Cover (1965), doi:10.1109/PGEC.1965.264137.

    Example:
        >>> [finding.severity for finding in few_rows(20, 10)], [*few_rows(21, 10)]
        (['WARN'], [])
    """
    if EXCERPT <= rows <= 2 * numbers:
        yield Finding(
            "rows and columns",
            "WARN",
            f"{rows:,} rows with {numbers:,} numbers each: up to two rows for each number, even a weighted sum of the "
            "numbers tells any classes apart, wrong ones too, so what is learnt need not hold for other rows.",
            remedy="Use more rows, or leave out columns.",
        )


def copied_rows(copies: Copies) -> Iterator[Finding]:
    """Find rows with the same inputs as another.

    Args:
        copies: the counts.

    Yields:
        WARN where more than a thousandth of the rows are copies, or where copies are in two files.
    """
    symptom = "rows that occur twice"
    if not copies.conclusive:
        return
    across = copies.across.get("files", 0)
    if copies.extra > COPIED_SHARE * copies.rows or across:
        between = f"; {across:,} of them are in two files" if across else ""
        yield Finding(
            symptom,
            "WARN",
            f"{copies.extra:,} of {copies.rows:,} rows have the same inputs as an earlier row{between}.",
            threshold=f"At most {COPIED_SHARE:.1%} may be chance, and none in two files.",
            cause="A file may have been copied or merged twice." if across else "",
            remedy="Check the list of files, and keep each row once.",
        )
    else:
        yield Finding(symptom, "PASS", f"{copies.extra:,} of {copies.rows:,} rows have the same inputs as another.")


def rows_in_two_parts(copies: Copies) -> Iterator[Finding]:
    """Find rows with a copy in another part of the split: the network would be tested on rows it was trained on.

    Args:
        copies: the counts; without a split there is no finding.

    Yields:
        FAIL where it is more than a thousandth of the rows, WARN for fewer.
    """
    symptom = "rows in two parts of the split"
    if "split" not in copies.across or not copies.conclusive:
        return
    in_two_parts = copies.across["split"]
    if in_two_parts:
        yield Finding(
            symptom,
            "FAIL" if in_two_parts > COPIED_SHARE * copies.rows else "WARN",
            f"{in_two_parts:,} of {copies.rows:,} rows have the same inputs as a row in another part of the split.",
            threshold="There should be none.",
            cause="The network would be tested on rows that it was trained on.",
            remedy="Name columns in data.identity that are the same for copies, or leave data.identity out to split by "
            "content.",
        )
    else:
        yield Finding(symptom, "PASS", f"None of {copies.rows:,} rows is in two parts of the split.")


def belonging_rows(belonging: Belonging | None) -> Iterator[Finding]:
    """Say which rows seem to belong together though the split does not know it.

    Args:
        belonging: groups of rows that share several columns; None where there are none, or where the identity is known.

    Yields:
        NOTE where there are groups.
    """
    if belonging is None:
        return
    column = belonging.column
    yield Finding(
        "rows that belong together",
        "NOTE",
        f"{belonging.rows:,} rows have {belonging.groups:,} values of {column}, and those with the same {column} have "
        f"the same {listed(belonging.shared)}, as rows of one patient, machine or event do.",
        (column,),
        cause="If such rows are divided among training and test rows, a network seems better than it is for a new "
        f"{column}.",
        remedy=f"If it is to judge others than these: data.identity: [{column}], and leave {column} out of the inputs.",
    )


def drifting_parts(parts: str, drifts: Sequence[Drift], *, severe: bool) -> Iterator[Finding]:
    """Find parts of the data that a classifier tells from the rest.

    Args:
        parts: what the parts are called: "files" or "parts of the split".
        drifts: how well it does.
        severe: whether parts should be alike by construction, so that a large difference is a FAIL.

    Yields:
        WARN where AUC - ½ exceeds 5 standard deviations and 0.02; FAIL where it exceeds 0.1 as well.
    """
    symptom = f"drift between {parts}"
    if not drifts:
        return
    drifting = [d for d in drifts if d.auc.value - 0.5 > max(SIGMAS * d.auc.uncertainty, DRIFT_WARN)]
    worst = max(drifts, key=lambda drift: drift.auc.value)
    if not drifting:
        evidence = (
            f"A classifier cannot tell any of {len(drifts)} {parts} from the rest: the largest AUC is {worst.auc} "
            f"({worst.part})."
        )
        yield Finding(symptom, "PASS", evidence)
        return
    yield Finding(
        symptom,
        "FAIL" if severe and worst.auc.value - 0.5 > DRIFT_FAIL else "WARN",
        f"{listed([drift.part for drift in drifting])}: a classifier tells {worst.part} from the rest with an AUC of "
        f"{worst.auc}; the features that differ most are {listed(worst.features) or 'several together'}.",
        worst.features,
        threshold=f"It may exceed ½ by {SIGMAS:g} standard deviations or {DRIFT_WARN}, whichever is more.",
        remedy="Look for different cuts, units, versions or running conditions.",
    )
