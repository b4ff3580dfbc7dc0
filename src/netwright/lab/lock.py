"""One process at a time trains in a run directory: a lock that survives no crash and works on network disks."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from netwright.atomic_files import remove_partial_files
from netwright.errors import RunError
from netwright.lab.links import refuse_links
from netwright.processes import birth, machine, running
from netwright.progress import Progress, silent

__all__ = ["RunLock", "locked"]

_HEARTBEAT = 10.0  # seconds between signs of life
_SILENCE = 120.0  # seconds without one, after which an owner that cannot be asked is gone


@dataclass(frozen=True)
class _Owner:
    """The owner of a lock."""

    token: str
    host: str
    pid: int
    machine: str | None
    born: int | None
    since: str


@dataclass(frozen=True)
class _Seen:
    """The state of a lock file."""

    path: Path
    owner: _Owner
    changed: tuple[int, int]


class RunLock:
    """The lock of a run directory: the file ``.lock`` with the name of its owner, who touches it every 10 seconds.

    Whether an owner on this machine still runs, the machine knows. An owner elsewhere is gone when its file did not
    change while we watched it for two minutes; no clock is compared with another. The process that takes over a lock
    first makes a claim, a file named after that lock, which only one can make. Then it makes sure that its claim is the
    last of those that the lock leads to, and moves it to the lock's place. So of any number of processes one wins,
    also where files cannot be exchanged, as on NFS, where the `filelock` library leaves the lock of a crashed owner.

    Args:
        run: the run directory.
        progress: callback for progress updates while an owner elsewhere is watched.
    """

    def __init__(self, run: Path, progress: Progress = silent) -> None:
        self.run, self.path, self.progress = run, run / ".lock", progress
        pid, now = os.getpid(), datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        self.owner = _Owner(secrets.token_hex(16), socket.gethostname(), pid, machine(), birth(pid), now)
        self._end = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lock", daemon=True)

    def take(self) -> None:
        """Become the owner, and remove partial files of a killed owner.

        Raises:
            RunError: another process is, or the directory cannot be written.
        """
        try:
            while not self._try():
                pass
            for marker in self.run.glob(".lock.after-*"):
                marker.unlink(missing_ok=True)
            remove_partial_files(self.run)
        except OSError as error:
            msg = (
                f"{self.path}: the run cannot be locked ({error}). Free some space or make the directory writable, "
                "and try again."
            )
            raise RunError(msg) from error
        self._heart.start()

    def release(self) -> None:
        """Release the lock."""
        self._end.set()
        self._heart.join()
        with suppress(OSError):  # what cannot be removed is taken over by the next
            if self._ours():
                self.path.unlink(missing_ok=True)

    def check(self) -> None:
        """Make sure that we are still the owner.

        Raises:
            RunError: another process took over.
        """
        if not self._ours():
            msg = (
                f"{self.run}: this process lost its lock on the run: it gave no sign of life for {_SILENCE:.0f} s and "
                f"another one took over, or {self.path.name} was removed. It stops, so that two never write."
            )
            raise RunError(msg)

    def _ours(self) -> bool:
        state = _read_state(self.path)
        return state is not None and state.owner.token == self.owner.token

    def _try(self) -> bool:
        """Try once; False if another process was faster, so that everything must be checked again."""
        last = self._last()
        if last is None:
            return _create(self.path, self.owner)
        state = self._state(last)
        if state == "changed":
            return False
        if state == "alive":
            raise RunError(self._refusal(last))
        claim = self._claim(last)
        if not _create(claim, self.owner):
            return False
        end = self._last()
        if end is None or end.owner.token != self.owner.token:  # the lock changed hands before our claim was there
            claim.unlink(missing_ok=True)
            return False
        claim.replace(self.path)
        return True

    def _last(self) -> _Seen | None:
        """Follow the claims from the lock to the unclaimed one; None if there is no lock."""
        last = _read_state(self.path)
        while last is not None and (claim := _read_state(self._claim(last))) is not None:
            last = claim
        return last

    def _claim(self, state: _Seen) -> Path:
        return self.path.with_name(f".lock.after-{state.owner.token}")

    def _state(self, previous: _Seen) -> Literal["alive", "gone", "changed"]:
        """Determine whether the owner is alive."""
        if previous.owner.machine is not None and previous.owner.machine == self.owner.machine:
            is_running = running(previous.owner.pid, previous.owner.born)
            if is_running is not None:
                return "alive" if is_running else "gone"
        began, task = time.monotonic(), f"Looking for a sign of life from {previous.owner.host}"
        while (waited := time.monotonic() - began) < _SILENCE:
            self.progress(task, waited, _SILENCE, "s")
            time.sleep(_HEARTBEAT / 10)
            now = _read_state(previous.path)
            if now is None or now.owner.token != previous.owner.token:
                return "changed"
            if now.changed != previous.changed:
                return "alive"
        self.progress(task, _SILENCE, _SILENCE, "s")
        return "gone"

    def _refusal(self, last: _Seen) -> str:
        owner = last.owner
        return (
            f"{self.run}: another process is training in this run directory: process {owner.pid} on {owner.host}, "
            f"since {owner.since}. Wait for its end or stop it, or name another directory with --run."
        )

    def _beat(self) -> None:
        """Touch the lock file regularly, until the end or until the lock belongs to another process."""
        while not self._end.wait(_HEARTBEAT):
            with suppress(OSError):  # a network disk that is away for a moment is no reason to stop
                if not self._ours():
                    return
                os.utime(self.path)


@contextmanager
def locked(run: Path, progress: Progress = silent) -> Iterator[RunLock]:
    """Keep other processes from training in a run directory.

    Args:
        run: the run directory.
        progress: callback for progress updates while an owner on another machine is watched, for at most two minutes.

    Yields:
        The lock, whose `check` makes sure that it is still ours.

    Raises:
        RunError: another process trains there, or a symbolic link leads out of the run.
    """
    refuse_links(run)
    lock = RunLock(run, progress)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def _create(path: Path, owner: _Owner) -> bool:
    """Write an owner into a file that no other process can create too; False if it exists."""
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        with os.fdopen(number, "wb") as file:
            file.write(json.dumps(asdict(owner)).encode())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _read_state(path: Path) -> _Seen | None:
    """Read the owner of a lock, and when the file was touched; None if there is none."""
    try:
        with path.open("rb") as file:  # opening asks the file server, where looking alone may not
            status, content = os.fstat(file.fileno()), file.read()
    except FileNotFoundError:
        return None
    try:
        owner = _Owner(**json.loads(content))
    except (ValueError, TypeError):  # its owner is just writing it, or crashed while it did
        token = f"unreadable-{status.st_ino}-{status.st_mtime_ns}"
        owner = _Owner(token, "an unknown machine", 0, None, None, "an unknown time")
    return _Seen(path, owner, (status.st_mtime_ns, status.st_ino))
