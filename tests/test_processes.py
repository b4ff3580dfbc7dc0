"""Whether a process still runs, by what a file or its name recorded of it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from netwright import processes


def test_processes_are_known_by_number_and_birth() -> None:
    born = processes.birth(os.getpid())
    assert processes.running(os.getpid(), born)
    assert not processes.running(os.getpid(), 1)
    assert processes.running(2**22 + 1, 1) is False  # beyond the highest number of a process
    assert processes.birth(2**22 + 1) is None
    assert processes.running(os.getpid(), None) is None
    with subprocess.Popen(["true"]) as zombie:
        while processes.birth(zombie.pid) is not None:
            time.sleep(0.01)
        assert processes.running(zombie.pid, 1) is False


def test_where_the_system_says_nothing_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "birth", lambda _: None)
    assert processes.running(2**22 + 1, 1) is False
    monkeypatch.setattr(processes, "Path", lambda text: Path("/nowhere") / text.lstrip("/"))
    assert processes.machine() is None
    assert processes.running(os.getpid(), 1) is None

    def hidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", hidden)
    assert processes.running(1, 1) is None


def test_the_tag_of_a_process_says_that_it_has_ended_only_on_its_machine() -> None:
    machine, number, born = processes.process_tag().split("-")
    assert not processes.has_ended(f"{machine}-{number}-{born}")
    assert processes.has_ended(f"{machine}-{number}-{int(born) + 1}-another-process-has-its-number")
    assert processes.has_ended(f"{machine}-{2**22 + 1}-{born}")
    assert not processes.has_ended(f"{'0' * 8}-{2**22 + 1}-{born}")
    assert not processes.has_ended(f"{machine}-{2**22 + 1}-0")
    assert not processes.has_ended("columns-abc")
