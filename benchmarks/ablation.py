"""What each tool brings to a top tagger: one change at a time, five members each.

    python benchmarks/ablation.py --rows 100000

Trains five networks of each kind on generated jets, and measures every one of them on generated test jets and on the
1,000 jets of the Top Quark Tagging Reference Dataset in --real, of which nothing is used in training. Value and
uncertainty in the table are mean and standard deviation over the five members; the last column is their ensemble.
A name with + adds to the row above, one with "and" to the row of four-vector features; see STEPS.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import netwright as nw
from netwright.cli._screen import Screen, screen
from netwright.evaluation import scored_rows
from netwright.metrics import measure_binary
from netwright.models import members_of
from netwright.workflow import train

CONSTITUENTS = {"kind": "four-vectors", "columns": "constituents", "at_most": 60}
DENSE = {"kind": "dense", "units": [128, 128, 128, 128], "activation": "relu"}
RAW, ALL = {"features": ["raw"]}, {"features": ["constituents", "jet"]}
DEEP_SETS = {"kind": "deep-sets", "constituent_units": [64, 64, 64], "units": [128, 128]}

# name: (changes of the inputs, body, changes of the split and the ensemble)
STEPS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "raw four-vectors, no scaling": (RAW | {"scaling": "none"}, DENSE, {}),
    "+ standardise": (RAW, DENSE, {}),
    "+ four-vector features": (ALL, DENSE, {}),
    "  and residual": (ALL, DENSE | {"kind": "residual"}, {}),
    "  and densely connected": (ALL, DENSE | {"kind": "densely-connected"}, {}),
    "  and SELU": (ALL, DENSE | {"activation": "selu"}, {}),
    "  and batch normalisation": (ALL, DENSE | {"batch_normalisation": "before"}, {}),
    "  and dropout 0.2": (ALL, DENSE | {"dropout": 0.2}, {}),
    "  and L2 1e-4": (ALL, DENSE | {"l2": 1e-4}, {}),
    "  and rotations, reflections": (ALL | {"augment": ["rotate-phi", "reflect-eta"]}, DENSE, {}),
    "  and Lorentz boosts": (ALL | {"features": ["constituents", "jet", "lorentz-boost"]}, DENSE, {}),
    "deep sets": (ALL, DEEP_SETS, {}),
    "deep sets, 5 folds": (ALL, DEEP_SETS, {"split": {"kind": "folds", "folds": 5, "test": 0.15}, "members": 1}),
}


def main() -> None:
    """Train every row of the table and print it."""
    options = parse()
    lines = [
        "| network | weights | AUC, generated | 1/ε_B at ε_S = 0.3 | AUC, real jets | ensemble: generated | real | s |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    with screen() as show:
        nw.generate_top_jets(options.jets_rows, seed=2, out=options.jets, workers=2, progress=show)
        for name in options.only or STEPS:
            lines.append(row(name, options, show))
            show.say(lines[-1])
            write(options, lines)
    print("\n".join([*header(options), *lines]))


def write(options: argparse.Namespace, lines: list[str]) -> None:
    """Keep what there is."""
    if options.out:
        options.out.write_text("\n".join([*header(options), *lines]) + "\n", encoding="utf-8")


def row(name: str, options: argparse.Namespace, show: Screen) -> str:
    """Train one row of the table."""
    began = time.monotonic()
    run = train(experiment(name, options), run=options.runs / name.strip(" +").replace(" ", "-"), progress=show)
    seconds = time.monotonic() - began
    test = nw.read(str(options.real))
    real = scored_rows(run.model, run.experiment, test)[0].members["is_top"][..., 0]
    labels = test.column("truth_label")
    on_real = [measure_binary(labels, scores)["roc_auc"].value for scores in real.T]
    generated = run.evaluation["test"]["is_top"]
    together = measure_binary(labels, real.mean(axis=1))["roc_auc"].value
    alone = members_alone(run)
    auc, rejection = (spread([one[metric] for one in alone]) for metric in ("roc_auc", "background_rejection_0.3"))
    weights = run.model.count_params() // members_of(run.model)
    return (
        f"| {name.strip()} | {weights:,} | {auc[0]:.4f} ± {auc[1]:.4f} | {rejection[0]:.0f} ± {rejection[1]:.0f} "
        f"| {np.mean(on_real):.4f} ± {np.std(on_real, ddof=1):.4f} | {generated['roc_auc']['value']:.4f} "
        f"| {together:.4f} | {seconds:.0f} |"
    )


def members_alone(run: nw.Run) -> list[dict[str, float]]:
    """Measure every member on the generated test jets."""
    from netwright.evaluation import open_data
    from netwright.workflow import divide_rows, load_rows

    dataset, rows = load_rows(run.experiment)
    test = np.flatnonzero(divide_rows(dataset, rows, run.experiment).folds_of("test").any(axis=1))
    scores = scored_rows(run.model, run.experiment, open_data(run.experiment).take(test))[0].members["is_top"][..., 0]
    labels = rows.heads["is_top"].values[test]
    return [
        {metric: measured.value for metric, measured in measure_binary(labels, of_member).items()}
        for of_member in scores.T
    ]


def spread(values: list[float]) -> tuple[float, float]:
    """Return mean and standard deviation."""
    return float(np.mean(values)), float(np.std(values, ddof=1))


def experiment(name: str, options: argparse.Namespace) -> nw.Experiment:
    """Say how to train one row of the table."""
    inputs, body, more = STEPS[name]
    files = sorted(options.jets.resolve().glob("*.npz"))[: options.rows // 1000]
    return nw.parse_experiment(
        {
            "name": "ablation",
            "data": {"files": [str(file) for file in files], "identity": ["event"]},
            "inputs": {"constituents": CONSTITUENTS | inputs},
            "targets": {"is_top": {"kind": "binary", "column": "truth_label", "classes": {"QCD": 0, "top": 1}}},
            "split": more.get("split", {"kind": "shares"}),
            "model": {"body": body},
            "ensemble": {"members": more.get("members", options.members)},
            "training": {
                "epochs": options.epochs,
                "batch_size": 256,
                "schedule": {"kind": "cosine", "final": 0.02},
                "early_stopping": {"patience": options.epochs},
            },
        }
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="jets of the study, in thousands of 1,000")
    parser.add_argument("--jets-rows", type=int, default=500_000, help="jets of the folder")
    parser.add_argument("--jets", type=Path, default=Path("benchmarks/jets"), help="folder of the generated jets")
    parser.add_argument("--real", type=Path, default=Path("../shared/data/real_jets_1000.npz"))
    parser.add_argument("--runs", type=Path, default=Path("benchmarks/runs"), help="folder of the run directories")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=STEPS, help="rows of the table")
    parser.add_argument("--out", type=Path, default=None, help="also write the table there, as Markdown")
    return parser.parse_args()


def header(options: argparse.Namespace) -> list[str]:
    """Say where and how the numbers were made."""
    import jax
    import keras

    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"jax {jax.__version__}, keras {keras.__version__}, netwright {nw.__version__}"
    size = f"{options.rows:,} generated jets, {options.epochs} epochs with a cosine schedule."
    return [f"`{' '.join(['python', *sys.argv])}` on {machine}, {versions}. {size}", ""]


if __name__ == "__main__":
    main()
