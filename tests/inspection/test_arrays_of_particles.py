"""Particles in plain arrays and in numbered columns, as published sets of jets and events have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from netwright.config import Experiment, columns_of, parse_experiment
from netwright.data import Dataset, Source, prepare, read
from netwright.inspection import guess_experiment
from netwright.inspection.guess.momenta import numbers_of_particles

Maker = Callable[[Mapping[str, Any]], Dataset]
ROWS, MOST = 120, 12


@pytest.fixture(scope="module")
def jets() -> np.ndarray:
    """Return pT, η, φ of the particles of jets, the hardest first, shape (rows, P, 3); zeros behind the last."""
    random = np.random.default_rng(1)
    axis = np.stack([random.normal(size=ROWS), random.uniform(-np.pi, np.pi, ROWS)], axis=1)[:, None]
    angles = axis + random.normal(0, 0.2, (ROWS, MOST, 2))
    angles[..., 1] = (angles[..., 1] + np.pi) % (2 * np.pi) - np.pi
    pt = -np.sort(-random.exponential(30, (ROWS, MOST, 1)), axis=1)
    exists = np.arange(MOST) < random.integers(3, MOST + 1, (ROWS, 1))
    return np.concatenate([pt, angles], axis=-1) * exists[..., None]


def proposed(dataset: Dataset, target: str = "y") -> Experiment:
    """Return the proposed experiment, which the rows fit."""
    experiment = parse_experiment(guess_experiment(dataset, target, ["toy.npz"], "e")[0])
    assert len(prepare(dataset.derive(experiment.data.derived), experiment)) == ROWS
    return experiment


def test_momenta_and_types_of_particles(dataset_of: Maker, jets: np.ndarray) -> None:
    """As in the quark and gluon jets of EnergyFlow: pT, y, φ from 0 to 2π and the PDG identifier."""
    exists = jets[..., 0] > 0
    kinds = np.where(exists, np.random.default_rng(2).choice([22, 211, -211, 130], exists.shape), 0)
    array = np.stack([jets[..., 0], jets[..., 1], np.where(exists, jets[..., 2] % (2 * np.pi), 0), kinds], axis=-1)
    experiment = proposed(dataset_of({"X": array, "y": np.arange(ROWS) % 2}))
    group = experiment.inputs["X"]
    assert columns_of(group) == ["X_pt", "X_eta", "X_phi", "X_massless", "X_type3"]
    assert group.four_vectors.features == ["constituents", "jet"]  # they lie in one direction
    assert group.categories["kinds"].columns == ["X_type3"]


def test_numbers_relative_to_the_jet_with_a_mask(dataset_of: Maker, jets: np.ndarray) -> None:
    """As in JetNet: η and φ relative to the jet, the share of its pT, and a mask."""
    exists = jets[..., 0] > 0
    array = np.stack([0.1 * jets[..., 1], 0.1 * jets[..., 2], jets[..., 0] / 500, exists], axis=-1)
    experiment = proposed(dataset_of({"particle_features": array, "y": np.arange(ROWS) % 2}))
    assert columns_of(experiment.inputs["particlefeatures"]) == [f"particlefeatures_{place}" for place in range(3)]
    assert experiment.data.derived["particlefeatures_0"].endswith("if v[4] != 0]")
    tracks = np.stack([jets[..., 0], 0.1 * jets[..., 1], 0.1 * jets[..., 2], 0.01 * jets[..., 1]], axis=-1)  # and d0
    group = proposed(dataset_of({"tracks": tracks, "y": np.arange(ROWS) % 2})).inputs["tracks"]
    assert (group.kind, len(columns_of(group))) == ("particles", 4)  # pT is not below |p|, but no energy


def test_four_vectors_alone_with_a_mask(dataset_of: Maker, jets: np.ndarray) -> None:
    names = ("flow_pt", "flow_eta", "flow_phi", "flow_m")
    columns = dict(zip(names, np.moveaxis(np.pad(jets, ((0, 0), (0, 0), (0, 1))), -1, 0), strict=True))
    group = proposed(dataset_of({**columns, "flow_valid": jets[..., 0] > 0, "y": np.arange(ROWS) % 2})).inputs["flow"]
    assert (group.kind, group.mask, group.four_vectors.columns) == ("particles", "flow_valid", list(names))


def test_arrays_padded_with_nan_beside_whole_numbers(dataset_of: Maker, jets: np.ndarray) -> None:
    """Numbers of hits, which cannot be NaN, are 0 behind the last track."""
    exists = jets[..., 0] > 0
    tracks = {name: np.where(exists, jets[..., place], np.nan) for place, name in enumerate(("d0", "z0"))}
    tracks["d0"][0, 0] = np.nan  # missing, of a track that exists
    tracks["hits"] = np.where(exists, np.arange(MOST) % 4 + 1, 0).astype(np.uint8)
    dataset = dataset_of({f"track_{name}": array for name, array in tracks.items()} | {"y": np.arange(ROWS) % 2})
    experiment = proposed(dataset)
    section = experiment.inputs["track"].numbers["features"]
    assert (section.columns, section.missing) == (["track_d0", "track_z0", "track_hits"], True)
    track = prepare(dataset, experiment).inputs["track"]
    assert np.array_equal(np.diff(track.ends), exists.sum(axis=1))


def test_momenta_side_by_side(dataset_of: Maker, jets: np.ndarray) -> None:
    """As in the events of the LHC Olympics, where the label is the last column; here two jets fly apart."""
    random = np.random.default_rng(3)
    turned = np.where(random.random(jets.shape[:2]) < 0.5, np.pi, 0.0) * (jets[..., 0] > 0)
    events = jets + np.stack([np.zeros_like(turned), np.zeros_like(turned), turned], axis=-1)
    events[..., 2] = np.where(events[..., 2] > np.pi, events[..., 2] - 2 * np.pi, events[..., 2])
    columns = {str(place): column for place, column in enumerate(events.reshape(ROWS, -1).T)}
    experiment = proposed(dataset_of({**columns, str(3 * MOST): np.arange(ROWS) % 2}), str(3 * MOST))
    assert list(experiment.inputs) == ["particles"]
    assert columns_of(experiment.inputs["particles"])[:3] == ["particles_pt", "particles_eta", "particles_phi"]
    assert experiment.inputs["particles"].features == ["objects"]
    assert experiment.data.derived["particles"].startswith('[["0", "1", "2"], ["3", "4", "5"]')


def test_what_is_no_particle_stays_what_it_is(jets: np.ndarray) -> None:
    pt, eta, phi = np.moveaxis(jets, -1, 0)
    momenta = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    assert numbers_of_particles(momenta).cartesian
    turned = numbers_of_particles(np.roll(momenta, -1, axis=-1))
    assert (turned.names, turned.presence) == (("px", "py", "pz", "E"), 3)
    random = np.random.default_rng(4)
    assert numbers_of_particles(random.exponential(1, (50, 8, 8))) is None  # an image
    assert numbers_of_particles(random.normal(size=(50, 9, 3)), strict=True) is None  # columns of a table
    assert numbers_of_particles(random.exponential(1, (50, 9, 4)), strict=True) is None
    assert numbers_of_particles(np.where(jets == 0, np.nan, jets)) is None
    assert numbers_of_particles(np.zeros((50, 5, 3))) is None


def as_lists(values: np.ndarray, there: np.ndarray) -> pa.Array:
    """Return lists of arrays of fixed size, one for each particle that is there."""
    lists = [row[exist].tolist() for row, exist in zip(values, there, strict=True)]
    return pa.array(lists, pa.list_(pa.list_(pa.float32(), values.shape[2])))


def test_arrays_of_each_particle(dataset_of: Maker, jets: np.ndarray) -> None:
    """As Delphes' FatJet.Tau[5] beside FatJet.PT, in lists, and as the covariances of tracks in arrays with a mask."""
    exists = jets[..., 0] > 0
    taus = np.random.default_rng(5).exponential(0.1, (ROWS, MOST, 3)) * np.array([1, 0, 1])
    pt = pa.array([row[exist].tolist() for row, exist in zip(jets[..., 0], exists, strict=True)])
    lists = pa.table({"FatJet.PT": pt, "FatJet.Tau": as_lists(taus, exists), "y": pa.array(np.arange(ROWS) % 2)})
    experiment = proposed(Dataset(lists, (Source(Path("toy.root"), ROWS),)))
    assert columns_of(experiment.inputs["FatJet"]) == ["FatJet.PT", "FatJet.Tau[0]", "FatJet.Tau[2]"]
    padded = {"tracks.d0": jets[..., 1], "tracks.valid": exists, "tracks.cov": taus, "y": np.arange(ROWS) % 2}
    group = proposed(dataset_of(padded)).inputs["tracks"]
    assert columns_of(group) == ["tracks.d0", "tracks.cov[0]", "tracks.cov[2]", "tracks.valid"]


def test_lists_of_equally_long_lists_are_numbers_of_particles(jets: np.ndarray) -> None:
    """As pandas writes lists of lists, and ROOT std::vector<std::vector<float>>; one of several lengths is left out."""
    pt = [row[row > 0].tolist() for row in jets[..., 0]]
    columns = {
        "trk_pt": pt,
        "trk_cov": [[[one, 2 * one, -one] for one in row] for row in pt],
        "trk_hits": [[[one] * (1 + place % 2) for place, one in enumerate(row)] for row in pt],
        "y": np.arange(ROWS) % 2,
    }
    experiment = proposed(Dataset(pa.table(columns), (Source(Path("toy.parquet"), ROWS),)))
    assert columns_of(experiment.inputs["trk"]) == ["trk_pt", "trk_cov_1", "trk_cov_2"]  # trk_cov_0 is trk_pt
    assert experiment.data.derived["trk_cov_1"] == 'list_transform("trk_cov", lambda v: v[2])'


def test_an_array_for_each_number_of_particles_is_padded_with_zeros(dataset_of: Maker, jets: np.ndarray) -> None:
    """As in the top tagging data of ATLAS: fjet_clus_pt has a number for each cluster, fjet_pt one for each jet."""
    pt, eta, phi = np.moveaxis(jets, -1, 0)
    layers = (pt > 0) * np.random.default_rng(6).integers(0, 3, pt.shape)
    clusters = {"pt": pt, "eta": eta, "phi": phi, "E": pt * np.cosh(eta), "layer": layers}
    columns = {f"fjet_clus_{name}": array for name, array in clusters.items()}
    dataset = dataset_of({**columns, "fjet_pt": pt.sum(axis=1), "y": np.arange(ROWS) % 2})
    experiment = proposed(dataset)
    group = experiment.inputs["fjet_clus"]
    assert group.four_vectors.columns == ["fjet_clus_E", "fjet_clus_pt", "fjet_clus_eta", "fjet_clus_phi"]
    assert (group.numbers["features"].columns, group.mask, group.at_most) == (["fjet_clus_layer"], None, MOST)
    assert columns_of(experiment.inputs["features"]) == ["fjet_pt"]
    seen = prepare(dataset, experiment).inputs["fjet_clus"][np.arange(ROWS)]
    assert ((seen[:, :, 0] > 0) == (pt > 0)).all()


def test_particles_that_each_file_pads_to_another_length_are_lists(tmp_path: Path, jets: np.ndarray) -> None:
    for name, most in (("a", MOST), ("b", MOST - 4), ("c", MOST - 3)):
        np.savez(tmp_path / f"{name}.npz", X=jets[:, :most], y=np.arange(ROWS) % 2)
    dataset = read([tmp_path / f"{name}.npz" for name in "abc"], cache=tmp_path)
    np.testing.assert_array_equal(dataset.arrow("X")[ROWS + 1].as_py(), jets[1, : MOST - 4])
    content, _ = guess_experiment(dataset, "y", ["a.npz"], "e")
    assert columns_of(parse_experiment(content).inputs["X"]) == ["X_pt", "X_eta", "X_phi", "X_massless"]


def test_four_vectors_of_parts_of_particles_are_pt_and_mass(jets: np.ndarray) -> None:
    """As FatJet.TrimmedP4[5] of Delphes, an array of TLorentzVectors for each jet."""
    pt, eta, phi = np.moveaxis(jets[:, :2], -1, 0)
    parts = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), 1.1 * pt * np.cosh(eta)])
    arrays = np.stack([parts, 0.5 * parts, np.zeros_like(parts)], axis=-1)  # (4, rows, 2 jets, 3 parts)
    momenta = {"PT": pt, "Eta": eta, "Phi": phi, "Mass": 0.1 * pt}
    columns = {f"FatJet.{name}": pa.array(one.tolist()) for name, one in momenta.items()}
    for name, one in zip(("px", "py", "pz", "E"), arrays, strict=True):
        columns |= {f"{of}.TrimmedP4.{name}": as_lists(one, pt > 0) for of in ("FatJet", "GenJet")}
    dataset = Dataset(pa.table({**columns, "y": np.arange(ROWS) % 2}), (Source(Path("toy.parquet"), ROWS),))
    experiment = proposed(dataset)
    derived = [f"FatJet_TrimmedP4_{place}_{name}" for place in (0, 1) for name in ("pt", "mass")]
    assert columns_of(experiment.inputs["FatJet"])[4:] == derived
    assert list(experiment.data.derived) == derived  # no third part, and none of simulated truth
    made = dataset.derive(experiment.data.derived)
    np.testing.assert_allclose(pc.list_flatten(made.arrow(derived[2])), 0.5 * pt[pt > 0], rtol=1e-6)
    mass = np.sqrt(parts[3] ** 2 - parts[0] ** 2 - parts[1] ** 2 - parts[2] ** 2)
    np.testing.assert_allclose(pc.list_flatten(made.arrow(derived[1])), mass[pt > 0], rtol=1e-5)


def test_lists_of_arrays_are_particles(dataset_of: Maker, jets: np.ndarray) -> None:
    """One column for all numbers of the particles: as momenta where they look like them, else each by its place."""
    exists = jets[..., 0] > 0
    labels = pa.array(np.arange(ROWS) % 2)
    for values, expected in (
        (jets, ["X_pt", "X_eta", "X_phi", "X_massless"]),
        (jets[..., 1:], ["X[0]", "X[1]"]),
    ):
        dataset = Dataset(pa.table({"X": as_lists(values, exists), "y": labels}), (Source(Path("toy.parquet"), ROWS),))
        assert columns_of(proposed(dataset).inputs["X"]) == expected
    missing = np.where(exists[..., None], jets[..., 1:], np.nan)
    group = proposed(dataset_of({"X": missing, "y": np.arange(ROWS) % 2})).inputs["X"]
    assert columns_of(group) == ["X[0]", "X[1]"]
