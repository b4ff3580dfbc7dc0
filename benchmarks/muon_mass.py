"""The mass of two muons from their eight components, on real CMS collisions.

    python benchmarks/muon_mass.py --data ../shared/data/Zmumu_Run2011A_masses.csv

Trains dense networks that see E, px, py, pz of both muons in raw GeV, with nothing computed beforehand, and prints
bias and resolution on test rows for each activation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import netwright as nw
from netwright.workflow import train

COLUMNS = [f"{component}{muon}" for muon in (1, 2) for component in ("E", "px", "py", "pz")]


def main() -> None:
    """Train once for each activation and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/Zmumu_Run2011A_masses.csv"))
    parser.add_argument("--activations", nargs="+", default=["relu", "elu", "tanh", "silu"])
    options = parser.parse_args()
    print("| activation | epochs | bias (GeV) | resolution (GeV) | seconds |\n|---|---|---|---|---|")
    for activation in options.activations:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            run = train(experiment(options.data, activation), run=Path(folder) / "run")
            mass = run.evaluation["test"]["mass"]
            cells = [f"{mass[m]['value']:.3f} ± {mass[m]['uncertainty']:.3f}" for m in ("bias", "resolution")]
            seconds = time.monotonic() - began
            print(f"| {activation} | {len(run.history)} | {cells[0]} | {cells[1]} | {seconds:.0f} |", flush=True)


def experiment(data: Path, activation: str) -> nw.Experiment:
    """Say how to train on the eight components."""
    return nw.parse_experiment(
        {
            "name": "muon-mass",
            "data": {"files": [str(data.resolve())], "identity": ["Run", "Event"]},
            "inputs": {"muons": {"kind": "numeric", "columns": COLUMNS, "unit": "GeV"}},
            "targets": {"mass": {"kind": "regression", "column": "M", "unit": "GeV"}},
            "model": {"body": {"kind": "dense", "units": [128, 128, 128], "activation": activation}},
            "training": {
                "epochs": 300,
                "batch_size": 64,
                "schedule": {"kind": "plateau", "patience": 15},
                "early_stopping": {"patience": 60},
            },
        }
    )


if __name__ == "__main__":
    main()
