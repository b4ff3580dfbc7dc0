"""Random particles: their mass can be recovered, in both bases."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import GenerationError
from netwright.simulation import generate_four_vectors
from netwright.simulation.four_vectors import particle_block


def test_the_mass_is_in_the_cartesian_columns():
    row = particle_block(1, "E,px,py,pz", 0, 5000)
    mass = np.sqrt(row["E"] ** 2 - row["px"] ** 2 - row["py"] ** 2 - row["pz"] ** 2)
    # float64 holds E² to 1e-16 of (3 TeV)²: 1e-9 GeV², 1e-7 GeV for the lightest of 5000 particles
    np.testing.assert_allclose(mass, row["mass"], rtol=1e-6, atol=1e-5)


def test_the_mass_is_in_the_polar_columns():
    row = particle_block(1, "E,pt,eta,phi", 0, 5000)
    mass = np.sqrt(row["E"] ** 2 - (row["pt"] * np.cosh(row["eta"])) ** 2)
    np.testing.assert_allclose(mass, row["mass"], rtol=1e-6, atol=1e-5)


def test_both_bases_describe_the_same_particles():
    cartesian, polar = (particle_block(2, basis, 3, 100) for basis in ("E,px,py,pz", "E,pt,eta,phi"))
    np.testing.assert_allclose(np.hypot(cartesian["px"], cartesian["py"]), polar["pt"])
    np.testing.assert_allclose(np.arctan2(cartesian["py"], cartesian["px"]), polar["phi"])
    np.testing.assert_array_equal(cartesian["event"], polar["event"])


def test_the_spectrum_is_as_described():
    row = particle_block(1, "E,pt,eta,phi", 0, 20_000)
    assert row["mass"].min() >= 0
    assert row["mass"].max() < 200
    assert row["pt"].min() >= 20
    assert row["pt"].max() < 500
    assert np.abs(row["eta"]).max() < 2.5
    # of uniform numbers, the mean has an uncertainty of 0.29/sqrt(20000) of the range
    assert row["mass"].mean() == pytest.approx(100, abs=2)


def test_fewer_rows_are_the_first_ones():
    many, few = (particle_block(1, "E,px,py,pz", 0, rows) for rows in (100, 10))
    np.testing.assert_array_equal(many["E"][:10], few["E"])


def test_files(tmp_path):
    files = generate_four_vectors(1000, seed=1, out=tmp_path, basis="E,pt,eta,phi")
    assert [file.name for file in files] == ["four-vectors-0000.npz"]
    columns = np.load(files[0], allow_pickle=False)
    assert list(columns) == ["E", "pt", "eta", "phi", "mass", "event"]
    assert {columns[name].dtype.name for name in ("E", "pt", "mass")} == {"float64"}
    with pytest.raises(GenerationError, match="generated with other settings"):
        generate_four_vectors(1000, seed=1, out=tmp_path)


def test_an_unknown_basis_is_refused(tmp_path):
    with pytest.raises(GenerationError, match=r'basis must be one of .* received "E,pT,eta,phi"\. Did you mean'):
        generate_four_vectors(10, seed=1, out=tmp_path, basis="E,pT,eta,phi")
