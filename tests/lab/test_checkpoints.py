"""Checkpoints against real failures: kill -9 in a write, full and read-only disks, damaged files, clocks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from pydantic_core import from_json

from netwright.errors import RunError
from netwright.lab import Checkpoints
from netwright.lab._checkpoint_files import numbered, read_checkpoint, write_checkpoint
from netwright.training.snapshot import Snapshot

DTYPES = ["f4", "f8", "f2", "i4", "i8", "u4", "u8", "u1", "?"]


def snapshot(step: int, size: int = 1000) -> Snapshot:
    """A snapshot whose content follows from its step."""
    arrays = {"weights": np.full((2, size), step, np.float32), "best": np.arange(size) + step}
    return Snapshot(arrays, {"step": step, "epochs": {"0": step // 10}})


def right(found: Snapshot | None) -> int:
    """Make sure that a snapshot is what it was, and return its step."""
    assert found is not None
    step = found.values["step"]
    expected = snapshot(step, found.arrays["weights"].shape[1])
    assert found.values == expected.values
    assert found.arrays.keys() == expected.arrays.keys()
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array, strict=True)
    return step


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "history.jsonl").write_text("")
    return tmp_path


def store(run: Path) -> Checkpoints:
    return Checkpoints(run / "checkpoints", run / "history.jsonl")


def saved(run: Path, *steps: int) -> None:
    for step in steps:
        checkpoints = store(run)
        checkpoints.save(snapshot(step))
        checkpoints.close()


def names(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_the_last_two_are_kept_and_the_newest_is_found(run: Path) -> None:
    assert store(run).latest() is None
    saved(run, 10, 20, 30)
    assert names(run) == ["step-000000020", "step-000000030"]
    assert right(store(run).latest()) == 30


def test_the_last_snapshot_is_never_left_out_however_fast_they_come(run: Path) -> None:
    checkpoints = store(run)
    for step in range(500):
        checkpoints.save(snapshot(step))
    assert right(checkpoints.latest()) == 499
    checkpoints.save(snapshot(500))
    checkpoints.close()
    assert right(store(run).latest()) == 500


def test_saving_costs_the_training_little(run: Path) -> None:
    checkpoints = store(run)
    times = []
    for step in range(200):
        began = time.thread_time()  # a thread of its own writes
        checkpoints.save(snapshot(step, 100_000))
        times.append(time.thread_time() - began)
    checkpoints.close()
    assert np.median(times) < 1e-3


def test_a_step_may_be_saved_twice_and_a_training_may_go_back(run: Path) -> None:
    saved(run, 10, 20, 20)
    assert names(run) == ["step-000000010", "step-000000020"]
    saved(run, 15)
    assert names(run) == ["step-000000010", "step-000000015"]


@given(data=st.data(), dtype=st.sampled_from(DTYPES), shape=arrays_of.array_shapes(min_dims=0, min_side=0))
def test_arrays_come_back_bit_by_bit(tmp_path_factory: pytest.TempPathFactory, data, dtype, shape) -> None:
    array = data.draw(arrays_of.arrays(dtype, shape))
    place = write_checkpoint(tmp_path_factory.mktemp("any"), 1, {"a": array, "turned": array.T}, "{}")
    result = read_checkpoint(place).arrays
    for name, expected in (("a", array), ("turned", array.T)):
        assert result[name].dtype == expected.dtype
        assert result[name].shape == expected.shape
        assert result[name].tobytes() == expected.tobytes()


def test_bfloat16_and_what_json_can_say_come_back(run: Path) -> None:
    checkpoints = store(run)
    short = np.arange(8).astype(ml_dtypes.bfloat16)
    values = {"step": 3, "cost": float("inf"), "text": 'ä"\n', "members": [{"best": None, "lowest": -float("inf")}]}
    checkpoints.save(Snapshot({"short": short}, values))
    result = checkpoints.latest()
    checkpoints.close()
    text = (run / "checkpoints/step-000000003/state.json").read_text()
    assert from_json(text, allow_inf_nan=False)["values"]["cost"] == {"number": "inf"}
    assert result is not None
    assert result.arrays["short"].dtype == short.dtype
    assert result.arrays["short"].tobytes() == short.tobytes()
    assert result.values == values


def test_a_checkpoint_with_numbers_that_json_does_not_know_is_read(run: Path) -> None:
    """Layout 3 wrote them as Python does."""
    saved(run, 10)
    path = run / "checkpoints/step-000000010/state.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"layout": 3, "values": {"step": 10, "cost": float("inf")}}))
    result = store(run).latest()
    assert result is not None
    assert result.values == {"step": 10, "cost": float("inf")}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize(
    ("name", "harm", "message"),
    [
        ("state.safetensors", cut, "SafetensorError"),
        ("state.safetensors", zeros, "SafetensorError"),
        ("state.safetensors", flip, "not what was written, by its checksum"),
        ("state.safetensors", Path.unlink, "FileNotFoundError"),
        ("state.json", cut, "JSONDecodeError"),
        ("state.json", zeros, "JSONDecodeError"),
        ("state.json", Path.unlink, "FileNotFoundError"),
        ("state.json", lambda path: path.write_text("[]"), "TypeError"),
        ("state.json", lambda path: path.write_text("{}"), "KeyError"),
    ],
)
def test_a_damaged_one_is_passed_over_and_said(run: Path, name: str, harm, message: str) -> None:
    saved(run, 10, 20)
    harm(run / "checkpoints/step-000000020" / name)
    checkpoints = store(run)
    assert right(checkpoints.latest()) == 10
    assert len(checkpoints.remarks) == 1
    assert re.search(rf"step-000000020: .*{message}.*; it is skipped", checkpoints.remarks[0])
    assert names(run) == ["damaged-step-000000020", "step-000000010"]
    saved(run, 20)
    assert right(store(run).latest()) == 20


def test_where_none_is_whole_it_says_so(run: Path) -> None:
    saved(run, 10, 20)
    for step in (10, 20):
        cut(run / f"checkpoints/step-0000000{step}/state.safetensors")
    with pytest.raises(RunError, match=r"no checkpoint is complete\n  .*-000000020.*\n  .*-000000010.*\nTrain again"):
        store(run).latest()


def test_a_later_layout_is_refused_and_not_passed_over(run: Path) -> None:
    saved(run, 10, 20)
    path = run / "checkpoints/step-000000020/state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layout": 99}))
    with pytest.raises(RunError, match="has layout 99, and this netwright reads layout 4"):
        store(run).latest()


def test_the_newest_is_that_of_the_highest_number_whatever_the_clock_says(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(run, 999_999_999, 1_000_000_000)
    os.utime(run / "checkpoints/step-1000000000", (0, 0))
    assert right(store(run).latest()) == 1_000_000_000
    monkeypatch.setattr(time, "time", lambda: 0.0)
    saved(run, 1_000_000_001)
    assert right(store(run).latest()) == 1_000_000_001


def test_what_a_killed_process_left_is_removed_and_strangers_are_left_alone(run: Path) -> None:
    saved(run, 10)
    for name in (".step-000000020.part", ".step-000000005.old", "step-x", "notes"):
        (run / "checkpoints" / name).mkdir()
    assert right(store(run).latest()) == 10
    assert names(run) == ["notes", "step-000000010", "step-x"]


def test_an_error_of_the_thread_comes_at_the_next_call(run: Path) -> None:
    (run / "checkpoints").write_text("a file where the folder should be")
    checkpoints = store(run)
    checkpoints.save(snapshot(10))
    match = r"the checkpoint of step 10 cannot be written .*There is no complete one yet\. Free .*train --resume "
    with pytest.raises(RunError, match=match):
        checkpoints.close()
    with pytest.raises(RunError, match=match):
        checkpoints.save(snapshot(20))
    checkpoints.close()  # it was told
    with pytest.raises(RunError, match=match):
        checkpoints.latest()


def test_a_mistake_in_the_thread_is_not_swallowed(run: Path) -> None:
    class Broken:
        def check(self) -> None:
            raise ZeroDivisionError

    checkpoints = Checkpoints(run / "checkpoints", run / "history.jsonl", Broken())
    checkpoints.save(snapshot(10))
    with pytest.raises(ZeroDivisionError):
        checkpoints.close()
    checkpoints = store(run)
    checkpoints.save(Snapshot({"a": np.array(["text"])}, {"step": 1}))
    with pytest.raises(RunError, match=r"step 1 cannot be written .*Unknown dtype"):
        checkpoints.close()


def test_nothing_is_written_without_the_lock(run: Path) -> None:
    class Lost:
        def check(self) -> None:
            msg = "lost"
            raise RunError(msg)

    checkpoints = Checkpoints(run / "checkpoints", run / "history.jsonl", Lost())
    checkpoints.save(snapshot(10))
    with pytest.raises(RunError, match="lost"):
        checkpoints.close()
    assert numbered(run / "checkpoints") == []


def test_many_teams_save_at_once(run: Path) -> None:
    def team(number: int) -> None:
        checkpoints = Checkpoints(run / f"checkpoints/{number}", run / "history.jsonl")
        for step in range(20):
            checkpoints.save(snapshot(step * 10 + number))
        checkpoints.close()

    threads = [threading.Thread(target=team, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = [right(Checkpoints(run / f"checkpoints/{n}", run / "history.jsonl").latest()) for n in range(4)]
    assert result == [190, 191, 192, 193]


# real failures


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB of its own, which root may mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a disk of its own cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_the_checkpoint_before_and_goes_on_when_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    saved(small_disk, 10)
    ballast.write_bytes(bytes(3_900_000))
    checkpoints = store(small_disk)
    checkpoints.save(snapshot(20, 50_000))
    match = r"step 20 cannot be written \(.*[Nn]o space left.*The last complete one is step-000000010\. Free some space"
    with pytest.raises(RunError, match=match):
        checkpoints.close()
    assert names(small_disk) == ["step-000000010"]
    assert right(store(small_disk).latest()) == 10
    ballast.unlink()
    checkpoints = store(small_disk)
    checkpoints.save(snapshot(20, 50_000))
    checkpoints.close()
    assert right(store(small_disk).latest()) == 20


def test_a_read_only_disk_is_said_and_nothing_is_lost(small_disk: Path) -> None:
    saved(small_disk, 10)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    checkpoints = store(small_disk)
    checkpoints.save(snapshot(20))
    with pytest.raises(RunError, match=r"[Rr]ead-only.*The last complete one is step-000000010.*make the directory"):
        checkpoints.close()
    assert right(store(small_disk).latest()) == 10


def test_a_limit_on_files_leaves_the_checkpoint_before(run: Path) -> None:
    saved(run, 10)
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_checkpoints import store, snapshot
from netwright.errors import RunError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
kept = store(Path({str(run)!r}))
kept.save(snapshot(20, 50_000))
try:
    kept.close()
except RunError as error:
    sys.exit(str(error))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "step 20 cannot be written" in ended.stderr
    assert "The last complete one is step-000000010" in ended.stderr
    assert names(run) == ["step-000000010"]


def test_a_folder_that_cannot_be_read_is_said(run: Path) -> None:
    saved(run, 10)
    path = run / "checkpoints/step-000000010/state.json"
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(RunError, match=r"the checkpoints cannot be read .*Too many levels of symbolic links"):
        store(run).latest()
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match=r"no checkpoint is complete\n.*is not complete \(state.json is a folder\)"):
        store(run).latest()


KILLER = """
import os, random, signal, sys, time, warnings
warnings.simplefilter("ignore")  # JAX warns of forks; no child of ours calls it
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_checkpoints import store, right, snapshot

run, moments, reached, half = Path(sys.argv[1]), random.Random(4), 0, 0
for number in range(20):
    child = os.fork()
    if child == 0:
        kept = store(run)
        kept._hurry.set()  # no rests: as many writes as there can be
        while True:
            reached += 1
            kept.save(snapshot(reached, 200_000))
    time.sleep(moments.uniform(0.0, 0.2))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    half += len(list((run / "checkpoints").glob(".step-*")))
    kept = store(run)
    found = kept.latest()
    assert kept.remarks == []
    if found is not None:
        assert right(found) >= reached
        reached = right(found)
print(reached, half)
"""


def test_kill_9_at_any_moment_leaves_a_whole_checkpoint(run: Path) -> None:
    command = [sys.executable, "-c", KILLER, run, Path(__file__).parent]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    reached, half = map(int, ended.stdout.split())
    assert reached > 20
    assert half > 0, "no kill fell into a write: the test says nothing"
