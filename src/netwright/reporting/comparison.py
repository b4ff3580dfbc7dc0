"""The pages of the lab book and of a comparison of runs; each one file that loads nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from netwright.labbook import Entry, PairedMetric, RunPair, table_row
from netwright.reporting._content import Picture
from netwright.reporting._page import write_page

__all__ = ["LAB_COLUMNS", "metric_row", "write_comparison", "write_lab_book"]

LAB_COLUMNS = ("started", "run", "against", "changed", "main metric", "verdict", "time", "note")


def write_comparison(names: Sequence[str], pairs: Sequence[RunPair], pictures: Sequence[Picture], path: Path) -> Path:
    """Write a comparison of runs as one HTML file with everything in it.

    Args:
        names: of the runs; the first is compared with.
        pairs: one for each further run.
        pictures: its figures, in reading order.
        path: the file; an older one is replaced.

    Returns:
        The path of the file.
    """
    values = {"first": names[0], "pairs": list(zip(names[1:], pairs, strict=True)), "row": metric_row}
    return write_page(path, "comparison.html.j2", pictures, values)


def write_lab_book(folder: str, entries: Sequence[Entry], path: Path) -> Path:
    """Write the lab book as one HTML file with everything in it.

    Args:
        folder: name of the folder of the runs.
        entries: in their order.
        path: the file; an older one is replaced.

    Returns:
        The path of the file.
    """
    values = {"folder": folder, "columns": LAB_COLUMNS, "rows": [table_row(entry) for entry in entries]}
    return write_page(path, "lab_book.html.j2", (), values)


def metric_row(metric: PairedMetric) -> tuple[str, ...]:
    """Return a compared metric as the cells of a table.

    Args:
        metric: of two runs.

    Returns:
        Head, metric, both values, gain with its uncertainty, σ, verdict, p-value and method.
    """
    sure = ("not known",) * 2 if math.isnan(metric.sigma) else (f"{metric.sigma:.1f}", f"{metric.p_value:.2g}")
    values = (f"{metric.one:.5g}", f"{metric.other:.5g}", str(metric.gain))
    return metric.head, metric.metric.replace("_", " "), *values, sure[0], metric.verdict, sure[1], metric.method
