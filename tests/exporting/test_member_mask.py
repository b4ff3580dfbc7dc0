"""The exported graph picks the same members as Python, row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from onnx import TensorProto, helper

from netwright.config import CrossSplit, ReversedSplit
from netwright.data import identity_of, member_mask_of
from netwright.data.split.draws import Purpose, place_of
from netwright.exporting.identity import SEEN
from netwright.exporting.member_mask import add_member_mask

ort = pytest.importorskip("onnxruntime")

EDGES = [0, 1, -1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)]


def picked(columns, section, members):
    """Run a graph that does nothing but pick."""
    value = helper.make_tensor_value_info("j", TensorProto.FLOAT, ["rows", members])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", members])
    graph = helper.make_graph([helper.make_node("Identity", ["j"], ["y"])], "g", [value], [out])
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    add_member_mask(proto, "j", [name for name in columns if name != SEEN], section, members)
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == list(columns)
    return session.run(None, columns)[0].astype(bool)


def many(rows=5000):
    random = np.random.default_rng(1)
    run = np.concatenate([np.repeat(EDGES, len(EDGES)), random.integers(1, 400_000, rows)])
    event = np.concatenate([np.tile(EDGES, len(EDGES)), random.integers(0, 2**40, rows)])
    return {"run": run.astype(np.int64), "event": event.astype(np.int64)}


@pytest.mark.parametrize("names", [["event"], ["run", "event"]])
@pytest.mark.parametrize(
    ("section", "members"),
    [
        (CrossSplit(kind="cross", folds=5), 5),
        (CrossSplit(kind="cross", folds=3, seed=2**63 - 1), 6),
        (CrossSplit(kind="cross", folds=7, seed=0), 7),
        (ReversedSplit(kind="reversed"), 2),
        (ReversedSplit(kind="reversed", valid=0.4, seed=9), 4),
    ],
)
def test_the_graph_picks_as_python_does(names, section, members):
    columns = {name: values for name, values in many().items() if name in names}
    identity = identity_of({name: pa.chunked_array([pa.array(values)]) for name, values in columns.items()})
    expected = member_mask_of(identity, section, members)
    assert (picked(columns, section, members) == expected).all()
    assert (expected.mean(axis=0) > 0.5 / members).all()  # every member has rows to evaluate


@pytest.mark.parametrize("unseen", ["random", "ensemble"])
@pytest.mark.parametrize("section", [CrossSplit(kind="cross", folds=4), ReversedSplit(kind="reversed")])
def test_rows_outside_of_the_training_data_have_other_judges(section, unseen):
    section = section.model_copy(update={"unseen": unseen})
    columns = many()
    identity = identity_of({name: pa.chunked_array([pa.array(values)]) for name, values in columns.items()})
    seen = place_of(identity, Purpose.EXPORT_CHECK, 0) < 0.5
    expected = member_mask_of(identity, section, 4, identity[seen])
    assert (picked(columns | {SEEN: seen.astype(np.int64)}, section, 4) == expected).all()
    number = expected.sum(axis=1)
    assert set(number[~seen]) == ({4} if unseen == "ensemble" else {1})
