"""Particles that cannot be are refused, by name of file, row, particle and rule; all others pass."""

from __future__ import annotations

import numpy as np
import pytest
from tests.four_vector_samples import cartesian, make_angles

from netwright.config import FourVectorsInput
from netwright.data.rows.four_vectors import four_vectors
from netwright.errors import DataError

CARTESIAN, ENERGY, MASS = "E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"
GOOD = {CARTESIAN: [5, 3, 0, 4], ENERGY: [5, 3, 1.1, 6.2], MASS: [3, -2, -3.1, 0]}
NAN, INF = float("nan"), float("inf")


def group_of(basis, **more):
    return FourVectorsInput.model_validate(
        {"kind": "four-vectors", "columns": "p4", "basis": basis, "at_most": 3} | more
    )


def read_one(dataset_of, basis, particle, **more):
    """Read two rows of three particles of which the second of the second row is special."""
    values = np.tile(np.array(GOOD[basis], dtype=np.float64), (2, 3, 1))
    values[1, 1] = particle
    return four_vectors(dataset_of({"p4": values}), "x", group_of(basis, **more))


@pytest.mark.parametrize(
    ("basis", "particle", "rule"),
    [
        (
            CARTESIAN,
            [-5, 3, 0, 4],
            "E must be positive where there is a particle, and all four must be 0 where there is none",
        ),
        (CARTESIAN, [0, 3, 0, 4], "E must be positive"),
        (ENERGY, [-5, 3, 0, 1], "E must be positive"),
        (ENERGY, [0, 0, 0, 1], "E must be positive"),
        (ENERGY, [5, -3, 0, 1], "pt must not be negative"),
        (ENERGY, [5, 0, 1e10, 1], "eta must be from -25 to 25; for particles along the beam use E,px,py,pz"),
        (ENERGY, [5, 3, 0, 90], "phi must be in rad, from -2π to 2π"),
        (MASS, [-3, 0, 1, 0], "pt must not be negative"),
        (MASS, [3, -26, 1, 0], "eta must be from -25 to 25; .* belongs in missing"),
        (MASS, [3, 0, 180, 0], "phi must be in rad"),
        (MASS, [3, 0, 0, -4], "a negative m means E² = p² - m², which must be positive"),
        (
            MASS,
            [0, 1, 1, 0],
            "pt or m must be positive where there is a particle, and all four must be 0 where there is none",
        ),
    ],
)
def test_what_cannot_be_is_refused(dataset_of, basis, particle, rule):
    match = rf"inputs.x: toy.csv, row 1: particle 1 is \[.*\]; {rule}.* Are the columns in the order {basis}\?"
    with pytest.raises(DataError, match=match):
        read_one(dataset_of, basis, particle)


@pytest.mark.parametrize(
    ("basis", "particle"),
    [
        *((basis, [0, 0, 0, 0]) for basis in GOOD),
        (CARTESIAN, [5, 3, 0, 4.000001]),  # E < |p| by rounding
        (CARTESIAN, [5, 0, 0, 6]),  # and by more: a difference of two particles
        (CARTESIAN, [7000, 0, 0, -7000]),  # a proton of the beam
        (ENERGY, [5, 3, 0, 0]),
        (ENERGY, [91, 0, 0, 0]),
        (MASS, [0, 0, 0, 91]),  # at rest
        (MASS, [3, 0, 0, -0.001]),  # as ROOT writes E² < p²
    ],
)
def test_what_can_be_passes(dataset_of, basis, particle):
    np.testing.assert_array_equal(read_one(dataset_of, basis, particle)[1, 1], np.float32(particle))


@pytest.mark.parametrize("basis", list(GOOD))
def test_random_particles_pass(dataset_of, basis):
    angles = make_angles(1)
    p4 = cartesian(angles)
    x = {CARTESIAN: p4, ENERGY: np.concatenate([p4[..., :1], angles[..., :3]], axis=-1), MASS: angles}[basis]
    assert four_vectors(dataset_of({"p4": x}), "x", group_of(basis)).shape == (50, 3, 4)


def test_numbers_that_are_none_are_refused_by_component(dataset_of):
    match = r"inputs.x: column p4 \(particle 1, eta\), toy.csv, row 1: nan is not a finite .* set missing: true"
    with pytest.raises(DataError, match=match):
        read_one(dataset_of, MASS, [3, NAN, 0, 0])
    match = r"column p4 \(particle 1, pt\), toy.csv, row 1: inf is not .* Correct the file"
    with pytest.raises(DataError, match=match):
        read_one(dataset_of, MASS, [INF, 0, 0, 0], missing=True)
    with pytest.raises(DataError, match="inf is not a finite number in float32"):
        read_one(dataset_of, CARTESIAN, [1e39, 0, 0, 0])


@pytest.mark.parametrize("missing", [True, [-999]])
def test_missing_particles_are_not_looked_at_and_stay_as_they_are(dataset_of, missing):
    result = read_one(dataset_of, MASS, [-5, NAN, 1e9, 800], missing=missing)
    np.testing.assert_array_equal(result[1, 1], np.float32([-5, NAN, 1e9, 800]))
    if missing is not True:
        assert read_one(dataset_of, ENERGY, [-999] * 4, missing=missing)[1, 1, 0] == -999
        match = "particle 1 is .*-998.*; E must be positive"
        with pytest.raises(DataError, match=match):
            read_one(dataset_of, ENERGY, [-998, 0, 0, 0], missing=missing)


def test_markers_are_compared_in_float32(dataset_of):
    result = read_one(dataset_of, MASS, [-0.1, 0, 0, 0], missing=[-0.1])  # -0.1 has other digits in float32
    assert result[1, 1, 0] == np.float32(-0.1)


def test_numbered_columns_name_the_column(dataset_of):
    columns = {f"{c}{i}": [1.0, 2.0] for c in ("pt", "eta", "phi", "m") for i in (1, 2)}
    columns["eta2"] = [0.0, NAN]
    group = group_of(MASS, columns=["pt{i}", "eta{i}", "phi{i}", "m{i}"])
    with pytest.raises(DataError, match=r"column eta{i} \(particle 1, eta\), toy.csv, row 1: nan"):
        four_vectors(dataset_of(columns), "x", group)
