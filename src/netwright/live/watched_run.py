"""One run on the live page: what its directory says now, read block by block."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.errors import RunError
from netwright.lab import teams_of, training_seconds
from netwright.labbook import flat_settings, is_search, read_settings, run_state
from netwright.live.epoch_columns import read_epochs
from netwright.live.following import LinesFollower, records_of
from netwright.live.series import Series
from netwright.live.thinning import thinned
from netwright.strict_json import read_json_or_none

__all__ = ["WatchedRun"]

_MANY = 2**15  # bytes of a history
_MAX_PROBES = 60  # of a network, thinned
_STATE, _ENDED = 6, frozenset({1, 2, 3})  # of Optuna's journal: a trial that is complete, pruned or failed


class WatchedRun:
    """A run that is followed.

    Args:
        path: its directory.
        name: relative to the watched folder.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.series: dict[int, Series] = {}
        self.generation = 0  # how often it started again
        self.version = 0  # how often anything changed
        self.read_once = False
        self.state = ""
        self._history = LinesFollower(path / "history.jsonl")
        self._warnings = LinesFollower(path / "warnings.jsonl")
        self._journal = LinesFollower(path / "study.journal")
        self._found: list[dict[str, Any]] = []
        self._trials: set[int] = set()
        self._drawn: tuple[int, ...] = ()
        self._settings: dict[str, Any] | None = None
        self._plan: Any = None

    def poll(self) -> bool:
        """Read what is new.

        Returns:
            Whether anything changed.
        """
        void, lines = self._history.read_lines()
        if void:
            self.series, self.generation = {}, self.generation + 1
        self._append(lines)
        forgotten, warnings = self._warnings.read()
        self._found = [*([] if forgotten else self._found), *warnings]
        drawn = tuple(when for _, when in self.figures().values()) if self.kind != "run" else ()
        trials = self._read_trials() if self.kind == "search" else 0
        state = run_state(self.path)
        other_change = state != self.state or drawn != self._drawn or not self.read_once
        changed = bool(void or lines or forgotten or warnings or trials or other_change)
        self.state, self._drawn, self.read_once = state, drawn, True
        self.version += changed
        return changed

    def _append(self, lines: bytes) -> None:
        """Append epochs to the curves: a few one by one, many at once."""
        many = read_epochs(lines) if len(lines) > _MANY else None
        if many is not None:
            for member, epochs in many.items():
                self.series.setdefault(member, Series()).append(epochs)
            return
        by_member: dict[int, list[dict[str, Any]]] = {}
        for record in records_of(lines):
            if _is_count(record.get("member")) and _is_count(record.get("epoch")):
                by_member.setdefault(record["member"], []).append(record)
        for member, of_member in by_member.items():
            self.series.setdefault(member, Series()).extend(of_member)

    @property
    def kind(self) -> str:
        """``search``, ``scan`` or, of a single training, ``run``."""
        if self.path.name == "training" and (self.path.parent / "plan.json").is_file():
            return "scan"
        return "search" if is_search(self.path) else "run"

    def sentences(self) -> list[str]:
        """Return what a search or a scan found, in sentences; none before its end."""
        path = self.path.parent / "scan.json" if self.kind == "scan" else self.path / "search.json"
        content = read_json_or_none(path) if self.kind != "run" else None
        if not isinstance(content, dict):
            return []
        sentences = content.get("sentences", [content["sentence"]] if "sentence" in content else [])
        return [str(sentence) for sentence in sentences] if isinstance(sentences, list) else []

    def figures(self) -> dict[str, tuple[Path, int]]:
        """Return the figures of a run, and of the scan that it is part of: by name the file, and when it was drawn."""
        paths_by_name: dict[str, tuple[Path, int]] = {}
        for folder in self._figure_folders():
            try:
                paths = sorted(folder.iterdir())
            except OSError:
                continue
            paths_by_name |= {
                path.stem: (path, _written(path)) for path in paths if path.suffix == ".png" and not path.is_symlink()
            }
        return paths_by_name

    @property
    def settings(self) -> Mapping[str, Any]:
        """Values of its experiment file by key; none where it cannot be read."""
        if self._settings is None:
            try:
                self._settings = flat_settings(read_settings(self.path))
            except RunError:
                return {}
        return self._settings

    def summary(self) -> dict[str, Any]:
        """Return what the list of runs shows of it, and its tiles."""
        epochs = self.settings.get("training.epochs")
        epoch = max((int(series.last("epoch")) for series in self.series.values()), default=0)
        best = [series.best for series in self.series.values() if math.isfinite(series.best)]
        return {
            "id": self.name,
            "state": self.state,
            "kind": self.kind,
            "trials": len(self._trials),
            "epoch": epoch,
            "epochs": epochs if isinstance(epochs, int) else None,
            "members": len(self.series),
            "best": sum(best) / len(best) if best else None,
            "best_epochs": [series.best_epoch for series in self.series.values()],
            "rows_per_second": self.rows_per_second(),
            "seconds": self.seconds(),
            "seconds_left": self.seconds_left(),
            "generation": self.generation,
        }

    def rows_per_second(self) -> float | None:
        """Return the speed of the members that are trained now, or were at last; None before the first epoch."""
        teams, workers = teams_of(self._training_plan(), self.series)
        begun = [members for team in teams if (members := [number for number in team if number in self.series])]
        speed = sum(self.series[number].last("rows_per_second") for team in begun[-workers:] for number in team)
        return speed if begun and math.isfinite(speed) else None

    def seconds(self) -> float | None:
        """Return how long it has been trained; None before the first epoch."""
        by_member = {member: series.last("seconds") for member, series in self.series.items()}
        ended = {member: seconds for member, seconds in by_member.items() if math.isfinite(seconds)}
        return training_seconds(ended, self._training_plan()) if ended else None

    def _training_plan(self) -> Any:  # noqa: ANN401
        """Return how its members are trained, which does not change; None where that is not known."""
        if self._plan is None:
            self._plan = read_json_or_none(self.path / "plan.json")
        return self._plan

    def seconds_left(self) -> float | None:
        """Return the time to the last epoch, at the speed so far; early stopping may end it before."""
        epochs, seconds = self.settings.get("training.epochs"), self.seconds()
        epochs_done = [series.last("epoch") for series in self.series.values()]
        if self.state != "training" or not epochs_done or not seconds or not isinstance(epochs, int):
            return None
        members = max(len(epochs_done), _members(self.settings))
        trained = sum(epochs_done)
        return max(0.0, members * epochs - trained) * seconds / trained if trained else None

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings: all of them after the training, the doctor's warnings so far before."""
        content = read_json_or_none(self.path / "findings.json")
        if isinstance(content, dict) and "findings" in content:
            findings = content["findings"]
        else:
            findings = list({str(finding.get("symptom")): finding for finding in self._found}.values())
        return [finding for finding in findings if isinstance(finding, dict)] if isinstance(findings, list) else []

    def _figure_folders(self) -> list[Path]:
        return [self.path / "figures", *([self.path.parent / "figures"] if self.kind == "scan" else [])]

    def _read_trials(self) -> int:
        """Read which trials of a search have ended from the journal of its study; return how many are new."""
        void, lines = self._journal.read()
        before = set() if void else self._trials
        ended = {
            line.get("trial_id") for line in lines if line.get("op_code") == _STATE and line.get("state") in _ENDED
        }
        self._trials = before | {line for line in ended if isinstance(line, int)}
        return len(self._trials) - len(before)

    def vitals(self) -> list[dict[str, Any]]:
        """Return the vitals of the first member, thinned."""
        _, records = LinesFollower(self.path / "vitals.jsonl").read()
        ours = [record for record in records if record.get("member") == 0 and isinstance(record.get("layers"), list)]
        return thinned(ours, _MAX_PROBES)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 2**53


def _written(path: Path) -> int:
    """Return when a file or a folder was changed, in milliseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns // 10**6
    except OSError:
        return 0


def _members(settings: Mapping[str, Any]) -> int:
    members, folds = settings.get("ensemble.members", 1), settings.get("split.folds", 1)
    return (members if isinstance(members, int) else 1) * (folds if isinstance(folds, int) else 1)
