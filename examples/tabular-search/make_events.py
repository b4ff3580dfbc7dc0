"""Write a toy of collision events: a search for a signal with two backgrounds, as a table.

    python examples/tabular-search/make_events.py

Two leptons, missing momentum, and up to six jets an event. The signal is a heavy resonance that decays into a Higgs
boson (two b jets) and a pair of W bosons; backgrounds are top quark pairs and Z bosons with jets. What is not there
is -999 (jets) or NaN (the significance of the missing momentum, which one data-taking period did not compute for all
events), and a part of the weights is negative, as those of generators at next-to-leading order are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Column = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]

FILE = Path(__file__).with_name("events.parquet")
ROWS = 10_000  # of each process
ABSENT = -999.0
CHANNELS, PERIODS = ("ee", "mumu", "emu"), ("2016", "2017", "2018")

# expected events, share of negative weights, shares of the channels, mean number of jets and b tags
PROCESSES = {
    "resonance": (30.0, 0.02, (0.25, 0.25, 0.5), 3.2, 1.5),
    "ttbar": (40_000.0, 0.08, (0.25, 0.25, 0.5), 2.8, 1.4),
    "zjets": (90_000.0, 0.15, (0.48, 0.5, 0.02), 1.3, 0.2),
}


def main(path: Path = FILE) -> None:
    """Draw all processes, shuffle them and number the events."""
    random = np.random.default_rng(11)
    parts = [draw(process, random) for process in PROCESSES]
    order = random.permutation(ROWS * len(parts))
    events = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    number = np.arange(len(order))
    pq.write_table(pa.table({"run": 1 + number // 1000, "event": number} | events), path)


def draw(process: str, random: np.random.Generator) -> dict[str, Column]:
    """Draw the events of one process."""
    expected, negative, channels, jets, tags = PROCESSES[process]
    sign = np.where(random.random(ROWS) < negative, -1.0, 1.0)
    return {
        "process": np.full(ROWS, process),
        "weight": sign * expected / (ROWS * (1 - 2 * negative)),
        "channel": random.choice(CHANNELS, ROWS, p=channels),
        "period": (period := random.choice(PERIODS, ROWS, p=(0.26, 0.3, 0.44))),
        **jet_columns(process, np.minimum(random.poisson(jets, ROWS), 6), tags, random),
        **lepton_columns(process, random),
        **missing_momentum(process, period, random),
    }


def jet_columns(process: str, n_jets: Column, tags: float, random: np.random.Generator) -> dict[str, Column]:
    """Draw the two leading jets and their mass; -999 where there is none."""
    scale = {"resonance": 95.0, "ttbar": 60.0, "zjets": 35.0}[process]
    first = 30 + random.gamma(2.0, scale / 2, ROWS)
    second = 30 + (first - 30) * random.beta(2.0, 2.0, ROWS)
    continuum = np.sqrt(first * second) * (1 + random.gamma(2.0, 0.6, ROWS))
    mass = random.normal(122.0, 14.0, ROWS) if process == "resonance" else continuum
    return {
        "n_jets": n_jets,
        "n_tags": np.minimum(random.poisson(tags, ROWS), np.minimum(n_jets, 3)),
        "jet1_pt": np.where(n_jets >= 1, first, ABSENT),
        "jet2_pt": np.where(n_jets >= 2, second, ABSENT),
        "jets_mass": np.where(n_jets >= 2, np.maximum(mass, 10.0), ABSENT),
    }


def lepton_columns(process: str, random: np.random.Generator) -> dict[str, Column]:
    """Draw the two leptons: from a Z boson near 91 GeV, from W bosons of the resonance near each other."""
    first = 25 + random.gamma(2.0, {"resonance": 32.0, "ttbar": 25.0, "zjets": 16.0}[process], ROWS)
    second = 15 + (first - 15) * random.beta(2.0, 2.0, ROWS)
    if process == "zjets":
        angle = np.abs(turned(np.pi + random.normal(0.0, 0.7, ROWS)))
        mass = 91.2 + 2.6 * np.clip(random.standard_t(2, ROWS), -20, 40)
    else:
        angle = np.abs(turned(random.normal(0.0, 0.9 if process == "resonance" else 1.9, ROWS)))
        mass = np.sqrt(2 * first * second * (np.cosh(random.normal(0.0, 0.8, ROWS)) - np.cos(angle)))
    return {"lepton1_pt": first, "lepton2_pt": second, "leptons_angle": angle, "leptons_mass": np.hypot(mass, 12.0)}


def turned(angle: Floats) -> Floats:
    """Return an angle in (-π, π]."""
    return np.arctan2(np.sin(angle), np.cos(angle))


def missing_momentum(process: str, period: Column, random: np.random.Generator) -> dict[str, Column]:
    """Draw the missing transverse momentum and its significance, which a part of 2016 does not have."""
    noise = random.gamma(2.0, 11.0, ROWS)
    neutrinos = {"resonance": 105.0, "ttbar": 65.0, "zjets": 0.0}[process] * random.gamma(3.0, 1 / 3, ROWS)
    size = np.hypot(noise, neutrinos)
    unknown = (period == "2016") & (random.random(ROWS) < 0.4)
    return {"met": size, "met_significance": np.where(unknown, np.nan, size / np.sqrt(12 + 0.6 * noise))}


if __name__ == "__main__":
    main()
