"""Reads the runs of a folder, fast; a damaged run is an entry that says so."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from netwright.errors import NetwrightError, RunError, did_you_mean
from netwright.lab import training_seconds
from netwright.labbook.entry import Entry, State
from netwright.labbook.notes import read_notes
from netwright.labbook.settings import changes, counted_keys, flat_settings, read_settings
from netwright.metrics import Measured
from netwright.strict_json import json_or_none, read_json_or_none
from netwright.tasks import task_named

__all__ = ["is_search", "read_entries", "run_folders", "run_name", "run_state"]

_TAIL = 2**14  # bytes with the last line of a history
_SILENCE = 120.0  # seconds after which a lock that is not touched has no owner any more
_BEFORE = 20  # runs that a run without a parent is compared with
_Keys = frozenset[tuple[str, str]]
_Before = deque[tuple[Entry, _Keys]]
_SEVERITIES = ("FAIL", "WARN", "NOTE", "PASS")
_VERDICT = {"FAIL": "fix", "WARN": "check", "NOTE": "good", "PASS": "good"}


def run_folders(folder: Path) -> list[Path]:
    """Find run directories: a folder itself, those in it, and those of its scans and searches.

    Args:
        folder: a run directory, a search, or a folder of them.

    Returns:
        The directories, in alphabetical order.

    Raises:
        RunError: it is not a folder.
    """
    if not folder.is_dir():
        siblings = [item.name for item in folder.parent.iterdir() if item.is_dir()] if folder.parent.is_dir() else []
        hint = did_you_mean(folder.name, get_close_matches(folder.name, siblings, n=1))
        state = "is not a folder" if folder.exists() else "does not exist"
        msg = f"{folder} {state}.{hint} Name a folder of runs, or make a run: netwright train EXPERIMENT"
        raise RunError(msg)
    if (folder / "experiment.yaml").is_file():
        return [folder, *_best_of_search(folder)]
    folders: list[Path] = []
    with os.scandir(folder) as items:
        for item in items:
            path = Path(item.path)
            if item.name.startswith("."):  # a run that is being made
                continue
            if (path / "experiment.yaml").is_file():
                folders += [path, *_best_of_search(path)]
            elif (path / "training" / "experiment.yaml").is_file():
                folders.append(path / "training")
    return sorted(folders)


def is_search(path: Path) -> bool:
    """Return whether a folder is that of a search: it has an experiment file, and trials instead of a training.

    Args:
        path: the folder.
    """
    return (path / "batches").is_dir()


def _best_of_search(path: Path) -> list[Path]:
    """Return the runs in which a search retrained its best trials."""
    return [best for best in path.glob("best-*") if (best / "experiment.yaml").is_file()] if is_search(path) else []


def read_entries(folder: Path) -> list[Entry]:
    """Read all runs of a folder, each compared with its parent.

    The parent is the run that `netwright train RUN --set ...` began from; else the most similar of the last ones with
    the same name in the experiment file.

    Args:
        folder: a run directory, or a folder of them.

    Returns:
        The entries, the first training first.

    Raises:
        RunError: it is not a folder.
    """
    entries = [_entry(path, run_name(path, folder)) for path in run_folders(folder)]
    entries.sort(key=lambda entry: (entry.started, entry.name))
    return list(_with_parents(entries))


def run_name(path: Path, folder: Path) -> str:
    """Return what a run is called in lists: its path in the folder, or the name of the folder itself.

    Args:
        path: the run directory.
        folder: that was read.
    """
    name = path.relative_to(folder).as_posix()
    return path.resolve().name if name == "." else name


def run_state(path: Path) -> State:
    """Return the state of a run from the files that are there.

    Args:
        path: the run directory.

    Returns:
        ``training`` where a process holds its lock.
    """
    ended = (path / "training.json").is_file() or (path / "search.json").is_file()
    scanned = path.name == "training" and (path.parent / "scan.json").is_file()
    if scanned or (ended and (path / "report.html").is_file()):
        return "complete"
    locks = [path / ".lock"]
    if is_search(path):
        locks = [path / "judging" / ".lock", *path.glob("batches/*/.lock"), *path.glob("best-*/.lock")]
    return "training" if any(map(_touched, locks)) else "incomplete"


def _touched(lock: Path) -> bool:
    """Return whether the owner of a lock gave a sign of life."""
    try:
        return time.time() - lock.stat().st_mtime < _SILENCE
    except OSError:
        return False


def _entry(path: Path, name: str) -> Entry:
    try:
        content = read_settings(path)
        head, metric, value = _main_metric(path, content)
        return Entry(
            name, path, run_state(path), started=_started(path), parent=_parent(path), head=head, metric=metric,
            value=value, verdict=_verdict(path), seconds=_seconds(path), notes=read_notes(path),
            settings=flat_settings(content), search=is_search(path),
        )  # fmt: skip
    except RunError as error:
        return Entry(name, path, "unreadable", problem=str(error))


def _with_parents(entries: Sequence[Entry]) -> Iterator[Entry]:
    by_path = {os.path.realpath(known_entry.path): known_entry for known_entry in entries}
    before: dict[str, _Before] = {}
    for entry in entries:
        if entry.search:
            yield entry
            continue
        named = None if entry.parent is None else by_path.get(os.path.realpath(entry.path / entry.parent))
        if entry.parent is not None and named is None:  # moved away, or outside of the folder
            named = _outside(entry)
        title = str(entry.settings.get("name"))
        last = before.setdefault(title, deque(maxlen=_BEFORE))
        keys = counted_keys(entry.settings)
        parent = named or (_most_similar(keys, last) if entry.parent is None else None)
        if not entry.problem:
            last.append((entry, keys))
        if parent is None or parent.problem:
            yield entry if entry.parent is None else replace(entry, parent=Path(entry.parent).name, orphan=True)
            continue
        changed = changes(parent.settings, entry.settings)
        yield replace(entry, parent=parent.name, inferred=named is None, changed=changed)


def _most_similar(keys: _Keys, before: _Before) -> Entry | None:
    """Return the run with the fewest other settings, of several the last."""
    most_similar = min(reversed(before), key=lambda pair: len({key for key, _ in pair[1] ^ keys}), default=None)
    return None if most_similar is None else most_similar[0]


def _outside(entry: Entry) -> Entry | None:
    path = entry.path / str(entry.parent)
    return _entry(path, path.resolve().name) if (path / "experiment.yaml").is_file() else None


def _field(content: object, *keys: str) -> Any:  # noqa: ANN401
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def _started(path: Path) -> str:
    started = _field(read_json_or_none(path / "environment.json"), "started")
    if isinstance(started, str):
        return started[:16].replace("T", " ")
    try:  # a run of an older version does not say it
        return time.strftime("%Y-%m-%d %H:%M", time.gmtime((path / "experiment.yaml").stat().st_mtime))
    except OSError:
        return ""


def _parent(path: Path) -> str | None:
    parent = _field(read_json_or_none(path / "parent.json"), "run")
    return parent if isinstance(parent, str) else None


def _main_metric(path: Path, content: Mapping[str, Any]) -> tuple[str, str, Measured | None]:
    """Return the first headline of the first head, on test rows."""
    targets = content.get("targets")
    if not isinstance(targets, Mapping) or not targets:
        return "", "", None
    head, target = next(iter(targets.items()))
    try:
        metric = task_named(str(_field(target, "kind"))).headlines[0]
    except NetwrightError:  # of a package that is not installed
        return str(head), "", None
    measured = _field(read_json_or_none(path / "evaluation.json"), "test", str(head), metric)
    value, uncertainty = _field(measured, "value"), _field(measured, "uncertainty")
    if not isinstance(value, int | float):
        return str(head), metric, None
    sigma = uncertainty if isinstance(uncertainty, int | float) else math.inf
    return str(head), metric, Measured(float(value), float(sigma))


def _verdict(path: Path) -> str:
    entries = _field(read_json_or_none(path / "findings.json"), "findings")
    if not isinstance(entries, list):
        return ""
    findings = [(_field(finding, "severity"), _field(finding, "symptom")) for finding in entries]
    worst = next((worse for worse in _SEVERITIES if any(severity == worse for severity, _ in findings)), "PASS")
    if worst in {"NOTE", "PASS"}:
        return _VERDICT[worst]
    names = dict.fromkeys(str(symptom) for severity, symptom in findings if severity == worst)
    return f"{_VERDICT[worst]}: {', '.join(names)}"


def _seconds(path: Path) -> float | None:
    """Return how long the training took, from the last epochs of its members."""
    plan = read_json_or_none(path / "plan.json")
    teams = _field(plan, "teams")
    in_turn = isinstance(teams, list) and len(teams) > 1  # the last epoch of a member may be anywhere
    try:
        with (path / "history.jsonl").open("rb") as file:
            file.seek(0 if in_turn else max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().splitlines()
    except OSError:
        return None
    ended: dict[int, float] = {}
    for line in lines:
        record = json_or_none(line)
        member, seconds = _field(record, "member"), _field(record, "seconds")
        if isinstance(member, int) and isinstance(seconds, int | float):
            ended[member] = float(seconds)
    return training_seconds(ended, plan) if ended else None
