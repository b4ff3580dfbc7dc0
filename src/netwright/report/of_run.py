"""The report of a run, from what its directory holds."""
from __future__ import annotations
from pathlib import Path
from netwright.lab import Run
def report_run(run: Run) -> Path:
    """X."""
    return run.path / "report.html"
