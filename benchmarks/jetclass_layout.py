"""Jets of W, Z, Higgs bosons, tops and QCD in the layout of JetClass, and the whole way from them to ONNX.

    python benchmarks/jetclass_layout.py OUT [--jets 100] [--train]

Pythia makes pp collisions at 13 TeV and FastJet anti-kT jets of radius 0.8 from the stable, visible particles; of each
event the jet nearest to the boson or top is kept. Impact parameters are those of the production vertices, smeared by
their errors. Ten classes, a flag for each; the numbers of each particle have the names of JetClass (arXiv:2202.03772).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import awkward as ak
import fastjet
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pythia8mc

Floats = npt.NDArray[np.float64]

_QUARKS: Final = "1 2 3 4 5"
_HIGGS: Final = ("HiggsSM:ffbar2HZ = on", "23:onMode = off", "23:onIfAny = 12 14 16", "25:onMode = off")
_TOP: Final = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "24:onMode = off")
_BOSON: Final = ("PhaseSpace:mHatMin = 60",)
PROCESSES: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "QCD": (0, ("HardQCD:all = on",)),
    "Hbb": (25, (*_HIGGS, "25:onIfMatch = 5 -5")),
    "Hcc": (25, (*_HIGGS, "25:onIfMatch = 4 -4")),
    "Hgg": (25, (*_HIGGS, "25:onIfMatch = 21 21")),
    "H4q": (25, (*_HIGGS, "25:onIfMatch = 24 -24", "24:onMode = off", f"24:onIfAny = {_QUARKS}")),
    "Hqql": (
        25,
        (*_HIGGS, "25:onIfMatch = 24 -24", "24:onMode = off", f"24:onPosIfAny = {_QUARKS}", "24:onNegIfAny = 11 13"),
    ),
    "Zqq": (23, (*_BOSON, "WeakBosonAndParton:qg2gmZq = on", "23:onMode = off", f"23:onIfAny = {_QUARKS}")),
    "Wqq": (24, (*_BOSON, "WeakBosonAndParton:qg2Wq = on", "24:onMode = off", f"24:onIfAny = {_QUARKS}")),
    "Tbqq": (6, (*_TOP, f"24:onIfAny = {_QUARKS}")),
    "Tbl": (6, (*_TOP, "24:onIfAny = 11 13")),
}
"""By class, the code of the particle that its jets come from, and the settings of Pythia."""

_COMMON: Final = ("Print:quiet = on", "Beams:eCM = 13000", "Random:setSeed = on", "PhaseSpace:pTHatMin = 500")
_INVISIBLE: Final = (12, 14, 16)
_RADIUS, _PT_MIN, _ETA_MAX, _MAX_PARTICLES = 0.8, 500.0, 2.0, 128


def main() -> None:
    """Write the jets; then, if asked for, train, evaluate and export a network without writing any line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jets", type=int, default=100, help="of each class")
    parser.add_argument("--train", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "jetclass.parquet"
    write(path, arguments.jets)
    print(f"{path}: {pq.read_metadata(path).num_rows} jets, {len(pq.read_schema(path).names)} columns")
    if arguments.train:
        experiment, run = arguments.out / "experiment.yaml", arguments.out / "run"
        netwright = [sys.executable, "-c", "import sys; from netwright.cli import main; sys.exit(main())"]
        subprocess.run([*netwright, "init", str(path), "-o", str(experiment)], check=True)
        subprocess.run([*netwright, "train", str(experiment), "--run", str(run)], check=True)
        subprocess.run([*netwright, "export", str(run)], check=True)


def write(path: Path, jets: int) -> None:
    """Write as many jets of each class, mixed.

    Args:
        path: of the Parquet file.
        jets: of each class.
    """
    rows = []
    for number, (name, (code, settings)) in enumerate(PROCESSES.items()):
        generator = pythia8mc.Pythia("", False)  # noqa: FBT003  # no banner
        for setting in (*_COMMON, f"Random:seed = {number + 1}", *settings):
            generator.readString(setting)
        generator.init()
        flags = {f"label_{other}": int(other == name) for other in PROCESSES}
        rows += [columns | flags for columns in _jets(generator, code, jets, np.random.default_rng(number))]
    order = np.random.default_rng(0).permutation(len(rows))
    kinds = {name: pa.list_(pa.float32()) if name.startswith("part_") else None for name in rows[0]}
    table = {name: pa.array([rows[i][name] for i in order], kind) for name, kind in kinds.items()}
    pq.write_table(pa.table(table), path)


def _jets(generator: pythia8mc.Pythia, code: int, needed: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield the columns of jets of one process."""
    count = 0
    while count < needed:
        if not generator.next():
            continue
        event = list(generator.event)
        stable = [p for p in event if p.isFinal() and abs(p.id()) not in _INVISIBLE and abs(p.eta()) < 5]
        origin = next((p for p in reversed(event) if code and abs(p.id()) == code), None)
        jet = _nearest_jet(stable, origin)
        if jet is not None:
            count += 1
            yield _columns([stable[i] for i in jet], random)


def _nearest_jet(particles: list[Any], origin: pythia8mc.Particle | None) -> list[int] | None:
    """Return the particles of the jet nearest to its origin, or of the leading one of QCD; None if it is soft."""
    momenta = ak.zip({name: [getattr(p, name)() for p in particles] for name in ("px", "py", "pz", "e")})
    momenta = ak.zip({"px": momenta.px, "py": momenta.py, "pz": momenta.pz, "E": momenta.e}, with_name="Momentum4D")
    clusters = fastjet.ClusterSequence(momenta, fastjet.JetDefinition(fastjet.antikt_algorithm, _RADIUS))
    jets, places = clusters.inclusive_jets(_PT_MIN), clusters.constituent_index(_PT_MIN)
    best, most = None, -np.inf
    for jet, own in zip(jets.tolist(), places.tolist(), strict=True):
        pt, eta, phi = _directions(jet["px"], jet["py"], jet["pz"])
        if abs(eta) > _ETA_MAX:
            continue
        apart = 0.0 if origin is None else float(np.hypot(eta - origin.eta(), _turn(phi - origin.phi())))
        preference = pt if origin is None else -apart
        if apart < _RADIUS and preference > most:
            best, most = own, preference
    return best


def _columns(particles: list[Any], random: np.random.Generator) -> dict[str, Any]:
    """Return the columns of one jet, its particles by decreasing pT."""
    particles = sorted(particles, key=lambda p: -p.pT())[:_MAX_PARTICLES]
    p4 = np.array([[p.e(), p.px(), p.py(), p.pz()] for p in particles])
    jet = p4.sum(axis=0)
    pt, eta, phi = _directions(*jet[1:])
    charge = np.array([p.charge() for p in particles])
    code = np.abs([p.id() for p in particles])
    vertex = np.array([[p.xProd(), p.yProd(), p.zProd()] for p in particles])
    across = (vertex[:, 0] * p4[:, 2] - vertex[:, 1] * p4[:, 1]) / np.hypot(p4[:, 1], p4[:, 2])
    errors = (0.01 + 0.1 / np.hypot(p4[:, 1], p4[:, 2])) * (charge != 0)  # mm
    hadron = (code != 22) & (code != 11) & (code != 13)
    columns: dict[str, Floats] = {
        "part_px": p4[:, 1],
        "part_py": p4[:, 2],
        "part_pz": p4[:, 3],
        "part_energy": p4[:, 0],
        "part_deta": np.array([p.eta() for p in particles]) - eta,
        "part_dphi": _turn(np.array([p.phi() for p in particles]) - phi),
        "part_d0val": np.where(charge != 0, across + random.normal(size=len(charge)) * errors, 0),
        "part_d0err": errors,
        "part_dzval": np.where(charge != 0, vertex[:, 2] + random.normal(size=len(charge)) * 2 * errors, 0),
        "part_dzerr": 2 * errors,
        "part_charge": charge,
        "part_isChargedHadron": hadron & (charge != 0),
        "part_isNeutralHadron": hadron & (charge == 0),
        "part_isPhoton": code == 22,
        "part_isElectron": code == 11,
        "part_isMuon": code == 13,
    }
    mass = float(np.sqrt(max(jet[0] ** 2 - (jet[1:] ** 2).sum(), 0)))
    of_jet = {"jet_pt": pt, "jet_eta": eta, "jet_phi": phi, "jet_energy": jet[0], "jet_sdmass": mass}
    return (
        {name: np.asarray(values, np.float32) for name, values in columns.items()}
        | of_jet
        | {"jet_nparticles": float(len(particles))}
    )


def _directions(px: float, py: float, pz: float) -> tuple[float, float, float]:
    pt = float(np.hypot(px, py))
    return pt, float(np.arcsinh(pz / pt)), float(np.arctan2(py, px))


def _turn(angle: npt.ArrayLike) -> Floats:
    """Return angles from -π to π, in rad."""
    return np.asarray((np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi)


if __name__ == "__main__":
    main()
