"""Findings on the identity of rows: rows that agree in it and differ in content."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import Rows, content_identity
from netwright.finding import Finding

__all__ = ["identity_findings", "identity_findings_of_rows"]

Hashes = npt.NDArray[np.uint64]


def identity_findings_of_rows(experiment: Experiment, rows: Rows) -> list[Finding]:
    """Find rows of a network that agree in the identity columns, and differ in their inputs.

    Args:
        experiment: names the identity columns.
        rows: all rows.

    Returns:
        As `identity_findings`.
    """
    return identity_findings(experiment, rows.identity, lambda numbers: content_identity(rows.take(numbers).inputs))


def identity_findings(
    experiment: Experiment, identity: Hashes, content_of: Callable[[npt.NDArray[np.int64]], Hashes]
) -> list[Finding]:
    """Find rows that agree in the identity columns, and differ in their inputs.

    Args:
        experiment: names the identity columns.
        identity: of all rows, shape (rows,), dimensionless.
        content_of: returns a hash of the inputs of some rows, given their numbers.

    Returns:
        One finding, or none: a NOTE, as rows of one event, such as its jets, agree in their identity on purpose; WARN
        where rows of several samples are taken for the same event.
    """
    data = experiment.data
    if not data.identity or data.rows is not None:  # rows of one event agree on purpose
        return []
    order = np.argsort(identity, kind="stable")
    identity = identity[order]
    twice = np.zeros(len(identity), np.bool_)
    equal = identity[1:] == identity[:-1]
    twice[1:] |= equal
    twice[:-1] |= equal
    if not twice.any():
        return []
    content = content_of(order[twice])
    groups = np.unique(identity[twice], return_inverse=True)[1]
    first = content[np.unique(groups, return_index=True)[1]][groups]
    differing = np.unique(groups[content != first])
    count = int(np.isin(groups, differing).sum())
    if not count:
        return []
    across = bool(data.samples) and data.identity_across_samples
    return [
        Finding(
            "identity of rows",
            "WARN" if across else "NOTE",
            f"data.identity: {count:,} of {len(identity):,} rows agree with another in "
            f"{', '.join(data.identity_columns)}, but have other inputs.",
            ("data.identity",),
            cause="Different events of two samples may have the same numbers."
            if across
            else "They may be parts of one event, which then stay in one part of the split.",
            remedy="Leave identity_across_samples out."
            if across
            else "If they are different events, name more columns.",
            see="docs/samples.md",
        )
    ]
