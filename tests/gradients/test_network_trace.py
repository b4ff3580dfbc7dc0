"""Traces of layers against the formulas of dense layers, and against differences of losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.training.conftest import Toy, make_toy

from netwright.gradients import LayerTrace, NetworkTrace, trace_layers
from netwright.models import build
from netwright.training import PreparedMember, make_objective

ROWS = np.array([3, 5, 8])


@pytest.fixture(scope="module")
def toy() -> Toy:
    return make_toy(rows=60)


@pytest.fixture(scope="module")
def member(toy: Toy) -> PreparedMember:
    experiment = toy.experiment
    model, objective = build(experiment, toy.description), make_objective(experiment.targets, toy.description)
    return PreparedMember(0, model, objective, toy.chosen, toy.split.valid, experiment.training)


@pytest.fixture(scope="module")
def trace(toy: Toy, member: PreparedMember) -> NetworkTrace:
    return trace_layers(member, toy.arrays, ROWS, training=False)


@pytest.fixture(scope="module")
def layer(trace: NetworkTrace) -> Callable[[str], LayerTrace]:
    return {one.name: one for one in trace.layers}.__getitem__


def test_layers_come_in_their_order_with_outputs_of_all_rows(trace: NetworkTrace) -> None:
    names = [one.name for one in trace.layers]
    assert names.index("body-hidden-0") < names.index("body-hidden-0-activation") < names.index("is_signal-raw")
    assert all(len(one.output) == len(ROWS) for one in trace.layers)


def test_the_gradient_of_a_raw_output_is_that_of_its_loss(trace: NetworkTrace, layer) -> None:
    """Cross entropy: λ ŵ (σ(z) - y) / B."""
    z, y, w = (result["is_signal"] for result in (trace.outputs, trace.truth, trace.row_weights))
    expected = w * (1 / (1 + np.exp(-z[:, 0])) - y) / len(ROWS)
    raw = layer("is_signal-raw")
    np.testing.assert_array_equal(raw.output, z)
    np.testing.assert_allclose(raw.gradient[:, 0], expected, rtol=1e-5)


def test_the_truth_is_in_its_unit_with_what_was_taken_off_it(
    toy: Toy, member: PreparedMember, trace: NetworkTrace
) -> None:
    size = replace(member.objective["size"], offset=1.7e9)
    moved = replace(member, objective={**member.objective, "size": size})
    truth = trace_layers(moved, toy.arrays, ROWS, training=False).truth["size"]
    np.testing.assert_array_equal(truth, trace.truth["size"].astype(np.float64) + 1.7e9)


def test_weights_of_dense_layers_have_the_gradients_of_their_outputs(layer) -> None:
    """∂L/∂W = xᵀ ∂L/∂y and ∂L/∂b = Σ ∂L/∂y, with what the layer before gives as x."""
    for name, before in (("is_signal-raw", "body-hidden-0-dropout"), ("size-raw", "body-hidden-0-dropout")):
        kernel, bias = layer(name).weights
        assert (kernel.name, bias.name) == ("kernel", "bias")
        np.testing.assert_allclose(kernel.gradient, layer(before).output.T @ layer(name).gradient, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(bias.gradient, layer(name).gradient.sum(axis=0), rtol=1e-5, atol=1e-7)


def test_gradients_are_differences_of_losses(toy: Toy, member: PreparedMember, layer) -> None:
    weight = next(one for one in layer("body-hidden-0").weights if one.gradient is not None)
    position = np.unravel_index(np.abs(weight.gradient).argmax(), weight.value.shape)
    variable = member.raw.get_layer("body-hidden-0").kernel
    losses = []
    for step in (1e-2, -1e-2):
        changed = weight.value.copy()
        changed[position] += step
        variable.assign(changed)
        losses.append(trace_layers(member, toy.arrays, ROWS, training=False).loss)
    variable.assign(weight.value)
    assert (losses[0] - losses[1]) / 2e-2 == pytest.approx(weight.gradient[position], rel=2e-2)  # float32


def test_a_text_says_what_is_not_finite(toy: Toy, member: PreparedMember) -> None:
    variable = member.raw.get_layer("body-hidden-0").kernel
    before = np.asarray(variable.value)
    variable.assign(np.full_like(before, np.nan))
    text = str(trace_layers(member, toy.arrays, ROWS[:1], training=False))
    variable.assign(before)
    assert "8 of 8 NOT FINITE" in text
