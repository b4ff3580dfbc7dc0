"""The nodes of an exported graph that split float64 into values and remainders, and add offsets in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, FourVectorsInput, InputGroup, ParticlesInput, parts_of_particles
from netwright.data import FineColumns, Forms, rest_of

__all__ = ["add_fine", "fine_name", "raw_inputs"]

Inputs = Mapping[str, npt.NDArray[np.generic]]


def fine_name(group: str) -> str:
    """Return the name of the float32 values that a graph computes from a group's float64 input.

    Args:
        group: name of the group.

    Returns:
        The name of its float32 values.

    Example:
        >>> fine_name("vertex")
        'vertex-value'
    """
    return f"{group}-value"


def raw_inputs(inputs: Inputs, fine: FineColumns, experiment: Experiment) -> dict[str, npt.NDArray[np.generic]]:
    """Add values and remainders to give the inputs of an exported graph.

    Args:
        inputs: inputs of the network by name, shape (rows, ...).
        fine: by group, the columns that need more precision than float32.
        experiment: defines the groups.

    Returns:
        The inputs by group; float64 if the group has fine columns.
    """
    raw = {name: values for name, values in inputs.items() if name not in map(rest_of, fine)}
    for name, columns in fine.items():
        exact = inputs[name].astype(np.float64)
        exact[..., _column_indices(experiment.inputs[name], columns)] += inputs[rest_of(name)].astype(np.float64)
        raw[name] = exact
    return raw


def add_fine(proto: Any, forms: Forms, experiment: Experiment) -> None:  # noqa: ANN401  # onnx ships no types
    """Make a graph take float64 for groups with fine columns, and return float64 for targets with an offset.

    h = float32(x), r = float32(x - h) for the fine columns, as in `fine_numbers`; y = float64(y') + offset.

    Args:
        proto: the graph; its inputs are `fine_name` and `rest_of` for each of these groups.
        forms: those of the network.
        experiment: defines the groups.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = proto.graph
    for name, columns in forms.fine.items():
        fine_columns = np.array(_column_indices(experiment.inputs[name], columns))
        value, remainder = fine_name(name), rest_of(name)
        graph.initializer.append(numpy_helper.from_array(fine_columns, f"{remainder}/places"))
        steps = [
            ("Cast", [name], value, {"to": TensorProto.FLOAT}),
            ("Cast", [value], f"{remainder}/near", {"to": TensorProto.DOUBLE}),
            ("Sub", [name, f"{remainder}/near"], f"{remainder}/all", {}),
            ("Gather", [f"{remainder}/all", f"{remainder}/places"], f"{remainder}/fine", {"axis": -1}),
            ("Cast", [f"{remainder}/fine"], remainder, {"to": TensorProto.FLOAT}),
        ]
        nodes = [helper.make_node(kind, inputs, [output], name=output, **more) for kind, inputs, output, more in steps]
        shape = next(graph_input for graph_input in graph.input if graph_input.name == value).type.tensor_type.shape
        other_inputs = [graph_input for graph_input in graph.input if graph_input.name not in {value, remainder}]
        double_input = helper.make_tensor_value_info(
            name, TensorProto.DOUBLE, [d.dim_param or d.dim_value for d in shape.dim]
        )
        _replace(graph.input, [*other_inputs, double_input])
        _replace(graph.node, [*nodes, *graph.node])
    for head, offset in forms.offsets.items():
        _add_offset(graph, head, offset)


def _column_indices(group: InputGroup, columns: Sequence[str]) -> list[int]:
    """Return the indices of columns of numbers in the last axis of a group's input."""
    if isinstance(group, FourVectorsInput | ParticlesInput):
        parts = parts_of_particles(group)
        return [parts.first + parts.number_columns.index(column) for column in columns]
    return [list(group.columns).index(column) for column in columns]


def _add_offset(graph: Any, head: str, offset: float) -> None:  # noqa: ANN401
    """Add an offset to an output, in float64."""
    from onnx import TensorProto, helper, numpy_helper

    less = f"{head}-less"
    for node in graph.node:
        for index, name in enumerate(node.output):
            node.output[index] = less if name == head else name
        for index, name in enumerate(node.input):
            node.input[index] = less if name == head else name
    graph.initializer.append(numpy_helper.from_array(np.array(offset), f"{head}/offset"))
    graph.node.extend(
        [
            helper.make_node("Cast", [less], [f"{head}/double"], name=f"{head}/double", to=TensorProto.DOUBLE),
            helper.make_node("Add", [f"{head}/double", f"{head}/offset"], [head], name=head),
        ]
    )
    next(output for output in graph.output if output.name == head).type.tensor_type.elem_type = TensorProto.DOUBLE


def _replace(repeated: Any, values: list[Any]) -> None:  # noqa: ANN401
    del repeated[:]
    repeated.extend(values)
