"""Findings on rows: copies, rows in two parts of a split, and parts that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.inspection.copies import Copies
from netwright.inspection.drift import Drift
from netwright.inspection.findings._finding import Finding, Level, named

__all__ = ["copied_rows", "drifting_parts", "rows_in_two_parts"]

COPIED_SHARE = 0.001  # of the rows: an odd row twice does no harm
SIGMAS = 5.0  # as 20 files are 20 chances for a fluctuation
DRIFT_WARN = 0.02  # AUC - ½: parts whose means differ by 7% of a deviation
DRIFT_FAIL = 0.1  # AUC - ½: parts whose means differ by a third of a deviation


def copied_rows(copies: Copies) -> Iterator[Finding]:
    """Look for rows with the same inputs as another.

    Args:
        copies: what was counted.

    Yields:
        WARN where more than a thousandth of the rows are copies, or where copies are in two files.
    """
    name = "rows that occur twice"
    if not copies.telling:
        return
    across = copies.across.get("files", 0)
    if copies.extra > COPIED_SHARE * copies.rows or across:
        between = f"; {across:,} of them are in two files, as when a file was copied or merged twice" if across else ""
        yield Finding(
            name,
            "WARN",
            (),
            f"{copies.extra:,} of {copies.rows:,} rows hold the same inputs as a row before them{between}; at most "
            f"{COPIED_SHARE:.1%} are taken for chance. Look at the list of files, and keep each row once.",
        )
    else:
        yield Finding(name, "PASS", (), f"{copies.extra:,} of {copies.rows:,} rows hold the same inputs as another.")


def rows_in_two_parts(copies: Copies) -> Iterator[Finding]:
    """Look for rows whose copy is in another part of the split: the network would be tested on what it has seen.

    Args:
        copies: what was counted; without a split nothing is said.

    Yields:
        FAIL where more than a thousandth of the rows are concerned, WARN for fewer.
    """
    name = "rows in two parts of the split"
    if "split" not in copies.across or not copies.telling:
        return
    found = copies.across["split"]
    if found:
        yield Finding(
            name,
            "FAIL" if found > COPIED_SHARE * copies.rows else "WARN",
            (),
            f"{found:,} of {copies.rows:,} rows hold the same inputs as a row in another part of the split; there "
            "should be none, as the network is judged on rows that it was fitted to. Name columns in data.identity "
            "that are the same for copies, or leave data.identity out to divide by content.",
        )
    else:
        yield Finding(name, "PASS", (), f"None of {copies.rows:,} rows is in two parts of the split.")


def drifting_parts(what: str, drifts: Sequence[Drift], *, severe: bool) -> Iterator[Finding]:
    """Look for parts of the data that a classifier tells from the rest.

    Args:
        what: what the parts are: "files" or "parts of the split".
        drifts: how well it does.
        severe: whether parts should be alike by construction, so that a large difference is a FAIL.

    Yields:
        WARN where AUC - ½ exceeds 5 standard deviations and 0.02; FAIL where it exceeds 0.1 as well.
    """
    name = f"drift between {what}"
    if not drifts:
        return
    found = [d for d in drifts if d.auc.value - 0.5 > max(SIGMAS * d.auc.uncertainty, DRIFT_WARN)]
    worst = max(drifts, key=lambda drift: drift.auc.value)
    if not found:
        yield Finding(
            name,
            "PASS",
            (),
            f"A classifier tells none of {len(drifts)} {what} from the rest: the largest AUC is {worst.auc} "
            f"({worst.part}).",
        )
        return
    level: Level = "FAIL" if severe and worst.auc.value - 0.5 > DRIFT_FAIL else "WARN"
    yield Finding(
        name,
        level,
        worst.features,
        f"{named([drift.part for drift in found])}: a classifier tells {worst.part} from the rest with an AUC of "
        f"{worst.auc}, above ½ by more than {SIGMAS:g} standard deviations and {DRIFT_WARN}; the features that differ "
        f"most are {named(worst.features) or 'several together'}. Look for other cuts, units, versions or running "
        "conditions.",
    )
