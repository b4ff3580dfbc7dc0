"""Searches: samplers by trials and by time, trials at once, KerasTuner and Optuna over Keras, the scheduler.

    make bench-search                                           # all parts, with the rivals in an environment
    python benchmarks/search.py regret --repeats 25             # samplers on the table of trainings: seconds each
    python benchmarks/search.py live --minutes 30               # searches that train: four tasks, seven repeats
    python benchmarks/search.py together --trials 64            # random trials at once, one by one, and by rivals
    python benchmarks/search.py rivals --tasks spiral           # KerasTuner and Optuna against time
    python benchmarks/search.py scheduler                       # trials that sleep, 2, 16 and 64 Dask workers
    python benchmarks/search.py growth                          # studies of 1,000 and of 10,000 trials
    python benchmarks/search.py table --trainings 2000          # the table itself, which is in the repository
    python benchmarks/search.py report                          # tables as Markdown, and the figure

Four tasks: muon pairs, events of examples/tabular-search, generated jets (high-level features), a spiral; each with the
same space of five parameters and a network of two layers of 32 units. `together` takes the spiral, and the small
network of benchmarks/bench: three layers of 64 units, 32,768 rows. `table` and `regret` also know `proposed`: the space
with choices that `init --search` writes, with a table of its own. Finished parts are kept in --out, and the same
command goes on; it begins nothing new after --minutes. Rows, and the environment of the rivals, are made on first use.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from searches import regret, report, rivals, scheduling, table
from searches.tasks import JETS, ROWS, SMALL, TASKS, experiment
from searches.trainings import searched

HERE = Path(__file__).parent
RUNS = HERE / "runs" / "search"
HALVING = {"pruning": {"epochs": True, "first_epoch": 2, "folds": False}}
SLOW = ("gp",)  # samplers that are repeated seven times only

LIVE: dict[str, dict[str, Any]] = {
    "grid": {"sampler": "grid", "grid": 3, "at_once": 1},
    "random": {"sampler": "random", "at_once": 1},
    "tpe": {"sampler": "tpe", "at_once": 1},
    "gp": {"sampler": "gp", "at_once": 1},
    "tpe, halving": {"sampler": "tpe", "at_once": 1} | HALVING,
    "tpe, at once": {"sampler": "tpe"},
    "default: gp, at once": {},
    "tpe, at once, halving": {"sampler": "tpe"} | HALVING,
}
TOGETHER = {"at once": {"sampler": "random", "at_once": 32}, "one by one": {"sampler": "random", "at_once": 1}}


class Results:
    """What was measured so far, in a file; each part is measured once.

    Args:
        path: of the file.
        until: time in seconds since the epoch, after which nothing new begins.
    """

    def __init__(self, path: Path, until: float) -> None:
        self.path, self.until = path, until
        self.content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def once(self, part: str, name: str, measure: Callable[[], Any]) -> None:
        """Measure something that is not there yet, unless time is up.

        Args:
            part: of the results.
            name: in that part.
            measure: does it.
        """
        known = self.content.setdefault(part, {})
        if name in known or time.time() > self.until:
            return
        began = time.time()
        known[name] = measure()
        self.write()
        print(f"{part}: {name}: {time.time() - began:.1f} s", flush=True)

    def write(self) -> None:
        """Write everything down."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        partial.write_text(json.dumps(self.content) + "\n", encoding="utf-8")
        partial.replace(self.path)


def measure_table(results: Results, args: argparse.Namespace) -> None:
    """Let the table of trainings grow."""
    for task in args.tasks or TASKS:
        table.grow(task, args.trainings, RUNS, args.jets, results.until)


def measure_regret(results: Results, args: argparse.Namespace) -> None:
    """Let samplers search the table."""
    for task in args.tasks or TASKS:
        trainings = table.read(task, RUNS, args.jets)
        for method in args.methods or regret.METHODS:
            known = results.content.setdefault("regret", {}).setdefault(task, {}).setdefault(method, [])
            wanted = min(args.repeats, 7) if method in SLOW else args.repeats
            began = time.time()
            while len(known) < wanted and time.time() < results.until:
                known.append(regret.simulated(trainings, regret.METHODS[method], args.trials or 100, len(known) + 1))
            results.write()
            print(f"regret: {task}, {method}: {len(known)} repeats, {time.time() - began:.1f} s", flush=True)


def measure_live(results: Results, args: argparse.Namespace) -> None:
    """Search with trainings: all methods and tasks once, then again with another seed."""
    for seed in range(1, args.repeats + 1):
        for task in args.tasks or TASKS:
            for method in args.methods or LIVE:
                section = {**LIVE[method], "seed": seed}
                results.once(
                    "live", f"{task} | {method} | {seed}",
                    lambda task=task, section=section: searched(
                        experiment(task, RUNS, args.jets, **section), args.trials or 100
                    ),
                )  # fmt: skip


def measure_rivals(results: Results, args: argparse.Namespace) -> None:
    """Let KerasTuner and Optuna over Keras search."""
    for seed in range(1, args.repeats + 1):
        for task in args.tasks or TASKS:
            for tool in args.methods or rivals.TOOLS:
                results.once(
                    "rivals", f"{task} | {tool} | {seed}",
                    lambda task=task, tool=tool, seed=seed: rivals.by_rival(
                        args.rival, task, tool, args.trials or 100, seed, RUNS, args.jets
                    ),
                )  # fmt: skip


def measure_together(results: Results, args: argparse.Namespace) -> None:
    """Time random trials of small networks: at once, one by one, and by rivals; interleaved."""
    for seed in range(1, min(args.repeats, 3) + 1):
        for task in args.tasks or ("spiral", SMALL):
            known = results.content.setdefault("together", {}).setdefault(task, {})
            for method, measure in methods_together(task, args).items():
                found = known.setdefault(method, [])
                if len(found) < seed and time.time() < results.until:
                    found.append(measure(seed))
                    results.write()
                    print(f"together: {task}, {method}: {found[-1]['ended'][-1]:.1f} s", flush=True)


def methods_together(task: str, args: argparse.Namespace) -> dict[str, Callable[[int], Any]]:
    """Return what trains random trials of a task, by its name; each takes a seed."""
    trials = args.trials or 64
    methods: dict[str, Callable[[int], Any]] = {
        method: lambda seed, section=section: searched(experiment(task, RUNS, **section, seed=seed), trials)
        for method, section in TOGETHER.items()
    }
    if args.rival.exists():
        methods |= {
            tool: lambda seed, tool=tool: rivals.by_rival(args.rival, task, tool, trials, seed, RUNS)
            for tool in ("KerasTuner random", "Optuna random over Keras")
        }
    return methods


def measure_scheduler(results: Results, args: argparse.Namespace) -> None:
    """Measure what coordination costs."""
    for workers in args.workers:
        one = scheduling.coordination(workers, args.trials or 1000, args.sleep, args.at_once)
        results.content.setdefault("scheduler", []).append(one)
        results.write()
        print(one, flush=True)


def measure_growth(results: Results, _: argparse.Namespace) -> None:
    """Measure what studies of many trials cost."""
    results.content["growth"] = []
    for trials in (1000, 10_000):
        results.content["growth"].append(scheduling.growth(trials))
        results.write()
        print(results.content["growth"][-1], flush=True)


PARTS = {
    "table": measure_table,
    "regret": measure_regret,
    "together": measure_together,
    "live": measure_live,
    "rivals": measure_rivals,
    "scheduler": measure_scheduler,
    "growth": measure_growth,
}


def main() -> None:
    """Measure what is named, and print the tables."""
    args = parse()
    results = Results(args.out, time.time() + 60 * args.minutes)
    for part in args.what:
        if part != "report":
            PARTS[part](results, args)
    print("\n".join(report.tables(results.content)))
    report.draw(results.content, args.out.with_suffix(".png"))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*PARTS, "report"])
    parser.add_argument("--tasks", nargs="+", choices=ROWS, help="all that a part knows if not given")
    parser.add_argument("--methods", nargs="+", help="some of the methods, or of the rivals; all if not given")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--trials", type=int, help="of a search: 100, 64 for together, 1,000 for the scheduler")
    parser.add_argument("--trainings", type=int, default=2000, help="of each task in the table")
    parser.add_argument("--jets", type=int, default=JETS, help="generated jets")
    parser.add_argument("--minutes", type=float, default=600.0, help="after which nothing new begins")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 16, 64], help="Dask workers")
    parser.add_argument("--sleep", type=float, default=0.1, help="seconds that a trial sleeps")
    parser.add_argument("--at-once", type=int, default=1, help="trials that sleep at once")
    parser.add_argument("--out", type=Path, default=RUNS / "results.json", help="finished parts are kept here")
    rival = HERE / ".rivals" / "search" / "bin" / "python"
    parser.add_argument("--rival", type=Path, default=rival, help="Python with TensorFlow, KerasTuner and Optuna")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
