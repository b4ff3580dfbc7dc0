"""Several files at once, converted in several processes; the result has the order of the files."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from netwright.cpu_count import cpu_count
from netwright.data.cache.contents import prune_grown
from netwright.data.cache.entries import converted
from netwright.errors import DataError
from netwright.memory import available_memory
from netwright.progress import Progress
from netwright.readers import Reader, Request, readers_at_once, stop_reading

__all__ = ["converted_files"]

_TRIED = 20  # files of which none can be read, so that none of the others is expected to be
_BYTES_EACH = 2**25  # of files for a process: less is read by one in the time that another takes to start
_MEMORY_EACH = 2**30  # for a process


def converted_files(readers: Sequence[Reader], requests: Sequence[Request], folder: Path) -> list[pa.Table | DataError]:
    """Return the columns of files, memory-mapped from the cache; those that are not there yet are converted.

    The least recently used files of the cache are removed if it becomes larger than its limit.

    Args:
        readers: the reader for each file.
        requests: the files, which have one callback for progress updates.
        folder: the folder of the cache.

    Returns:
        (rows, columns) of each file, in their order; the error of a file that cannot be read.

    Raises:
        DataError: none of the first files of many can be read, as where a key is wrong.
    """
    tables = _converted(readers, requests, folder)
    prune_grown(folder)
    return tables


def _converted(readers: Sequence[Reader], requests: Sequence[Request], folder: Path) -> list[pa.Table | DataError]:
    pairs = list(zip(readers, requests, strict=True))
    workers = _workers([request.path for request in requests])
    if workers < 2:
        return _until_hopeless((_converted_or_error(reader, request, folder) for reader, request in pairs), len(pairs))
    total_progress = _TotalProgress(requests[0].progress, len(pairs))

    def read_one(index: int) -> pa.Table | DataError:
        reader, request = pairs[index]
        table = _converted_or_error(reader, replace(request, progress=total_progress.of_file(index)), folder)
        total_progress.tell(index, 1.0)
        return table

    with readers_at_once(workers), ThreadPoolExecutor(workers) as pool:
        tasks = [pool.submit(read_one, index) for index in range(len(pairs))]
        try:
            return _until_hopeless((task.result() for task in tasks), len(tasks))
        finally:
            if not all(task.done() for task in tasks):  # after Ctrl-C, or an error of the cache
                for task in tasks:
                    task.cancel()
                stop_reading()


def _converted_or_error(reader: Reader, request: Request, folder: Path) -> pa.Table | DataError:
    """Return a file's columns, or the error: the files that follow are read, so that all errors are known at once."""
    try:
        return converted(reader, request, folder)
    except DataError as error:
        return error


def _until_hopeless(results: Iterable[pa.Table | DataError], files: int) -> list[pa.Table | DataError]:
    """Return all results, or refuse the files once the first ones have all failed."""
    known: list[pa.Table | DataError] = []
    for result in results:
        known.append(result)
        if len(known) == _TRIED < files and all(isinstance(one, DataError) for one in known):
            reasons = "\n  ".join(dict.fromkeys(map(str, known)))
            msg = f"none of the first {_TRIED} of {files:,} files can be used; the others were not tried.\n  {reasons}"
            raise DataError(msg)
    return known


def _workers(paths: Sequence[Path]) -> int:
    """Return how many processes are worth starting, and have room."""
    size = sum(path.stat().st_size for path in paths if path.exists())
    return min(cpu_count(), len(paths), size // _BYTES_EACH, available_memory() // _MEMORY_EACH)


class _TotalProgress:
    """The progress of several files as one."""

    def __init__(self, progress: Progress, files: int) -> None:
        self.progress, self.done = progress, [0.0] * files
        self.lock = threading.Lock()

    def of_file(self, index: int) -> Progress:
        """Return the callback of one of the files, which counts the rows that are read."""

        def report(task: str, done: float, total: float, unit: str = "rows") -> None:
            del task
            if unit == "rows":
                self.tell(index, done / max(total, 1))

        return report

    def tell(self, index: int, share: float) -> None:
        """Report that a share of a file is done."""
        with self.lock:
            self.done[index] = share
            self.progress(f"Reading {len(self.done)} files", sum(self.done), len(self.done), "files")
