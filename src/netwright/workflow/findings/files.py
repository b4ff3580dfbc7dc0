"""Findings on how files were read."""

from __future__ import annotations

from netwright.data import Dataset
from netwright.finding import Finding

__all__ = ["file_findings", "sentence"]


def file_findings(dataset: Dataset) -> list[Finding]:
    """Return findings on how the files were read.

    Args:
        dataset: the columns of the files.

    Returns:
        One finding of severity NOTE for each remark of the readers.
    """
    return [
        Finding("how files were read", "NOTE", sentence(remark), see="docs/reading.md") for remark in dataset.remarks
    ]


def sentence(remark: str) -> str:
    """Return a remark with a full stop at its end.

    Args:
        remark: with it or without.

    Returns:
        The sentence.
    """
    return remark if remark.endswith(".") else f"{remark}."
