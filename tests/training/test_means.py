"""What a training prints is what it says: sums over the rows that were seen, against slow twins in NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.data import chosen_rows, describe, divide
from netwright.metrics import bias, resolution
from netwright.models import build, raw_outputs
from netwright.training import (
    Callbacks,
    EpochRecord,
    Hooks,
    StepsRecord,
    head_weights,
    train_members,
)
from netwright.training.bias_correction import bias_correction_rows
from netwright.training.feed.order import epoch_order
from netwright.workflow.members.prepare import member_arrays, members_of_division, prepare_member

STILL = 1e-30  # a learning rate at which nothing moves


def still(toy, body: dict[str, Any] | None = None, head: dict[str, Any] | None = None, **training: Any):
    """A toy whose weights do not move, with neither dropout nor normalisation by batches."""
    case = toy(rows=390)
    values = case.experiment.model_dump(mode="json")
    values["model"]["body"] = {"kind": "dense", "units": [8], **(body or {})}
    values["targets"]["is_signal"] |= head or {}
    values["training"] |= {"epochs": 1, "batch_size": 256, "learning_rate": STILL, **training}
    return replace(case, experiment=parse_experiment(values))


def slow_losses(outputs: dict[str, np.ndarray], case) -> dict[str, np.ndarray]:
    """Losses of all rows by head, from raw outputs, by formula."""
    logits, deviations = (np.asarray(outputs[h], np.float64)[:, 0] for h in ("is_signal", "size"))
    label, size = case.rows.heads["is_signal"].values, case.rows.heads["size"].values.astype(float)
    moments = case.description.targets["size"]
    return {
        "is_signal": np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0) - label * logits,
        "size": np.square(deviations - (size - moments.mean[0]) / moments.std[0]),
    }


def slow_means(case, batch: int) -> dict[str, float]:
    """Σ w l / Σ w over the rows of epoch 1 as they come, row by row, before the training."""
    experiment, split, seed = case.experiment, case.split, case.experiment.training.seed
    raw = raw_outputs(build(experiment, case.description), experiment.targets)
    losses = slow_losses(raw({"x": case.rows.inputs["x"]}, training=False), case)
    taken = epoch_order(chosen_rows(case.rows, split.train, experiment.targets), batch, seed=seed, epoch=1).whole()
    weights = head_weights(case.rows, split.train, experiment.targets)
    result = {}
    for head, of_rows in losses.items():
        above = below = 0.0
        for row, factor in zip(taken.rows.ravel(), taken.factors.ravel(), strict=True):
            above += float(factor) * float(weights[head][row]) * of_rows[row]
            below += float(factor) * float(weights[head][row])
        result[head] = above / below
    return result


def test_the_training_loss_is_that_of_the_training_rows(toy) -> None:
    """The case: 273 rows in batches of 256; the mean over steps counted the 17 of the last as much as the others."""
    case = still(toy)
    assert len(case.split.train) % 256 not in {0, 255}
    (record,) = case.train().history
    raw = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    losses = slow_losses(raw({"x": case.rows.inputs["x"]}, training=False), case)
    for head, of_rows in losses.items():
        train = case.split.train[case.rows.heads[head].counts[case.split.train]]
        expected = np.average(of_rows[train], weights=case.rows.weights[train])
        assert record.head_losses[head] == pytest.approx(expected, rel=1e-5)
    assert record.loss == pytest.approx(record.head_losses["is_signal"] + 0.5 * record.head_losses["size"], rel=1e-12)
    assert record.penalty == 0


@pytest.mark.parametrize(
    ("balance", "feed", "batch"),
    [
        ("none", "streamed", 64),
        ("weights", "resident", 7),
        ("collocated", "resident", 64),
        ("collocated", "streamed", 64),
        ("down-sampling", "resident", 1000),
    ],
)
def test_it_is_so_however_rows_are_chosen_and_fed(toy, balance: str, feed: str, batch: int) -> None:
    case = still(toy, head={"balance": balance}, batch_size=batch, feed=feed)
    (record,) = case.train().history
    assert dict(record.head_losses) == pytest.approx(slow_means(case, batch), rel=1e-5)


@pytest.mark.parametrize("way", ["one-by-one", "together"])
def test_it_is_so_for_every_member_of_an_ensemble(toy, way: str) -> None:
    """Members that draw their rows have other numbers of them, and other numbers of steps."""
    case = still(toy)
    values = case.experiment.model_dump(mode="json")
    values |= {"split": {"kind": "cross", "folds": 3}, "ensemble": {"members": 1, "bagging": True}}
    values["training"] |= {"members": way, "batch_size": 32}
    experiment = parse_experiment(values)
    division = divide(case.rows.identity, experiment.split)
    members = members_of_division(experiment, case.rows, division)
    descriptions = [describe(case.rows, division.split(fold), experiment) for fold in range(3)]
    steps: list[StepsRecord] = []
    epochs: list[EpochRecord] = []
    prepared = [prepare_member(member, case.rows, descriptions[member.fold]) for member in members]
    observer = Callbacks(on_steps=steps.append, on_epoch=epochs.append)
    train_members(prepared, member_arrays(members, case.rows), Hooks((observer,)))
    assert len({len(member.split.train) for member in members}) > 1
    for record in epochs:
        member = members[record.member]
        own = replace(case, experiment=member.experiment, split=member.split, description=descriptions[member.fold])
        assert dict(record.head_losses) == pytest.approx(slow_means(own, 32), rel=1e-5)
    last = {record.members: record for record in steps}
    assert sorted(number for team in last for number in team) == [0, 1, 2]
    for team, record in last.items():  # what the screen shows at the end of the epoch is its mean
        of_team = [epoch for epoch in epochs if epoch.member in team]
        assert record.loss == pytest.approx(np.mean([epoch.loss for epoch in of_team]), rel=1e-12)
        rates = [epoch.rows_per_second / len(members[epoch.member].split.train) for epoch in of_team]
        np.testing.assert_allclose(rates, rates[0], rtol=1e-9)  # of one team, in the same seconds


def test_bfloat16_prints_the_losses_of_what_it_computes(toy) -> None:
    case = still(toy, precision="bfloat16")
    (record,) = case.train().history
    assert dict(record.head_losses) == pytest.approx(slow_means(case, 256), rel=0.02)


def test_penalties_are_said_apart(toy) -> None:
    case = still(toy, body={"l1": 0.01, "l2": 0.1})
    (record,) = case.train().history
    (without,) = still(toy).train().history
    assert record.loss == pytest.approx(without.loss, rel=1e-6)
    kernels = [w for w in build(case.experiment, case.description).get_weights() if w.ndim == 2 and w.shape[1] == 8]
    expected = sum(0.01 * np.abs(w).sum() + 0.1 * np.square(w).sum() for w in kernels)
    assert record.penalty == pytest.approx(expected, rel=1e-5)


def test_the_gradient_norm_does_not_depend_on_how_the_last_batch_is_filled(toy) -> None:
    """The same row again and again: every batch has the same gradient over its rows, also one of a single row."""
    case = still(toy)
    one = case.rows.take(np.full(65, 3))
    one = replace(one, weights=np.ones(65))
    same = replace(one, heads={h: replace(v, counts=np.ones(65, bool)) for h, v in one.heads.items()})
    split = replace(case.split, train=np.arange(65, dtype=np.int32), valid=np.arange(5, dtype=np.int32))
    norms = []
    for batch in (64, 13):
        section = case.experiment.training.model_copy(update={"batch_size": batch})
        experiment = case.experiment.model_copy(update={"training": section})
        (record,) = replace(case, rows=same, split=split, experiment=experiment).train().history
        norms.append(record.gradient_norm)
    np.testing.assert_allclose(norms, norms[0], rtol=1e-5)


# --- the last bias of a regression ------------------------------------------------------------------------------


def residuals(case, model) -> tuple[float, float]:
    """Weighted median and half the central 68% of the residuals of the training rows that count, by sorting."""
    rows = case.split.train[case.rows.heads["size"].counts[case.split.train]]
    predicted = np.asarray(model({"x": case.rows.inputs["x"][rows]}, training=False)["size"], np.float64)[:, 0]
    apart, weights = predicted - case.rows.heads["size"].values[rows], case.rows.weights[rows]
    return bias(np.zeros(len(apart)), apart, weights), resolution(np.zeros(len(apart)), apart, weights)


@pytest.mark.parametrize("balance", ["none", "collocated", "down-sampling"])
def test_the_bias_of_training_rows_vanishes(toy, balance: str) -> None:
    """Also at a rate at which the last bias goes up and down; where rows are left out, up to their scatter."""
    values = toy(epochs=3, learning_rate=0.1).experiment.model_dump(mode="json")
    values["targets"]["is_signal"]["balance"] = balance
    case = replace(toy(), experiment=parse_experiment(values))
    trained = case.train()
    shift, width = residuals(case, trained.model)
    assert abs(shift) < (0.1 if balance == "down-sampling" else 1e-4) * width
    assert abs(trained.moved["size"]) > 0.01 * width
    assert set(trained.moved) == {"size"}


def test_of_many_rows_some_are_looked_at(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.training.bias_correction._ROWS", 200)
    case = toy()
    member = members_of_division(case.experiment, case.rows, divide(case.rows.identity, case.experiment.split))[0]
    taken = bias_correction_rows(prepare_member(member, case.rows, case.description))
    assert len(taken.rows) == 200
    assert set(taken.rows) <= set(case.split.train)
    assert (taken.factors == 1).all()
    assert 80 < len(set(taken.rows)) < 200
