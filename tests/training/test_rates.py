from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from netwright.config import Schedule, TrainingSection
from netwright.training import learning_rates
from netwright.training.compiled.rates import schedule_factors, warm_up_factors

SCHEDULES = [
    {"kind": "constant"},
    {"kind": "plateau", "factor": 0.5},
    {"kind": "step-wise", "epochs": [2, 5], "factor": 0.3},
    {"kind": "exponential", "factor": 0.9, "steps": 7},
    {"kind": "cosine", "final": 0.1},
]


def make(content: dict[str, Any]) -> Schedule:
    schedule: Schedule = TypeAdapter(Schedule).validate_python(content)
    return schedule


def slow_rate(section: TrainingSection, step: int, steps_per_epoch: int, decays: int) -> float:
    """The same rule in plain Python, one step at a time."""
    schedule, rate = section.schedule.model_dump(), section.learning_rate
    if section.warm_up and step < section.warm_up:
        rate *= step / section.warm_up
    if schedule["kind"] == "plateau":
        for _ in range(decays):
            rate *= schedule["factor"]
    if schedule["kind"] == "step-wise":
        for epoch in schedule["epochs"]:
            if step >= (epoch - 1) * steps_per_epoch:
                rate *= schedule["factor"]
    if schedule["kind"] == "exponential":
        for _ in range(schedule["steps"], step + 1, schedule["steps"]):
            rate *= schedule["factor"]
    if schedule["kind"] == "cosine":
        last = section.epochs * steps_per_epoch - 1
        share = (1 + math.cos(math.pi * step / last)) / 2 if last else 1.0
        rate *= schedule["final"] + (1 - schedule["final"]) * share
    return rate


@given(
    content=st.sampled_from(SCHEDULES),
    steps_per_epoch=st.integers(1, 20),
    epochs=st.integers(1, 8),
    warm_up=st.integers(0, 30),
    decays=st.integers(0, 5),
)
def test_rates_are_those_of_the_slow_twin(
    content: dict[str, Any], steps_per_epoch: int, epochs: int, warm_up: int, decays: int
) -> None:
    section = TrainingSection(learning_rate=0.1, schedule=make(content), epochs=epochs, warm_up=warm_up)
    steps = np.arange(steps_per_epoch * epochs)
    rates = learning_rates(section, steps, steps_per_epoch=steps_per_epoch, decays=decays)
    slow = [slow_rate(section, int(step), steps_per_epoch, decays) for step in steps]
    np.testing.assert_allclose(rates, slow, rtol=1e-12, atol=1e-16)  # float64, other order of products


def test_rates_of_a_part_of_the_steps_are_part_of_the_rates() -> None:
    for content in SCHEDULES:
        section = TrainingSection(schedule=make(content), epochs=6, warm_up=9)
        whole = learning_rates(section, np.arange(60), steps_per_epoch=10, decays=1)
        np.testing.assert_array_equal(
            whole[20:30], learning_rates(section, np.arange(20, 30), steps_per_epoch=10, decays=1)
        )


@pytest.mark.parametrize(
    ("content", "keras_schedule"),
    [
        (SCHEDULES[2], keras.optimizers.schedules.PiecewiseConstantDecay([9, 39], [1.0, 0.3, 0.09])),  # last steps
        (SCHEDULES[3], keras.optimizers.schedules.ExponentialDecay(1.0, 7, 0.9, staircase=True)),
        (SCHEDULES[4], keras.optimizers.schedules.CosineDecay(1.0, decay_steps=59, alpha=0.1)),
    ],
)
def test_schedules_are_those_of_keras(content: dict[str, Any], keras_schedule: Any) -> None:
    factors = schedule_factors(make(content), np.arange(60), steps_per_epoch=10, epochs=6)
    np.testing.assert_allclose(
        factors, [float(keras_schedule(step)) for step in range(60)], rtol=1e-5
    )  # Keras: float32


def test_warm_up_is_that_of_keras() -> None:
    theirs = keras.optimizers.schedules.CosineDecay(0.0, decay_steps=1, warmup_target=1.0, warmup_steps=8)
    np.testing.assert_allclose(warm_up_factors(np.arange(8), 8), [float(theirs(step)) for step in range(8)], rtol=1e-6)


@pytest.mark.parametrize("steps", [2, 12])
def test_cosine_ends_where_it_shall(steps: int) -> None:
    rates = learning_rates(
        TrainingSection(learning_rate=0.5, epochs=1, schedule=make({"kind": "cosine", "final": 0.2})),
        np.arange(steps),
        steps_per_epoch=steps,
    )
    assert rates[0] == 0.5
    assert rates[-1] == pytest.approx(0.1)
    assert (np.diff(rates) < 0).all()
