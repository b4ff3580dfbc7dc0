"""Jets by real Pythia and FastJet: the recipe's cuts, the layout, reproducibility."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pytest

from netwright.errors import MissingExtraError
from netwright.progress import silent
from netwright.simulation import generate_top_jets
from netwright.simulation._writing import GenerationPlan, write_blocks
from netwright.simulation.jets import Jets, delta_r, pseudorapidity, transverse_momentum
from netwright.simulation.top_jets import match, process_block

SEED, ROWS = 3, 24


@pytest.fixture(scope="module")
def block():
    return process_block(SEED, 0, ROWS)


def test_layout(block):
    assert block["constituents"].shape == (ROWS, 200, 4)
    assert block["truth_jet"].shape == (ROWS, 4)
    assert (block["constituents"].dtype, block["truth_jet"].dtype) == (np.float32, np.float32)
    assert (block["truth_label"].dtype, block["event"].dtype) == (np.int64, np.int64)
    assert block["truth_label"].sum() == ROWS // 2
    assert len(np.unique(block["event"])) == ROWS


def test_classes_are_shuffled(block):
    assert 0 < block["truth_label"][: ROWS // 2].sum() < ROWS // 2


def test_every_jet_is_in_the_window(block):
    jet = block["constituents"].astype(np.float64).sum(axis=1)
    pt = transverse_momentum(jet)
    # sums of some fifty float32 numbers
    assert ((pt > 550 - 1e-3) & (pt < 650 + 1e-3)).all()
    assert (np.abs(pseudorapidity(jet)) < 2 + 1e-5).all()


def test_constituents_fall_in_pt_and_padding_is_behind(block):
    pt = transverse_momentum(block["constituents"].astype(np.float64))
    assert (np.diff(pt, axis=1) <= 1e-6 * pt[:, :1]).all()
    used = block["constituents"][:, :, 0] > 0
    assert (np.diff(used.astype(int), axis=1) <= 0).all()
    assert (block["constituents"][~used] == 0).all()
    assert (used.sum(axis=1) > 3).all()


def test_the_true_top_is_near_and_has_its_mass(block):
    top = block["truth_label"] == 1
    truth = block["truth_jet"].astype(np.float64)
    assert (truth[~top] == 0).all()
    mass = np.sqrt(truth[top, 0] ** 2 - (truth[top, 1:] ** 2).sum(axis=1))
    assert np.median(mass) == pytest.approx(173, abs=2)  # the pole mass, width 1.4 GeV
    jet = block["constituents"].astype(np.float64).sum(axis=1)
    assert (delta_r(truth[top], jet[top]) < 0.8).all()


def test_another_seed_or_block_gives_other_jets(block):
    for other in (process_block(SEED + 1, 0, 4), process_block(SEED, 1, 4)):
        assert not np.isin(other["constituents"][:, 0, 0], block["constituents"][:, 0, 0]).any()
        assert not np.isin(other["event"], block["event"]).any()


def test_two_workers_give_the_jets_of_one_in_silence(tmp_path, capfd):
    plan = GenerationPlan("top-jets", SEED, 8, 4, {})
    make = partial(process_block, SEED)
    alone, together = (write_blocks(plan, make, out=tmp_path / str(n), workers=n, progress=silent) for n in (1, 2))
    for one, two in zip(alone, together, strict=True):
        for name, column in np.load(one).items():
            np.testing.assert_array_equal(column, np.load(two)[name])
    assert capfd.readouterr() == ("", "")


def test_the_same_seed_writes_the_same_jets(tmp_path, block):
    files = generate_top_jets(ROWS, seed=SEED, out=tmp_path, workers=1)
    assert [file.name for file in files] == ["top-jets-0000.npz"]
    columns = np.load(files[0], allow_pickle=False)
    for name, column in block.items():
        np.testing.assert_array_equal(columns[name], column)
    assert files[0].stat().st_size < 100_000  # zeros behind the last constituent take no room


@pytest.mark.parametrize("name", ["pythia8mc", "fastjet"])
def test_a_missing_extra_says_how_to_get_it(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r'generating top jets needs the extra "generate"'):
        generate_top_jets(10, seed=1, out=tmp_path)


def at(eta, phi, pt=500.0):
    return [pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]


def test_matching_wants_the_top_and_all_its_quarks():
    jet = Jets(np.array([0, 1, 2]), np.array([at(0.0, 3.1)] * 3), np.zeros((3, 1, 4)))
    near, seam, far = at(0.3, 3.0), at(0.0, -3.1), at(0.0, 0.0)
    tops = np.array([[far, near], [near, far], [far, far]])
    quarks = np.array([[[far] * 3, [near, seam, near]], [[near, near, far], [far] * 3], [[near] * 3, [near] * 3]])
    held, top = match(jet, tops, quarks)
    assert held.tolist() == [True, False, False]
    np.testing.assert_allclose(top[0], near)
