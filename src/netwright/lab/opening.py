"""Opening a run directory, to use the run or to go on with its training."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab.links import refuse_links
from netwright.lab.run import Run

__all__ = ["open_run", "open_to_resume"]

_RUNS_SHOWN = 12  # runs that a message lists


def open_run(path: str | Path | Run, *, trust: bool = False, search: bool = False, write: bool = False) -> Run:
    """Open a run directory.

    Args:
        path: the directory, or an open run.
        trust: trust the modules of custom layers that its network needs, on this machine from now on.
        search: whether the folder of a search will do, for its experiment or its notes.
        write: whether files of the run will be written.

    Returns:
        The run.

    Raises:
        RunError: there is no run in it, or that of a search; or files will be written and links lead out of it.

    Example:
        >>> import netwright as nw
        >>> run = nw.open_run("runs/top-tagging")  # doctest: +SKIP
        >>> run.evaluation["test"]["is_top"]["roc_auc"]["value"], len(run.history)  # doctest: +SKIP
        (0.9712, 30)
    """
    if write:
        refuse_links(path.path if isinstance(path, Run) else Path(path))
    if isinstance(path, Run):
        return replace(path, trust=True) if trust and not path.trust else path
    path = Path(path)
    if not (path / "experiment.yaml").is_file():
        if (path.parent / "experiment.yaml").is_file() and path.parent != Path():
            msg = f"{path} is not a run directory: it is in one. Name that: {path.parent}"
            raise RunError(msg)
        reason = (
            "it is a file, and the run directory must come first" if path.is_file() else "it has no experiment.yaml"
        )
        hint = _runs_near(path) or "Make one with: netwright train EXPERIMENT"
        if (path / "split.json").is_file() or (path / "model.keras").is_file():
            hint = "It has other files of a run: restore it from a backup."
        msg = f"{path} is not a run directory: {reason}. {hint}"
        raise RunError(msg)
    if not search and (path / "batches").is_dir():
        best = sorted(str(file.parent) for file in path.glob("best-*/experiment.yaml"))
        how = (
            f"Name a network that it trained: {', '.join(best)}."
            if best
            else "Once it has ended, its best network is in it."
        )
        msg = f"{path} is a search, not a run. {how}"
        raise RunError(msg)
    return Run(path, trust)


def _runs_near(path: Path) -> str:
    """Return a hint at the runs in a folder that is none, beside it, or in the folder runs; empty without any."""
    for folder in (path, path.parent, Path("runs")):
        runs = sorted(file.parent.name for file in folder.glob("[!.]*/experiment.yaml"))
        near = difflib.get_close_matches(path.name, runs, n=1) if folder != path else []
        if near and not path.exists():
            return f'Did you mean "{folder / near[0]}"?'
        if runs:
            more = f", ... ({len(runs)} in all)" if len(runs) > _RUNS_SHOWN else ""
            return f"Runs in {folder}: {', '.join(runs[:_RUNS_SHOWN])}{more}."
    return ""


def open_to_resume(path: str | Path | Run, *, finish: bool = False, trust: bool = False) -> Run:
    """Open a run to resume its training.

    Args:
        path: the directory, or an open run.
        finish: whether to evaluate it with the best weights so far instead.
        trust: trust the modules of custom layers, on this machine from now on.

    Returns:
        The run; without checkpoints its training restarts in the same directory.

    Raises:
        RunError: there is no run in it, it has ended, or there are no weights to evaluate yet.
    """
    run = open_run(path, trust=trust)
    if run.ended:
        msg = (
            f"{run.path}: its training has ended; see {run.path / 'report.html'}. To train longer, begin a "
            f"new run from its experiment: netwright train {in_command(run.path)} --set training.epochs=NUMBER"
        )
        raise RunError(msg)
    if finish and not (run.trained or run.has_checkpoints):
        msg = f"{run.path}: has no checkpoint, so there are no weights to evaluate. Train it: leave out --finish."
        raise RunError(msg)
    return run
