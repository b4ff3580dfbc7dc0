"""How long the first read of a file takes, beside the fastest other readers, and how much memory.

    python benchmarks/reading.py --write
    python benchmarks/reading.py --quick --cases columns-csv     # few rows, one case

Each reader is a process of its own with its libraries imported, and all are asked in turns, so that what else the
machine does hits all alike. Seconds are those until every column is a NumPy array and every value was summed once;
the file is in the system's cache of files. netwright's first read has an empty cache: the file is hashed, converted
and written into it. Memory is measured in further processes: the peak of the user's process and of the one that reads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path

from bench.files import write_files
from bench.problems import CASES, Table, case_of
from bench.protocol import RivalError, Worker
from bench.report import machine
from bench.sweep import give, made_folder

OWN = {"first": "netwright_reading", "cache": "netwright_reading"}  # by the way that is asked for
OTHERS = {"pandas": "pandas_reading", "uproot": "uproot_reading", "weaver-core": "weaver_reading"}
FILES = [name for name, case in CASES.items() if isinstance(case, Table)]
LIBRARIES = ("netwright", "numpy", "pandas", "uproot", "h5py", "pyarrow")
MAX_MIB = 1024
PEAK = """
import json, pathlib, sys
import netwright.data as data

def peak(number):
    # getrusage would count the parent's memory before exec
    status = pathlib.Path(f"/proc/{number}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

data.read(sys.argv[1])
children = " ".join(one.read_text() for one in pathlib.Path("/proc/self/task").glob("*/children"))
sys.stdout.write(json.dumps([peak("self"), sum(map(peak, children.split()))]))
"""

Seconds = dict[str, list[dict[str, float]]]


def main() -> None:
    """Write files, read them and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=FILES, choices=FILES, metavar="CASE", help=", ".join(FILES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a trial with few rows")
    parser.add_argument("--weaver", type=Path, help="a Python that has weaver-core and PyTorch")
    parser.add_argument("--folder", type=made_folder, help="where files stay for the next run, and are taken from")
    parser.add_argument("--write", action="store_true", help="also put the table into RESULTS.md")
    options = parser.parse_args()
    lines = [line_of(name, options) for name in options.cases]
    give("reading, first", "\n".join([*heading(options), *lines]), write=options.write)


def heading(options: argparse.Namespace) -> Iterator[str]:
    """Yield what stands above the rows of the table."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield "## The first read beside the fastest reader\n"
    yield (
        f"`python benchmarks/reading.py`: {machine()}, {versions}. Medians of {options.rounds} runs of each, in turns. "
        "The first read hashes the file, converts it and writes it to the cache; bars are 1.3 times the fastest other "
        f"reader, 2 times for Parquet, and {MAX_MIB} MiB. *Peak* is the memory of the user's process and of the one "
        "that reads. A cached file is mapped: its pages are read when values are used, here by one sum over all.\n"
    )
    heads = ("file", "first read (s)", "others (s)", "over the fastest", "bar", "from the cache (s)",
             "the fastest over that", "until arrays are there (s)", "the fastest over that", "peak (MiB)")  # fmt: skip
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"


def line_of(name: str, options: argparse.Namespace) -> str:
    """Measure a case, and return its row of the table."""
    case = case_of(name, quick=options.quick)
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place)
        path = folder / f"{name}.{case.format}"
        if not path.exists():
            write_files([name], folder, quick=options.quick)
        seconds = measured(name, folder, options)
        peaks = peaks_of(path, Path(place) / "cache")
    medians = {reader: statistics.median(one["seconds"] for one in rounds) for reader, rounds in seconds.items()}
    there = {
        reader: statistics.median(one["seconds_until_there"] for one in rounds) for reader, rounds in seconds.items()
    }
    first, cached = medians.pop("first"), medians.pop("cache")
    fastest = min(medians.values())
    fastest_there = min(there[reader] for reader in medians)
    bar = 2.0 if case.format == "parquet" else 1.3
    others = ", ".join(f"{reader} {median:.3f}" for reader, median in medians.items())
    met = "met" if first <= bar * fastest and max(peaks) < MAX_MIB else "**not met**"
    line = (
        f"| {described(name, case)} | {first:.3f} | {others} | {first / fastest:.2f} | {bar}, {met} | {cached:.4f} | "
        f"{fastest / cached:.0f} | {there['cache']:.4f} | {fastest_there / there['cache']:.0f} | "
        f"{' and '.join(f'{peak:.0f}' for peak in peaks)} |"
    )
    print(line, file=sys.stderr, flush=True)
    return line


def described(name: str, case: Table) -> str:
    """Return a case in words."""
    kind = {"wide-root": "ntuple of a column for each number", "wide-tree": "tree of a branch for each number"}
    return f"{case.rows:,} x {case.columns}, {kind.get(name, case.format)}"


def measured(name: str, folder: Path, options: argparse.Namespace) -> Seconds:
    """Return the seconds of each reader, asked in turns; one that cannot be asked is left out and named."""
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for reader, module in (OWN | OTHERS).items():
            python = options.weaver if reader == "weaver-core" else Path(sys.executable)
            if python is None or ((reader == "pandas") == (CASES[name].format == "root") and reader not in OWN):
                continue
            if reader in {"uproot", "weaver-core"} and CASES[name].format != "root":
                continue
            worker = stack.enter_context(closing(Worker(python, f"bench.workers.{module}", VARIABLES, folder / "log")))
            try:
                worker.ask(do="prepare", case=name, way=reader, quick=options.quick, folder=str(folder))
            except RivalError as error:
                print(f"{reader}, {name}: {error}", file=sys.stderr)
                continue
            workers[reader] = worker
        rounds = [{reader: worker.ask(do="measure") for reader, worker in workers.items()}
                  for _ in range(options.rounds)]  # fmt: skip
    return {reader: [one[reader] for one in rounds] for reader in workers}


def peaks_of(path: Path, cache: Path) -> Sequence[float]:
    """Return the peaks of memory of a first read in MiB: of the user's process, and of the one that reads."""
    command = [sys.executable, "-c", PEAK, str(path)]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**VARIABLES, "NETWRIGHT_CACHE": str(cache)}
    )
    peaks: list[float] = json.loads(answer.stdout)
    return peaks


VARIABLES: Mapping[str, str] = {"PYTHONPATH": ":".join(sys.path[:1] + [path for path in sys.path[1:] if path])}

if __name__ == "__main__":
    main()
