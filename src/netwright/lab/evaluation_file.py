"""``evaluation.json`` of a run: the metrics of its network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netwright.data import PARTS
from netwright.errors import RunError
from netwright.evaluation import Evaluation, as_measured, evaluation_of
from netwright.file_names import in_command
from netwright.lab.contents import read_checked, refuse_folder, unreadable
from netwright.metrics import Measured
from netwright.strict_json import write_json

__all__ = ["read_evaluation", "write_evaluation"]


def write_evaluation(path: Path, measured: Mapping[str, Mapping[str, Mapping[str, Measured]]]) -> None:
    """Write measured values.

    Args:
        path: the file.
        measured: split, head and metric.
    """
    refuse_folder(path)
    write_json(path, evaluation_of(measured))


def read_evaluation(path: Path) -> Evaluation:
    """Read measured values.

    Args:
        path: ``evaluation.json`` of a run.

    Returns:
        Split, head, metric, then value and uncertainty.

    Raises:
        RunError: there is no such file, or it is damaged.
    """
    if not path.exists():
        msg = f"{path}: the run was not evaluated. Do it with: netwright evaluate {in_command(path.parent)}"
        raise RunError(msg)
    content: Evaluation = read_checked(path)
    try:
        measured = as_measured({part: content[part] for part in PARTS})
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(path, f"it is not an evaluation of train, valid and test rows: {error}") from error
    heads = [set(of_part) for of_part in measured.values()]
    empty = any(not metrics for of_part in measured.values() for metrics in of_part.values())
    if not heads[0] or empty or any(of_part != heads[0] for of_part in heads):
        raise unreadable(path, "its parts do not hold the same heads")
    return content
