"""Conversion of a network into an ONNX graph, by jax2onnx: raw units in, raw units out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from netwright.config import Experiment
from netwright.data import categories_of, rest_of
from netwright.errors import MissingExtraError
from netwright.exporting.fine import add_fine, fine_name
from netwright.models import MEMBER_MASK, forms_of, members_of

__all__ = ["convert"]

_OPSET = 18  # onnxruntime 1.17, the oldest in the current software of an experiment, supports opsets up to 20
_IR_VERSION = 9


def convert(model: keras.Model, experiment: Experiment) -> Any:  # noqa: ANN401  # onnx ships no types
    """Convert a network, for any number of rows.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.

    Returns:
        The graph, without metadata: it takes float64 and identity columns where these are needed.

    Raises:
        MissingExtraError: the extra "onnx" is not installed.
    """
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
    proto.ir_version = _IR_VERSION
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
