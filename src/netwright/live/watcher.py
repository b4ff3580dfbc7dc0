"""Watches a folder of runs from one thread, for any number of pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netwright.errors import RunError
from netwright.labbook import run_folders, run_name
from netwright.live.watched_run import WatchedRun

__all__ = ["Watcher"]

_EVERY = 0.04  # seconds between looks at runs that are being trained
_ALL_EVERY = 2.0  # seconds between looks for new runs, and at those that have ended
_PAUSE = 0.001  # seconds after a run that was read: a page that waits for the lock gets it
_REST = 10  # times what such a look took, where it takes long: of thousands of runs
_READ = 300  # newest runs whose curves are read without being asked for
_POINTS = 60_000  # points of all curves together in the first picture
_MIN_POINTS, _MAX_POINTS = 100, 1_000  # points of one curve


class Watcher:
    """Follows the runs of a folder; it only reads.

    Args:
        folder: a run directory, or a folder of them.

    Raises:
        RunError: it is not a folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.runs: dict[str, WatchedRun] = {}
        self.requested: set[str] = set()
        self.version = 0
        self._ended = threading.Event()
        self._update_runs(run_folders(folder))

    def start(self) -> None:
        """Begin to look, in a separate thread."""
        threading.Thread(target=self._loop, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()

    def poll(self, *, everything: bool = True) -> None:
        """Look once.

        Args:
            everything: also for new runs, and at those that have ended.
        """
        if everything:
            try:
                paths = run_folders(self.folder)
            except RunError:  # removed while it is watched
                paths = []
            self._update_runs(paths)
        for run in self._to_read(everything=everything):
            with self.lock:
                changed = run.poll()
                self.version += changed
            if changed:
                time.sleep(_PAUSE)

    def run(self, name: str) -> WatchedRun | None:
        """Return a run, whose curves are read from now on.

        Args:
            name: of the run, as the page got it.

        Returns:
            The run; None if there is none of this name.
        """
        with self.lock:
            run = self.runs.get(name)
            if run is not None:
                self.requested.add(name)
            return run

    def updates(self, sent: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Any]]:
        """Yield what a page has not got yet, and take note that it has.

        Args:
            sent: what this page has got; empty for a new page. It is changed.

        Yields:
            Names of events with their content: ``runs`` (summaries), ``gone`` (names), ``curves`` (points).
        """
        with self.lock:
            runs = dict(self.runs)
            gone = [name for name in sent if name not in runs]
            changed = [run for name, run in runs.items() if sent.get(name, {}).get("version") != run.version]
            summaries = [run.summary() for run in changed if run.read_once] if changed else []
            unread = [{"id": run.name, "state": ""} for run in changed if not run.read_once]
        for name in gone:
            del sent[name]
        if gone:
            yield "gone", gone
        if summaries or (unread and not sent):
            yield "runs", [*summaries, *unread]
        budget = _POINTS // max(1, sum(len(run.series) or 1 for run in runs.values()))  # 1: not read yet
        most = min(_MAX_POINTS, max(_MIN_POINTS, budget))
        for start in range(0, len(changed), 20):
            packed = [curve for run in changed[start : start + 20] for curve in self._points(run, sent, most)]
            if packed:
                yield "curves", packed

    def _points(self, run: WatchedRun, sent: dict[str, dict[str, Any]], most: int) -> Iterator[dict[str, Any]]:
        with self.lock:
            got = sent.get(run.name)
            if got is None or got["generation"] != run.generation:
                got = sent[run.name] = {"generation": run.generation, "sent": {}}
            got["version"] = run.version
            for member, series in run.series.items():
                start = got["sent"].get(member, 0)
                if len(series) > start:
                    got["sent"][member] = len(series)
                    packed = series.packed(start, most)
                    yield {"id": run.name, "member": member, "from": start, "generation": run.generation, **packed}

    def _update_runs(self, paths: list[Path]) -> None:
        names = {run_name(path, self.folder): path for path in paths}
        with self.lock:
            for name in [name for name in self.runs if name not in names]:
                del self.runs[name]
                self.version += 1
            for name, path in names.items():
                if name not in self.runs:
                    self.runs[name] = WatchedRun(path, name)
                    self.version += 1

    def _to_read(self, *, everything: bool) -> list[WatchedRun]:
        """Return the runs to look at: the newest, and those that a page asked for."""
        with self.lock:
            runs = list(self.runs.values())
            if not everything:
                return [
                    run for run in runs if run.state == "training" or (run.name in self.requested and not run.read_once)
                ]
            # the newest first: the page shows it, and does not move to another one while the rest is read
            newest = sorted(runs, key=lambda run: _modified(run.path), reverse=True)
            return [*newest[:_READ], *(run for run in newest[_READ:] if run.name in self.requested)]

    def _loop(self) -> None:
        last, took = -_ALL_EVERY, 0.0
        while not self._ended.wait(_EVERY):
            began = time.monotonic()
            everything = began - last >= max(_ALL_EVERY, _REST * took)
            self.poll(everything=everything)
            if everything:
                last, took = began, time.monotonic() - began


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
