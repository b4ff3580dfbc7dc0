"""Export of a network as ONNX: raw units in, raw units out, checked row by row against the network itself."""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright._version import __version__
from netwright.atomic_files import atomic_write, make_folder
from netwright.config import Experiment, dump_experiment
from netwright.data import MISSING_CATEGORY, categories_of, rest_of
from netwright.errors import ExportError, MissingExtraError
from netwright.exporting.comparison import TOLERANCE, compare_with_network, row_count
from netwright.exporting.fine import add_fine, fine_name
from netwright.exporting.identity import Identity, check_identity
from netwright.exporting.meaning import input_meanings
from netwright.models import MEMBER_MASK, forms_of, members_of, refuse_non_finite
from netwright.tasks import task_of

__all__ = ["ExportCheck", "export_onnx"]

_OPSET = 18  # onnxruntime 1.17, the oldest in the current software of an experiment, supports opsets up to 20
_IR_VERSION = 9

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
    proto = _convert(model, experiment)
    proto.ir_version = _IR_VERSION
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


def _convert(model: keras.Model, experiment: Experiment) -> Any:  # noqa: ANN401  # onnx ships no types
    """Trace the network with an undetermined number of rows."""
    try:
        import jax
        import jax2onnx
    except ImportError as error:
        feature = "Exporting to ONNX"
        raise MissingExtraError(feature, "onnx") from error
    picks = experiment.split.every_row_is_tested
    groups = [*_inputs(model, experiment), *([MEMBER_MASK] if picks else [])]
    (rows,) = jax.export.symbolic_shape("rows")
    shapes = {name: tensor.shape[1:] for name, tensor in model.input.items()}
    types = {name: np.dtype(tensor.dtype) for name, tensor in model.input.items()}
    # plugins for Equinox compile first weights on import, which takes 6 s of processor time
    with _quiet("onnx_ir", "jax2onnx"), _without("equinox", "jax2onnx.plugins.examples"), _quick_look_up():
        proto = jax2onnx.to_onnx(
            _outputs(model, list(experiment.targets), groups),
            [jax.ShapeDtypeStruct((rows, *shapes[name]), types[name]) for name in groups],  # type: ignore[no-untyped-call]
            opset=_OPSET,
            model_name=model.name,
            input_names=[fine_name(name) if rest_of(name) in groups else name for name in groups],
            output_names=list(experiment.targets),
        )
    add_fine(proto, forms_of(model, experiment), experiment)
    if picks:
        from netwright.exporting.member_mask import add_member_mask

        add_member_mask(proto, MEMBER_MASK, experiment.data.identity, experiment.split, members_of(model))
    _leave_out_unused(proto)
    return proto


def _inputs(model: keras.Model, experiment: Experiment) -> list[str]:
    """Return the names of the network's inputs, in the order of the experiment."""
    groups = (name for group in experiment.inputs for name in (group, rest_of(group), categories_of(group)))
    return [name for name in groups if name in model.input]


def _outputs(model: keras.Model, heads: list[str], groups: list[str]) -> Callable[..., tuple[Any, ...]]:
    """Make the function of the inputs that becomes the graph; without a mask, all members judge all rows."""
    import jax

    trainable = [v.value for v in model.trainable_variables]
    other = [v.value for v in model.non_trainable_variables]

    def outputs(*values: Any) -> tuple[Any, ...]:  # noqa: ANN401
        inputs = dict(zip(groups, values, strict=True))
        if MEMBER_MASK in model.input and MEMBER_MASK not in groups:
            inputs[MEMBER_MASK] = jax.numpy.ones((values[0].shape[0], members_of(model)))
        result, _ = model.stateless_call(trainable, other, inputs, training=False)
        return tuple(result[head] for head in heads)

    return outputs


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Leave out modules that jax2onnx imports with all its plugins, unless they are in use."""
    left_out = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]  # None says that there is none
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]


@contextmanager
def _quick_look_up() -> Iterator[None]:
    """Let jax2onnx ask a value for its node: it goes through all nodes for each output, n² of them in the end."""
    try:
        from jax2onnx.converter import output_binding

        slow = output_binding._value_is_graph_connected  # noqa: SLF001  # 2 of 3 s of a large graph
    except (ImportError, AttributeError):  # another version
        yield
        return

    def is_connected(context: Any, value: Any) -> bool:  # noqa: ANN401  # jax2onnx ships no types
        node = value.producer()
        return (node is not None and node.graph is context.builder.nodes) or slow(context, value)

    output_binding._value_is_graph_connected = is_connected  # noqa: SLF001
    try:
        yield
    finally:
        output_binding._value_is_graph_connected = slow  # noqa: SLF001


def _leave_out_unused(proto: Any) -> None:  # noqa: ANN401
    """Remove constants that no node uses: runtimes warn about them each time the file is loaded."""
    used = set(_taken(proto.graph))
    constants = [constant for constant in proto.graph.initializer if constant.name in used]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(constants)


def _taken(graph: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the names of all inputs of a graph's nodes, including nodes of nested graphs (loops, branches)."""
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            for within in (attribute.g, *attribute.graphs):
                yield from _taken(within)


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


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Hide a library's messages about its internals from the user."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
