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
        whole = inputs[name].astype(np.float64)
        whole[..., _places(experiment.inputs[name], columns)] += inputs[rest_of(name)].astype(np.float64)
        raw[name] = whole
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
        places = np.array(_places(experiment.inputs[name], columns))
        value, rest = fine_name(name), rest_of(name)
        graph.initializer.append(numpy_helper.from_array(places, f"{rest}/places"))
        steps = [
            ("Cast", [name], value, {"to": TensorProto.FLOAT}),
            ("Cast", [value], f"{rest}/near", {"to": TensorProto.DOUBLE}),
            ("Sub", [name, f"{rest}/near"], f"{rest}/all", {}),
            ("Gather", [f"{rest}/all", f"{rest}/places"], f"{rest}/fine", {"axis": -1}),
            ("Cast", [f"{rest}/fine"], rest, {"to": TensorProto.FLOAT}),
        ]
        nodes = [helper.make_node(kind, taken, [given], name=given, **more) for kind, taken, given, more in steps]
        shape = next(one for one in graph.input if one.name == value).type.tensor_type.shape
        kept = [one for one in graph.input if one.name not in {value, rest}]
        whole = helper.make_tensor_value_info(name, TensorProto.DOUBLE, [d.dim_param or d.dim_value for d in shape.dim])
        _replace(graph.input, [*kept, whole])
        _replace(graph.node, [*nodes, *graph.node])
    for head, offset in forms.offsets.items():
        _raise(graph, head, offset)


def _places(group: InputGroup, columns: Sequence[str]) -> list[int]:
    """Return the places of columns of numbers in the last axis of a group's input."""
    if isinstance(group, FourVectorsInput | ParticlesInput):
        parts = parts_of_particles(group)
        return [parts.first + parts.number_columns.index(column) for column in columns]
    return [list(group.columns).index(column) for column in columns]


def _raise(graph: Any, head: str, offset: float) -> None:  # noqa: ANN401
    """Add an offset to an output, in float64."""
    from onnx import TensorProto, helper, numpy_helper

    less = f"{head}-less"
    for node in graph.node:
        for place, name in enumerate(node.output):
            node.output[place] = less if name == head else name
        for place, name in enumerate(node.input):
            node.input[place] = less if name == head else name
    graph.initializer.append(numpy_helper.from_array(np.array(offset), f"{head}/offset"))
    graph.node.extend(
        [
            helper.make_node("Cast", [less], [f"{head}/double"], name=f"{head}/double", to=TensorProto.DOUBLE),
            helper.make_node("Add", [f"{head}/double", f"{head}/offset"], [head], name=head),
        ]
    )
    next(one for one in graph.output if one.name == head).type.tensor_type.elem_type = TensorProto.DOUBLE


def _replace(repeated: Any, values: list[Any]) -> None:  # noqa: ANN401
    del repeated[:]
    repeated.extend(values)
