"""The run or experiment file that a verb is given, opened before what takes seconds to import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwright.config import Experiment
    from netwright.lab import Run

__all__ = ["opened_source"]


def opened_source(source: Path, changes: Sequence[str] = (), *, trust: bool) -> Run | Experiment:
    """Open a run directory or an experiment file.

    Args:
        source: the directory or file.
        changes: of values of an experiment file.
        trust: trust the modules of custom layers of a run.

    Returns:
        The run or the experiment.

    Raises:
        RunError: there is no run.
        ExperimentError: the file cannot be read, or has mistakes.
    """
    from netwright.config import is_experiment_file, load_experiment
    from netwright.lab import open_run

    if is_experiment_file(source):
        return load_experiment(source, changes)
    return open_run(source, trust=trust)
