"""Compare netwright with other ways of doing the same, on this machine, in one go: `make bench`.

    PYTHONPATH=benchmarks python -m bench --tables 1 2 --rounds 5

One process for each rival, in its own virtual environment, is asked in turns. Tables go into the file of results,
each between two comments that mark it. On a machine with a GPU there are rows for it as well.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bench.measuring import HERE, Options, measure
from bench.report import section, written
from bench.tables import COMPARISONS


def main() -> None:
    """Measure table by table, and write each as soon as it is there."""
    chosen = parse()
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)

    options = Options(
        own=chosen.python,
        rivals=chosen.rivals,
        rounds=chosen.rounds,
        seconds=0.2 if chosen.quick else chosen.seconds,
        quick=chosen.quick,
        only=tuple(chosen.only),
        say=say,
    )
    for number in chosen.tables:
        table = COMPARISONS[number]
        say(f"table {number}: {table.title}")
        results = measure(table, options)
        text = chosen.out.read_text(encoding="utf-8") if chosen.out.exists() else "# Measured results\n"
        new = section(table, results, " ".join(["python -m bench", *sys.argv[1:]]) if sys.argv[1:] else "make bench")
        chosen.out.write_text(written(text, f"table {number}", new), encoding="utf-8")
        say(f"table {number} is in {chosen.out}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", type=int, choices=COMPARISONS, default=list(COMPARISONS))
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=1.2, help="about how long one measurement of a training takes")
    parser.add_argument("--quick", action="store_true", help="try with few rows; the numbers mean nothing")
    parser.add_argument("--only", nargs="+", default=[], help="contestants whose names have one of these words")
    parser.add_argument("--out", type=Path, default=HERE.parent / "RESULTS.md", help="file of results")
    parser.add_argument("--rivals", type=Path, default=HERE.parent / ".rivals", help="folder of virtual environments")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="Python that netwright runs with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
