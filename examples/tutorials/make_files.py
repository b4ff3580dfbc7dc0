"""Small files in the layouts that analyses have: NanoAOD, PHYSLITE, Delphes, JetClass, jets with tracks in HDF5.

The numbers are random, with something to learn in each: python make_files.py PAGE [ROWS] writes those of a page of
docs/tutorials into the working directory.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import uproot

__all__ = ["delphes", "flavour_jets", "jet_class", "main", "nano_aod", "physlite"]

Floats = npt.NDArray[np.float64]


def jagged(rng: np.random.Generator, counts: npt.NDArray[np.int64], low: float, high: float) -> ak.Array:
    """Return lists of float32 numbers, of the given lengths."""
    return ak.unflatten(rng.uniform(low, high, counts.sum()).astype(np.float32), counts)


def kinematics(rng: np.random.Generator, counts: npt.NDArray[np.int64], hard: Floats, names: str) -> dict[str, Any]:
    """Return momenta falling from `hard` (in any unit), pseudorapidities, angles and masses by name."""
    pt = jagged(rng, counts, 0.2, 1.0) * hard
    parts = {"pt": pt, "eta": jagged(rng, counts, -2.5, 2.5), "phi": jagged(rng, counts, -3.1, 3.1), "m": pt * 0.1}
    return {name: parts[key] for name, key in zip(names.split(), parts, strict=False)}


def nano_aod(path: Path, rows: int = 300, *, seed: int = 1, hard: float = 60.0, cycle: bool = False) -> Path:
    """Write events as NanoAOD has them: flat collections with a counter each, truth, flags and defaults."""
    rng = np.random.default_rng(seed)
    scale = rng.exponential(hard, rows) + 20
    jets, muons = rng.integers(0, 6, rows), rng.integers(0, 3, rows)
    gen = rng.integers(1, 5, rows)
    flavour = ak.unflatten(rng.choice([0, 4, 5], jets.sum()).astype(np.int32), jets)
    jet = kinematics(rng, jets, scale, "pt eta phi mass") | {
        "btagDeepFlavB": jagged(rng, jets, 0, 0.3) + 0.5 * (flavour == 5),
        "puId": ak.unflatten(rng.choice([0, 4, 6, 7], jets.sum()).astype(np.int32), jets),
        "qgl": ak.where(jagged(rng, jets, 0, 1) > 0.9, np.float32(-999), jagged(rng, jets, 0, 1)),
        "rawFactor": jagged(rng, jets, 0, 0) + np.float32(np.inf),
        "hadronFlavour": flavour,
        "genJetIdx": ak.unflatten(rng.integers(-1, 4, jets.sum()).astype(np.int32), jets),
        "muonIdx1": ak.unflatten(rng.integers(-1, 2, jets.sum()).astype(np.int32), jets),
    }
    muon = kinematics(rng, muons, scale / 2, "pt eta phi mass") | {
        "charge": ak.unflatten(rng.choice([-1, 1], muons.sum()).astype(np.int32), muons),
        "tightId": ak.unflatten(rng.random(muons.sum()) > 0.3, muons),
    }
    generated = kinematics(rng, gen, scale, "pt eta phi mass")
    content = {
        "run": np.ones(rows, np.uint32),
        "luminosityBlock": rng.integers(1, 9, rows).astype(np.uint32),
        "event": np.arange(rows, dtype=np.uint64) + 1000 * seed,
        "genWeight": np.where(rng.random(rows) < 0.1, -1.0, 1.0).astype(np.float32),
        "MET_pt": (scale * rng.uniform(0.2, 1, rows)).astype(np.float32),
        "MET_phi": rng.uniform(-3.1, 3.1, rows).astype(np.float32),
        "GenMET_pt": scale.astype(np.float32),
        "PV_npvs": rng.integers(5, 60, rows).astype(np.int32),
        "HLT_IsoMu24": rng.random(rows) > 0.5,
        "Flag_goodVertices": np.ones(rows, bool),
        "Generator_scalePDF": scale.astype(np.float32),
        "LHE_HT": scale.astype(np.float32),
        "Pileup_nTrueInt": rng.uniform(10, 60, rows).astype(np.float32),
        "Jet": ak.zip(jet),
        "Muon": ak.zip(muon),
        "GenJet": ak.zip(generated),
    }
    with uproot.recreate(path) as file:
        for _ in range(1 + cycle):
            file.mktree("Events", {name: _type(array) for name, array in content.items()})
            file["Events"].extend(content)
        file.mktree("Runs", {"run": "uint32", "genEventSumw": "float64"})
        sums = np.array([float(content["genWeight"].sum())])
        file["Runs"].extend({"run": np.ones(1, np.uint32), "genEventSumw": sums})
    return path


def _type(array: ak.Array | npt.NDArray[np.generic]) -> object:
    return array.type.content if isinstance(array, ak.Array) else array.dtype


def _tree(path: Path, key: str, content: Mapping[str, Any]) -> Path:
    with uproot.recreate(path) as file:
        file.mktree(key, {name: _type(array) for name, array in content.items()}, counter_name=lambda name: f"n_{name}")
        file[key].extend(content)
    return path


def delphes(path: Path, rows: int = 300, *, seed: int = 1, hard: float = 60.0) -> Path:
    """Write events as Delphes has them: branches COLLECTION.Member, and COLLECTION_size."""
    rng = np.random.default_rng(seed)
    scale = rng.exponential(hard, rows) + 20
    jets, electrons, generated = (rng.integers(low, high, rows) for low, high in ((0, 6), (0, 3), (2, 9)))
    one = np.ones(rows, int)
    content: dict[str, Any] = {}
    content |= {f"Jet.{k}": v for k, v in kinematics(rng, jets, scale, "PT Eta Phi Mass").items()}
    content["Jet.BTag"] = ak.unflatten(rng.integers(0, 2, jets.sum()).astype(np.uint32), jets)
    content["Jet.Flavor"] = ak.unflatten(rng.choice([1, 4, 5, 21], jets.sum()).astype(np.uint32), jets)
    content |= {f"Electron.{k}": v for k, v in kinematics(rng, electrons, scale, "PT Eta Phi").items()}
    content["Electron.Charge"] = ak.unflatten(rng.choice([-1, 1], electrons.sum()).astype(np.int32), electrons)
    content |= {f"Particle.{k}": v for k, v in kinematics(rng, generated, scale, "PT Eta Phi Mass").items()}
    content["Particle.PID"] = ak.unflatten(rng.choice([6, 25, 5], generated.sum()).astype(np.int32), generated)
    content |= {"MissingET.MET": jagged(rng, one, 0, 50), "MissingET.Phi": jagged(rng, one, -3.1, 3.1)}
    content |= {"Event.Number": ak.unflatten(np.arange(rows), one), "Event.Weight": jagged(rng, one, 0.5, 1.5)}
    return _tree(path, "Delphes", content)


def physlite(path: Path, rows: int = 300, *, seed: int = 1, hard: float = 60e3) -> Path:
    """Write events as PHYSLITE has them: branches ContainerAuxDyn.member, in MeV."""
    rng = np.random.default_rng(seed)
    scale = rng.exponential(hard, rows) + 20e3
    jets, muons, truth = rng.integers(0, 6, rows), rng.integers(0, 3, rows), rng.integers(1, 4, rows)
    content: dict[str, Any] = {"EventInfoAuxDyn.eventNumber": np.arange(rows)}
    content["EventInfoAuxDyn.runNumber"] = np.full(rows, 410470)
    content["EventInfoAuxDyn.mcEventWeights"] = jagged(rng, np.ones(rows, int), 0.5, 1.5)
    content |= {f"AnalysisJetsAuxDyn.{k}": v for k, v in kinematics(rng, jets, scale, "pt eta phi m").items()}
    content["AnalysisJetsAuxDyn.Jvt"] = jagged(rng, jets, 0, 1)
    content["AnalysisJetsAuxDyn.HadronConeExclTruthLabelID"] = ak.unflatten(rng.choice([0, 4, 5], jets.sum()), jets)
    content |= {f"AnalysisMuonsAuxDyn.{k}": v for k, v in kinematics(rng, muons, scale, "pt eta phi").items()}
    content["AnalysisMuonsAuxDyn.charge"] = ak.unflatten(rng.choice([-1.0, 1.0], muons.sum()), muons)
    content |= {f"TruthElectronsAuxDyn.{k}": v for k, v in kinematics(rng, truth, scale, "pt eta phi m").items()}
    return _tree(path, "CollectionTree", content)


def jet_class(path: Path, rows: int = 400, *, seed: int = 1) -> Path:
    """Write jets as JetClass has them: particles with 16 numbers, jet variables, and a flag for each of ten classes."""
    rng = np.random.default_rng(seed)
    classes = ("QCD", "Hbb", "Hcc", "Hgg", "H4q", "Hqql", "Zqq", "Wqq", "Tbqq", "Tbl")
    which, counts = rng.integers(0, len(classes), rows), rng.integers(1, 20, rows)
    px, py, pz = (jagged(rng, counts, -20, 20) for _ in range(3))
    energy = np.sqrt(px * px + py * py + pz * pz)
    names = ["deta", "dphi", "d0val", "d0err", "dzval", "dzerr"]
    content: dict[str, Any] = {"part_px": px, "part_py": py, "part_pz": pz, "part_energy": energy}
    content |= {f"part_{name}": jagged(rng, counts, -1, 1) + which * 0.1 for name in names}
    content["part_charge"] = ak.unflatten(rng.choice([-1.0, 0.0, 1.0], counts.sum()).astype(np.float32), counts)
    for name in ("isChargedHadron", "isNeutralHadron", "isPhoton", "isElectron", "isMuon"):
        content[f"part_{name}"] = ak.unflatten(rng.integers(0, 2, counts.sum()).astype(np.float32), counts)
    content |= {"jet_pt": ak.sum(energy, axis=1), "jet_nparticles": counts}
    content["jet_sdmass"] = rng.uniform(0, 200, rows) + 10 * which
    content |= {"aux_genpart_pt": rng.uniform(0, 500, rows), "aux_genpart_pid": rng.integers(1, 25, rows)}
    content |= {f"label_{name}": (which == place).astype(np.float32) for place, name in enumerate(classes)}
    columns = {name: ak.to_arrow(ak.Array(array), extensionarray=False) for name, array in content.items()}
    pq.write_table(pa.table(columns), path)
    return path


def flavour_jets(path: Path, rows: int = 400, *, seed: int = 1, tracks: int = 40) -> Path:
    """Write jets with tracks as flavour tagging has them: structured data sets with a mask of tracks."""
    rng = np.random.default_rng(seed)
    which = rng.choice([0, 4, 5], rows)
    numbers = [(name, "f4") for name in ("pt", "eta", "GN2v01_pb")]
    jets = np.zeros(rows, [*numbers, ("HadronConeExclTruthLabelID", "i4"), ("eventNumber", "i8")])
    jets["pt"], jets["eta"] = rng.exponential(50e3, rows) + 20e3, rng.uniform(-2.5, 2.5, rows)
    jets["HadronConeExclTruthLabelID"], jets["eventNumber"] = which, np.arange(rows)
    jets["GN2v01_pb"] = (which == 5) * 0.8 + 0.1 * rng.random(rows)
    numbers = [(name, "f4") for name in ("d0", "z0SinTheta", "qOverP")]
    whole = [("numberOfPixelHits", "u1"), ("truthOriginLabel", "i4"), ("valid", "?")]
    many = np.zeros((rows, tracks), [*numbers, *whole])
    many["valid"] = np.arange(tracks) < rng.integers(1, 15, rows)[:, None]
    for name in ("d0", "z0SinTheta", "qOverP"):
        many[name] = np.where(many["valid"], rng.normal(size=(rows, tracks)) * (1 + which[:, None]), np.nan)
    many["numberOfPixelHits"] = np.where(many["valid"], rng.integers(1, 6, (rows, tracks)), 0)
    with h5py.File(path, "w") as file:
        file["jets"], file["tracks"] = jets, many
    return path


def main(arguments: Sequence[str]) -> None:
    """Write the files of a page of docs/tutorials into the working directory.

    Args:
        arguments: the page, and how many rows each file has.
    """
    page, rows = arguments[0], int(arguments[1]) if len(arguments) > 1 else 2_000
    if page == "two-root-files":
        nano_aod(Path("signal.root"), rows, seed=1, hard=120.0)
        nano_aod(Path("background.root"), rows, seed=2, hard=40.0)
    elif page == "nanoaod-regression":
        nano_aod(Path("nano.root"), rows)
    elif page == "flavour-tagging":
        flavour_jets(Path("jets.h5"), rows)
    elif page == "jetclass":
        jet_class(Path("jets.parquet"), rows)
    else:
        sys.exit(f"there is no page {page} in docs/tutorials")


if __name__ == "__main__":
    main(sys.argv[1:])
