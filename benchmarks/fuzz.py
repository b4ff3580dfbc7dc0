"""Damaged files of every format and damaged entries of the cache: each is read, or refused with its name.

    python benchmarks/fuzz.py --mutations 2000 --write

Small valid files are written and damaged: bits flipped, ends cut off, ranges exchanged, set to zero or scrambled,
lengths made large. Each is read into an empty cache, and every value of every column is looked at. Nothing may end this
in another way than with values or with a DataError that names the file: no other exception, no signal, no hang
(a minute), no more than 1 GiB of memory beyond that of the undamaged file. Leaves with exit code 1 where one does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.damage import FORMATS, mutated
from bench.report import machine
from bench.sweep import give

HANG_SECONDS = 60.0
GIB = 2**30
CACHE = "the cache's entries"
PROCESSES = multiprocessing.get_context("forkserver")
LIMITS = {"NETWRIGHT_MEMORY": "1GiB", "NETWRIGHT_READ_SECONDS": "5"}
BAD = ("other exception", "file not named", "signal", "hang", "memory over 1 GiB")
ENDS = {  # what ended the process that reads, by a part of the message
    "signal": "crashed on it",
    "time": "was given up after",
    "memory": "takes more memory than there is",
    "exception": "failed on it",
}


def main() -> None:
    """Damage format by format, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=2000, help="of each format")
    parser.add_argument("--formats", nargs="+", default=[*FORMATS, CACHE], choices=[*FORMATS, CACHE])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="also put the table into RESULTS.md")
    options = parser.parse_args()
    os.environ.update(LIMITS)
    PROCESSES.set_forkserver_preload(["__main__", "netwright.data"])  # imported once for all formats
    results = {name: outcomes(name, options.seed, options.mutations) for name in options.formats}
    give("fuzz", "\n".join(table(results, options.mutations)), write=options.write)
    sys.exit(any(counts[bad] for counts in results.values() for bad in BAD))


def table(found: dict[str, Counter[str]], mutations: int) -> list[str]:
    """Return the section for the file of results."""
    libraries = ("h5py", "hdf5plugin", "numpy", "pyarrow", "uproot", "awkward")
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    how = (
        f"`python benchmarks/fuzz.py --mutations {mutations}`: {machine()}, {versions}. *Ended* says for how many of "
        "the refused files the process that reads was ended: by a signal, by its limit of processor time "
        f"({LIMITS['NETWRIGHT_READ_SECONDS']} s here), by its limit of memory (1 GiB), by an exception that its reader "
        "does not know. The user's process saw a DataError each time. Other values are also other names of columns, "
        "and columns that are left out with a remark."
    )
    heads = ["", "damaged", "read the same", "read other values", "DataError", *(f"ended: {end}" for end in ENDS), *BAD]
    keys = ["damaged", "same", "other", "refused", *(f"ended: {end}" for end in ENDS), *BAD]
    lines = [f"| {name} | " + " | ".join(f"{counts[key]:,}" for key in keys) + " |" for name, counts in found.items()]
    return ["## Damaged files", "", how, "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines]


def outcomes(name: str, seed: int, mutations: int) -> Counter[str]:
    """Damage files of a format and count what came of it; a process that ends is replaced."""
    counts: Counter[str] = Counter()
    while counts["damaged"] < mutations:
        for answer in answers_of(name, seed, counts["damaged"], mutations):
            counts["damaged"] += 1
            counts[answer["outcome"]] += 1
            counts["memory over 1 GiB"] += answer.get("over", False)
            for end, words in ENDS.items():
                counts[f"ended: {end}"] += answer["outcome"] == "refused" and words in answer["text"]
            if answer["outcome"] in BAD:
                print(f"{name}, number {counts['damaged'] - 1}: {answer['outcome']}: {answer['text']}", file=sys.stderr)
    return counts


def answers_of(name: str, seed: int, first: int, mutations: int) -> Iterator[dict[str, Any]]:
    """Yield what a process says of one damaged file after another; how it ended where it did too early."""
    answers, others_end = PROCESSES.Pipe(duplex=False)
    worker = PROCESSES.Process(target=work, args=(others_end, name, seed, range(first, mutations)))
    worker.start()
    others_end.close()
    try:
        for _ in range(first, mutations):
            if not answers.poll(HANG_SECONDS):
                yield {"outcome": "hang", "text": ""}
                return
            yield answers.recv()
    except EOFError:
        worker.join()
        code = worker.exitcode or 0
        yield {"outcome": "signal" if code < 0 else "other exception", "text": f"exit code {code}"}
    finally:
        worker.kill()
        worker.join()
        answers.close()


def work(answers: Connection, name: str, seed: int, places: range) -> None:
    """Damage and read one file after another, and say what came of each."""
    with tempfile.TemporaryDirectory() as folder:
        of = damaged_entries if name == CACHE else damaged_files
        for answer in of(name, Path(folder), seed, places):
            answers.send(answer)


def damaged_files(name: str, folder: Path, seed: int, places: range) -> Iterator[dict[str, Any]]:
    """Yield what comes of damaged files."""
    wholes = []
    for number, (suffix, write) in enumerate(FORMATS[name]):
        path = folder / f"jets{number}.{suffix}"
        write(path)
        wholes.append((path, path.read_bytes(), looked_at(path, folder / "cache")))
    memory = Memory()
    for place in places:
        path, whole, expected = wholes[place % len(wholes)]
        path.write_bytes(mutated(whole, seed, place // len(wholes)))
        shutil.rmtree(folder / "cache")
        yield answer_of(path, folder / "cache", expected) | {"over": memory.is_over()}


def damaged_entries(name: str, folder: Path, seed: int, places: range) -> Iterator[dict[str, Any]]:
    """Yield what comes of damaged entries of the cache, and of damaged memos of files' contents."""
    del name
    from netwright.data.cache import content, entries

    content._SETTLED_NS = 0  # noqa: SLF001  so that there are memos
    path = folder / "jets.npz"
    FORMATS["npz"][0][1](path)
    expected = looked_at(path, folder / "cache")
    targets = [*(folder / "cache").glob("*.arrow"), *(folder / "cache/content").glob("*.json")]
    wholes = [target.read_bytes() for target in targets]
    memory = Memory()
    for place in places:
        chosen = place % 4 == 3
        targets[chosen].write_bytes(mutated(wholes[chosen], seed, place))
        entries._SEEN_WHOLE.clear()  # noqa: SLF001  as in another process
        yield answer_of(path, folder / "cache", expected) | {"over": memory.is_over()}


def answer_of(path: Path, cache: Path, expected: str) -> dict[str, Any]:
    """Read a file and say what came of it."""
    from netwright.errors import DataError

    try:
        result = looked_at(path, cache)
    except DataError as error:
        return {"outcome": "refused" if path.name in str(error) else "file not named", "text": str(error)}
    except Exception as error:  # noqa: BLE001  that there is none is what this is about
        return {"outcome": "other exception", "text": f"{type(error).__name__}: {error}"}
    return {"outcome": "same" if result == expected else "other", "text": ""}


def looked_at(path: Path, cache: Path) -> str:
    """Read a file and return every value of every column, in words."""
    from netwright.data import read

    data = read(path, cache=cache)
    return repr({name: data.arrow(name).to_pylist() for name in data.names})


class Memory:
    """How much more memory this process and the one that reads for it take than at first."""

    def __init__(self) -> None:
        self.before = self.peak()

    def peak(self) -> int:
        """Return the largest so far, in bytes."""
        from netwright.readers import process as _reader_process

        unit = 1 if platform.system() == "Darwin" else 1024
        ended = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        readers = _reader_process._SHARED.idle  # noqa: SLF001  to look at it
        status = Path(f"/proc/{readers[0].process.pid}/status") if readers else Path()
        text = status.read_text() if status.is_file() else ""
        return max(ended, int(text.partition("VmHWM:")[2].split()[0]) if "VmHWM:" in text else 0) * unit

    def is_over(self) -> bool:
        """Say whether it is a GiB more; told once."""
        if self.peak() - self.before <= GIB:
            return False
        self.before = self.peak()
        return True


if __name__ == "__main__":
    main()
