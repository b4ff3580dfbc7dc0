"""The lock of a run directory with real processes: at once, killed, on other machines, with wrong clocks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netwright import processes
from netwright.errors import RunError
from netwright.lab import lock
from netwright.lab.lock import locked

# the lock without the rest of its room, which takes seconds to import
LIGHT = """
import sys, types
from pathlib import Path
import netwright
room = types.ModuleType("netwright.lab")
room.__path__ = [str(Path(netwright.__file__).parent / "lab")]
sys.modules["netwright.lab"] = room
"""

HOLDER = """
import sys, time
from pathlib import Path
from netwright.lab.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", LIGHT + HOLDER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life every 50 ms, and silence after half a second."""
    monkeypatch.setattr(lock, "_HEARTBEAT", 0.05)
    monkeypatch.setattr(lock, "_SILENCE", 0.5)


def doctored(path: Path, **changes: Any) -> dict[str, Any]:
    """Write the lock of an owner that has this process's name but for some changes."""
    with locked(path):
        content = json.loads((path / ".lock").read_text())
    content |= {"token": "theirs"} | changes
    (path / ".lock").write_text(json.dumps(content))
    return content


def held(path: Path) -> bool:
    with locked(path) as ours:
        ours.check()
        return json.loads((path / ".lock").read_text())["pid"] == os.getpid()


def test_a_lock_is_there_while_it_is_held_and_leaves_nothing(tmp_path: Path) -> None:
    assert held(tmp_path)
    assert held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_second_process_is_refused_and_told_by_whom(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    match = rf"another process is training in this run directory: process {holder.pid} on \S+, since 2\S+\. Wait for"
    with pytest.raises(RunError, match=match):
        held(tmp_path)


def test_so_is_a_second_thread(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(RunError, match=f"process {os.getpid()} on"):
        held(tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_stopped_owner_on_this_machine_is_still_the_owner(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    with pytest.raises(RunError, match="another process is training"):
        held(tmp_path)


def test_the_lock_of_a_killed_owner_is_taken_over_at_once(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()  # and nobody waits for it: it stays in the table of processes
    while processes.running(holder.pid, json.loads((tmp_path / ".lock").read_text())["born"]):
        time.sleep(0.01)
    began = time.monotonic()
    assert held(tmp_path)
    assert time.monotonic() - began < 5
    assert list(tmp_path.iterdir()) == []


def test_another_process_with_the_number_of_the_owner_is_not_the_owner(tmp_path: Path) -> None:
    born = processes.birth(os.getppid())
    assert born is not None
    doctored(tmp_path, pid=os.getppid(), born=born)
    with pytest.raises(RunError, match=f"process {os.getppid()}"):
        held(tmp_path)
    doctored_born = born - 1
    (tmp_path / ".lock").unlink()
    doctored(tmp_path, pid=os.getppid(), born=doctored_born)
    assert held(tmp_path)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("machine", ["another", None])
def test_an_owner_elsewhere_that_gives_signs_of_life_is_left_alone(tmp_path: Path, machine) -> None:
    doctored(tmp_path, host="elsewhere", machine=machine)
    end = threading.Event()

    def live() -> None:
        while not end.wait(0.1):
            os.utime(tmp_path / ".lock", (5, 5 + time.monotonic()))  # a clock that is wrong by half a century

    heart = threading.Thread(target=live)
    heart.start()
    try:
        with pytest.raises(RunError, match=r"on elsewhere, since"):
            held(tmp_path)
    finally:
        end.set()
        heart.join()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("age", [-1e6, 0, 1e6])
def test_an_owner_elsewhere_is_gone_after_silence_whatever_the_clocks_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float
) -> None:
    doctored(tmp_path, host="elsewhere", machine="another")
    now = time.time()
    os.utime(tmp_path / ".lock", (now - age, now - age))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    told: list[float] = []
    began = time.monotonic()

    def note(task: str, done: float, total: float, unit: str = "rows") -> None:
        assert (task, total, unit) == ("Looking for a sign of life from elsewhere", 0.5, "s")
        told.append(done)

    with locked(tmp_path, note) as ours:
        ours.check()
    assert time.monotonic() - began >= 0.5
    assert told[-1] == 0.5


@pytest.mark.usefixtures("quick")
def test_a_half_written_lock_is_taken_over_after_silence(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text('{"token": "x')
    assert held(tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_lock_that_is_given_up_while_it_is_watched_is_free(tmp_path: Path) -> None:
    doctored(tmp_path, host="elsewhere", machine="another")
    timer = threading.Timer(0.2, (tmp_path / ".lock").unlink)
    timer.start()
    assert held(tmp_path)
    timer.join()


def test_the_claim_of_a_killed_process_is_claimed_in_turn(tmp_path: Path) -> None:
    stale = doctored(tmp_path, pid=2**22 + 1)
    (tmp_path / ".lock.after-theirs").write_text(json.dumps(stale | {"token": "hers"}))
    assert held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_old_claim_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / ".lock.after-longago").write_text("{}")
    (tmp_path / ".part-17-model.keras").write_text("half a network, of the process that was killed")
    assert held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_claim_on_a_lock_that_changed_hands_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = doctored(tmp_path, pid=2**22 + 1)
    create, taken = lock._create, []

    def late(path: Path, owner: lock._Owner) -> bool:
        if not taken:  # just before our claim, another one wins and moves its claim to the lock
            taken.append(path)
            winner = stale | {"token": "winner", "pid": os.getppid(), "born": processes.birth(os.getppid())}
            (tmp_path / ".lock").write_text(json.dumps(winner))
        return create(path, owner)

    monkeypatch.setattr(lock, "_create", late)
    with pytest.raises(RunError, match=f"process {os.getppid()}"):
        held(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


RACER = """
import os, random, sys, time
from pathlib import Path
from netwright.errors import RunError
from netwright.lab.lock import locked

folder, stale = Path(sys.argv[1]), sys.argv[2]

def one_try(run, start, gate):
    os.read(start, 1)
    try:
        with locked(run) as lock:
            lock.check()
            os.read(gate, 1)  # hold it until all others gave up
    except RunError:
        return 1
    return 0

def many_tries(run, start, gate):
    os.read(start, 1)
    chance = random.Random(os.getpid())
    for _ in range(20):
        try:
            with locked(run) as lock:
                os.close(os.open(run / "inside", os.O_CREAT | os.O_EXCL))  # fails where two are inside
                time.sleep(chance.uniform(0, 0.002))
                lock.check()
                (run / "inside").unlink()
                if chance.random() < 0.3:
                    token = chance.randbytes(8).hex()
                    (run / token).write_text(stale.replace("theirs", token))
                    (run / token).replace(run / ".lock")  # and die, as far as the others can tell
        except RunError:
            time.sleep(chance.uniform(0, 0.002))
    return 0

def race(number, task):
    run = folder / f"{task.__name__}-{number}"
    run.mkdir()
    if number:
        (run / ".lock").write_text(stale)
    (start, go), (gate, open_gate) = os.pipe(), os.pipe()
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            os.close(go), os.close(open_gate)
            code = 2
            try:
                code = task(run, start, gate)
            finally:
                os._exit(code)
        children.append(child)
    os.close(go)
    codes = []
    for count in range(8):
        if count == 7:
            os.close(open_gate)
        codes.append(os.waitstatus_to_exitcode(os.wait()[1]))
    if task is many_tries:
        os.close(start), os.close(gate)
    return sorted(codes), sorted(path.name for path in run.iterdir())

for number in range(10):
    codes, left = race(number, one_try)
    assert codes == [0] + [1] * 7, f"round {number}: exit codes {codes}, {left}"
    assert left == [], left
for number in range(3):
    codes, left = race(number, many_tries)
    assert codes == [0] * 8, f"round {number}: exit codes {codes}, {left}"
"""


def test_of_eight_processes_that_race_for_a_lock_one_wins(tmp_path: Path) -> None:
    stale = json.dumps(doctored(tmp_path, pid=2**22 + 1))
    command = [sys.executable, "-c", LIGHT + RACER, tmp_path, stale]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_who_lost_the_lock_is_told(tmp_path: Path) -> None:
    with locked(tmp_path) as ours:
        ours.check()
        (tmp_path / ".lock").unlink()
        with pytest.raises(RunError, match=r"this process lost its lock on the run: .*so that two never write"):
            ours.check()
        (tmp_path / ".lock").write_text("{}")
    assert (tmp_path / ".lock").read_text() == "{}"  # of somebody else by now


@pytest.mark.usefixtures("quick")
def test_signs_of_life_are_given_and_a_hanging_disk_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches = []

    def utime(path: Path) -> None:
        touches.append(path)
        if len(touches) == 2:
            raise OSError(116, "Stale file handle")

    monkeypatch.setattr(os, "utime", utime)
    with locked(tmp_path):
        deadline = time.monotonic() + 10
        while len(touches) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(touches) >= 4


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the run cannot be locked .*Not a directory|No such file"):
        held(tmp_path / "nothing")
    limited = """
import resource, signal, sys
from pathlib import Path
from netwright.errors import RunError
from netwright.lab.lock import locked
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    with locked(Path(sys.argv[1])):
        pass
except RunError as error:
    sys.exit(str(error))
"""
    ended = subprocess.run(
        [sys.executable, "-c", LIGHT + limited, tmp_path], capture_output=True, text=True, check=False
    )
    assert "the run cannot be locked ([Errno 27] File too large)" in ended.stderr
    assert list(tmp_path.iterdir()) == []  # and no half lock is left
