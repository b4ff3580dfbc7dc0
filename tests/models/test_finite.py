"""A network with a number that is none is refused, and the layer named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.errors import RunError
from netwright.exporting import export_onnx
from netwright.layers import Standardise
from netwright.models import ensemble, make_forward, refuse_non_finite

EXPERIMENT = parse_experiment(
    {
        "data": {"files": ["toy.csv"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "column": "b"}},
    }
)


def network():
    x = keras.Input((1,), name="x")
    scaled = Standardise([0.0], [1.0], name="scaled")(x)
    return keras.Model({"x": x}, {"y": keras.layers.Dense(1, name="y")(scaled)})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("place", "layer"), [(0, "mean of layer scaled"), (2, "kernel of layer y")])
def test_the_layer_of_a_number_that_is_none_is_named(value, place, layer, tmp_path):
    model = network()
    weights = {variable.path: variable for variable in model.variables}
    list(weights.values())[place].assign(np.full(list(weights.values())[place].shape, value))
    with pytest.raises(RunError, match=f"1 of 1 numbers in {layer} are NaN or infinite"):
        make_forward(model)
    with pytest.raises(RunError, match=layer):
        export_onnx(model, EXPERIMENT, tmp_path / "x.onnx", rows={"x": np.ones((2, 1), np.float32)})
    assert not (tmp_path / "x.onnx").exists()


def test_a_member_of_an_ensemble_is_named():
    members = [network(), network()]
    members[1].get_layer("y").bias.assign([np.nan])
    together = ensemble(members, EXPERIMENT.targets, "mean", {})
    with pytest.raises(RunError, match="numbers in bias of layer member-1/y are NaN"):
        refuse_non_finite(together)


def test_a_good_network_is_used():
    outputs = make_forward(network())({"x": np.ones((2, 1), np.float32)})
    assert np.isfinite(outputs["y"]).all()
