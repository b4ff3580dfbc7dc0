"""Four tasks with the same small space, and one for trials at once: what is searched, and the rows."""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw
from netwright.workflow.proposals.search import proposed_search

Columns = dict[str, npt.NDArray[Any]]

EPOCHS, BATCH = 12, 128
UNITS = [32, 32]
HEAD = "y"
OBJECTIVE = f"{HEAD}.roc_auc"
JETS = 20_000
PARAMETERS: dict[str, dict[str, Any]] = {
    "training.learning_rate": {"low": 1e-4, "high": 0.3, "log": True},
    "training.schedule.kind": {"choices": ["constant", "cosine"]},
    "model.body.dropout": {"low": 0.0, "high": 0.5},
    "model.body.l1": {"low": 1e-6, "high": 1e-2, "log": True},
    "model.body.l2": {"low": 1e-6, "high": 1e-2, "log": True},
}
EVENTS = Path(__file__).parents[2] / "examples" / "tabular-search" / "make_events.py"


def spiral(_: int) -> Columns:
    """Return two classes on two arms of a spiral with noise."""
    rows, generator = 6000, np.random.default_rng(1)
    y = np.arange(rows) % 2
    t = np.sqrt(generator.random(rows)) * 3 * np.pi
    angle = t + np.pi * y
    x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) + generator.normal(size=(rows, 2)) * 0.6
    return {"x1": x[:, 0], "x2": x[:, 1], "y": y}


def muon_pairs(_: int) -> Columns:
    """Return two muons: from a resonance near 91 GeV, or each from somewhere else; pT in GeV, and angles in between."""
    rows, generator = 8000, np.random.default_rng(1)
    y = np.arange(rows) % 2
    first, second = generator.normal(size=(2, rows, 3)) * 30
    mass = np.where(y == 1, generator.normal(91, 4, rows), 2 * generator.gamma(4.0, 12.0, rows))
    # the second is made longer or shorter, so that the pair has this mass
    one, cosine = np.linalg.norm(first, axis=1), np.sum(first * second, axis=1)
    cosine /= one * np.linalg.norm(second, axis=1)
    other = mass**2 / (2 * one * np.maximum(1 - cosine, 1e-3))
    second *= (other / np.linalg.norm(second, axis=1))[:, None]
    near = other < 300
    first, second = first[near], second[near]
    pt = [np.hypot(one[:, 0], one[:, 1]) for one in (first, second)]
    eta = [np.arcsinh(one[:, 2] / np.hypot(one[:, 0], one[:, 1])) for one in (first, second)]
    phi = [np.arctan2(one[:, 1], one[:, 0]) for one in (first, second)]
    turn = np.abs((phi[0] - phi[1] + np.pi) % (2 * np.pi) - np.pi)
    return {"pt1": pt[0], "pt2": pt[1], "deta": np.abs(eta[0] - eta[1]), "dphi": turn, "y": y[near]}


def events(_: int) -> Columns:
    """Return 10,000 events of examples/tabular-search."""
    path = Path(__file__).parents[1] / "runs" / "search" / "all-events.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        runpy.run_path(str(EVENTS))["main"](path)
    table = pq.read_table(path).slice(0, 10_000)
    names = ["lepton1_pt", "lepton2_pt", "leptons_mass", "met", "leptons_angle", "jet1_pt", "jet2_pt", "jets_mass"]
    columns = {name: table[name].to_numpy() for name in [*names, "n_jets", "n_tags"]}
    return columns | {"y": (table["process"].to_numpy() == "resonance").astype(int)}


def jets(count: int) -> Columns:
    """Return high-level features of generated jets of top quarks and QCD: mass, pt, width and the like."""
    folder = Path(__file__).parents[1] / "runs" / "search" / f"jets-{count}"
    nw.generate_top_jets(count, seed=4, out=folder, workers=1)
    parts = [jet_features(np.load(file)) for file in sorted(folder.glob("*.npz"))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def jet_features(file: Any) -> Columns:  # noqa: ANN401  # of NumPy
    """Return features of jets from the momenta of their constituents, in GeV."""
    energy, px, py, pz = np.moveaxis(np.asarray(file["constituents"], np.float64), -1, 0)
    pt = np.hypot(px, py)
    there = energy > 0
    jet = [component.sum(axis=1) for component in (energy, px, py, pz)]
    mass = np.sqrt(np.maximum(jet[0] ** 2 - jet[1] ** 2 - jet[2] ** 2 - jet[3] ** 2, 0))
    jet_pt = np.hypot(jet[1], jet[2])
    eta = np.arcsinh(pz / np.where(there, pt, 1)) - np.arcsinh(jet[3] / jet_pt)[:, None]
    phi = np.arctan2(py, px) - np.arctan2(jet[2], jet[1])[:, None]
    distance = np.hypot(eta, (phi + np.pi) % (2 * np.pi) - np.pi)
    share = np.where(there, pt, 0) / pt.sum(axis=1, keepdims=True)
    return {
        "mass": mass,
        "pt": jet_pt,
        "constituents": there.sum(axis=1),
        "width": (share * distance).sum(axis=1),
        "spread": (share * distance**2).sum(axis=1),
        "dispersion": np.sqrt((share**2).sum(axis=1)),
        "leading": share.max(axis=1),
        "y": np.asarray(file["truth_label"]),
    }


def small_network(_: int) -> Columns:
    """Return the rows of the small network of benchmarks/bench: 32 columns, of which 32,768 rows are for training."""
    rows, generator = 65_536, np.random.default_rng(1)
    x = generator.normal(size=(rows, 32)).astype(np.float32)
    waves = np.tanh(x @ generator.normal(size=(32, 16)) / 4) @ generator.normal(size=16)
    y = (waves + generator.normal(size=rows) > 0).astype(int)
    return {f"x{n}": x[:, n] for n in range(32)} | {"y": y}


TASKS: dict[str, Callable[[int], Columns]] = {
    "spiral": spiral,
    "muon pairs": muon_pairs,
    "events": events,
    "jets": jets,
}
SMALL = "small network"  # of benchmarks/bench; only for trials at once
PROPOSED = "proposed"  # fewer of the events, and the space with choices that `init --search` proposes
ROWS = {**TASKS, SMALL: small_network, PROPOSED: lambda count: {k: v[:6000] for k, v in events(count).items()}}


def units_of(task: str) -> list[int]:
    """Return the layers of a task's network."""
    return [64, 64, 64] if task == SMALL else UNITS


def experiment(task: str, folder: Path, jets: int = JETS, **search: object) -> nw.Experiment:
    """Return the experiment of a task, with its rows in a file.

    Args:
        task: its name in `ROWS`.
        folder: for the file.
        jets: number of generated jets.
        search: what differs in the section search.

    Returns:
        The experiment, with a section search.
    """
    path = folder / f"{task.replace(' ', '-')}{f'-{jets}' if task == 'jets' else ''}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        columns = ROWS[task](jets)
        pq.write_table(pa.table(columns | {"event": np.arange(len(columns["y"]))}), path)
    names = [name for name in pq.read_schema(path).names if name not in ("y", "event")]
    if task == PROPOSED:
        return proposed(path, **search)
    section = {"parameters": PARAMETERS, "objective": OBJECTIVE, "pruning": {"epochs": False, "folds": False}}
    return nw.parse_experiment({
        "name": task.replace(" ", "-"),
        "data": {"files": [str(path.resolve())], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": names}},
        "targets": {HEAD: {"kind": "binary", "column": "y"}},
        "split": {"kind": "shares", "train": 0.5, "valid": 0.25, "test": 0.25},
        "model": {"body": {"kind": "dense", "units": units_of(task)}},
        "training": {
            "epochs": EPOCHS, "batch_size": BATCH, "schedule": {"kind": "constant"}, "members": "together",
            "early_stopping": {"patience": EPOCHS},
        },
        "search": section | search,
    })  # fmt: skip


def proposed(path: Path, **search: object) -> nw.Experiment:
    """Return the experiment that `netwright init` writes for a file, with a dense body and few epochs.

    Args:
        path: of the file.
        search: what differs in the section search.

    Returns:
        The experiment, which searches what `netwright init --search` proposes for it, with narrower layers.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "experiment.yaml"
        nw.init(path, "y", output=written)
        content = nw.load_experiment(written).model_dump(mode="json", exclude_unset=True)
    content["data"]["files"] = [str(path.resolve())]
    content["split"] = {"kind": "shares", "train": 0.5, "valid": 0.25, "test": 0.25}
    content["model"] = {"body": {"kind": "dense", "units": [64, 64]}}
    content["training"] |= {
        "epochs": EPOCHS, "batch_size": BATCH, "members": "together", "early_stopping": {"patience": EPOCHS},
    }  # fmt: skip
    section = proposed_search(nw.parse_experiment(content))[0].model_dump(mode="json", exclude_unset=True)
    section["parameters"]["model.body.units"]["choices"] = [[64, 64], [32, 32], [64, 64, 64]]  # narrower: it is faster
    return nw.parse_experiment(
        content | {"search": section | {"pruning": {"epochs": False, "folds": False}, "objective": OBJECTIVE} | search}
    )
