"""Report: the figures of a run, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

from netwright.lab import Run, open_run
from netwright.plots import draw_run
from netwright.progress import Progress, silent
from netwright.reporting import report_run
from netwright.workflow.findings.of_run import record_findings

__all__ = ["report"]


def report(run: Run | str | Path, *, trust: bool = False, progress: Progress = silent) -> Path:
    """Draw the figures of a run, and write its report.

    Args:
        run: the run.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The path of ``report.html``.

    Example:
        >>> import netwright as nw
        >>> nw.report("runs/top-tagging")  # doctest: +SKIP
        PosixPath('runs/top-tagging/report.html')
    """
    run = open_run(run, trust=trust, write=True)
    draw_run(run, progress=progress)
    record_findings(run)
    return report_run(run)
