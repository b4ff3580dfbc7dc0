"""The vitals of a training: one line of JSON per look at a member, appended as it comes."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from netwright.atomic_files import write_text
from netwright.errors import RunError
from netwright.lab.history import kept_lines
from netwright.strict_json import json_text

if TYPE_CHECKING:
    from netwright.doctor import LayerVitals, VitalsRecord

__all__ = ["read_vitals", "rewind_vitals", "vitals_writer"]

_NUMBERS = ("gradient", "weight", "update", "mean", "deviation", "dead", "saturated")
_DISTRIBUTIONS = ("quantiles", "gradient_quantiles")


class _Layer(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    name: str
    quantiles: list[float]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    member: int
    epoch: int
    step: int
    layers: list[_Layer]


_LINE: TypeAdapter[_Line] = TypeAdapter(_Line)


def vitals_writer(path: Path) -> Callable[[VitalsRecord], None]:
    """Make the function that appends a look to ``vitals.jsonl``, from any number of threads.

    Args:
        path: the file; it is written to at its end.

    Returns:
        The function; it raises OSError where the file cannot be written.
    """
    lock = threading.Lock()

    def append(record: VitalsRecord) -> None:
        layers = [_values(layer) for layer in record.layers]
        line = {"member": record.member, "epoch": record.epoch, "step": record.step, "layers": layers}
        with lock, path.open("a", encoding="utf-8") as file:
            file.write(json_text(line) + "\n")

    return append


def read_vitals(path: Path) -> list[dict[str, Any]]:
    """Read the vitals of a run.

    Args:
        path: ``vitals.jsonl`` of a run.

    Returns:
        One dictionary per look: ``member``, ``epoch`` (0 before the first), ``step`` and ``layers``, each with its name
        and the attributes of `netwright.doctor.LayerVitals`, None where it was not measured; the last one of several
        looks at the same step. None at all for a run without vitals.

    Raises:
        RunError: a line cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error}). Restore the file from a backup, or remove it."
        raise RunError(msg) from error
    records: dict[tuple[int, int], dict[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            _LINE.validate_python(record)
        except (ValueError, RecursionError) as error:
            reason = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
            msg = f"{path}, line {number}: not the vitals of a network ({reason}). Remove the line."
            raise RunError(msg) from error
        records[record["member"], record["step"]] = record
    return list(records.values())


def rewind_vitals(path: Path, epochs: Mapping[int, int]) -> None:
    """Take vitals back to the checkpoints that a training goes on from, as `netwright.lab.rewind_history` does.

    Args:
        path: ``vitals.jsonl`` of a run, or ``separation.jsonl``; it need not exist.
        epochs: by number of the member, how many epochs its checkpoint has; 0 for one that starts again.

    Raises:
        RunError: the file cannot be read or written.
    """
    if not path.exists():
        return
    try:
        before = path.read_text(encoding="utf-8", errors="replace")
        begun = {member: count for member, count in epochs.items() if count}
        lines = [line for line in kept_lines(before.splitlines(), begun) if json.loads(line)["member"] in begun]
        after = "".join(f"{line}\n" for line in lines)
        if after != before:
            write_text(path, after)
    except OSError as error:
        msg = f"{path}: cannot be taken back to its checkpoints ({error}). Check the disk, then continue."
        raise RunError(msg) from error


def _values(layer: LayerVitals) -> dict[str, Any]:
    """Return what JSON can write of a layer."""
    numbers = {name: getattr(layer, name) for name in _NUMBERS}
    distributions = {
        name: [number for number in getattr(layer, name) if math.isfinite(number)] for name in _DISTRIBUTIONS
    }
    return {"name": layer.name, **numbers, **distributions}
