"""Findings of a run: those on its files and its experiment, its training and its result, in one list."""

from __future__ import annotations

from netwright.data import Dataset
from netwright.finding import Finding

__all__ = ["file_findings"]


def file_findings(dataset: Dataset) -> list[Finding]:
    """Return what to know about how the files were read.

    Args:
        dataset: the columns of the files.

    Returns:
        One finding of severity NOTE for each remark of the readers.
    """
    remarks = (remark if remark.endswith(".") else f"{remark}." for remark in dataset.remarks)
    return [Finding("how files were read", "NOTE", remark, see="docs/reading.md") for remark in remarks]
