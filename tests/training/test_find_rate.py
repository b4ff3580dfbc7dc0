from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.data import describe, divide
from netwright.errors import DataError
from netwright.models import build, raw_outputs
from netwright.training import PreparedMember, RateSearch, find_rate, make_objective
from netwright.training._find_rate import _steps_until_divergence, lowest_rate, smoothed
from netwright.training.feed.order import epoch_order
from netwright.workflow import load_rows
from netwright.workflow.members.prepare import Member, member_arrays, prepare_member

RATES = np.geomspace(1e-6, 1, 300)


def search(case, **kwargs) -> tuple[RateSearch, list[np.ndarray], list[np.ndarray]]:
    model = build(case.experiment, case.description)
    before = model.get_weights()
    objective = make_objective(case.experiment.targets, case.description)
    member = PreparedMember(0, model, objective, case.chosen, case.split.valid, case.experiment.training)
    result = find_rate(member, case.arrays, **kwargs)
    return result, before, model.get_weights()


def test_a_range_test_finds_a_rate_and_leaves_the_network_alone(toy) -> None:
    updates = []
    result, before, after = search(toy(), progress=lambda *args: updates.append(args))
    assert len(result.rates) == len(result.losses) == len(result.smoothed) <= 300
    np.testing.assert_allclose(result.rates, RATES[: len(result.rates)])
    assert result.minimum in result.rates
    assert result.suggestion == result.minimum / 10
    assert 1e-3 < result.suggestion < 0.2
    assert result.smoothed[result.rates == result.minimum][0] < 0.8 * result.smoothed[20]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
    assert updates[-1] == ("Trying learning rates", 300, 300, "steps")


def test_the_loss_of_a_step_is_a_mean_over_its_rows(toy) -> None:
    """Also of the last step of an epoch, which few rows are left for; at a rate at which nothing moves."""
    case = toy(rows=390, batch_size=256)
    values = case.experiment.model_dump(mode="json")
    values["model"]["body"] = {"kind": "dense", "units": [8]}
    case = replace(case, experiment=parse_experiment(values))
    result, _, _ = search(case, start=1e-30, stop=2e-30, steps=22)
    raw = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    outputs = raw({"x": case.rows.inputs["x"]}, training=False)
    expected = np.zeros(22)
    for step in range(22):
        taken = epoch_order(case.chosen, 256, seed=1, epoch=1 + step // 2).whole()
        rows = taken.rows[step % 2][taken.factors[step % 2] > 0]
        for head, one in make_objective(case.experiment.targets, case.description).items():
            losses = np.asarray(one.row_losses(outputs[head], case.rows.heads[head].values), np.float64)[rows]
            expected[step] += one.loss_weight * np.mean(case.arrays.weights[head][0][rows] * losses)
    np.testing.assert_allclose(result.losses, expected, rtol=1e-5)


def test_streamed_rows_give_the_same_rates(toy) -> None:
    result = [search(toy(feed=feed), steps=60)[0] for feed in ("resident", "streamed")]
    np.testing.assert_array_equal(result[0].losses, result[1].losses)


def test_a_loss_that_is_not_finite_is_the_end_and_not_an_error(toy) -> None:
    case = toy(optimizer={"kind": "sgd"})
    result, _, _ = search(case, start=1e-3, stop=1e12, steps=128)
    assert len(result.rates) < 128
    assert not np.isfinite(result.losses[-1]) or result.smoothed[-1] > 4 * np.nanmin(result.smoothed[20:])
    assert np.isfinite(result.losses[:-1]).all()
    assert result.suggestion < 10


def test_the_running_mean_is_that_of_its_weights() -> None:
    losses = np.random.default_rng(1).uniform(1, 2, 50)
    for k in (1, 2, 10, 50):
        weights = 0.95 ** np.arange(k - 1, -1, -1)
        assert smoothed(losses)[k - 1] == pytest.approx(np.average(losses[:k], weights=weights))


def test_the_search_ends_where_the_mean_exceeds_four_times_the_smallest() -> None:
    losses = np.r_[np.ones(100), np.full(100, 1e3)]
    means = smoothed(losses)
    assert _steps_until_divergence(losses) == 1 + np.flatnonzero(means > 4)[0] == 101
    assert _steps_until_divergence(np.ones(300)) == 300
    assert _steps_until_divergence(np.r_[np.ones(50), np.nan, np.ones(9)]) == 51
    assert _steps_until_divergence(np.r_[50.0, np.ones(60)]) == 61  # the first steps have not settled
    falling_below_zero = np.linspace(1, -1, 300)  # negative weights can do that
    assert 60 < _steps_until_divergence(falling_below_zero) <= 300


def test_the_smallest_mean_is_sought_after_the_first_steps() -> None:
    losses = 1 + (np.log10(RATES) + 2) ** 2
    losses[0] = 0.0
    assert 1e-2 < lowest_rate(RATES, losses) < 1e-1  # a running mean comes a little late
    assert lowest_rate(RATES, np.r_[losses[:250], np.inf]) == lowest_rate(RATES, losses[:250])


def test_nothing_finite_is_an_error(toy) -> None:
    with pytest.raises(DataError, match=r"finite in 3 steps only, at learning rates from 1e-06 on; 21 are needed"):
        lowest_rate(RATES, np.r_[1.0, 1.0, 1.0, np.nan])
    case = toy()
    case.rows.inputs["x"][case.split.train] = np.inf
    with pytest.raises(DataError, match="finite in 0 steps only"):
        search(case)


def test_muon_pairs(shared_data) -> None:
    """The suggestion for real data is a rate that trains: short trainings are best at 3e-3 to 1e-2, and fail at 0.1."""
    columns = [f"{component}{muon}" for muon in (1, 2) for component in ("E", "px", "py", "pz")]
    experiment = parse_experiment(
        {
            "data": {"files": [str(shared_data / "Zmumu_Run2011A_masses.csv")], "identity": ["Run", "Event"]},
            "inputs": {"muons": {"kind": "numeric", "columns": columns}},
            "targets": {"mass": {"kind": "regression", "column": "M"}},
            "model": {"body": {"kind": "dense", "units": [64, 64], "activation": "silu"}},
            "training": {"batch_size": 64},
        }
    )
    _, rows = load_rows(experiment)
    split = divide(rows.identity, experiment.split).split(0)
    member = Member(0, 0, split, experiment)
    prepared = prepare_member(member, rows, describe(rows, split, experiment))
    result = find_rate(prepared, member_arrays([member], rows))
    assert 1e-3 < result.suggestion < 5e-2
