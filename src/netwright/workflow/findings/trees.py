"""Findings on a network beside boosted trees, from the file of `netwright evaluate RUN --against trees`."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.finding import Finding
from netwright.lab import Run

__all__ = ["AGAINST_TREES", "tree_findings"]

AGAINST_TREES = "against-trees.json"
"""File of a run with the comparison: by head, the numbers and who is better, in words."""


def tree_findings(run: Run) -> Iterator[Finding]:
    """Yield who is better for each head that was compared with boosted trees.

    Args:
        run: the run.

    Yields:
        WARN where the trees are better, PASS otherwise; nothing if the run was not compared.

    Raises:
        RunError: the file is damaged.
    """
    if not (run.path / AGAINST_TREES).exists():
        return
    for head, compared in run.read_json(AGAINST_TREES).items():
        if (
            not isinstance(compared, dict) or "verdict" not in compared
        ):  # no value to compare by, or of an older version
            continue
        worse = compared["better"] == "trees"
        yield Finding(
            "boosted trees on the same rows",
            "WARN" if worse else "PASS",
            compared["verdict"],
            (head,),
            remedy="Use the trees, or tune the network (netwright search)." if worse else "",
            see="docs/tables.md",
        )
