"""Losses of a batch: slow twins in float64, gradients, corners, and a training that uses them."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from netwright.config import ResultSection, parse_experiment
from netwright.errors import ExperimentError
from netwright.statistics import (
    Channel,
    Process,
    Yields,
    asimov_significance,
    build_workspace,
    median_limit,
)
from netwright.tasks import BinaryTarget
from netwright.training import Callbacks, make_objective
from netwright.training.compiled.batch_loss import make_batch_loss
from netwright.training.compiled.distance_correlation import distance_correlation
from netwright.training.compiled.expected_result import ExpectedEvents, limit_loss, significance_loss

RNG = np.random.default_rng(5)
ROWS = 300
LABELS = RNG.integers(0, 2, ROWS)
LOGITS = RNG.normal(2 * LABELS - 1.0, 1.5).astype(np.float32)
WEIGHTS = (RNG.uniform(0.5, 1.5, ROWS) * np.where(RNG.uniform(size=ROWS) < 0.1, -1, 1)).astype(np.float32)
WEIGHTS[:20] = 0
RESULT = ResultSection(processes={"background": {"events": 4000}, "signal": {"events": 30}})


def slow_distance_correlation(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The definition, by loops over pairs and triples of rows."""
    u = w / w.sum()
    n = range(len(x))

    def centred(z: np.ndarray) -> list[list[float]]:
        a = [[abs(z[i] - z[j]) for j in n] for i in n]
        rows = [sum(u[j] * a[i][j] for j in n) for i in n]
        mean = sum(u[i] * rows[i] for i in n)
        return [[a[i][j] - rows[i] - rows[j] + mean for j in n] for i in n]

    a, b = centred(x), centred(y)
    xy, xx, yy = (sum(u[i] * u[j] * p[i][j] * q[i][j] for i in n for j in n) for p, q in ((a, b), (a, a), (b, b)))
    return xy / np.sqrt(xx * yy)


@pytest.mark.parametrize("negative", [False, True])
def test_distance_correlation_is_its_definition(*, negative: bool) -> None:
    x, y = RNG.normal(size=25), RNG.normal(size=25) * 40
    y += 30 * x**2
    w = RNG.uniform(0.5, 2, 25) * np.where(negative & (np.arange(25) % 8 == 0), -1, 1)
    result = float(distance_correlation(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), jnp.asarray(w)))
    assert result == pytest.approx(slow_distance_correlation(x, y, w), rel=1e-4)


def test_blocks_of_rows_give_what_whole_matrices_give() -> None:
    """300 rows are three blocks, the last one padded; value and gradient against matrices in float64."""
    x, y = RNG.normal(size=(2, ROWS))
    y += x**2
    w = RNG.uniform(-0.3, 2, ROWS)

    def whole(x: jax.Array) -> jax.Array:
        u = w / w.sum()
        a, b = (jnp.abs(z[:, None] - z[None, :]) for z in (x, jnp.asarray(y)))
        a, b = (m - (m @ u)[:, None] - (m @ u)[None, :] + u @ m @ u for m in (a, b))
        xy, xx, yy = (u @ (one * other) @ u for one, other in ((a, b), (a, a), (b, b)))
        return xy / jnp.sqrt(xx * yy)

    with jax.enable_x64(new_val=True):
        expected, slopes = jax.value_and_grad(whole)(jnp.asarray(x))
    arrays = (jnp.asarray(values, jnp.float32) for values in (x, y, w))
    result, gradient = jax.value_and_grad(distance_correlation)(*arrays)
    assert float(result) == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-3, atol=1e-6)


def test_distance_correlation_sees_what_a_correlation_does_not_and_its_corners_are_0() -> None:
    x = np.linspace(-1, 1, 401, dtype=np.float32)
    ones = np.ones(401, np.float32)
    assert float(distance_correlation(x, x**2, ones)) > 0.2
    independent = RNG.normal(size=401).astype(np.float32)
    assert float(distance_correlation(x, independent, ones)) < 0.03
    assert float(distance_correlation(x, 7 - 2 * x, ones)) == pytest.approx(1, rel=1e-5)
    gradient = jax.grad(distance_correlation)
    for values, weights in ((ones, ones), (x, 0 * ones), (x, -ones)):
        assert float(distance_correlation(values, x, weights)) == 0
        assert np.isfinite(gradient(values, x, weights)).all()


def expected_of(r: float) -> ExpectedEvents:
    return ExpectedEvents(30.0, 4000.0, r, 1.959964)


def shares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected events of both classes from soft cuts, shape (rows,) or (rows, bins), in float64."""
    w = WEIGHTS.astype(np.float64)
    s = 30 * (w * LABELS) @ values / (w * LABELS).sum()
    background = w * (1 - LABELS)
    return s, 4000 * (background @ values / background.sum() + 1 / np.count_nonzero(background))


@pytest.mark.parametrize("r", [0.0, 0.1])
def test_the_significance_is_asimovs(r: float) -> None:
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    s, b = shares(p)
    loss = significance_loss(jax.nn.sigmoid(LOGITS), LABELS, WEIGHTS, expected_of(r))
    assert float(loss) == pytest.approx(-np.log(asimov_significance(s, b, r * b)), abs=2e-5)


def soft_bins() -> tuple[np.ndarray, np.ndarray]:
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    inside = 1 / (1 + np.exp(-np.clip((p[:, None] - np.arange(1, 10) / 10) * 40, -700, 700)))
    return shares(np.hstack([np.ones((ROWS, 1)), inside]) - np.hstack([inside, np.zeros((ROWS, 1))]))


@pytest.mark.parametrize("r", [0.0, 0.05])
def test_the_limit_solves_the_profiled_likelihood(r: float) -> None:
    """Slow twin: each bin's background is found by a minimiser, and μ by a root finder."""
    s, b = soft_bins()

    def q(mu: float) -> float:
        total = 0.0
        for one, n in zip(s, b, strict=True):
            tau = 1 / (r**2 * n) if r else None

            def two_nll(u: float, one: float = one, n: float = n, tau: float | None = tau) -> float:
                x, beta = mu * one, n * u
                side = 0.0 if tau is None else tau * (beta - n) - tau * n * np.log(u)
                return float(2 * (x + beta - n - n * np.log((x + beta) / n) + side))

            best = minimize_scalar(two_nll, bounds=(0.5, 1.0), method="bounded", options={"xatol": 1e-12}).x if r else 1
            total += two_nll(best)
        return total

    slow = brentq(lambda mu: np.sqrt(max(q(mu), 0)) - 1.959964, 1e-3, 1e3)
    loss = limit_loss(jax.nn.sigmoid(LOGITS), LABELS, WEIGHTS, expected_of(r))
    assert np.exp(float(loss)) == pytest.approx(slow, rel=2e-4)


def test_the_limit_is_pyhfs_where_the_background_is_known() -> None:
    s, b = soft_bins()
    signal = Process("signal", Yields(s, 0 * s), is_signal=True)
    background = Process("background", Yields(b, 0 * b), is_signal=False)
    pyhf = median_limit(build_workspace(Channel("p", np.arange(11.0), (signal, background))))
    loss = limit_loss(jax.nn.sigmoid(LOGITS), LABELS, WEIGHTS, expected_of(0.0))
    assert np.exp(float(loss)) == pytest.approx(pyhf, rel=1e-3)


@pytest.mark.parametrize("loss", [significance_loss, limit_loss])
def test_gradients_are_differences_and_corners_are_finite(loss) -> None:
    expected = expected_of(0.05)

    def of(z, labels=LABELS, weights=WEIGHTS):
        return loss(jax.nn.sigmoid(z), labels, weights, expected)

    differentiated = jax.jit(jax.value_and_grad(of))
    gradient = np.asarray(differentiated(LOGITS, LABELS, WEIGHTS)[1])
    direction = RNG.normal(size=ROWS).astype(np.float32)
    with jax.enable_x64(new_val=True):
        z = jnp.asarray(LOGITS, jnp.float64)
        step = 1e-4
        slope = float(jax.jit(of)(z + step * direction) - jax.jit(of)(z - step * direction)) / (2 * step)
    assert gradient @ direction == pytest.approx(slope, rel=2e-3)
    for labels, weights in ((0 * LABELS, WEIGHTS), (LABELS, 0 * WEIGHTS), (LABELS, -np.abs(WEIGHTS))):
        value, slopes = differentiated(LOGITS, labels, weights)
        assert float(value) == 0
        np.testing.assert_array_equal(slopes, 0)
    for far in (-90.0, 90.0):
        value, slopes = differentiated(jnp.full(ROWS, far), LABELS, WEIGHTS)
        assert np.isfinite(value)
        assert np.isfinite(slopes).all()


def other(case, **target):
    """The toy with another head, and the mass protected."""
    values = case.experiment.model_dump(mode="json")
    values["targets"]["is_signal"] |= target
    values["result"] = RESULT.model_dump(mode="json", exclude_none=True)
    values["training"] |= {"select": "is_signal.roc_auc"}
    return replace(case, experiment=parse_experiment(values))


def test_a_result_is_learned_after_the_epochs_of_cross_entropy(toy) -> None:
    usual = other(toy(rows=900, epochs=4, batch_size=128))
    changed = other(toy(rows=900, epochs=4, batch_size=128), loss="significance", pretraining=2)
    histories = [case.train(result=RESULT).history for case in (usual, changed)]
    losses = [[epoch.valid_head_losses["is_signal"] for epoch in history] for history in histories]
    np.testing.assert_allclose(losses[0][:2], losses[1][:2], rtol=1e-5)
    assert abs(losses[0][3] - losses[1][3]) > 1e-3


def test_decorrelation_lowers_the_dependence(toy) -> None:
    """x_a is protected, which both classes differ in, so that every score depends on it without the loss."""
    result = {}
    for weight in (0.0, 5.0):
        case = other(toy(rows=1200, epochs=6, batch_size=256), protected={"column": "a", "loss_weight": weight})
        heads = dict(case.rows.heads)
        a = case.rows.inputs["x"][:, 0]
        heads["is_signal"] = replace(heads["is_signal"], protected=a)
        case = replace(case, rows=replace(case.rows, heads=heads))
        penalties: list[float] = []
        trained = case.train(observers=[Callbacks(on_epoch=lambda epoch, to=penalties: to.append(epoch.penalty))])
        background = heads["is_signal"].values == 0
        predicted = np.asarray(trained.model({"x": case.rows.inputs["x"]})["is_signal"])[:, 0]
        result[weight] = float(distance_correlation(predicted[background], a[background], np.ones(background.sum())))
        assert (max(penalties) > 0) == (weight > 0)
    assert result[5.0] < 0.7 * result[0.0]


def test_rows_that_do_not_count_for_a_head_take_nothing_off_its_losses() -> None:
    """A third of the rows counts, as with `where`; only rows that a last batch lacks make a loss smaller."""
    protected = BinaryTarget(kind="binary", column="y", loss="limit", protected={"column": "m", "loss_weight": 2.5})
    one = make_batch_loss("y", protected, RESULT)
    assert one is not None
    masses = LOGITS + RNG.normal(size=ROWS).astype(np.float32)
    some = np.where(np.arange(ROWS) % 3, 0, WEIGHTS)
    background = np.flatnonzero((LABELS == 0) & (some != 0))
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    correlation = slow_distance_correlation(p[background], masses[background], some[background])
    result = float(limit_loss(jax.nn.sigmoid(LOGITS), LABELS, some, one.expected))
    for filled in (1.0, 0.4):
        measured_dependence = one.dependence(LOGITS, LABELS, some, masses, jnp.asarray(filled))
        assert float(measured_dependence) == pytest.approx(filled * 2.5 * correlation, rel=1e-4)
        late = replace(one, epoch=10.0).epoch_loss(jnp.zeros(()), LOGITS, LABELS, some, jnp.asarray(filled))
        assert float(late) == pytest.approx(filled * result, rel=1e-6)


def test_what_a_head_does_not_need_is_not_there(toy) -> None:
    case = toy()
    assert all(one.batch is None for one in make_objective(case.experiment.targets, case.description).values())
    target = BinaryTarget(kind="binary", column="y", loss="limit")
    with pytest.raises(ExperimentError, match=r"targets.y.loss: limit needs the section result, which is missing"):
        make_batch_loss("y", target, None)
    loss = make_batch_loss("y", target, ResultSection(
        processes={"background": {"events": 4000}, "signal": {"events": 30}},
        systematics={"lumi": {"background": 1.03, "signal": 1.03}, "rate": {"background": [0.96, 1.02]}},
    ))  # fmt: skip
    assert loss is not None
    assert loss.expected.uncertainty == pytest.approx(np.hypot(np.log(1.03), -np.log(0.96)))
    assert loss.expected.quantile == pytest.approx(1.959964, rel=1e-6)
