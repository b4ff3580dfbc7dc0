"""How long `netwright inspect` takes on many jets of 800 values, and how much memory.

    python benchmarks/inspection.py --rows 50000
    python benchmarks/inspection.py                    # 1.8 million jets: 6 GB for the file, as much for the cache

Makes one HDF5 file of jets (rows, 200, 4), drawn from generated ones, each turned around the beam by a random
angle and reflected at random, so that no two are the same. Then it reads and inspects it, in a process of its own:
once into an empty cache and once from it. Memory is watched five times a second: "own" is what the process alone
holds; "resident" also counts pages of the memory-mapped file, which the system may take back at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from bench.sweep import made_folder

import netwright as nw

AT_ONCE = 20_000

CHILD = """
import json, pathlib, sys, time
from netwright.data import read
import netwright as nw
began = time.perf_counter()
read(sys.argv[1])
middle, cpu = time.perf_counter(), time.process_time()
inspected = nw.inspect([sys.argv[1]], target="truth_label", out=sys.argv[2])
end = time.perf_counter()
status = pathlib.Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) / 2**20
found = [[one.severity, one.symptom] for one in inspected.found.findings]
sys.stdout.write(json.dumps([middle - began, end - middle, time.process_time() - cpu, peak, found]))
"""


def main() -> None:
    """Make the file, inspect it twice and print a table."""
    options = parse()
    free = shutil.disk_usage(options.folder or tempfile.gettempdir()).free
    needed = 2.2 * options.rows * 3216
    if free < needed:
        sys.exit(f"{needed / 1e9:.0f} GB are needed for {options.rows:,} rows, {free / 1e9:.0f} GB are free.")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "jets.h5"
        write(path, options.rows, jets(options.jets))
        lines = [
            header(options),
            "",
            "| run | reading (s) | inspecting (s) | of which CPU (s) | rows/s | own (GiB) | resident (GiB) |",
        ]
        lines.append("|---|---|---|---|---|---|---|")
        for run in ("first, into an empty cache", "again, from the cache"):
            time.sleep(3)  # a file that has only just changed is hashed at every read
            reading, inspecting, cpu, resident, own, findings = measure(path, Path(folder))
            speed = options.rows / inspecting
            lines.append(
                f"| {run} | {reading:.0f} | {inspecting:.0f} | {cpu:.0f} | {speed:,.0f} | {own:.2f} | {resident:.2f} |"
            )
    lines += ["", "Findings: " + ", ".join(f"{level} {name}" for level, name in findings) + "."]
    text = "\n".join(lines)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_800_000)
    parser.add_argument("--jets", type=Path, default=Path("benchmarks/jets"), help="folder of generated jets")
    parser.add_argument("--folder", type=made_folder, default=None, help="where the file and the cache go for a while")
    parser.add_argument("--out", type=Path, default=None, help="also write the table there, as Markdown")
    return parser.parse_args()


def jets(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return some generated jets and their labels; they are generated where there are none."""
    if not list(folder.glob("*.npz")):
        nw.generate_top_jets(4_000, seed=2, out=folder, workers=2)
    data = nw.read(sorted(folder.glob("*.npz"))[:20])
    return data.column("constituents"), data.column("truth_label")


def write(path: Path, rows: int, made: tuple[np.ndarray, np.ndarray]) -> None:
    """Write a file of new jets, a part at a time."""
    random = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        constituents = file.create_dataset("constituents", (rows, 200, 4), "f4", chunks=(min(512, rows), 200, 4))
        label = file.create_dataset("truth_label", (rows,), "i4", chunks=(min(8_192, rows),))
        event = file.create_dataset("event", (rows,), "i8", chunks=(min(8_192, rows),))
        for start in range(0, rows, AT_ONCE):
            part = slice(start, min(start + AT_ONCE, rows))
            chosen = random.integers(0, len(made[0]), part.stop - part.start)
            constituents[part] = turned(made[0][chosen], random)
            label[part] = made[1][chosen]
            event[part] = np.arange(part.start, part.stop)


def turned(p4: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return jets turned around the beam and reflected, each by its own angle."""
    angle = random.uniform(0, 2 * np.pi, len(p4)).astype(np.float32)[:, None]
    cosine, sine = np.cos(angle), np.sin(angle)
    sign = random.choice(np.array([-1, 1], dtype=np.float32), len(p4))[:, None]
    energy, px, py, pz = np.moveaxis(p4, -1, 0)
    return np.stack([energy, cosine * px - sine * py, sine * px + cosine * py, sign * pz], axis=-1)


def measure(path: Path, folder: Path) -> tuple[float, float, float, float, float, list[list[str]]]:
    """Inspect in a new process; return seconds of reading, inspecting and CPU, GiB resident and own, and findings."""
    environment = {**os.environ, "NETWRIGHT_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", CHILD, str(path), str(folder / "out")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    own = 0.0
    while child.poll() is None:
        own = max(own, anonymous(child.pid))
        time.sleep(0.2)
    assert child.stdout is not None
    answer = child.stdout.read()
    assert child.returncode == 0, answer
    reading, inspecting, cpu, resident, findings = json.loads(answer)
    return reading, inspecting, cpu, resident, own, findings


def anonymous(process: int) -> float:
    """Return how much memory a process holds that is no part of a file, in GiB; 0 where that cannot be read."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    except (OSError, ProcessLookupError):
        return 0.0
    fields = text.partition("Anonymous:")[2].split()
    return int(fields[0]) / 2**20 if fields else 0.0


def header(options: argparse.Namespace) -> str:
    """Say what was measured, and on what."""
    return (
        f"{options.rows:,} jets of 800 values, netwright {nw.__version__}, {os.cpu_count()} cores {platform.machine()}."
    )


if __name__ == "__main__":
    main()
