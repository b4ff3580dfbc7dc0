"""A head with `loss_weight: 0` is watched: measured, but it moves nothing, to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.data import HeadRows


def watching(toy, head: str = "size", **training):
    case = toy(epochs=2, **training)
    values = case.experiment.model_dump(mode="json")
    values["targets"][head]["loss_weight"] = 0
    return replace(case, experiment=parse_experiment(values))


@pytest.mark.optimised
def test_what_is_watched_moves_nothing(toy) -> None:
    case = watching(toy, clip_norm=0.1)  # of the norm of all weights
    size = case.rows.heads["size"]
    other = HeadRows((1e6 * np.random.default_rng(1).normal(size=len(size.values))).astype(np.float32), size.counts)
    heads = {**case.rows.heads, "size": other}
    result = [case.train(), replace(case, rows=replace(case.rows, heads=heads)).train()]
    for one, two in zip(*(trained.model.get_weights() for trained in result), strict=True):
        np.testing.assert_array_equal(one, two)
    assert result[0].history[0].head_losses["size"] != result[1].history[0].head_losses["size"]
    assert [epoch.gradient_norm for epoch in result[0].history] == [epoch.gradient_norm for epoch in result[1].history]


def test_it_is_measured_and_its_own_weights_stay(toy) -> None:
    case = watching(toy)
    trained = case.train()
    raw = trained.model.get_layer("size-raw")
    fresh = watching(toy, learning_rate=1e-30).train().model.get_layer("size-raw")
    np.testing.assert_array_equal(raw.kernel, fresh.kernel)
    np.testing.assert_array_equal(raw.bias, 0)
    assert trained.moved == {}
    for epoch in trained.history:
        assert 0 < epoch.head_losses["size"] < 10
        assert epoch.loss == epoch.head_losses["is_signal"]
        assert epoch.valid_loss == epoch.valid_head_losses["is_signal"]
    assert trained.history[-1].valid_head_losses["size"] > 0


def test_a_watched_loss_that_overflows_ends_nothing(toy) -> None:
    case = watching(toy)
    size = case.rows.heads["size"]
    far = HeadRows(np.where(np.arange(len(size.values)) % 2, 3e38, size.values).astype(np.float32), size.counts)
    trained = replace(case, rows=replace(case.rows, heads={**case.rows.heads, "size": far})).train()
    assert not np.isfinite(trained.history[0].head_losses["size"])
    assert np.isfinite(trained.history[-1].valid_loss)


def test_what_is_watched_may_be_monitored(toy) -> None:
    trained = watching(toy, head="is_signal", select="is_signal.roc_auc").train()
    assert all(0 < epoch.monitored < 1 for epoch in trained.history)
    assert set(trained.moved) == {"size"}
