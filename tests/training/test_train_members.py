"""Members together are the members alone; streamed rows are the resident ones; what is resumed never stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.training.cases import MemoryStore, changed, of_folds, run, team_of, weights

from netwright.errors import ExperimentError, NonFiniteLossError
from netwright.training import (
    Checkpointing,
    Hooks,
    PreparedMember,
    Team,
    TrainingPlan,
    compile_program,
    train_members,
)
from netwright.training.compiled.devices import batch_sharding
from netwright.training.compiled.program import initial_state
from netwright.training.feed.resident_loader import ResidentLoader
from netwright.training.loop import train_team
from netwright.training.members.plan import group_by_program, plan_of
from netwright.training.validate import Validation
from netwright.workflow.members.prepare import Member, _float32_network, member_arrays, prepare_member


@pytest.fixture(scope="module")
def alone(toy_of_module):
    """Three folds with other seeds and constants, trained one after another."""
    case = toy_of_module(epochs=5, learning_rate=0.02)
    members, descriptions = of_folds(case)
    return case, members, descriptions, run(case, members, descriptions, "one-by-one")


@pytest.mark.optimised
def test_side_by_side_is_alone_to_the_last_bit(alone) -> None:
    case, members, descriptions, expected = alone
    for one, other in zip(run(case, members, descriptions, "side-by-side"), expected, strict=True):
        np.testing.assert_array_equal(weights(one), weights(other))
        assert one.best_epoch == other.best_epoch


def test_together_is_alone_up_to_the_order_of_sums(alone) -> None:
    case, members, descriptions, expected = alone
    for one, other in zip(run(case, members, descriptions, "together"), expected, strict=True):
        np.testing.assert_allclose(weights(one), weights(other), rtol=2e-3, atol=2e-4)
        assert one.best_epoch == other.best_epoch
        for epoch, also in zip(one.history, other.history, strict=True):
            assert epoch.valid_loss == pytest.approx(also.valid_loss, rel=1e-4)
            assert (epoch.member, epoch.steps, epoch.learning_rate) == (also.member, also.steps, also.learning_rate)


def test_a_member_that_stopped_stays_as_it_was(alone) -> None:
    case, members, descriptions, _ = alone
    own = [
        replace(m, experiment=changed(m.experiment, training={"epochs": 2 if m.number == 1 else 6})) for m in members
    ]
    for one, other in zip(*(run(case, own, descriptions, way) for way in ("together", "one-by-one")), strict=True):
        assert len(one.history) == len(other.history)
        np.testing.assert_allclose(weights(one), weights(other), rtol=2e-3, atol=2e-4)


@pytest.mark.optimised
def test_a_smaller_team_goes_on_to_the_same_ends(alone) -> None:
    """Those that ended before are the same to the bit; the other has its sums in another order."""
    case = alone[0]
    program, widths = team_of(case, 3)[0].program, []

    def counted(*words):
        widths.append(len(words[4]))
        return program.train_steps(*words)

    hooks = Hooks(pruned=lambda records: {0, 2} if records[0].epoch == 2 else ())
    whole, smaller = (
        train_team(*team_of(case, 3, replace(program, train_steps=counted)), hooks, narrows=narrows)
        for narrows in (False, True)
    )
    assert set(widths) == {3, 1}
    assert [one.stopped for one in smaller] == ["pruned", "last epoch", "pruned"]
    assert [len(one.history) for one in smaller] == [len(one.history) for one in whole] == [2, 5, 2]
    for place in (0, 2):
        np.testing.assert_array_equal(weights(smaller[place]), weights(whole[place]))
    np.testing.assert_allclose(weights(smaller[1]), weights(whole[1]), rtol=2e-3, atol=2e-4)


def test_teams_of_several_sizes_share_a_program_that_is_wide_enough(toy) -> None:
    """Places that are left over change nothing, to the bit: a member's sums do not depend on its neighbours."""
    case = toy(epochs=2)
    members = [Member(n, 0, case.split, changed(case.experiment, training={"seed": n})) for n in range(6)]

    def ready(count: int) -> tuple[PreparedMember, ...]:
        return tuple(prepare_member(member, case.rows, case.description) for member in members[:count])

    program, widths = compile_program(ready(1)), []

    def counted(*words):
        widths.append(len(words[4]))
        return program.train_steps(*words)

    loader = ResidentLoader(member_arrays(members, case.rows))
    five, six = (
        train_team(Team(ready(count), replace(program, train_steps=counted)), loader, Hooks(), narrows=count == 5)
        for count in (5, 6)
    )
    assert set(widths) == {6}
    assert [[epoch.valid_loss for epoch in one.history] for one in five] == [
        [epoch.valid_loss for epoch in one.history] for one in six[:5]
    ]


SCAN = [
    {"training": {"learning_rate": 0.05}},
    {"training": {"learning_rate": 0.001, "seed": 5}},
    {"model": {"body": {"kind": "dense", "units": [8], "dropout": 0.4, "l2": 0.01}}},
    {"model": {"body": {"kind": "dense", "units": [8], "dropout": 0.1, "l1": 0.001}}},
]


HUBER = {"kind": "regression", "column": "size", "where": "label = 1", "loss": "huber", "huber_delta": 0.5}


def test_a_scan_is_one_program(toy) -> None:
    """Learning rate, seed, dropout, penalties, head and class weights differ; the program does not."""
    case = toy(epochs=3, learning_rate=0.02)
    plain = changed(case.experiment, model={"body": {"kind": "dense", "units": [8], "dropout": 0.1}})
    heads = plain.model_dump(mode="json")["targets"]
    scan = [
        *SCAN,
        {"targets": {"size": {**heads["size"], "loss_weight": 2.0}}},
        {"targets": {"is_signal": {**heads["is_signal"], "balance": "weights"}}},
    ]
    members = [Member(n, 0, case.split, changed(plain, **changes)) for n, changes in enumerate(scan)]
    ready = [prepare_member(member, case.rows, case.description) for member in members]
    assert group_by_program(ready) == [list(range(len(scan)))]
    together, expected = (run(case, members, [case.description], way) for way in ("together", "one-by-one"))
    for one, other in zip(together, expected, strict=True):
        np.testing.assert_allclose(weights(one), weights(other), rtol=5e-3, atol=5e-4)
    result = [weights(one) for one in expected]
    assert all(not np.allclose(a, b) for n, a in enumerate(result) for b in result[:n])


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {"body": {"kind": "dense", "units": [9]}}},
        {"training": {"optimizer": {"kind": "sgd"}}},
        {"targets": {"size": HUBER | {"huber_delta": 0.1}}},
        {"targets": {"size": HUBER | {"loss": "squared"}}},
    ],
)
def test_another_network_optimizer_or_loss_is_another_program(toy, changes) -> None:
    case = toy()
    huber = changed(case.experiment, targets={"size": HUBER})
    members = [Member(n, 0, case.split, changed(huber, **c)) for n, c in enumerate(({}, changes, {}))]
    ready = [prepare_member(member, case.rows, case.description) for member in members]
    assert group_by_program(ready) == [[0, 2], [1]]


def test_auto_measures_and_says_so(alone) -> None:
    case, members, descriptions, _ = alone
    plans: list[TrainingPlan] = []
    checkpointing = Checkpointing(lambda _: MemoryStore(), lambda _: [], None, plans.append)
    run(case, members, descriptions, "auto", checkpointing=checkpointing)
    assert plans[0].steps_per_second["one-by-one"] > 0
    assert sorted(place for team in plans[0].teams for place in team) == [0, 1, 2]


@pytest.mark.parametrize(("way", "beside", "teams"), [
    ("one-by-one", 2, ((0,), (1,), (2,), (3,))),
    ("side-by-side", 2, ((0,), (1,), (2,), (3,))),
    ("together", 1, ((0, 2, 3), (1,))),
    ("together", 2, ((0, 2), (3,), (1,))),
])  # fmt: skip
def test_teams_are_of_one_kind(way, beside, teams) -> None:
    plan = plan_of(way, [[0, 2, 3], [1]], beside)
    assert plan.teams == teams
    assert plan.workers == (1 if way == "one-by-one" else min(beside, len(teams)))


@pytest.mark.optimised
@pytest.mark.parametrize("balance", ["none", "collocated"])
def test_streamed_rows_are_the_resident_ones(toy, balance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.training.feed import order, shuffle, streamed_loader

    monkeypatch.setattr(order, "_WINDOW_BYTES", 1)
    monkeypatch.setattr(order, "_WINDOW_ROWS", 100)  # several windows an epoch, of 3 steps each
    monkeypatch.setattr(shuffle, "_BLOCKS", 10)
    monkeypatch.setattr(streamed_loader, "_CHUNK_BYTES", 32 * 12 * 2)  # two steps a chunk
    case = toy(epochs=3)
    target = case.experiment.targets["is_signal"].model_copy(update={"balance": balance})
    case = replace(case, experiment=case.experiment.model_copy(
        update={"targets": {**case.experiment.targets, "is_signal": target}}
    ))  # fmt: skip
    member = Member(0, 0, case.split, case.experiment)
    result = [
        run(case, [replace(member, experiment=changed(case.experiment, training={"feed": feed}))],
            [case.description], "auto")[0]
        for feed in ("resident", "streamed")
    ]  # fmt: skip
    np.testing.assert_array_equal(weights(result[0]), weights(result[1]))
    one, other = ([epoch.valid_loss for epoch in trained.history] for trained in result)
    np.testing.assert_allclose(one, other, rtol=3e-7)  # programs of other shapes add up losses in another order


@pytest.mark.optimised
def test_rows_from_a_file_are_streamed(toy) -> None:
    from netwright.data.cache.arrays import allocate, is_mapped

    case = toy(epochs=2)
    inputs = allocate(len(case.rows), (3,), np.float32, mapped=True)
    inputs[:] = case.rows.inputs["x"]
    mapped = replace(case, rows=replace(case.rows, inputs={"x": inputs}))
    assert is_mapped(mapped.rows.inputs["x"])
    member = [Member(0, 0, case.split, case.experiment)]
    one, other = (run(c, member, [case.description], "auto")[0] for c in (case, mapped))
    np.testing.assert_array_equal(weights(one), weights(other))


@pytest.mark.optimised
@pytest.mark.parametrize(("optimizer", "ema"), [("adam", 0.0), ("momentum", 0.5)])
def test_going_on_gives_the_same_bits_from_every_snapshot(toy, optimizer, ema, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.training import epoch_steps, loop

    monkeypatch.setattr(loop, "_SNAPSHOT_SECONDS", 0.0)  # after every call
    monkeypatch.setattr(epoch_steps, "_CALL_SECONDS", 0.0)  # of one step, however fast the machine is
    schedule = {"kind": "plateau", "patience": 1}
    case = toy(epochs=3, optimizer={"kind": optimizer}, warm_up=3, schedule=schedule, weight_ema=ema)
    team, loader = team_of(case)
    program, store = team.program, MemoryStore()
    expected = [weights(t) for t in train_team(team, loader, Hooks(), store=store)]
    histories = [list(t.history) for t in train_team(team_of(case, program=program)[0], loader, Hooks())]
    assert len(store.snapshots) > 8
    assert any(s.values["step_in_epoch"] for s in store.snapshots)
    for snapshot in store.snapshots[::2]:
        before = [h[: snapshot.values["epochs"][str(n)]] for n, h in enumerate(histories)]
        fresh, _ = team_of(case, program=program)
        again = train_team(fresh, loader, Hooks(), store=MemoryStore(snapshot), histories=before)
        for trained, weights_of_member in zip(again, expected, strict=True):
            np.testing.assert_array_equal(weights(trained), weights_of_member)
            assert [e.loss for e in trained.history] == [e.loss for e in histories[trained.history[0].member]]
            assert trained.stopped == "last epoch"


def test_averages_of_weights_are_validated_and_kept(toy) -> None:
    """By NumPy from the weights in the snapshots of all epochs; a member without averages keeps its own weights."""
    team, loader = team_of(toy(epochs=4, learning_rate=0.05, weight_ema=0.5))
    plain = team.members[1].section.model_copy(update={"weight_ema": 0.0})
    team, store = Team((team.members[0], replace(team.members[1], section=plain)), team.program), MemoryStore()
    trained = train_team(team, loader, Hooks(), store=store)
    ends = [{name: x for name, x in s.arrays.items() if name.startswith("trainable")} for s in store.snapshots[:4]]
    for member, shares in enumerate(([1, 2, 4, 8], [0, 0, 0, 1])):
        best = trained[member].best_epoch
        for name in ends[0]:
            of_epochs = [
                np.average([e[name][member] for e in ends[:n]], axis=0, weights=shares[-n:]) for n in range(1, 5)
            ]
            np.testing.assert_allclose(
                store.snapshots[-1].arrays[f"averaged.{name[10:]}"][member], of_epochs[3], rtol=1e-5
            )
            np.testing.assert_allclose(
                store.snapshots[-1].arrays[f"best.{name}"][member], of_epochs[best - 1], rtol=1e-5
            )
    result = Validation(team, loader, str).evaluate(initial_state(team.members, team.program))
    reported = trained[0].history[trained[0].best_epoch - 1].valid_head_losses["is_signal"]
    assert result.losses["is_signal"][0].sum() / result.weights["is_signal"][0].sum() == pytest.approx(
        reported, rel=1e-5
    )


def test_interrupted_it_keeps_where_it_was(toy) -> None:
    case = toy(epochs=4)
    team, loader = team_of(case, 1)
    store, calls = MemoryStore(), []
    expected = weights(train_team(team_of(case, 1, team.program)[0], loader, Hooks())[0])
    hooks = Hooks(interrupted=lambda: calls.append(1) or len(calls) > 6)
    stopped = train_team(team, loader, hooks, store=store)[0]
    assert stopped.stopped == "interrupted"
    last = store.snapshots[-1]
    history = list(stopped.history)[: last.values["epochs"]["0"]]
    fresh, _ = team_of(case, 1, team.program)
    again = train_team(fresh, loader, Hooks(), store=MemoryStore(last), histories=[history])[0]
    np.testing.assert_array_equal(weights(again), expected)


def test_other_numbers_compile_nothing_again(toy) -> None:
    """Epochs, rates, patience, seeds, constants and a few rows more: one compilation each of steps and evaluation."""
    program = None
    for training in ({"epochs": 2}, {"epochs": 3, "learning_rate": 0.05}, {"early_stopping": {"patience": 1}}):
        for rows in (600, 570):
            case = toy(rows=rows, **{"epochs": 2, **training})
            ready = [prepare_member(Member(0, 0, case.split, case.experiment), case.rows, case.description)]
            program = program or compile_program(ready)
            train_team(Team(tuple(ready), program), ResidentLoader(case.arrays), Hooks())
    assert program.train_steps._cache_size() == program.evaluate._cache_size() == 1


def test_a_loss_that_is_not_finite_halves_the_rate_and_goes_on(toy) -> None:
    """Plain steps of this rate fly; half of it, and half of that, do not at some point; the other never notices."""
    case = toy(optimizer={"kind": "sgd"}, schedule={"kind": "constant"}, epochs=4, members="together")
    quiet, wild = (changed(case.experiment, training={"learning_rate": rate}) for rate in (0.01, 200.0))
    patient = changed(wild, training={"halvings": 20})
    members = [Member(n, 0, case.split, e) for n, e in enumerate((quiet, wild))]
    with pytest.raises(NonFiniteLossError, match=r"not finite at step \d+: "):
        run(case, members, [case.description], "together")
    members = [Member(n, 0, case.split, e) for n, e in enumerate((quiet, patient))]
    one, other = run(case, members, [case.description], "together")
    halvings = [epoch.halvings for epoch in other.history]
    assert 1 <= halvings[0] <= halvings[-1] <= 20
    assert other.history[-1].learning_rate == pytest.approx(200.0 / 2 ** halvings[-1])
    assert f"halved {halvings[-1]} times" in other.remarks[-1]
    assert np.isfinite(weights(other)).all()
    alone = run(case, members[:1], [case.description], "one-by-one")[0]
    np.testing.assert_allclose(weights(one), weights(alone), rtol=2e-3, atol=2e-4)
    assert len(one.history) == len(other.history) == 4


DEVICES = """
import importlib.util, sys, numpy as np, netwright
spec = importlib.util.spec_from_file_location("toys", sys.argv[1])
toys = importlib.util.module_from_spec(spec); sys.modules["toys"] = toys; spec.loader.exec_module(toys)
import jax
assert len(jax.devices()) == 4
from netwright.training import Hooks, train_members
from netwright.workflow.members.prepare import Member, member_arrays, prepare_member
found = []
for devices, feed in ((1, "resident"), (4, "resident"), (4, "streamed")):
    case = toys.make_toy(epochs=2, devices=devices, feed=feed)
    member = Member(0, 0, case.split, case.experiment)
    prepared = prepare_member(member, case.rows, case.description)
    found.append(train_members([prepared], member_arrays([member], case.rows), Hooks())[0])
for other in found[1:]:
    for a, b in zip(found[0].model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5)
    for one, two in zip(found[0].history, other.history, strict=True):
        for name in ("loss", "valid_loss", "gradient_norm"):
            tolerance = 1e-3 if name == "gradient_norm" else 1e-4
            assert np.isclose(getattr(one, name), getattr(two, name), rtol=tolerance), name
    assert np.isclose(found[0].moved["size"], other.moved["size"], rtol=1e-2)
"""


def test_batches_divided_among_devices_give_the_same() -> None:
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4"
    environment = {**os.environ, "XLA_FLAGS": flags}
    command = [sys.executable, "-c", DEVICES, str(Path(__file__).with_name("conftest.py"))]
    subprocess.run(command, env=environment, check=True)


def test_devices_that_are_not_there(toy) -> None:
    with pytest.raises(ExperimentError, match=r"training.devices: 64 are requested, but JAX sees 1 \(cpu\)"):
        batch_sharding(toy(devices=64).experiment.training)


def test_a_batch_that_cannot_be_divided(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    monkeypatch.setattr(jax, "devices", lambda: [jax.local_devices()[0]] * 3)
    with pytest.raises(ExperimentError, match="batch_size: 32 rows cannot be divided among 3 devices"):
        batch_sharding(toy(devices=3).experiment.training)


@pytest.mark.optimised
def test_bfloat16_learns_as_float32_does(toy) -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        case = toy(epochs=10, learning_rate=0.02, precision=precision)
        member = Member(0, 0, case.split, case.experiment)
        prepared = prepare_member(member, case.rows, case.description)
        trained = train_members([prepared], member_arrays([member], case.rows), Hooks())[0]
        result = _float32_network(member, case.description, trained.model)
        assert {layer.compute_dtype for layer in result.layers} == {"float32"}
        np.testing.assert_array_equal(weights(trained), np.concatenate([np.ravel(w) for w in result.get_weights()]))
        losses[precision] = min(epoch.valid_loss for epoch in trained.history)
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.1)
    assert losses["bfloat16"] != losses["float32"]


def test_a_failure_of_one_ends_the_others(toy) -> None:
    case = toy(epochs=200)
    members, descriptions = of_folds(case, epochs=200, members="side-by-side")
    x = case.rows.inputs["x"].copy()
    x[members[2].split.train[3]] = np.inf
    broken = replace(case, rows=replace(case.rows, inputs={"x": x}))
    with pytest.raises(NonFiniteLossError, match="x-standardise"):
        run(broken, members, descriptions, "side-by-side")
