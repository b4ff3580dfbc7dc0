"""The doctor of the engine: it finds, it does not move a bit, and it never ends a training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.training.cases import MemoryStore, changed, of_folds, run, team_of, weights

from netwright.doctor import VERDICT, Doctor, SeparationRecord, VitalsRecord, epoch_probe, in_keys, likeliest
from netwright.doctor import observer as observers
from netwright.doctor.quantities.engine_forward import EngineForward
from netwright.errors import NonFiniteLossError
from netwright.finding import Finding
from netwright.metrics import roc_auc
from netwright.training import Callbacks, Hooks, Probe, ProbeRecord, StartRecord
from netwright.training.feed.streamed_loader import StreamedLoader
from netwright.training.loop import train_team


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doctor look at short trainings too, and all the time."""
    monkeypatch.setattr(observers, "_AFTER", 0.0)
    monkeypatch.setattr(observers, "_SHARE", 1.0)
    monkeypatch.setattr(observers, "_EVERY", 3)
    monkeypatch.setattr(epoch_probe, "_AFTER", 0.0)
    monkeypatch.setattr(epoch_probe, "_SHARE", 1.0)


@pytest.mark.optimised
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("way", ["side-by-side", "together"])
def test_members_are_trained_to_the_same_bits_and_judged(toy, way: str) -> None:
    case = toy(epochs=6)
    members, descriptions = of_folds(case)
    vitals: list[VitalsRecord] = []
    separations: list[SeparationRecord] = []
    doctor = Doctor(record=vitals.append, separate=separations.append)
    plain = run(case, members, descriptions, way)
    watched = run(case, members, descriptions, way, hooks=Hooks((doctor,)))
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(weights(one), weights(other))
        assert [epoch.valid_loss for epoch in one.history] == [epoch.valid_loss for epoch in other.history]
    assert [finding.evidence for finding in doctor.findings if finding.symptom == "not measured"] == []
    assert likeliest(doctor.findings) is not None
    for one, other in zip(plain, watched, strict=True):  # the verdict leaves the networks as they are
        np.testing.assert_array_equal(weights(one), weights(other))
    inside = [check for check in vitals if check.member == 1 and check.step > 0][:-1]
    assert len(inside) > 4
    hidden = inside[0].layers[0]
    assert hidden.name == "body-hidden-0"
    assert 0 < hidden.update < hidden.weight
    assert hidden.gradient > 0
    assert list(hidden.quantiles) == sorted(hidden.quantiles)
    assert list(hidden.gradient_quantiles) == sorted(hidden.gradient_quantiles)
    assert 0 < max(map(abs, hidden.gradient_quantiles)) <= hidden.gradient
    assert {(separation.member, separation.epoch) for separation in separations} >= {(member, 5) for member in range(3)}
    steps = {(epoch.member, epoch.epoch): epoch.steps for one in watched for epoch in one.history}
    assert len({epoch.steps for one in watched for epoch in one.history[:1]}) > 1
    for separation in separations:  # the steps of other members are no ends of epochs
        assert separation.step == steps.get((separation.member, separation.epoch), 0)
    first, last = (
        separation.heads["is_signal"].auc.value
        for separation in separations
        if separation.member == 1 and separation.epoch in {1, 5}
    )
    assert last > first
    assert {check.epoch for check in vitals if check.member == 1} >= {0, 1, 6}


@pytest.mark.optimised
@pytest.mark.usefixtures("eager")
def test_streamed_and_resumed_trainings_keep_their_bits(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.training import epoch_steps, loop

    monkeypatch.setattr(loop, "_SNAPSHOT_SECONDS", 0.0)  # after every call
    monkeypatch.setattr(epoch_steps, "_CALL_SECONDS", 0.0)  # of one step
    case, store = toy(epochs=2), MemoryStore()
    probes = list(Doctor().on_start(start_of(case)))
    assert len(probes) == 2
    team, loader = team_of(case, 1)
    plain = train_team(team, StreamedLoader(loader.host), Hooks(), store=store)[0]
    middle = store.snapshots[len(store.snapshots) // 2]
    for begin in (None, middle):
        team, loader = team_of(case, 1)
        own = MemoryStore(begin)
        histories = [[record for record in plain.history if record.epoch < begin.values["epoch"]]] if begin else None
        watched = train_team(team, StreamedLoader(loader.host), Hooks(), store=own, histories=histories, probes=probes)[
            0
        ]
        np.testing.assert_array_equal(weights(plain), weights(watched))


def start_of(case) -> StartRecord:
    """What observers are told when the toy begins."""
    collected: list[StartRecord] = []

    def keep(record: StartRecord) -> Sequence[Probe]:
        collected.append(record)
        return ()

    case.train(observers=[Callbacks(keep)])
    return collected[0]


def judged(case, **sections: dict[str, Any]) -> tuple[list[Finding], list[Finding], Any]:
    """The findings on a training with some values changed, its warnings, and its experiment."""
    warnings: list[Finding] = []
    experiment = changed(case.experiment, **sections)
    doctor = Doctor(warn=warnings.append)
    own = type(case)(experiment, case.rows, case.split, case.description)
    try:
        own.train(observers=[doctor])
    except NonFiniteLossError:
        assert warnings
    return doctor.findings, warnings, experiment


def test_a_healthy_training_is_called_healthy(toy) -> None:
    findings, warnings, _ = judged(toy(epochs=30))
    assert warnings == []
    assert [(finding.symptom, finding.severity) for finding in findings if finding.severity != "NOTE"] == [
        (VERDICT, "PASS")
    ]
    assert findings[0].evidence.startswith("The training is healthy. is_signal: ")
    assert "size: " in findings[0].evidence


@pytest.mark.parametrize(
    ("training", "cause", "remedy"),
    [
        ({"learning_rate": 1e-7, "epochs": 3}, "The learning rate is too low.", "learning_rate: 0.0001"),
        ({"learning_rate": 100.0, "epochs": 20}, "The learning rate is too high.", "learning_rate: 0.001"),
    ],
)
def test_one_cause_comes_first_with_a_remedy_in_keys(toy, training, cause: str, remedy: str) -> None:
    findings, warnings, experiment = judged(toy(), training=training)
    first = likeliest(findings)
    assert first is not None
    assert first.cause == cause
    assert remedy in in_keys(experiment, first).remedy
    assert [warning.cause for warning in warnings] == [cause]


def test_whatever_goes_wrong_inside_becomes_a_note(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        del arguments
        msg = "no scalpel"
        raise RuntimeError(msg)

    monkeypatch.setattr(observers, "case_at_start", broken)
    monkeypatch.setattr(observers, "verdict", broken)
    findings, _, _ = judged(toy(epochs=1))
    assert {finding.severity for finding in findings} == {"NOTE"}
    assert findings[0].evidence == ("Not measured: the networks before the training, because RuntimeError: no scalpel.")


def test_layers_inside_of_a_layer_are_no_obstacle() -> None:
    import keras

    inputs = keras.Input((3,), name="x")
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu", name="inside")], name="inner")
    model = keras.Model({"x": inputs}, {"y": keras.layers.Dense(1, name="y-raw")(inner(inputs))})
    rows = np.random.default_rng(1).normal(size=(300, 3)).astype(np.float32)
    outcome = EngineForward().run(model, {"x": rows})
    np.testing.assert_allclose(outcome.outputs["y"], model({"x": rows})["y"], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(outcome.features, rows)
    assert [layer.name for layer in outcome.layers] == ["inside", "y-raw"]


def test_numbers_that_join_after_a_network_of_particles_are_features() -> None:
    """What a simple method reaches was told from the particles alone."""
    import keras

    particles, numbers = keras.Input((4, 3), name="p"), keras.Input((2,), name="x")
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Dense(5, activation="relu")(particles))
    joined = keras.layers.Concatenate()([pooled, keras.layers.Rescaling(0.5)(numbers)])
    outputs = keras.layers.Dense(1, name="y-raw")(keras.layers.Dense(6, activation="relu")(joined))
    random = np.random.default_rng(1)
    rows = {name: random.normal(size=(300, *shape)).astype(np.float32) for name, shape in (("p", (4, 3)), ("x", (2,)))}
    outcome = EngineForward().run(keras.Model({"p": particles, "x": numbers}, {"y": outputs}), rows)
    np.testing.assert_array_equal(outcome.features, np.hstack([rows["p"].reshape(300, 12), 0.5 * rows["x"]]))


def test_missing_values_that_a_layer_passes_on_are_no_broken_layer() -> None:
    """The doctor said of a loss of 3.1 that it is not finite, and that the learning rate is too high."""
    import keras

    from netwright.layers import MaskedBatchNormalisation, MissingPlace

    inputs = keras.Input((2,), name="x")
    placed = MissingPlace([-3.0, -3.0], name="place")(MaskedBatchNormalisation(name="scaled")(inputs))
    model = keras.Model({"x": inputs}, {"y": keras.layers.Dense(1, name="y-raw")(placed)})
    rows = np.random.default_rng(1).normal(size=(300, 2)).astype(np.float32)
    rows[:40, 0] = np.nan
    scaled, raw = EngineForward().run(model, {"x": rows}).layers
    assert scaled.finite
    assert raw.finite
    assert scaled.deviation == pytest.approx(np.nanstd(rows[:256]), rel=1e-3)
    assert scaled.spread == pytest.approx(np.nanstd(rows[:256], axis=0).mean(), rel=1e-3)
    model.get_layer("scaled").gamma.assign([np.nan, 1.0])
    assert not EngineForward().run(model, {"x": rows}).layers[0].finite


def test_a_look_between_epochs_is_what_the_network_says(toy) -> None:
    """The separation is that of the network itself, with the event weights that metrics have in the end."""
    start = start_of(toy(epochs=1))
    (one,) = start.members
    events = np.random.default_rng(1).uniform(0.1, 3.0, start.arrays.rows)
    start = replace(start, arrays=replace(start.arrays, events=events))
    trainable, other = one.model.trainable_variables, one.model.non_trainable_variables
    values = [0.5 * np.array(v.value) for v in trainable], [np.array(v.value) for v in other]
    vitals, separation = epoch_probe.EpochProbe(EngineForward(), start).examine(ProbeRecord(0, 3, 21, values))
    assert (separation.epoch, separation.step, vitals.epoch) == (2, 20, 2)
    numbers = one.valid_rows
    raw, _ = one.model.stateless_call(*values, {name: rows[numbers] for name, rows in start.arrays.inputs.items()})
    probabilities = 1 / (1 + np.exp(-np.asarray(raw["is_signal"], np.float64)[:, 0]))
    expected = roc_auc(start.arrays.values["is_signal"][numbers], probabilities, events[numbers])
    assert separation.heads["is_signal"].auc.value == pytest.approx(expected, abs=2e-4)  # of float32: ties
    kernel = next(value for value, v in zip(values[0], trainable, strict=True) if v.path.endswith("/kernel"))
    assert vitals.layers[0].quantiles[0] == pytest.approx(kernel.min())
