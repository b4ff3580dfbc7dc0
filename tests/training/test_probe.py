"""Probes look inside of steps: what they find is right, and they do not move a bit."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from tests.training.cases import MemoryStore, of_folds, run, team_of, weights

from netwright.errors import DataError, ExperimentError
from netwright.training import Callbacks, EpochRecord, Hooks, Probe, ProbeRecord, StepView
from netwright.training.compiled import program as programs
from netwright.training.feed.streamed_loader import StreamedLoader
from netwright.training.loop import train_team


def look(step: StepView) -> dict[str, Any]:
    """Everything that a probe can look at, in a few numbers or whole."""
    return {
        "loss": step.loss,
        "norm": jnp.sqrt(sum(jnp.sum(gradient**2) for gradient in step.gradients.values())),
        "weights": step.weights,
        "updates": step.updates,
        "outputs": step.outputs["is_signal"],
        "silent": {name: jnp.mean(values == 0) for name, values in step.activations.items()},
    }


class Watcher:
    """An observer that looks at steps."""

    def __init__(self, **probe: Any) -> None:
        self.found: list[ProbeRecord] = []
        self.epochs: list[EpochRecord] = []
        self.probe = Probe(look, self.found.append, **probe)

    @property
    def hooks(self) -> Hooks:
        return Hooks((Callbacks(lambda _: [self.probe], on_epoch=self.epochs.append),))


@pytest.mark.optimised
@pytest.mark.parametrize("way", ["one-by-one", "side-by-side", "together"])
def test_members_are_trained_to_the_same_bits(toy, way: str) -> None:
    case, watcher = toy(epochs=2), Watcher(every=3)
    members, descriptions = of_folds(case)
    plain = run(case, members, descriptions, way)
    watched = run(case, members, descriptions, way, hooks=watcher.hooks)
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(weights(one), weights(other))
        assert [epoch.valid_loss for epoch in one.history] == [epoch.valid_loss for epoch in other.history]
    for number in range(3):
        steps = [record.step for record in watcher.found if record.member == number]
        last = max(epoch.steps for epoch in watcher.epochs if epoch.member == number)
        if way == "together":  # steps are counted for the team, of which this member may have fewer in an epoch
            assert steps[0] == 1
            assert abs(len(steps) - last / 3) <= 1
        else:
            assert steps == list(range(1, last + 1, 3))
    assert {record.epoch for record in watcher.found} == {1, 2}


@pytest.mark.optimised
def test_streamed_rows_are_trained_to_the_same_bits(toy) -> None:
    case, watcher = toy(epochs=2), Watcher(every=2)
    collected = []
    for probes in ([], [watcher.probe]):
        team, loader = team_of(case, 1)
        collected.append(train_team(team, StreamedLoader(loader.host), Hooks(), probes=probes)[0])
    np.testing.assert_array_equal(weights(collected[0]), weights(collected[1]))
    assert len(watcher.found) > 4


@pytest.mark.optimised
def test_a_resumed_training_is_looked_at_from_where_it_was(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.training import epoch_steps, loop

    monkeypatch.setattr(loop, "_SNAPSHOT_SECONDS", 0.0)  # after every call
    monkeypatch.setattr(epoch_steps, "_CALL_SECONDS", 0.0)  # of one step
    case, store, watcher, again = toy(epochs=2), MemoryStore(), Watcher(every=4), Watcher(every=4)
    team, loader = team_of(case)
    expected = train_team(team, loader, Hooks(), store=store)
    watched = train_team(team_of(case, program=team.program)[0], loader, Hooks(), probes=[watcher.probe])
    snapshot = next(s for s in store.snapshots if s.values["epoch"] == 2 and s.values["step_in_epoch"])
    before = [list(one.history)[:1] for one in expected]
    resumed = train_team(
        team_of(case, program=team.program)[0],
        loader,
        Hooks(),
        store=MemoryStore(snapshot),
        histories=before,
        probes=[again.probe],
    )
    for one, *others in zip(expected, watched, resumed, strict=True):
        for other in others:
            np.testing.assert_array_equal(weights(one), weights(other))
    left = watcher.found[-len(again.found) :]
    assert 0 < len(left) < len(watcher.found)
    for one, other in zip(left, again.found, strict=True):
        assert (one.member, one.epoch, one.step) == (other.member, other.epoch, other.step)  # type: ignore[attr-defined]
        assert one.values["loss"] == other.values["loss"]  # type: ignore[attr-defined]


def test_what_is_found_is_what_the_steps_do(toy) -> None:
    """Norms are those that the training itself notes, and weights go on by the updates; slow twins in NumPy."""
    case, watcher = toy(epochs=1, learning_rate=0.01), Watcher(every=1)
    members, descriptions = of_folds(case)
    run(case, members[:1], descriptions, "one-by-one", hooks=watcher.hooks)
    (epoch,) = watcher.epochs
    assert [record.step for record in watcher.found] == list(range(1, epoch.steps + 1))
    full = len(members[0].split.train) // 32  # the last batch counts by its share
    share = len(members[0].split.train) / 32 - full
    norms = [float(record.values["norm"]) for record in watcher.found]
    assert sum(norms) / (full + share) == pytest.approx(epoch.gradient_norm, rel=1e-5)
    for one, two in zip(watcher.found, watcher.found[1:], strict=False):
        for path, values in one.values["weights"].items():
            np.testing.assert_allclose(
                values + one.values["updates"][path], two.values["weights"][path], rtol=1e-5, atol=1e-6
            )
    assert watcher.found[0].values["outputs"].shape == (32, 1)


def test_rows_of_its_own_are_the_same_in_every_step(toy) -> None:
    case = toy(epochs=1)
    members, descriptions = of_folds(case)
    rows = members[0].split.valid[:20]
    collected: list[ProbeRecord] = []
    probe = Probe(lambda step: step.batch.inputs["x"], collected.append, every=5, rows=lambda _: rows)
    run(case, members[:1], descriptions, "one-by-one", hooks=Hooks((Callbacks(lambda _: [probe]),)))
    assert len(collected) > 1
    for record in collected:
        np.testing.assert_array_equal(record.values, case.rows.inputs["x"][rows])


def test_activations_are_those_of_the_network(toy) -> None:
    case = toy(epochs=1)
    team, loader = team_of(case, 1)
    raw = team.members[0].raw
    rows = team.members[0].valid_rows[:20]
    expected = raw({"x": case.rows.inputs["x"][rows]}, training=False)
    collected: list[ProbeRecord] = []
    probe = Probe(lambda step: step.activations, collected.append, every=10**6, rows=lambda _: rows)
    train_team(team, loader, Hooks(), probes=[probe])
    (record,) = collected  # of the first step, with the first weights
    assert record.step == 1
    for head in ("is_signal", "size"):
        np.testing.assert_allclose(record.values[f"{head}-raw"], expected[head], rtol=1e-5, atol=1e-6)


def test_nothing_is_compiled_where_nothing_is_looked_at(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(programs, "make_probe", lambda *args, **_: made.append(args))
    case = toy(epochs=1)
    members, descriptions = of_folds(case)
    run(case, members[:1], descriptions, "one-by-one", hooks=Hooks((Callbacks(),)))
    assert made == []


def test_a_probe_takes_no_more_than_its_share_of_time(toy) -> None:
    """After the first look, which compiles, a probe that is allowed next to nothing is left out."""
    case = toy(epochs=2)
    collected = []
    for share in (1e-9, 1.0):
        watcher = Watcher(every=1, time_share=share)
        team, loader = team_of(case, 1)
        (trained,) = train_team(team, loader, Hooks(), probes=[watcher.probe])
        collected.append(len(watcher.found))
    assert collected == [2, trained.history[-1].steps]


def test_a_failing_training_ends_observers_too(toy) -> None:
    case, ends = toy(learning_rate=1e38), []
    from netwright.errors import NonFiniteLossError

    with pytest.raises(NonFiniteLossError, match="not finite at step"):
        case.train(observers=[Callbacks(on_end=ends.append)])
    assert isinstance(ends[0].error, NonFiniteLossError)


@pytest.mark.parametrize(
    ("numbers", "match"),
    [
        ({"every": 0}, r"every: must be at least 1 step, but is 0\."),
        ({"time_share": 0.0}, r"time_share: must be above 0 and at most 1, but is 0\.0\."),
        ({"time_share": 2}, r"time_share: must be above 0 and at most 1, but is 2\."),
    ],
)
def test_numbers_that_make_no_sense_are_refused(numbers: dict[str, Any], match: str) -> None:
    with pytest.raises(ExperimentError, match=match):
        Probe(look, print, **numbers)


def test_rows_of_other_numbers_are_refused(toy) -> None:
    team, loader = team_of(toy())
    probe = Probe(look, print, rows=lambda number: np.arange(3 + number))
    with pytest.raises(DataError, match=r"same number of rows for each member, and at least one, but .* give 3 and 4"):
        train_team(team, loader, Hooks(), probes=[probe])


def test_a_short_training_does_not_pay_for_a_probe_that_waits(toy) -> None:
    case, watcher = toy(epochs=1), Watcher(every=1, after=3600.0)
    members, descriptions = of_folds(case)
    run(case, members[:1], descriptions, "one-by-one", hooks=watcher.hooks)
    assert watcher.found == []
