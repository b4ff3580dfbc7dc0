"""Every optimizer against its rule, written out; and what the rules of a course or paper have otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

from netwright.config import TrainingSection
from netwright.training import make_optimizer

STEPS, ALPHA = 30, 0.05
RANDOM = np.random.default_rng(5)
# gradients of sizes from 1e-4, which ε = 1e-7 is not small for, to 10
GRADIENTS = RANDOM.normal(size=(STEPS, 6)) * 10.0 ** np.arange(-4, 2)
START = RANDOM.normal(size=6)

Rule = Iterator[np.ndarray]


def sgd(w: np.ndarray, gradients: np.ndarray) -> Rule:
    for g in gradients:
        w = w - ALPHA * g
        yield w


def momentum(w: np.ndarray, gradients: np.ndarray, *, mu: float = 0.9, nesterov: bool = False) -> Rule:
    v = np.zeros_like(w)
    for g in gradients:
        v = mu * v - ALPHA * g
        w = w + (mu * v - ALPHA * g if nesterov else v)
        yield w


def adagrad(w: np.ndarray, gradients: np.ndarray, *, start: float = 0.1) -> Rule:
    nu = np.full_like(w, start)
    for g in gradients:
        nu = nu + g**2
        w = w - ALPHA * g / np.sqrt(nu + 1e-7)
        yield w


def rmsprop(w: np.ndarray, gradients: np.ndarray, *, rho: float = 0.9) -> Rule:
    nu = np.zeros_like(w)
    for g in gradients:
        nu = rho * nu + (1 - rho) * g**2
        w = w - ALPHA * g / np.sqrt(nu + 1e-7)
        yield w


def adam(w: np.ndarray, gradients: np.ndarray, *, decay: float = 0.0) -> Rule:
    m, nu = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        nu = 0.999 * nu + 0.001 * g**2
        w = w - ALPHA * decay * w
        w = w - ALPHA * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(nu) + 1e-7)
        yield w


def nadam(w: np.ndarray, gradients: np.ndarray, *, slow: float = 1.0, paper: bool = False) -> Rule:
    """Dozat's rule; his schedule is slower (250 instead of 1), and his m remembers by μ instead of β₁."""
    m, nu, product = np.zeros_like(w), np.zeros_like(w), 1.0
    for t, g in enumerate(gradients, start=1):
        mu, following = (0.9 * (1 - 0.5 * 0.96 ** (s / slow)) for s in (t, t + 1))
        product *= mu
        memory = mu if paper else 0.9
        m = memory * m + (1 - memory) * g
        nu = 0.999 * nu + 0.001 * g**2
        ahead = following * m / (1 - product * following) + (1 - mu) * g / (1 - product)
        w = w - ALPHA * ahead / (np.sqrt(nu / (1 - 0.999**t)) + 1e-7)
        yield w


def lion(w: np.ndarray, gradients: np.ndarray, *, decay: float = 0.0) -> Rule:
    """The paper's rule (arXiv:2302.06675, algorithm 2)."""
    m = np.zeros_like(w)
    for g in gradients:
        w = w - ALPHA * (np.sign(0.9 * m + 0.1 * g) + decay * w)
        m = 0.99 * m + 0.01 * g
        yield w


CASES: list[tuple[dict[str, Any], Callable[..., Rule], dict[str, Any]]] = [
    ({"kind": "sgd"}, sgd, {}),
    ({"kind": "momentum"}, momentum, {}),
    ({"kind": "momentum", "momentum": 0.7, "nesterov": True}, momentum, {"mu": 0.7, "nesterov": True}),
    ({"kind": "adagrad"}, adagrad, {}),
    ({"kind": "adagrad", "initial_accumulator_value": 0.5}, adagrad, {"start": 0.5}),
    ({"kind": "rmsprop"}, rmsprop, {}),
    ({"kind": "rmsprop", "rho": 0.6}, rmsprop, {"rho": 0.6}),
    ({"kind": "adam"}, adam, {}),
    ({"kind": "adamw", "weight_decay": 0.1}, adam, {"decay": 0.1}),
    ({"kind": "nadam"}, nadam, {}),
    ({"kind": "lion"}, lion, {}),
    ({"kind": "lion", "weight_decay": 0.1}, lion, {"decay": 0.1}),
]


def walk(
    optimizer: dict[str, Any], gradients: np.ndarray = GRADIENTS, start: np.ndarray = START, **training: Any
) -> np.ndarray:
    """Take the steps of an optimizer as the engine does; the weights after each."""
    section = TrainingSection.model_validate({"optimizer": optimizer, "learning_rate": ALPHA} | training)
    made = make_optimizer(section)
    variable = keras.Variable(start.astype(np.float32))
    made.build([variable])
    values, state = [variable.value], [v.value for v in made.variables]
    seen = []
    for g in gradients:
        values, state = made.stateless_apply(state, [g.astype(np.float32)], values)
        seen.append(np.asarray(values[0], np.float64))
    return np.array(seen)


@pytest.mark.parametrize(("optimizer", "rule", "arguments"), CASES)
def test_every_optimizer_follows_its_rule(optimizer: dict[str, Any], rule: Any, arguments: dict[str, Any]) -> None:
    expected = np.array(list(rule(START, GRADIENTS, **arguments)))
    # float32 against float64: 30 roundings of weights of order 1
    np.testing.assert_allclose(walk(optimizer), expected, rtol=2e-5, atol=2e-6)


def test_the_state_of_every_optimizer_is_in_its_variables() -> None:
    """Two walks in a row from the same object differ if anything is kept elsewhere."""
    for optimizer, _, _ in CASES:
        np.testing.assert_array_equal(walk(optimizer), walk(optimizer))


def test_momentum_of_a_course_is_this_one_at_a_smaller_learning_rate() -> None:
    mu, w, v, course = 0.9, START, np.zeros(6), []
    for g in GRADIENTS:
        v = mu * v - (1 - mu) * ALPHA * g
        w = w + v
        course.append(w)
    np.testing.assert_allclose(walk({"kind": "momentum"}, learning_rate=(1 - mu) * ALPHA), course, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["adagrad", "rmsprop"])
def test_epsilon_inside_or_outside_of_the_root(kind: str) -> None:
    def course(gradients: np.ndarray) -> np.ndarray:
        w, nu, seen = START, np.zeros(6), []
        for g in gradients:
            nu = nu + g**2 if kind == "adagrad" else 0.9 * nu + 0.1 * g**2
            w = w - ALPHA * g / (np.sqrt(nu) + 1e-7)
            seen.append(w)
        return np.array(seen)

    optimizer = {"kind": kind} | ({"initial_accumulator_value": 0.0} if kind == "adagrad" else {})
    large = 1 + np.abs(GRADIENTS)
    np.testing.assert_allclose(walk(optimizer, large), course(large), rtol=1e-5, atol=2e-6)
    small = np.full((1, 6), 1e-4)  # ν is 1e-8 or 1e-9, which ε = 1e-7 buries
    nu = 1e-8 if kind == "adagrad" else 1e-9
    ratio = (walk(optimizer, small, np.zeros(6)) / (course(small) - START))[0]
    np.testing.assert_allclose(ratio, (np.sqrt(nu) + 1e-7) / np.sqrt(nu + 1e-7), rtol=1e-4)


def test_epsilon_beside_a_corrected_or_an_uncorrected_root() -> None:
    def course(gradients: np.ndarray, epsilon: Callable[[int], float]) -> np.ndarray:
        w, m, nu, seen = np.zeros(6), np.zeros(6), np.zeros(6), []
        for t, g in enumerate(gradients, start=1):
            m, nu = 0.9 * m + 0.1 * g, 0.999 * nu + 0.001 * g**2
            w = w - ALPHA * (m / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.999**t)) + epsilon(t))
            seen.append(w)
        return np.array(seen)

    large, zero = 1 + np.abs(GRADIENTS), np.zeros(6)
    np.testing.assert_allclose(walk({"kind": "adam"}, large, zero), course(large, lambda _: 1e-7), rtol=3e-5)
    small = GRADIENTS * 1e-6
    theirs = walk({"kind": "adam"}, small, zero)
    np.testing.assert_allclose(theirs, course(small, lambda t: 1e-7 / np.sqrt(1 - 0.999**t)), rtol=1e-4, atol=1e-9)
    assert np.abs(theirs / course(small, lambda _: 1e-7))[0].max() < 0.7  # a shorter first step


def test_the_paper_of_nadam_has_another_schedule() -> None:
    keras_way, paper = walk({"kind": "nadam"}), np.array(list(nadam(START, GRADIENTS, slow=250.0, paper=True)))
    step = np.abs(np.diff(paper, axis=0)).mean()
    assert 0.01 * step < np.abs(np.diff(keras_way - paper, axis=0)).mean() < step


def test_the_paper_of_adamw_has_the_decay_without_the_learning_rate() -> None:
    def paper(weight_decay: float) -> np.ndarray:
        """Algorithm 2 of arXiv:1711.05101 with a schedule multiplier of 1."""
        plain, w, seen = np.array([START, *adam(START, GRADIENTS)]), START, []
        for step in np.diff(plain, axis=0):  # Adam's step does not depend on the weights here
            w = w + step - weight_decay * w
            seen.append(w)
        return np.array(seen)

    result = walk({"kind": "adamw", "weight_decay": 0.1})
    np.testing.assert_allclose(result, paper(ALPHA * 0.1), rtol=2e-5, atol=2e-6)


def test_the_gradient_of_all_weights_together_is_shortened() -> None:
    made = make_optimizer(
        TrainingSection.model_validate({"optimizer": {"kind": "sgd"}, "learning_rate": 1.0, "clip_norm": 1})
    )
    variables = [keras.Variable(np.zeros(2, np.float32)), keras.Variable(np.zeros(1, np.float32))]
    made.build(variables)
    state = [v.value for v in made.variables]
    for gradients, length in (([3.0, 0.0], [4.0]), 5.0), (([0.3, 0.0], [0.4]), 1.0), (([0.0, 0.0], [0.0]), 1.0):
        after, _ = made.stateless_apply(state, [np.float32(g) for g in gradients], [v.value for v in variables])
        for result, g in zip(after, gradients, strict=True):
            np.testing.assert_allclose(result, -np.array(g) / length, rtol=1e-6)
