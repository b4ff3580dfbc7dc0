"""One run on the live page: what its directory says now, read piece by piece."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.errors import RunError
from netwright.labbook import flat_settings, read_settings, run_state
from netwright.live.following import LinesFollower
from netwright.live.series import Series

__all__ = ["WatchedRun"]

_LOOKS = 60  # of the layers of a network, thinned


class WatchedRun:
    """A run that is followed.

    Args:
        path: its directory.
        name: relative to the watched folder.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.series: dict[int, Series] = {}
        self.generation = 0  # how often it began anew
        self.version = 0  # how often anything changed
        self.read_once = False
        self.state = ""
        self._history = LinesFollower(path / "history.jsonl")
        self._warnings = LinesFollower(path / "warnings.jsonl")
        self._found: list[dict[str, Any]] = []
        self._settings: dict[str, Any] | None = None

    def poll(self) -> bool:
        """Read what is new.

        Returns:
            Whether anything changed.
        """
        void, records = self._history.read()
        if void:
            self.series, self.generation = {}, self.generation + 1
        by_member: dict[int, list[dict[str, Any]]] = {}
        for record in records:
            if isinstance(record.get("member"), int) and isinstance(record.get("epoch"), int):
                by_member.setdefault(record["member"], []).append(record)
        for member, of_member in by_member.items():
            self.series.setdefault(member, Series()).extend(of_member)
        forgotten, warnings = self._warnings.read()
        self._found = [*([] if forgotten else self._found), *warnings]
        state = run_state(self.path)
        changed = bool(void or records or forgotten or warnings or state != self.state or not self.read_once)
        self.state, self.read_once = state, True
        self.version += changed
        return changed

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
        done = max((int(one.last("epoch")) for one in self.series.values()), default=0)
        best = [one.best for one in self.series.values() if math.isfinite(one.best)]
        last = [one.last("rows_per_second") for one in self.series.values()]
        return {
            "id": self.name,
            "state": self.state,
            "epoch": done,
            "epochs": epochs if isinstance(epochs, int) else None,
            "members": len(self.series),
            "best": sum(best) / len(best) if best else None,
            "best_epochs": [one.best_epoch for one in self.series.values()],
            "rows_per_second": sum(last) if last and math.isfinite(sum(last)) else None,
            "seconds": self.seconds(),
            "seconds_left": self.seconds_left(),
            "generation": self.generation,
        }

    def seconds(self) -> float | None:
        """Return how long it has been trained; None before the first epoch."""
        known = [one.last("seconds") for one in self.series.values() if math.isfinite(one.last("seconds"))]
        return max(known, default=None)

    def seconds_left(self) -> float | None:
        """Return the time to the last epoch, at the speed so far; early stopping may end it before."""
        epochs, seconds = self.settings.get("training.epochs"), self.seconds()
        done = [one.last("epoch") for one in self.series.values()]
        if self.state != "training" or not done or not seconds or not isinstance(epochs, int):
            return None
        members = max(len(done), _members(self.settings))
        trained = sum(done)
        return max(0.0, members * epochs - trained) * seconds / trained if trained else None

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings: all of them after the training, the doctor's warnings so far before."""
        try:
            content = json.loads((self.path / "findings.json").read_text(encoding="utf-8"))
            found = content["findings"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            found = list({str(one.get("symptom")): one for one in self._found}.values())
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def vitals(self) -> list[dict[str, Any]]:
        """Return looks at the layers of the first member, thinned."""
        _, looks = LinesFollower(self.path / "vitals.jsonl").read()
        ours = [one for one in looks if one.get("member") == 0 and isinstance(one.get("layers"), list)]
        if len(ours) <= _LOOKS:
            return ours
        places = sorted({round(place * (len(ours) - 1) / (_LOOKS - 1)) for place in range(_LOOKS)})
        return [ours[place] for place in places]


def _members(settings: Mapping[str, Any]) -> int:
    members, folds = settings.get("ensemble.members", 1), settings.get("split.folds", 1)
    return (members if isinstance(members, int) else 1) * (folds if isinstance(folds, int) else 1)
