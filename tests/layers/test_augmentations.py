"""Random symmetries: in training they are symmetries, drawn for each row and step; otherwise nothing happens."""

from __future__ import annotations

import itertools

import jax
import keras
import numpy as np
import pytest

from netwright.kinematics import energy_excess, pair_features, to_cartesian
from netwright.layers import ReflectEta, RotatePhi, ShuffleParticles
from netwright.layers._augmentation import AbstractAugmentation

BASES = ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]
ALL = [RotatePhi, ReflectEta, ShuffleParticles]
ROWS = 2000


def make_particles(basis):
    """The same particles in every basis, with gaps: four-vectors in float32, always of one shape, to compile once."""
    rows = ROWS
    random = np.random.default_rng(8)
    pt, eta = np.exp(random.uniform(2, 5, (rows, 4))), random.uniform(-2, 2, (rows, 4))
    phi, mass = random.uniform(-np.pi, np.pi, (rows, 4)), random.uniform(1, 20, (rows, 4))
    p4 = to_cartesian(np.stack([pt, eta, phi, mass], axis=-1), "pt,eta,phi,m")
    x = {BASES[0]: p4, BASES[1]: np.stack([p4[..., 0], pt, eta, phi], -1), BASES[2]: np.stack([pt, eta, phi, mass], -1)}
    result = x[basis].astype(np.float32)
    result[random.uniform(size=(rows, 4)) < 0.3] = 0
    return result


def trained(layer, x):
    return np.asarray(layer(x, training=True))


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("make", ALL)
def test_without_training_nothing_happens(make, basis):
    x = make_particles(basis)
    np.testing.assert_array_equal(make(basis, seed=1)(x), x)
    np.testing.assert_array_equal(make(basis, seed=1)(x, training=False), x)


@pytest.mark.parametrize("make", ALL)
def test_each_step_draws_anew_and_a_seed_repeats_it(make):
    x, layer = make_particles(BASES[0]), make(seed=5)
    first, second = trained(layer, x), trained(layer, x)
    assert (first != second).any()
    again = make(seed=5)
    np.testing.assert_array_equal(trained(again, x), first)
    np.testing.assert_array_equal(trained(again, x), second)
    assert (trained(make(seed=6), x) != first).any()


@pytest.mark.parametrize("make", ALL)
def test_in_a_compiled_step_too(make):
    x = make_particles(BASES[0])
    inputs = keras.Input((4, 4))
    model = keras.Model(inputs, make(seed=5)(inputs))

    @jax.jit
    def step(state):
        return model.stateless_call([], state, x, training=True)

    first, state = step([v.value for v in model.non_trainable_variables])
    second, _ = step(state)
    np.testing.assert_allclose(first, trained(make(seed=5), x), rtol=1e-4, atol=1e-3)
    assert np.abs(first - second).max() > 1


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("make", ALL)
def test_what_is_not_there_stays_so(make, basis):
    x = make_particles(basis)
    np.testing.assert_array_equal(trained(make(basis, seed=2), x).any(axis=-1), x.any(axis=-1))


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("make", ALL[:2])
def test_masses_angles_and_momenta_of_a_row_stay(make, basis):
    """To the rounding of float32: the mass of a pair of light particles side by side moves most."""
    x = make_particles(basis)
    after = trained(make(basis, seed=3), x)
    both = []
    for values in (x, after):
        p4, excess = to_cartesian(values.astype(float), basis), energy_excess(values.astype(float), basis)
        pairs = pair_features(p4, 4, excess)
        both.append((np.hypot(p4[..., 1], p4[..., 2]), p4[..., 0], pairs[..., 0], np.abs(pairs[..., [1, 3, 4]])))
    for before, now in zip(*both, strict=True):
        np.testing.assert_allclose(now, before, rtol=1e-4, atol=1e-4)


def turned_by(x, after, basis):
    """The angle of each particle's turn."""
    before, now = (to_cartesian(values.astype(float), basis) for values in (x, after))
    return np.angle((now[..., 1] + 1j * now[..., 2]) / (before[..., 1] + 1j * before[..., 2]))


@pytest.mark.parametrize("basis", BASES)
def test_a_row_turns_by_one_angle_uniform_over_rows(basis):
    x = make_particles(basis)
    after = trained(RotatePhi(basis, seed=4), x)
    whole = x.any(axis=-1).all(axis=1)
    x, after = x[whole], after[whole]
    angles = turned_by(x, after, basis)
    difference = np.angle(np.exp(1j * (angles - angles[:, :1])))
    assert np.abs(difference).max() < 1e-5
    shares, _ = np.histogram(angles[:, 0], bins=8, range=(-np.pi, np.pi))
    assert np.abs(shares / len(x) - 1 / 8).max() < 5 * np.sqrt(1 / 8 / len(x))


def test_phi_stays_in_its_range():
    x = make_particles(BASES[2])
    phi = trained(RotatePhi(BASES[2], seed=4), x)[..., 2]
    assert -np.float32(np.pi) - 1e-6 <= phi.min() < -3
    assert 3 < phi.max() <= np.float32(np.pi) + 1e-6


@pytest.mark.parametrize(("basis", "place"), [(BASES[0], 3), (BASES[1], 2), (BASES[2], 1)])
def test_half_of_the_rows_are_reflected_as_a_whole(basis, place):
    x = make_particles(basis)
    after = trained(ReflectEta(basis, seed=4), x)
    others = [k for k in range(4) if k != place]
    np.testing.assert_array_equal(after[..., others], x[..., others])
    reflected = (after[..., place] == -x[..., place]).all(axis=1)
    same = (after[..., place] == x[..., place]).all(axis=1)
    assert (reflected | same).all()
    assert abs(reflected[x.any(axis=(1, 2))].mean() - 0.5) < 5 * np.sqrt(0.25 / ROWS)


def test_every_order_of_the_particles_there_are_is_equally_likely():
    x = np.zeros((ROWS, 4, 4), dtype=np.float32)
    x[:, [0, 2, 3]] = np.array([1, 2, 3], dtype=np.float32)[:, None]
    after = trained(ShuffleParticles(seed=4), x)[..., 0]
    assert not after[:, 1].any()
    orders = [tuple(row) for row in after[:, [0, 2, 3]].astype(int).tolist()]
    for order in itertools.permutations([1, 2, 3]):
        assert abs(orders.count(order) / ROWS - 1 / 6) < 5 * np.sqrt(1 / 6 / ROWS)


@pytest.mark.parametrize("basis", BASES)
def test_particles_stay_whole_when_shuffled(basis):
    x = make_particles(basis)
    after = trained(ShuffleParticles(basis, seed=1), x)
    for before, now in zip(x[:200].tolist(), after[:200].tolist(), strict=True):
        assert sorted(before) == sorted(now)


def test_a_symmetry_has_to_be_said():
    with pytest.raises(NotImplementedError):
        AbstractAugmentation()(make_particles(BASES[0]), training=True)
