"""Export of a network as ONNX: raw units in, raw units out, checked row by row against the network itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright._version import __version__
from netwright.atomic_files import atomic_write, make_folder
from netwright.config import Experiment, dump_experiment
from netwright.data import MISSING_CATEGORY
from netwright.errors import ExportError
from netwright.exporting.comparison import TOLERANCE, compare_with_network, row_count
from netwright.exporting.conversion import convert
from netwright.exporting.identity import Identity, check_identity
from netwright.exporting.meaning import input_meanings
from netwright.models import forms_of, members_of, refuse_non_finite
from netwright.tasks import task_of

__all__ = ["ExportCheck", "export_onnx"]

Inputs = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class ExportCheck:
    """How well an exported network agrees with the original network.

    Attributes:
        path: the ONNX file.
        rows: number of rows that were compared; 0 if the comparison was skipped.
        largest_difference: largest relative difference of any output, dimensionless; NaN if nothing was compared.
    """

    path: Path
    rows: int
    largest_difference: float


def export_onnx(
    model: keras.Model,
    experiment: Experiment,
    path: Path,
    *,
    rows: Inputs | None,
    words: Mapping[str, Mapping[str, int]] | None = None,
    identity: Identity | None = None,
    commit: str | None = None,
) -> ExportCheck:
    """Write a network as ONNX after comparing the two; if they disagree, write nothing.

    The inputs of the graph are the groups of inputs, by name, in raw units and for any number of rows; its outputs are
    the heads, by name. Groups with columns that need more precision than float32 are taken in float64, and targets
    that need more precision are returned in float64. An ensemble is one graph; after a cross-validation over all rows,
    it also takes the identity columns of each row, and selects the members that never saw the row. The metadata holds
    the columns in order, the classes and units, the experiment and the commit. The relative difference of an
    output y is max |y_onnx - y| / max(|y|, s), where s is the scale of the output: 1 for probabilities, the standard
    deviation of the target over the training rows for values in a unit. Below this scale, an output is only as precise
    as its raw output in float32. If y is returned in float64, it is compared before its offset is added.

    Args:
        model: the network.
        experiment: the experiment that it was trained with.
        path: the file; an existing file is replaced.
        rows: inputs to compare on, by group, shape (rows, ...), in raw units; None to skip the comparison.
        words: by categorical column of words, the number that the graph takes for each word.
        identity: the identity columns of these rows and their member mask, if the identity selects the members.
        commit: git commit of the training.

    Returns:
        The file and how well it agrees with the network.

    Raises:
        ExportError: the outputs differ by more than 1e-5, or members are picked by an identity that no graph can hash.
        MissingExtraError: the extra "onnx" is not installed.
        RunError: a weight or constant of the network is not finite.

    Source: definition; the ONNX operator sets, https://onnx.ai/onnx/operators.
    """
    check_identity(experiment)
    refuse_non_finite(model)
    proto = convert(model, experiment)
    for key, value in _metadata(model, experiment, words or {}, commit).items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    content = proto.SerializeToString()
    difference = math.nan if rows is None else compare_with_network(model, experiment, content, rows, identity)
    if rows is not None and not difference <= TOLERANCE:
        msg = (
            f"{path}: the exported network differs from the network by {difference:.2g} (relative) on "
            f"{row_count(rows)} rows; at most {TOLERANCE:g} is allowed. Nothing was written. "
            "Look for inputs of extreme size among these rows."
        )
        raise ExportError(msg)
    make_folder(path.parent)
    with atomic_write(path) as partial:
        partial.write_bytes(content)
    return ExportCheck(path, 0 if rows is None else row_count(rows), difference)


def _metadata(
    model: keras.Model, experiment: Experiment, words: Mapping[str, Mapping[str, int]], commit: str | None
) -> dict[str, str]:
    """Return what a user of the file has to know: columns in order, classes, units and origin."""
    forms = forms_of(model, experiment)
    inputs: dict[str, dict[str, Any]] = {}
    for name, group in experiment.inputs.items():
        for key, meaning in input_meanings(name, group).items():
            inputs[key] = {
                "columns": meaning.pop("columns"),
                "shape": ["rows", *model.input[key].shape[1:]],
                "unit": getattr(group, "unit", None),
                "type": "float64" if key in forms.fine else str(model.input[key].dtype),
                **meaning,
            }
    outputs: dict[str, dict[str, Any]] = {}
    for head, target in experiment.targets.items():
        task = task_of(target)
        outputs[head] = dict(task.onnx_meaning(target))
        if not task.output(target).is_probability:
            outputs[head]["type"] = "float64" if head in forms.offsets else "float32"
    return {
        "netwright_version": __version__,
        "git_commit": commit or "",
        "inputs": json.dumps(inputs),
        "outputs": json.dumps(outputs),
        "derived": json.dumps(experiment.data.derived),
        "words": json.dumps(words),
        "missing_category": str(MISSING_CATEGORY),
        "identity": json.dumps(experiment.data.identity),
        "members": str(members_of(model)),
        "experiment": dump_experiment(experiment),
    }
