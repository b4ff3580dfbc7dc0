"""Comparison of an exported graph with the network, or with scores that the network gave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.errors import ExportError, MissingExtraError
from netwright.exporting.fine import raw_inputs
from netwright.exporting.identity import Identity
from netwright.file_names import in_command
from netwright.layers import Unstandardise
from netwright.models import MEMBER_MASK, first_member, forms_of, members_of

__all__ = ["TOLERANCE", "GraphCheck", "compare_with_network", "row_count"]

TOLERANCE = 1e-5
"""Largest relative difference that is allowed, dimensionless."""

Inputs = Mapping[str, npt.NDArray[np.generic]]
Array = npt.NDArray[np.floating[Any]]


class GraphCheck:
    """Compares scores with what an exported graph gives for the same rows, chunk by chunk.

    Args:
        path: the ONNX file.
        model: the network, or the ensemble.
        experiment: the experiment that the network was trained with.

    Attributes:
        largest: the largest relative difference so far, dimensionless, as `export_onnx` defines it.
        rows: how many rows were compared.

    Raises:
        ExportError: there is no such file, or it cannot be loaded.
        MissingExtraError: the extra "onnx" is not installed.
    """

    def __init__(self, path: Path, model: keras.Model, experiment: Experiment) -> None:
        if not path.is_file():
            msg = (
                f"{path}: there is no exported network to compare with. Write it: netwright export "
                f"{in_command(path.parent)}"
            )
            raise ExportError(msg)
        self._path, self._experiment = path, experiment
        self._forms, self._scales = forms_of(model, experiment), _scales(model, experiment)
        self._session = _session(path)
        self.largest, self.rows = 0.0, 0

    def compare(self, inputs: Inputs, identity: Inputs, scores: Mapping[str, Array]) -> None:
        """Compare the scores of some rows with those of the graph.

        Args:
            inputs: by group, shape (rows, ...), in raw units, as the network takes them.
            identity: the columns by which the graph picks members, shape (rows,); empty if it does not.
            scores: by head, shape (rows,) or (rows, classes), as the network gave them.

        Raises:
            ExportError: the graph takes other inputs, or a score differs by more than 1e-5.
        """
        heads = list(self._experiment.targets)
        raw = raw_inputs(inputs, self._forms.fine, self._experiment) | dict(identity)
        input_names = {graph_input.name for graph_input in self._session.get_inputs()}
        if input_names != set(raw):
            msg = (
                f"{self._path}: the exported network takes {', '.join(sorted(input_names))}, and this run has "
                f"{', '.join(sorted(raw))}. Export it again."
            )
            raise ExportError(msg)
        answers = dict(zip(heads, self._session.run(heads, raw), strict=True))
        for head, scale in self._scales.items():
            truth = scores[head].reshape(answers[head].shape)
            offset = self._forms.offsets.get(head, 0.0)
            self.largest = _larger(self.largest, _difference(answers[head], truth - offset, offset, scale))
        self.rows += row_count(inputs)
        if not self.largest <= TOLERANCE:
            msg = (
                f"{self._path}: the exported network differs from the network by {self.largest:.2g} (relative); at "
                f"most {TOLERANCE:g} is allowed. No scores were written. It may be the export of another run: export "
                "again."
            )
            raise ExportError(msg)


def compare_with_network(
    model: keras.Model, experiment: Experiment, content: bytes, rows: Inputs, identity: Identity | None
) -> float:
    """Compare a graph with the network, for all rows at once and for a single row.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.
        content: the graph.
        rows: inputs of the network, by group, shape (rows, ...).
        identity: the identity columns of these rows, if the graph picks members by them.

    Returns:
        The largest relative difference of any output, dimensionless.

    Raises:
        MissingExtraError: the extra "onnx" is not installed.
    """
    session = _session(content)
    heads, forms = list(experiment.targets), forms_of(model, experiment)
    scales = _scales(model, experiment)
    largest = 0.0
    for rows_slice in (slice(None), slice(1)):
        inputs = {name: values[rows_slice] for name, values in rows.items()}
        raw = raw_inputs(inputs, forms.fine, experiment)
        all_members = np.ones((row_count(inputs), members_of(model)))
        member_mask = all_members if identity is None else identity.member_mask[rows_slice]
        identity_columns = (
            {} if identity is None else {name: values[rows_slice] for name, values in identity.columns.items()}
        )
        truth = model.predict(inputs | ({MEMBER_MASK: member_mask} if MEMBER_MASK in model.input else {}), verbose=0)
        answers = dict(zip(heads, session.run(heads, raw | identity_columns), strict=True))
        for head, scale in scales.items():
            offset = forms.offsets.get(head, 0.0)
            largest = _larger(largest, _difference(answers[head], truth[head], offset, scale))
    return largest


def row_count(inputs: Inputs) -> int:
    """Return the number of rows of some inputs."""
    return len(next(iter(inputs.values())))


def _scales(model: keras.Model, experiment: Experiment) -> dict[str, float]:
    """Return the scale of each head's output: 1 for probabilities, for values the deviation of the training target.

    It is that of the network and not of some rows, of which there may be only one.
    """
    layers = {head: first_member(model).get_layer(head) for head in experiment.targets}
    return {head: float(max(layer.std)) if isinstance(layer, Unstandardise) else 1.0 for head, layer in layers.items()}


def _difference(exported: Array, truth: Array, offset: float, scale: float) -> float:
    """Return the largest relative difference; `exported` includes the offset of the target, and `truth` does not."""
    if not len(truth):
        return 0.0
    # the offset was added in float64, with rounding errors of up to one step
    step = np.spacing(offset) if offset else 0.0
    bottom = np.maximum(np.abs(truth), scale)
    differences = np.maximum(np.abs(exported - offset - truth) - step, 0)
    return float(np.max(differences / np.where(differences == 0, 1.0, bottom)))


def _larger(left: float, right: float) -> float:
    """Return the larger number; NaN if one of them is NaN, which `max` may lose."""
    return float(np.maximum(left, right))


def _session(graph: bytes | Path) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    try:
        import onnxruntime
    except ImportError as error:
        feature = "Checking an exported network"
        raise MissingExtraError(feature, "onnx") from error
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    source = graph if isinstance(graph, bytes) else str(graph)
    try:
        return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    except (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.InvalidArgument) as error:
        name = "the exported network" if isinstance(graph, bytes) else graph
        msg = f"{name}: cannot be loaded by onnxruntime ({str(error).splitlines()[0]}). Export the run again."
        raise ExportError(msg) from error
