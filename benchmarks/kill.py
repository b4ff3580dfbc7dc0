"""Kill a training again and again, at random moments and inside of writes: it must end with the same bits.

    python benchmarks/kill.py --kills 30

An ensemble of two members, side by side, is trained twice on made-up rows: once undisturbed, and once killed with
SIGKILL as often as asked for, every second time while a checkpoint is being written. Each life begins with
`netwright train --resume`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

NETWRIGHT = Path(sys.executable).with_name("netwright")
PATIENCE = 300.0  # seconds for anything


def main() -> None:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lives = survive(Path(folder), arguments.kills, seed=arguments.seed)
    inside = sum(life["inside a write"] for life in lives)
    print(f"`python benchmarks/kill.py --kills {arguments.kills}` on {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}.")  # fmt: skip
    print(f"{len(lives)} kills, {inside} of them inside a write; {len({life['step'] for life in lives})} different "
          "checkpoints to go on from; the weights are those of the undisturbed training, bit by bit.")  # fmt: skip


def survive(folder: Path, kills: int, *, seed: int) -> list[dict[str, object]]:
    """Train undisturbed and disturbed, and compare.

    Args:
        folder: an empty one.
        kills: how often the disturbed training is killed.
        seed: of the moments.

    Returns:
        Of each life before a kill, whether it ended inside a write, and the step of its last checkpoint.

    Raises:
        ValueError: the weights differ.
    """
    experiment = write_experiment(folder, epochs=15 + 12 * kills)
    run_to_the_end(folder, ["train", experiment, "--run", "undisturbed"])
    moments = random.Random(seed)  # noqa: S311  # no secret
    lives = []
    for number in range(kills):
        command = ["train", "--resume", "killed"] if number else ["train", experiment, "--run", "killed"]
        lives.append(live_and_die(folder, command, moments, inside=number % 2 == 1))
    run_to_the_end(folder, ["train", "--resume", "killed"])
    compare(folder / "undisturbed", folder / "killed")
    return lives


def write_experiment(folder: Path, epochs: int) -> str:
    """Write rows of two classes, and an experiment that has all that a state can have."""
    generator = np.random.default_rng(3)
    label = generator.integers(0, 2, 40_000)
    x = generator.normal(size=(40_000, 6)) + 0.3 * label[:, None]
    np.savez(folder / "rows.npz", label=label, **{f"x{n}": x[:, n] for n in range(6)})
    content = {
        "data": {"files": ["rows.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": [f"x{n}" for n in range(6)], "noise": 0.05}},
        "targets": {"signal": {"kind": "binary", "column": "label"}},
        "model": {"body": {"kind": "dense", "units": [64, 64], "dropout": 0.1, "batch_normalisation": "before"}},
        "ensemble": {"members": 2},
        "training": {
            "epochs": epochs,
            "batch_size": 64,
            "warm_up": 50,
            "members": "side-by-side",
            "early_stopping": {"patience": 100_000},
        },
    }
    (folder / "experiment.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return "experiment.yaml"


def run_to_the_end(folder: Path, command: list[str]) -> None:
    """Run netwright, and stop with its words where it fails."""
    done = subprocess.run(
        [NETWRIGHT, *command], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise ValueError(done.stdout + done.stderr)


def live_and_die(folder: Path, command: list[str], moments: random.Random, *, inside: bool) -> dict[str, object]:
    """Start netwright, let it write a checkpoint or two, and kill it."""
    checkpoints = folder / "killed" / "checkpoints"
    before = steps_of(checkpoints)
    with subprocess.Popen(
        [NETWRIGHT, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        wait_for(lambda: steps_of(checkpoints) > before, process)
        time.sleep(moments.uniform(0.0, 0.5))
        if inside:
            wait_for(lambda: bool(list(checkpoints.glob("*/.step-*.part"))), process, every=0.0002)
        process.send_signal(signal.SIGKILL)
    return {"inside a write": bool(list(checkpoints.glob("*/.step-*.part"))), "step": steps_of(checkpoints)}


def steps_of(checkpoints: Path) -> int:
    """Return the steps of the newest checkpoints of all teams together."""
    teams: dict[str, int] = {}
    for place in checkpoints.glob("*/step-*"):
        teams[place.parent.name] = max(teams.get(place.parent.name, 0), int(place.name.removeprefix("step-")))
    return sum(teams.values())


def wait_for(what: object, process: subprocess.Popen[bytes], every: float = 0.005) -> None:
    """Wait until something is so; a process that ends before is an error."""
    stop = time.monotonic() + PATIENCE
    while not what():  # type: ignore[operator]
        if process.poll() is not None:
            output = process.stdout.read().decode() if process.stdout else ""
            msg = f"netwright ended before it was killed:\n{output}"
            raise ValueError(msg)
        if time.monotonic() > stop:
            process.kill()
            msg = f"nothing happened in {PATIENCE:g} s"
            raise ValueError(msg)
        time.sleep(every)


def compare(one: Path, other: Path) -> None:
    """Hold the networks and the histories of two runs against each other, bit by bit."""
    from netwright.lab import open_run

    for a, b in zip(open_run(one).model.get_weights(), open_run(other).model.get_weights(), strict=True):
        if a.tobytes() != b.tobytes():
            msg = "the weights differ"
            raise ValueError(msg)
    histories = []
    for run in (one, other):
        lines = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
        timeless = [{k: v for k, v in line.items() if k not in {"seconds", "rows_per_second"}} for line in lines]
        histories.append(sorted(timeless, key=lambda line: (line["member"], line["epoch"])))
    if histories[0] != histories[1]:
        msg = "the histories differ"
        raise ValueError(msg)


if __name__ == "__main__":
    main()
