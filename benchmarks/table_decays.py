"""Drawn collision events as a table: a heavy resonance that decays through a Higgs boson, and top quark pairs.

Both end in a lepton, a neutrino, two b jets and two light jets, smeared as a detector does, so that only masses and
angles tell them apart: 21 measured numbers, and 7 masses of combinations. A toy by two-body phase space, without
parton densities, showers or spin.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["decays"]

Floats = npt.NDArray[np.float64]

M_TOP, M_W, M_HIGGS, M_B = 172.5, 80.4, 125.0, 4.7  # GeV
M_HEAVY, M_CHARGED = 425.0, 325.0  # GeV, of the signal's resonances
RESOLUTION = 0.3  # relative, of a jet's energy
WIDTH = 0.12  # relative, of the resonances
TAGGED = {"b": 0.6, "light": 0.12}  # probability of a b tag


def decays(rows: int, seed: int) -> tuple[Floats, Floats]:
    """Draw events, half of them signal.

    Args:
        rows: number of events.
        seed: of the random numbers.

    Returns:
        Inputs, shape (rows, 28), in GeV and rad; and the truth, shape (rows,), 1 for signal.
    """
    random = np.random.default_rng(seed)
    signal = random.random(rows) < 0.5
    widths = random.normal(0, WIDTH, (2, rows))
    resonance, m_charged = M_HEAVY * (1 + widths[0]), M_CHARGED * (1 + np.maximum(widths[0] - abs(widths[1]) / 2, -0.3))
    pair = 2 * M_TOP + 5 + random.gamma(1.5, 60.0, rows)
    whole = _moving(np.where(signal, resonance, pair), random)
    charged, w_1 = _decay(whole, m_charged, M_W, random)
    higgs, w_2 = _decay(charged, M_HIGGS, M_W, random)
    top_1, top_2 = _decay(_moving(np.where(signal, 400.0, pair), random), M_TOP, M_TOP, random)
    of_tops = [*_decay(top_1, M_B, M_W, random), *_decay(top_2, M_B, M_W, random)]
    of_resonance = [*_decay(higgs, M_B, M_B, random), w_1, w_2]
    order = (0, 2, 1, 3)  # both b quarks, then both W bosons
    b_1, b_2, leptonic, hadronic = (np.where(signal[:, None], of_resonance[k], of_tops[order[k]]) for k in range(4))
    lepton, neutrino = _decay(leptonic, 0.0, 0.0, random)
    jets = np.stack([b_1, b_2, *_decay(hadronic, 0.0, 0.0, random)], axis=1)
    return _measured(lepton, neutrino, jets, random), signal.astype(np.float64)


def _moving(mass: Floats, random: np.random.Generator) -> Floats:
    """Return momenta (E, px, py, pz) of what a collision makes, shape (rows, 4), in GeV."""
    p = random.normal(0, (30, 30, 250), (len(mass), 3))
    return np.column_stack([np.sqrt(mass**2 + (p**2).sum(axis=1)), p])


def _decay(parent: Floats, m_1: float | Floats, m_2: float, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Let particles decay into two of given masses, in any direction of their rest frame."""
    mass = np.sqrt(np.maximum(parent[:, 0] ** 2 - (parent[:, 1:] ** 2).sum(axis=1), (m_1 + m_2 + 0.1) ** 2))
    p = np.sqrt((mass**2 - (m_1 + m_2) ** 2) * (mass**2 - (m_1 - m_2) ** 2)) / (2 * mass)
    cosine, phi = random.uniform(-1, 1, len(mass)), random.uniform(-np.pi, np.pi, len(mass))
    sine = np.sqrt(1 - cosine**2)
    one = p[:, None] * np.column_stack([sine * np.cos(phi), sine * np.sin(phi), cosine])
    energy = np.sqrt(m_1**2 + p**2)
    along = (one * parent[:, 1:]).sum(axis=1) / mass
    boosted_energy = (energy * parent[:, 0]) / mass + along
    moved = one + parent[:, 1:] * ((energy + boosted_energy) / (parent[:, 0] + mass))[:, None]
    first = np.column_stack([boosted_energy, moved])
    return first, parent - first


def _measured(lepton: Floats, neutrino: Floats, jets: Floats, random: np.random.Generator) -> Floats:
    """Return what a detector measures, shape (rows, 28)."""
    smeared = jets * random.lognormal(0, RESOLUTION, (*jets.shape[:2], 1))
    lost = (jets - smeared).sum(axis=1)[:, 1:3] + random.normal(0, 20, (len(jets), 2))
    missing = np.hypot(*(neutrino[:, 1:3] + lost).T)
    missing_phi = np.arctan2(*(neutrino[:, 1:3] + lost).T[::-1])
    share = np.array([TAGGED["b"], TAGGED["b"], TAGGED["light"], TAGGED["light"]])
    tagged = (random.random(jets.shape[:2]) < share).astype(np.float64)
    by_pt = np.argsort(-np.hypot(smeared[:, :, 1], smeared[:, :, 2]), axis=1)
    smeared = np.take_along_axis(smeared, by_pt[:, :, None], axis=1)
    tagged = np.take_along_axis(tagged, by_pt, axis=1)
    columns = [*_coordinates(lepton), missing, missing_phi]
    for jet in range(4):
        columns += [*_coordinates(smeared[:, jet]), tagged[:, jet]]
    flat = np.column_stack([missing, missing * np.cos(missing_phi), missing * np.sin(missing_phi), 0 * missing])
    chosen = np.take_along_axis(smeared, np.argsort(-tagged, axis=1, kind="stable")[:, :, None], axis=1)
    b_1, b_2, q_1, q_2 = (chosen[:, jet] for jet in range(4))
    w_1, w_2 = lepton + flat, q_1 + q_2
    sums = [w_2, w_2 + b_2, w_1, w_1 + b_1, b_1 + b_2, w_2 + b_1 + b_2, w_1 + w_2 + b_1 + b_2]
    return np.column_stack([*columns, *(_mass(one) for one in sums)])


def _coordinates(p: Floats) -> tuple[Floats, Floats, Floats]:
    """Return transverse momentum in GeV, pseudorapidity and azimuth in rad."""
    pt = np.hypot(p[:, 1], p[:, 2])
    return pt, np.arcsinh(p[:, 3] / pt), np.arctan2(p[:, 2], p[:, 1])


def _mass(p: Floats) -> Floats:
    return np.sqrt(np.maximum(p[:, 0] ** 2 - (p[:, 1:] ** 2).sum(axis=1), 0))
