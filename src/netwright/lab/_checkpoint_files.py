"""One checkpoint as files: arrays as safetensors, everything else as JSON, with a checksum of each array."""

from __future__ import annotations

import json
import math
import re
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from netwright.atomic_files import flush
from netwright.errors import RunError
from netwright.strict_json import json_text
from netwright.training import Snapshot

__all__ = [
    "DamagedError",
    "numbered",
    "put_aside",
    "read_checkpoint",
    "remove",
    "sweep",
    "values_text",
    "write_checkpoint",
]

Arrays = Mapping[str, npt.NDArray[np.generic]]

_INCOMPLETE = (FileNotFoundError, ValueError, TypeError, KeyError, RecursionError)
_LAYOUT = 4  # of the files; a new number where an older netwright could not read them
_READ = (3, _LAYOUT)  # 3: numbers that are not finite as Python writes them, which is not JSON
_ARRAYS, _VALUES = "state.safetensors", "state.json"


class DamagedError(RunError):
    """A checkpoint is not complete."""


def values_text(values: Mapping[str, Any]) -> str:
    """Return the values of a snapshot as JSON; numbers that are not finite come back when they are read.

    Args:
        values: numbers, text, lists and dictionaries.

    Returns:
        The text.

    Example:
        >>> values_text({"step": 3, "cost": -float("inf")})
        '{"step": 3, "cost": {"number": "-inf"}}'
    """
    return json_text(_named(values))


def _named(values: Any) -> Any:  # noqa: ANN401  # what JSON can hold
    """Return values in which numbers that are not finite are named."""
    if isinstance(values, Mapping):
        return {key: _named(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_named(value) for value in values]
    return {"number": str(float(values))} if isinstance(values, float) and not math.isfinite(values) else values


def _number(values: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return the number that `_named` named, or the values of another dictionary."""
    return float(values["number"]) if values.keys() == {"number"} else values


def write_checkpoint(folder: Path, step: int, arrays: Arrays, values: str) -> Path:
    """Write a checkpoint next to its final path and move it there once all of it is on the disk.

    Args:
        folder: of the checkpoints.
        step: steps done, which the checkpoint is named after; one of the same name is replaced.
        arrays: by name, of any shape and unit.
        values: JSON.

    Returns:
        The folder of the checkpoint.
    """
    final = folder / f"step-{step:09d}"
    partial = folder / f".{final.name}.part"
    _discard(partial)
    partial.mkdir(parents=True)
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    save_file(plain, partial / _ARRAYS)
    sums = json.dumps({name: _checksum(array) for name, array in plain.items()})
    text = f'{{"layout": {_LAYOUT}, "arrays": {sums}, "values": {values}}}\n'
    (partial / _VALUES).write_text(text, encoding="utf-8")
    for path in (partial / _ARRAYS, partial / _VALUES, partial):
        flush(path)
    if final.exists():
        remove(final)
    partial.rename(final)
    flush(folder)
    return final


def read_checkpoint(path: Path) -> Snapshot:
    """Read a checkpoint, and compare its arrays with their checksums.

    Args:
        path: its folder.

    Returns:
        The snapshot in it.

    Raises:
        DamagedError: a file is missing or cut short, or an array is not what was written.
        RunError: another version of netwright wrote it.
    """
    folders = [name for name in (_ARRAYS, _VALUES) if (path / name).is_dir()]
    if folders:
        msg = f"{path}: is not complete ({folders[0]} is a folder)"
        raise DamagedError(msg)
    try:
        content: dict[str, Any] = json.loads((path / _VALUES).read_text(encoding="utf-8"), object_hook=_number)
        layout, sums, values = content["layout"], content["arrays"], content["values"]
        if layout not in _READ:
            msg = (
                f"{path}: has layout {layout}, and this netwright reads layout {_LAYOUT}. Resume the run with the "
                "version of netwright that began it."
            )
            raise RunError(msg)
        arrays = load_file(path / _ARRAYS)
    except (*_INCOMPLETE, SafetensorError) as error:
        msg = f"{path}: is not complete ({type(error).__name__}: {error})"
        raise DamagedError(msg) from error
    actual = {name: _checksum(array) for name, array in arrays.items()}
    if actual != sums:
        wrong = sorted(name for name in actual.keys() | sums.keys() if actual.get(name) != sums.get(name))
        msg = f"{path}: {', '.join(wrong)}: not what was written, by its checksum"
        raise DamagedError(msg)
    return Snapshot(arrays, values)


def numbered(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder by the number in their names, the newest last; no clock is asked.

    Args:
        folder: of the checkpoints; it need not exist.

    Returns:
        Their folders.
    """
    checkpoints = [
        (int(match[1]), path) for path in folder.glob("step-*") if (match := re.fullmatch(r"step-(\d+)", path.name))
    ]
    return [path for _, path in sorted(checkpoints)]


def remove(path: Path) -> None:
    """Remove a checkpoint, so that a crash leaves none that is half there.

    Args:
        path: its folder.
    """
    _discard(_renamed(path, f".{path.name}.old"))


def put_aside(path: Path) -> None:
    """Rename a damaged checkpoint to ``damaged-step-...``, where no run continues from it and it can be inspected.

    Args:
        path: its folder.
    """
    _renamed(path, f"damaged-{path.name}")


def sweep(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote or removed a checkpoint.

    Args:
        folder: of the checkpoints.
    """
    for partial in folder.glob(".step-*"):
        _discard(partial)


def _renamed(path: Path, name: str) -> Path:
    """Give a checkpoint another name, also where one of that name was left."""
    target = path.with_name(name)
    _discard(target)
    return path.rename(target)


def _discard(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _checksum(array: npt.NDArray[np.generic]) -> int:
    """Return the CRC-32 of an array's bytes."""
    return zlib.crc32(np.asarray(array, order="C").reshape(-1).view(np.uint8).data)
