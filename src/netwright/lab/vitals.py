"""The vitals of a training: one line of JSON per look at a member, appended as it comes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from netwright.lab.contents import check_content
from netwright.lab.lines import line_writer, read_lines

if TYPE_CHECKING:
    from netwright.doctor import LayerVitals, VitalsRecord

__all__ = ["read_vitals", "vitals_writer"]

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
    write = line_writer(path)

    def append(record: VitalsRecord) -> None:
        layers = [_values(layer) for layer in record.layers]
        write({"member": record.member, "epoch": record.epoch, "step": record.step, "layers": layers})

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
    records = read_lines(path, _look, what="the vitals of a network", remedy="Remove the line.")
    return list({(record["member"], record["step"]): record for record in records}.values())


def _look(content: Any) -> dict[str, Any]:  # noqa: ANN401  # what a line holds
    """Return the look of a line; ValueError where it holds none."""
    check_content(_LINE, content)
    look: dict[str, Any] = content
    return look


def _values(layer: LayerVitals) -> dict[str, Any]:
    """Return what JSON can write of a layer."""
    numbers = {name: getattr(layer, name) for name in _NUMBERS}
    distributions = {
        name: [number for number in getattr(layer, name) if math.isfinite(number)] for name in _DISTRIBUTIONS
    }
    return {"name": layer.name, **numbers, **distributions}
