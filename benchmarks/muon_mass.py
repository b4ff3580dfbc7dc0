"""The mass of two muons from their four-vectors, on real CMS collisions.

    python benchmarks/muon_mass.py --data ../shared/data/Zmumu_Run2011A_masses.csv

Trains dense networks on 10,000 collisions, with the two muons' E, px, py, pz in GeV as eight plain numbers and as
four-vectors with features of each kind, and prints bias and resolution on test rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import netwright as nw
from netwright.workflow import train

PLAIN = {
    "kind": "numeric",
    "columns": [f"{component}{muon}" for muon in (1, 2) for component in ("E", "px", "py", "pz")],
    "unit": "GeV",
}
MUONS = {"kind": "four-vectors", "columns": ["E{i}", "px{i}", "py{i}", "pz{i}"], "at_most": 2}
INPUTS = {
    "eight numbers": PLAIN,
    "four-vectors, raw": MUONS | {"features": ["raw"]},
    "objects": MUONS | {"features": ["objects"]},
    "pairs": MUONS | {"features": ["pairs"]},
    "objects + pairs": MUONS | {"features": ["objects", "pairs"]},
    "lorentz-boost": MUONS | {"features": ["lorentz-boost"]},
}


def main() -> None:
    """Train once for each kind of inputs and each activation, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/Zmumu_Run2011A_masses.csv"))
    parser.add_argument("--inputs", nargs="+", choices=INPUTS, default=list(INPUTS))
    parser.add_argument("--activations", nargs="+", default=["relu", "silu"])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=300)
    options = parser.parse_args()
    print("| inputs | activation | epochs | bias (GeV) | resolution (GeV) | seconds |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "muons.csv"
        data.write_text("".join(options.data.open().readlines()[: options.events + 1]))
        for inputs in options.inputs:
            for activation in options.activations:
                print(row(data, inputs, activation, options.epochs), flush=True)


def row(data: Path, inputs: str, activation: str, epochs: int) -> str:
    """Train one network and return its row of the table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = train(experiment(data, inputs, activation, epochs), run=Path(folder) / "run")
        mass = run.evaluation["test"]["mass"]
        cells = [f"{mass[m]['value']:.3f} ± {mass[m]['uncertainty']:.3f}" for m in ("bias", "resolution")]
        epochs = len(run.history)
    seconds = time.monotonic() - began
    return f"| {inputs} | {activation} | {epochs} | {cells[0]} | {cells[1]} | {seconds:.0f} |"


def experiment(data: Path, inputs: str, activation: str, epochs: int) -> nw.Experiment:
    """Say how to train on two muons."""
    return nw.parse_experiment(
        {
            "name": "muon-mass",
            "data": {"files": [str(data.resolve())], "identity": ["Run", "Event"]},
            "inputs": {"muons": INPUTS[inputs]},
            "targets": {"mass": {"kind": "regression", "column": "M", "unit": "GeV"}},
            "model": {"body": {"kind": "dense", "units": [128, 128, 128], "activation": activation}},
            "training": {
                "epochs": epochs,
                "batch_size": 64,
                "schedule": {"kind": "plateau", "patience": 15},
                "early_stopping": {"patience": 60},
            },
        }
    )


if __name__ == "__main__":
    main()
