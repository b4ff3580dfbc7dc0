"""Blocks of rows on their way to files, with a cheap block."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

from netwright.errors import GenerationError
from netwright.progress import silent
from netwright.simulation import _writing
from netwright.simulation._writing import MANIFEST, GenerationPlan, identities, stream, write_blocks
from netwright.simulation.four_vectors import particle_block


def plan(rows=25, seed=4, **changes):
    return GenerationPlan(**{"kind": "toys", "seed": seed, "rows": rows, "block_rows": 10, "options": {}, **changes})


def toys(block, rows):
    values = stream(4, block, "toys").random(rows)
    return {"value": values, "event": identities(4, 10 * block, rows)}


def write(out, what=None, make=toys, workers=1, progress=silent):
    return write_blocks(what or plan(), make, out=out, workers=workers, progress=progress)


def values(files):
    return np.concatenate([np.load(file)["value"] for file in files])


def test_blocks_have_a_fixed_size_and_the_last_one_the_rest(tmp_path):
    files = write(tmp_path)
    assert [file.name for file in files] == ["toys-0000.npz", "toys-0001.npz", "toys-0002.npz"]
    assert [len(np.load(file)["event"]) for file in files] == [10, 10, 5]


def test_identities_are_unique_over_rows_and_seeds():
    ids = np.concatenate([identities(seed, first, 10) for seed in (0, 1, 2**31 - 1) for first in (0, 10)])
    assert len(np.unique(ids)) == len(ids)
    assert (ids >= 0).all()


def test_a_second_call_makes_only_what_is_missing(tmp_path):
    first = values(write(tmp_path))
    (tmp_path / "toys-0001.npz").unlink()
    (tmp_path / "toys-0002.npz").write_bytes(b"half a file")
    (tmp_path / ".toys-0002.npz.99.part").write_bytes(b"left over")
    made = []

    def remember(block, rows):
        made.append(block)
        return toys(block, rows)

    files = write(tmp_path, make=remember)
    assert made == [1, 2]
    np.testing.assert_array_equal(values(files), first)


def test_more_rows_only_add(tmp_path):
    few = values(write(tmp_path))
    many = write(tmp_path, plan(rows=38))
    assert [len(np.load(file)["event"]) for file in many] == [10, 10, 10, 8]
    np.testing.assert_array_equal(values(many)[:20], few[:20])


def test_progress_ends_at_the_total(tmp_path):
    updates = []

    def listen(task, done, total, unit="rows"):
        updates.append((task, done, total, unit))

    write(tmp_path, progress=listen)
    assert updates == [("generating toys", done, 25, "rows") for done in (0, 10, 20, 25)]
    write(tmp_path, progress=listen)
    assert updates[-1] == ("generating toys", 25, 25, "rows")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (plan(seed=5), "seed 4, requested 5"),
        (plan(kind="games"), "kind 'toys', requested 'games'"),
        (plan(options={"basis": "x"}), "options"),
        (plan(rows=3), "already has 25 rows, requested 3"),
    ],
)
def test_a_folder_with_something_else_is_refused(tmp_path, other, message):
    write(tmp_path)
    with pytest.raises(GenerationError, match=message):
        write(tmp_path, other)


def test_files_of_unknown_making_are_refused(tmp_path):
    write(tmp_path)
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(GenerationError, match=f"but no {MANIFEST}"):
        write(tmp_path)


def test_a_damaged_manifest_is_refused(tmp_path):
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(GenerationError, match="is damaged"):
        write(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GenerationError, match="is a file; give a folder"):
        write(tmp_path / "file")


@pytest.mark.parametrize(
    ("changes", "workers", "message"),
    [
        ({"rows": 0}, 1, r"rows must be from 1 to .* received 0\. Choose"),
        ({"seed": -1}, 1, "seed must be from 0 to 2147483647, received -1"),
        ({}, 0, "workers must be from 1 to .* received 0"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, changes, workers, message):
    with pytest.raises(GenerationError, match=message):
        write(tmp_path, plan(**changes), workers=workers)


def test_the_manifest_says_what_the_folder_holds(tmp_path):
    write(tmp_path)
    held = json.loads((tmp_path / MANIFEST).read_text())
    assert {key: held[key] for key in ("kind", "seed", "rows")} == {"kind": "toys", "seed": 4, "rows": 25}


def test_workers_give_the_same_rows_and_their_errors_have_words(tmp_path):
    make = partial(particle_block, 4, "E,px,py,pz")
    alone, together = (write(tmp_path / str(n), make=make, workers=n) for n in (1, 2))
    for one, two in zip(alone, together, strict=True):
        for name, column in np.load(one).items():
            np.testing.assert_array_equal(column, np.load(two)[name])
    with pytest.raises(GenerationError, match=r"block . could not be generated: .*continues from there") as caught:
        write(tmp_path / "wrong", make=partial(particle_block, 4, "no basis"), workers=2)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_interrupt_leaves_whole_files_and_no_workers(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import signal, sys, time\n"
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from netwright.simulation import _writing\n"
        "from netwright.simulation.four_vectors import particle_block\n"
        "from netwright.progress import silent\n"
        "if __name__ == '__mp_main__':\n"  # of two workers one is still being started when the signal comes
        "    try:\n"
        "        Path(sys.argv[1] + '.first').touch(exist_ok=False)\n"
        "    except FileExistsError:\n"
        "        time.sleep(20)\n"
        "def slow(block, rows):\n"
        "    time.sleep(0.2)\n"
        "    return particle_block(4, 'E,px,py,pz', block, rows)\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells ignore it for what they put behind
        "    plan = _writing.GenerationPlan('toys', 4, 10_000, 10, {})\n"
        "    try:\n"
        "        _writing.write_blocks(plan, slow, out=Path(sys.argv[1]), workers=2, progress=silent)\n"
        "    except KeyboardInterrupt:\n"
        "        sys.exit(3)\n"
    )
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, str(script), str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list(out.glob("toys-*.npz"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the group
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert output == b""
    assert b"Traceback" not in errors
    complete = [_writing._is_complete(file, 10) for file in out.glob("toys-*.npz")]
    assert len(complete) >= 2
    assert all(complete)
