"""The live page in Chromium: how long the first picture of 200 runs of 1,000 epochs takes, and an update.

    make .venv/.page
    .venv/bin/python benchmarks/page.py [--runs 200] [--epochs 1000] [--keep FOLDER]

First picture: from the request of the page until curves are drawn, and until those of all runs are, of a server that
began to read the folder at the same moment. Update: from the line that a training appends to history.jsonl until it is
drawn, median and slowest of 20.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from netwright.live import Watcher, live_routes
from netwright.pages import in_background

CHROMIUM = "/usr/bin/chromium"
EXPERIMENT = """name: toy
data: {{files: [/data/toy.csv]}}
inputs: {{x: {{kind: numeric, columns: [a, b]}}}}
targets: {{is_signal: {{kind: binary, column: y}}}}
training: {{epochs: {epochs}, learning_rate: {rate}}}
"""


def epoch_line(epoch: int, rate: float, noise: random.Random, member: int = 0) -> str:
    """Return a line of a history, of a loss that falls and then rises."""
    loss = 0.25 + 0.5 * math.exp(-epoch * rate * 3) + 0.01 * noise.random()
    valid = loss + 0.02 + 2e-5 * epoch * rate * 100 + 0.02 * noise.random()
    record = {
        "member": member, "epoch": epoch, "steps": 10 * epoch, "loss": loss, "head_losses": {"is_signal": loss},
        "valid_loss": valid, "valid_head_losses": {"is_signal": valid}, "gradient_norm": 0.2 * loss * noise.random(),
        "learning_rate": rate * 0.995**epoch, "seconds": 0.3 * epoch, "rows_per_second": 1e5 * (1 + noise.random()),
        "monitored": valid, "best": epoch < 400, "halvings": 0, "penalty": 0.0,
    }  # fmt: skip
    return json.dumps(record) + "\n"


def look_line(epoch: int, noise: random.Random) -> str:
    """Return a look at four layers whose weights spread."""
    layers = []
    for number in range(4):
        wide = (0.3 + 0.02 * epoch**0.5) / (1 + 0.3 * number)
        quantiles = [wide * one for one in (-2.6, -1.6, -0.67, 0.02 * number, 0.67, 1.7, 2.9)]
        gradient = 0.3 * 10 ** (-0.4 * (3 - number)) / (1 + 0.01 * epoch)
        layers.append(
            {"name": f"body-hidden-{number}", "gradient": gradient * (1 + noise.random()), "weight": 8.0 * wide,
             "update": 0.008 * wide, "mean": 0.1, "deviation": 1.0 + 0.2 * number, "dead": 0.02 * number,
             "saturated": 0.0, "quantiles": quantiles,
             "gradient_quantiles": [0.1 * one / (1 + 0.1 * epoch) for one in quantiles]}
        )  # fmt: skip
    return json.dumps({"member": 0, "epoch": epoch, "step": 10 * epoch, "layers": layers}) + "\n"


def separation_line(epoch: int, noise: random.Random) -> str:
    """Return a look at validation rows, of a network that tells classes apart better and better."""
    power = 1 + 0.01 * epoch
    signal = [place / 79 for place in range(80)]
    background = [one ** (1 + power) * (1 + 0.05 * noise.random()) / 1.05 for one in signal]
    edges = [place / 40 for place in range(41)]
    rising = [(1 + power) * ((low + high) / 2) ** power for low, high in pairwise(edges)]
    shape = {
        "auc": f"{(1 + power) / (2 + power):.3f} ± 0.01", "signal_efficiency": signal,
        "background_efficiency": background, "edges": edges, "signal_density": rising,
        "background_density": rising[::-1],
    }  # fmt: skip
    return json.dumps({"member": 0, "epoch": epoch, "step": 10 * epoch, "heads": {"is_signal": shape}}) + "\n"


def make_runs(folder: Path, runs: int, epochs: int) -> None:
    """Make runs as files; the first half has ended, the second half is in training."""
    for number in range(runs):
        noise = random.Random(number)  # noqa: S311  # a toy
        rate = 10 ** noise.uniform(-3.5, -1.5)
        path = folder / f"run-{number:03d}"
        path.mkdir(parents=True)
        (path / "experiment.yaml").write_text(EXPERIMENT.format(epochs=2 * epochs, rate=f"{rate:.5f}"))
        (path / "notes.md").write_text("# Notes on toy\n\n")
        lines = (epoch_line(epoch, rate, noise) for epoch in range(1, epochs + 1))
        (path / "history.jsonl").write_text("".join(lines))
        looks = (look_line(epoch, noise) for epoch in range(0, epochs + 1, max(1, epochs // 40)))
        (path / "vitals.jsonl").write_text("".join(looks))
        shapes = (separation_line(epoch, noise) for epoch in range(1, epochs + 1, max(1, epochs // 10)))
        (path / "separation.jsonl").write_text("".join(shapes))
        if number < runs // 2:
            (path / "training.json").write_text("{}")
            (path / "report.html").write_text("")
        else:
            (path / ".lock").write_text("{}")


@contextmanager
def watched(folder: Path) -> Iterator[str]:
    """Serve the live page of a folder; yields its address with the token."""
    watcher = Watcher(folder)
    watcher.start()
    with in_background(live_routes(watcher)) as address:
        yield address
    watcher.stop()


def measure(folder: Path, runs: int, epochs: int) -> dict[str, float]:
    """Open the page in Chromium and take the time."""
    from playwright.sync_api import sync_playwright

    result, drawn = {}, f"html[data-drawn='{runs}']"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto("about:blank")
        with watched(folder) as address:
            began = time.perf_counter()
            page.goto(address, wait_until="commit")
            page.wait_for_selector("html[data-drawn]:not([data-drawn='0'])", state="attached", timeout=60_000)
            result["first picture [s]"] = time.perf_counter() - began
            page.wait_for_selector(drawn, state="attached", timeout=60_000)
            result["picture of all runs [s]"] = time.perf_counter() - began
            page.wait_for_timeout(1500)
            began = time.perf_counter()
            page.reload(wait_until="commit")
            page.wait_for_selector(drawn, state="attached", timeout=60_000)
            result["picture of a second page [s]"] = time.perf_counter() - began
            page.wait_for_timeout(1500)
            growing, waits = folder / f"run-{runs - 1:03d}", []
            page.goto(f"{address}#{growing.name}")
            page.wait_for_timeout(2500)
            for step in range(20):
                began = time.perf_counter()
                with (growing / "history.jsonl").open("a") as file:
                    file.write(epoch_line(epochs + 1 + step, 0.01, random.Random(step)))  # noqa: S311
                text = f"{epochs + 1 + step} of {2 * epochs}"
                page.wait_for_selector(f"#tiles dd:text-is('{text}')", timeout=10_000)
                waits.append(time.perf_counter() - began)
                os.utime(growing / ".lock")
                time.sleep(0.2)
            result["update, median [s]"], result["update, slowest [s]"] = statistics.median(waits), max(waits)
        browser.close()
    return result


def main() -> None:
    """Make the runs, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="folder for the runs, which are kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        make_runs(folder, args.runs, args.epochs)
        for name, seconds in measure(folder, args.runs, args.epochs).items():
            print(f"{name:32s} {seconds:.3f}")


if __name__ == "__main__":
    main()
