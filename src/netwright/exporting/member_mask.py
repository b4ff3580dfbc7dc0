"""The nodes of an exported graph that select, by a row's identity, the members that never saw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from netwright.config import SplitSection
from netwright.data import GOLDEN, MULTIPLIERS, Purpose, key_of, test_member_mask
from netwright.exporting.identity import SEEN

__all__ = ["add_member_mask"]


def add_member_mask(
    proto: Any,  # noqa: ANN401  # onnx ships no types
    member_mask: str,
    identity: Sequence[str],
    section: SplitSection,
    members: int,
) -> None:
    """Prepend nodes to a graph that compute its member mask input from the columns of a row's identity.

    The nodes follow `netwright.data.member_mask_of`, in 64-bit integers: the hash of the identity, its place in [0, 1),
    the fold at that place, and the members of that fold.

    Args:
        proto: the graph; its member mask input is replaced by inputs for the identity columns (int64, shape (rows,)),
            and by `SEEN` if rows outside the training data have a different member mask.
        member_mask: name of the member mask input, shape (rows, members).
        identity: names of the identity columns.
        section: specifies how rows are divided.
        members: number of members of all folds together.

    Source: `netwright.data.identity_of`, `netwright.data.split.draws.place_of` and `netwright.data.member_mask_of`.
    """
    graph = proto.graph
    nodes = _Nodes(graph)
    bits = [nodes.add("Cast", name, to=TensorProto.UINT64) for name in identity]
    state = _mixed(nodes, bits[0])
    for more in bits[1:]:
        state = _mixed(nodes, nodes.xor(nodes.times(state, GOLDEN), _mixed(nodes, more)))
    table = test_member_mask(section, members).astype(np.float32)
    fraction = _place(nodes, state, Purpose.DIVISION, section.division_seed)
    group = nodes.add("Cast", _floor(nodes, fraction, len(table)), to=TensorProto.INT64)
    inputs = list(identity)
    if section.unseen_members == "sub-ensemble":
        nodes.add("Gather", nodes.constant(table), group, into=member_mask)
    else:
        inputs.append(SEEN)
        of_fold = nodes.add("Gather", nodes.constant(table), group)
        of_unseen = nodes.constant(np.ones((1, members), np.float32))
        if section.unseen_members == "random":
            drawn = _floor(nodes, _place(nodes, state, Purpose.UNSEEN_MEMBER, section.division_seed), members)
            one_hot = nodes.constant(np.eye(members, dtype=np.float32))
            of_unseen = nodes.add("Gather", one_hot, nodes.add("Cast", drawn, to=TensorProto.INT64))
        is_known = nodes.add("Unsqueeze", nodes.add("Cast", SEEN, to=TensorProto.BOOL), nodes.constant(np.array([1])))
        nodes.add("Where", is_known, of_fold, of_unseen, into=member_mask)
    nodes.insert()
    other_inputs = [value for value in graph.input if value.name != member_mask]
    rows = next(value for value in graph.input if value.name == member_mask).type.tensor_type.shape.dim[0].dim_param
    del graph.input[:]
    graph.input.extend(
        [*other_inputs, *(helper.make_tensor_value_info(name, TensorProto.INT64, [rows]) for name in inputs)]
    )
    onnx.checker.check_model(proto)


class _Nodes:
    """Collects new nodes to be inserted in front of those of a graph."""

    def __init__(self, graph: Any) -> None:  # noqa: ANN401
        self.graph, self.nodes, self.count = graph, list[Any](), 0

    def add(self, kind: str, *inputs: str, into: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node and return the name of its output."""
        self.count += 1
        output = into or f"member_mask/{self.count}"
        self.nodes.append(
            helper.make_node(kind, list(inputs), [output], name=f"member_mask/{kind}/{self.count}", **attributes)
        )
        return output

    def constant(self, values: npt.NDArray[Any]) -> str:
        """Add a constant and return its name."""
        self.count += 1
        name = f"member_mask/constant/{self.count}"
        self.graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def times(self, bits: str, factor: int) -> str:
        """Multiply modulo 2⁶⁴; runtimes multiply only signed integers, which gives the same bits."""
        return self._signed("Mul", bits, factor)

    def plus(self, bits: str, more: int) -> str:
        """Add modulo 2⁶⁴."""
        return self._signed("Add", bits, more)

    def xor(self, bits: str, others: str) -> str:
        """Compute the bitwise exclusive or."""
        return self.add("BitwiseXor", bits, others)

    def shifted(self, bits: str, by: int) -> str:
        """Shift bits to the right."""
        return self.add("BitShift", bits, self.constant(np.array(by, np.uint64)), direction="RIGHT")

    def insert(self) -> None:
        """Insert the nodes before those of the graph."""
        later = list(self.graph.node)
        del self.graph.node[:]
        self.graph.node.extend([*self.nodes, *later])

    def _signed(self, kind: str, bits: str, number: int) -> str:
        signed = self.add("Cast", bits, to=TensorProto.INT64)
        constant = self.constant(np.array(number, np.uint64).astype(np.int64))
        return self.add("Cast", self.add(kind, signed, constant), to=TensorProto.UINT64)


def _mixed(nodes: _Nodes, bits: str) -> str:
    """Add the finaliser of SplitMix64, as in `netwright.data.split.identity`."""
    z = nodes.plus(bits, GOLDEN)
    for shift, factor in MULTIPLIERS:
        z = nodes.times(nodes.xor(z, nodes.shifted(z, shift)), factor)
    return nodes.xor(z, nodes.shifted(z, 31))


def _place(nodes: _Nodes, identity: str, purpose: Purpose, seed: int) -> str:
    """Add the place in [0, 1) for identity, purpose and seed, in double precision, in which it is exact."""
    salt = nodes.constant(np.array([key_of(purpose, seed)], dtype=np.uint64))
    top = nodes.shifted(_mixed(nodes, nodes.xor(identity, salt)), 11)
    return nodes.add("Mul", nodes.add("Cast", top, to=TensorProto.DOUBLE), nodes.constant(np.array(2.0**-53)))


def _floor(nodes: _Nodes, fraction: str, number: int) -> str:
    """Add ⌊place · number⌋."""
    return nodes.add("Floor", nodes.add("Mul", fraction, nodes.constant(np.array(float(number)))))
