"""Moments of four-vector features: over the particles, pairs and rows there are, the same in every basis."""

from __future__ import annotations

import numpy as np
import pytest
from tests.four_vector_samples import cartesian, make_angles

from netwright.config import FourVectorsInput
from netwright.data import Rows
from netwright.data.description.four_vectors import cartesian_four_vectors
from netwright.data.description.particles import describe_particles
from netwright.errors import DataError
from netwright.kinematics import (
    constituent_features,
    energy_excess,
    jet_features,
    object_features,
    pair_features,
)

KINDS = ["raw", "constituents", "jet", "objects", "pairs", "lorentz-boost"]


def make_rows(x):
    random = np.random.default_rng(9)
    number = np.arange(len(x))
    return Rows({"x": x.astype(np.float32)}, {}, random.uniform(-0.2, 1, len(x)), number.astype(np.uint64), number)


def group_of(basis="E,px,py,pz", **more):
    content = {"kind": "four-vectors", "columns": "p4", "basis": basis, "features": KINDS, "pairs_of": 3}
    return FourVectorsInput.model_validate(content | more)


@pytest.fixture(scope="module")
def angles():
    """Rows of none to four particles in pt, eta, phi, m."""
    result = make_angles(4, rows=200)
    result[np.arange(4) >= np.random.default_rng(4).integers(0, 5, (200, 1))] = 0
    return result


def slow(features, weights):
    """Mean, deviation and missing share of each feature, over finite values, one at a time."""
    rows = []
    for column in np.moveaxis(features, -1, 0):
        w = np.broadcast_to(weights.reshape(-1, *[1] * (column.ndim - 1)), column.shape)
        exists = np.isfinite(column)
        mean = (w * column)[exists].sum() / w[exists].sum()
        deviation = np.sqrt((w[exists] * (column[exists] - mean) ** 2).sum() / w[exists].sum())
        rows.append([mean, deviation, column[exists].min(), column[exists].max(), w[~exists].sum() / w.sum()])
    return np.array(rows).T


def test_every_kind_is_its_definition(angles):
    p4 = cartesian(angles)
    p4[~angles.any(axis=-1)] = 0
    rows, among = make_rows(p4), np.arange(0, 200, 2)
    description = describe_particles("x", group_of(), rows, among)
    assert list(description) == [*KINDS[:2], "objects", "jet", "pairs", "lorentz-boost"]
    used, weights = rows.inputs["x"][among].astype(float), rows.weights[among]
    exists = used[..., :1] > 0
    excess = energy_excess(used, "E,px,py,pz")
    energies = used[..., 0].sum(axis=1, keepdims=True)
    for kind, features in {
        "raw": np.where(exists, used, np.nan),
        "constituents": np.where(exists, constituent_features(used)[0], np.nan),
        "objects": object_features(used, excess),
        "jet": np.where(exists.any(axis=1), jet_features(used), np.nan),
        "pairs": pair_features(used, 3, excess),
        "lorentz-boost": np.where(energies > 0, energies, np.nan),
    }.items():
        moments = description[kind]
        values = [moments.mean, moments.std, moments.minimum, moments.maximum, moments.missing]
        np.testing.assert_allclose(values, slow(features, weights), rtol=1e-8, atol=1e-10)
        assert len(moments.names) == features.shape[-1]


@pytest.mark.parametrize("basis", ["E,pt,eta,phi", "pt,eta,phi,m"])
@pytest.mark.parametrize("marker", [None, -999])
def test_every_basis_and_marker_says_the_same(angles, basis, marker):
    p4, there = cartesian(angles), angles.any(axis=-1)
    p4[~there] = 0
    expected = describe_particles("x", group_of(), make_rows(p4), np.arange(200))
    x = angles.copy() if basis == "pt,eta,phi,m" else np.concatenate([p4[..., :1], angles[..., :3]], axis=-1)
    x[~there] = 0 if marker is None else marker
    group = group_of(basis, missing=False if marker is None else [marker])
    description = describe_particles("x", group, make_rows(x), np.arange(200))
    assert description["raw"].names == tuple(basis.split(","))
    for kind in set(KINDS) - {"raw"}:
        for one, other in ((description[kind].mean, expected[kind].mean), (description[kind].std, expected[kind].std)):
            # masses of light particles in the file's rounding
            np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3)


def test_jets_are_always_described_and_others_only_if_asked_for(angles):
    description = describe_particles("x", group_of("pt,eta,phi,m", features=["raw"]), make_rows(angles), np.arange(200))
    assert list(description) == ["raw", "jet"]


def test_parts_do_not_matter(angles, monkeypatch):
    rows, group = make_rows(angles), group_of("pt,eta,phi,m")
    whole = describe_particles("x", group, rows, np.arange(200))
    monkeypatch.setattr("netwright.data.description.particles._NUMBERS_AT_ONCE", 24 * 7)
    parts = describe_particles("x", group, rows, np.arange(200))
    for kind, moments in whole.items():
        np.testing.assert_allclose(parts[kind].mean, moments.mean, rtol=1e-10)
        np.testing.assert_allclose(parts[kind].std, moments.std, rtol=1e-10)


def test_nothing_at_all_is_refused():
    with pytest.raises(DataError, match=r"inputs.x: the weights of .* with a value of E add up to 0"):
        describe_particles("x", group_of(), make_rows(np.zeros((10, 4, 4))), np.arange(10))


def test_cartesian_four_vectors_are_what_the_network_sees():
    group = group_of("pt,eta,phi,m", missing=[-999])
    x = np.array([[[3, 0, 0, 4], [-999, 0, 0, 0], [np.nan, 0, 0, 0]]], dtype=np.float32)
    assert cartesian_four_vectors(x, group).tolist() == [[[5, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]
