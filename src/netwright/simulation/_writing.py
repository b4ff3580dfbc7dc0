"""Write blocks of rows to files: in worker processes, atomically, resumable."""

from __future__ import annotations

import json
import multiprocessing
import signal
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from netwright.atomic_files import atomic_write
from netwright.errors import GenerationError
from netwright.progress import Progress
from netwright.strict_json import write_json

__all__ = ["Elsewhere", "GenerationPlan", "identities", "stream", "write_blocks"]

Columns = dict[str, NDArray[Any]]

Elsewhere = Callable[[Callable[[int, int], int], Sequence[tuple[int, int]]], None]
"""Lets other machines call a function with the number and the rows of each block."""

MANIFEST: Final = "generated.json"
_VERSION: Final = 1  # of the simulation: raised when the same seed gives other rows than before
_SEEDS: Final = 2**31


@dataclass(frozen=True)
class GenerationPlan:
    """The contents of a folder of generated files.

    Attributes:
        kind: what is generated; the files are named after it.
        seed: of the whole data set, from 0 to 2³¹ - 1.
        rows: total number of rows.
        block_rows: rows per file; the last one may have fewer.
        options: other settings that the rows depend on.
    """

    kind: str
    seed: int
    rows: int
    block_rows: int
    options: Mapping[str, str]

    def blocks(self) -> list[tuple[int, int]]:
        """Return the number and rows of each block.

        Returns:
            The blocks, in order.
        """
        full, remaining = divmod(self.rows, self.block_rows)
        return [*((block, self.block_rows) for block in range(full)), *([(full, remaining)] if remaining else [])]

    def file(self, block: int) -> str:
        """Return the name of a block's file.

        Args:
            block: number of the block, from 0.

        Returns:
            A name such as ``top-jets-0000.npz``.
        """
        return f"{self.kind}-{block:04d}.npz"


def stream(seed: int, block: int, *purpose: str) -> np.random.Generator:
    """Return a random number generator for one purpose in one block, independent of all others.

    Args:
        seed: of the whole data set.
        block: number of the block, from 0.
        purpose: name of the purpose.

    Returns:
        The generator.

    Source: NumPy's SeedSequence.

    Example:
        >>> int(stream(1, 0, "order").integers(1000)) == int(stream(1, 0, "order").integers(1000))
        True
    """
    key = (block, *(crc32(text.encode()) for text in purpose))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def identities(seed: int, first: int, rows: int) -> NDArray[np.int64]:
    """Return identities of rows, unique across rows and seeds: seed · 2³² + row number.

    Args:
        seed: of the whole data set, from 0 to 2³¹ - 1.
        first: number of the first row.
        rows: number of rows.

    Returns:
        Identities, shape (rows,).

    Source: definition.

    Example:
        >>> print(identities(1, 5, 2) - 2**32)
        [5 6]
    """
    return seed * 2**32 + np.arange(first, first + rows, dtype=np.int64)


def write_blocks(
    plan: GenerationPlan,
    make: Callable[[int, int], Columns],
    *,
    out: Path,
    workers: int,
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> list[Path]:
    """Generate the blocks that a folder does not contain yet, and write each to its file.

    A file appears under its name only when it is complete, so an interrupted call can be continued by the next one.

    Args:
        plan: the contents of the folder.
        make: returns the columns of a block for its number and rows; with several workers it must be picklable.
        out: folder, created if it is missing.
        workers: number of processes; 1 works in this process.
        progress: callback for progress updates, called after each file.
        elsewhere: lets other machines write the blocks, which see the same folder.

    Returns:
        The files of the plan, in order.

    Raises:
        GenerationError: a number is out of range, the folder contains something else, or a worker failed.
    """
    _check_numbers(plan, workers)
    _claim(plan, out)
    task = f"generating {plan.kind.replace('-', ' ')}"
    missing = [(block, rows) for block, rows in plan.blocks() if not _is_complete(out / plan.file(block), rows)]
    done = plan.rows - sum(rows for _, rows in missing)
    progress(task, done, plan.rows)
    write = partial(_write, plan, make, out.resolve())
    if elsewhere is not None:
        elsewhere(write, missing)
        missing = []
        progress(task, plan.rows, plan.rows)
    for rows in _finished(write, missing, workers):
        done += rows
        progress(task, done, plan.rows)
    return [out / plan.file(block) for block, _ in plan.blocks()]


def _check_numbers(plan: GenerationPlan, workers: int) -> None:
    """Refuse impossible numbers."""
    limits = {"rows": (plan.rows, 1, 2**32 - 1), "seed": (plan.seed, 0, _SEEDS - 1), "workers": (workers, 1, 1024)}
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            msg = f"{name} must be from {low} to {high}, received {value}. Choose a number in between."
            raise GenerationError(msg)


def _claim(plan: GenerationPlan, out: Path) -> None:
    """Record the purpose of the folder in it, or refuse a folder with another purpose."""
    settings = {"version": _VERSION, **asdict(plan), "options": dict(plan.options)}
    manifest = out / MANIFEST
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        msg = f"{out} is a file; give a folder to write to"
        raise GenerationError(msg) from error
    if manifest.exists():
        _compare(_read_manifest(manifest), settings, out)
    elif any(out.glob(f"{plan.kind}-*.npz")):
        msg = f"{out} contains {plan.kind} files but no {MANIFEST} with their settings; choose another folder"
        raise GenerationError(msg)
    write_json(manifest, settings)


def _read_manifest(manifest: Path) -> dict[str, Any]:
    """Return the content of the manifest."""
    try:
        held = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{manifest} is damaged; delete the folder or choose another one"
        raise GenerationError(msg) from error
    return held if isinstance(held, dict) else {}


def _compare(held: dict[str, Any], settings: dict[str, Any], out: Path) -> None:
    """Refuse a folder with different rows, or with more of them."""
    changed = [key for key in settings if key != "rows" and held.get(key) != settings[key]]
    if changed:
        facts = "; ".join(f"{key} {held.get(key)!r}, requested {settings[key]!r}" for key in changed)
        msg = f"{out} contains rows generated with other settings ({facts}); choose another folder or delete this one"
        raise GenerationError(msg)
    if held.get("rows", 0) > settings["rows"]:
        msg = f"{out} already has {held['rows']} rows, requested {settings['rows']}; choose another folder or more rows"
        raise GenerationError(msg)


def _is_complete(file: Path, rows: int) -> bool:
    """Return whether a file contains a block with that many rows."""
    try:
        with np.load(file, allow_pickle=False) as columns:
            return len(columns["event"]) == rows
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False


def _write(plan: GenerationPlan, make: Callable[[int, int], Columns], out: Path, block: int, rows: int) -> int:
    """Generate one block and write its file; return its rows."""
    columns = make(block, rows)
    with atomic_write(out / plan.file(block)) as partial_file, partial_file.open("wb") as stream_out:
        np.savez_compressed(stream_out, allow_pickle=False, **columns)
    return rows


def _finished(write: Callable[[int, int], int], blocks: list[tuple[int, int]], workers: int) -> Iterator[int]:
    """Write blocks and yield the rows of each as it finishes."""
    if workers == 1 or len(blocks) < 2:
        yield from (write(*block) for block in blocks)
        return
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(blocks)), mp_context=context, initializer=_ignore_interrupts)
    try:
        with _interrupts_wait():  # processes inherit this, and would write a traceback while they are started
            futures = {pool.submit(write, *block): block for block in blocks}
        for future in as_completed(futures):
            _raise_failure(future, futures[future][0])
            yield future.result()
        pool.shutdown()
    finally:  # also after Ctrl-C or an abandoned iteration: no worker may outlive this call
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()


def _raise_failure(future: Future[int], block: int) -> None:
    """Raise an explained error for a failure in a worker."""
    error = future.exception()
    if error is not None:
        msg = (
            f"block {block} could not be generated: {error}. Finished blocks are kept: the same call continues from "
            f"there."
            ' In a script, call this under `if __name__ == "__main__":`, or with workers=1.'
        )
        raise GenerationError(msg) from error


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C wait until the end of the block, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
