from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netwright.exporting.conversion import _quick_look_up, _without

pytestmark = pytest.mark.optimised

onnx = pytest.importorskip("onnx")


def test_constants_that_nobody_takes_are_left_out() -> None:
    """One is taken by a node, one by a node within a branch, and one by nobody."""
    from netwright.exporting.conversion import _leave_out_unused

    numbers = {name: onnx.numpy_helper.from_array(np.ones(1, np.float32), name) for name in ("own", "within", "none")}
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    z = onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [1])
    branch = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["within"], ["y"])], "branch", [], [y])
    nodes = [
        onnx.helper.make_node("If", ["condition"], ["chosen"], then_branch=branch, else_branch=branch),
        onnx.helper.make_node("Add", ["chosen", "own"], ["z"]),
    ]
    condition = onnx.helper.make_tensor_value_info("condition", onnx.TensorProto.BOOL, [])
    graph = onnx.helper.make_graph(nodes, "graph", [condition], [z], list(numbers.values()))
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)])
    _leave_out_unused(proto)
    assert [constant.name for constant in proto.graph.initializer] == ["own", "within"]
    onnx.checker.check_model(proto)


def test_values_are_looked_up_quickly_and_the_graph_stays_the_same() -> None:
    jax2onnx = pytest.importorskip("jax2onnx")
    import jax
    from jax2onnx.converter import output_binding

    (rows,) = jax.export.symbolic_shape("rows")
    slow, asked = output_binding._value_is_graph_connected, []

    def graph() -> bytes:
        shapes = [jax.ShapeDtypeStruct((rows, 2), np.float32)]
        return jax2onnx.to_onnx(lambda x: (jax.numpy.sin(x) * x + 1,), shapes, opset=18).SerializeToString()

    def counting(*arguments: Any) -> bool:
        asked.append(arguments)
        return slow(*arguments)

    with pytest.MonkeyPatch.context() as patch, _without("equinox", "jax2onnx.plugins.examples"):
        expected = graph()
        patch.setattr(output_binding, "_value_is_graph_connected", counting)
        with _quick_look_up():
            assert graph() == expected
        assert output_binding._value_is_graph_connected is counting
    assert not asked  # it would go through all nodes
