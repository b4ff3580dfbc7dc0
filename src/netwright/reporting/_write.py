"""From content to one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from netwright.reporting._content import ReportContent
from netwright.reporting._evaluation import evaluation_lines
from netwright.reporting._page import write_page
from netwright.reporting._train_test import APART

__all__ = ["write_report"]


def write_report(report: ReportContent, path: Path) -> Path:
    """Write a report as one HTML file with everything in it.

    The file loads and runs nothing, as enforced by a Content-Security-Policy; figures are embedded, and every text is
    escaped. It appears under its name only when it is complete.

    Args:
        report: the content.
        path: the file to write; an existing one is replaced.

    Returns:
        The path of the file.

    Raises:
        RunError: if a figure is missing or is neither a PNG nor an SVG file.
    """
    lines = evaluation_lines(report.evaluation, report.units)
    values = {"report": report, "lines": lines, "of_members": any(line.members for line in lines), "apart": APART}
    return write_page(path, "report.html.j2", report.pictures, values)
