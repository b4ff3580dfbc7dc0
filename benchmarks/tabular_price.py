"""What inner networks of the body tabular cost, and what a second head costs the first.

    python benchmarks/tabular_price.py networks --rows 20000 --columns 20
    python benchmarks/tabular_price.py second-head --rows 10000 --seeds 5

`networks` trains 1, 8 and 32 inner networks in one, and 8 members (`ensemble.members`) with one inner network each: the
same number of networks without shared weights. Seconds of an epoch are those between the ends of the first and the last
epoch, as the history of the run has them; of members that train side by side, the sum divided by how many do at a time.

`second-head` trains a classification alone, and with a regression of the signal's mass beside it, on the same rows with
the same seeds. The question is whether the second head costs the first more than what seeds leave open: the difference
of the areas under the curve, paired by seed, and its uncertainty.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw

CASES = {"1 network": (1, 1), "8 networks in one": (8, 1), "32 networks in one": (32, 1), "8 members of 1": (1, 8)}


def main() -> None:
    """Measure one of both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["networks", "second-head"])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5, help="of the second head")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), help="of networks")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        pq.write_table(draw(args.rows, args.columns), path)
        (networks if args.what == "networks" else second_head)(path, args)


def draw(rows: int, columns: int) -> pa.Table:
    """Draw two objects whose invariant mass is that of a resonance in the signal, and columns of noise."""
    random = np.random.default_rng(11)
    signal = np.arange(rows) % 2 == 1
    mass = np.where(signal, random.normal(91, 12, rows), 60 * random.gamma(2.0, 1.0, rows)) + 5
    pt, angle = 20 + random.gamma(2.0, 25.0, rows), random.uniform(-1, 1, rows)
    other = mass**2 / (2 * pt * (1 - angle) + 40)
    noise = {f"noise_{k}": random.normal(size=rows) for k in range(columns - 3)}
    smeared = {"pt_1": pt, "pt_2": other, "angle": angle}
    measured = {name: values * random.normal(1, 0.08, rows) for name, values in smeared.items()}
    return pa.table(measured | noise | {"is_signal": signal.astype(np.int32), "mass": mass, "event": np.arange(rows)})


def experiment_of(path: Path, args: argparse.Namespace, epochs: int, **changes: dict[str, Any]) -> nw.Experiment:
    """Say what `netwright init` proposes for such a table, without early stopping, so that every epoch is done."""
    batch = int(np.clip(2 ** np.floor(np.log2(args.rows / 64)), 32, 2048))
    columns = ["pt_1", "pt_2", "angle", *(f"noise_{k}" for k in range(args.columns - 3))]
    content: dict[str, Any] = {
        "name": "price",
        "data": {"files": [path.name], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": columns, "scaling": "quantiles"}},
        "targets": {"is_signal": {"kind": "binary", "column": "is_signal"}},
        "model": {"body": {"kind": "tabular", "dropout": 0.1}},
        "training": {
            "epochs": epochs, "batch_size": batch, "learning_rate": 0.005,
            "optimizer": {"kind": "adamw", "weight_decay": 0.02}, "schedule": {"kind": "cosine"},
            "early_stopping": {"patience": epochs},
        },
    }  # fmt: skip
    return nw.parse_experiment(content | changes, folder=path.parent)


def networks(path: Path, args: argparse.Namespace) -> None:
    """Print seconds of an epoch and the quality of each case."""
    print("| networks | s, one epoch | relative | AUC of test rows |\n|---|---|---|---|")
    first = 0.0
    for name in args.cases:
        inner, members = CASES[name]
        body = {"body": {"kind": "tabular", "dropout": 0.1, "networks": inner}}
        experiment = experiment_of(path, args, args.epochs + 1, model=body, ensemble={"members": members})
        run = nw.train(experiment, run=path.parent / name.replace(" ", "-"))
        seconds = epoch_seconds(run, args.epochs)
        first = first or seconds
        area = run.evaluation["test"]["is_signal"]["roc_auc"]
        print(f"| {name} | {seconds:.3f} | {seconds / first:.2f} | {area['value']:.4f} ± {area['uncertainty']:.4f} |")


def epoch_seconds(run: nw.Run, epochs: int) -> float:
    """Return the seconds that an epoch of all members takes, the first one aside."""
    plan = json.loads((run.path / "training.json").read_text())["plan"]
    ends = {(record["member"], record["epoch"]): record["seconds"] for record in run.history}
    of_teams = [ends[team[0], epochs + 1] - ends[team[0], 1] for team in plan["teams"]]
    return float(sum(of_teams) / min(plan["workers"], len(of_teams)) / epochs)


def second_head(path: Path, args: argparse.Namespace) -> None:
    """Print the area under the curve of the first head alone and with a second, and their paired difference."""
    first = {"is_signal": {"kind": "binary", "column": "is_signal"}}
    second = {"mass": {"kind": "regression", "column": "mass", "unit": "GeV", "where": "is_signal = 1"}}
    results: dict[str, npt.NDArray[np.float64]] = {}
    print("| heads | AUC of is_signal, mean and deviation over seeds |\n|---|---|")
    for name, targets in (("alone", first), ("with a regression", first | second)):
        areas = []
        for seed in range(args.seeds):
            experiment = experiment_of(path, args, args.epochs, targets=targets)
            training = experiment.training.model_copy(update={"seed": seed})
            run = nw.train(experiment.model_copy(update={"training": training}), run=path.parent / f"{name}-{seed}")
            areas.append(run.evaluation["test"]["is_signal"]["roc_auc"]["value"])
        results[name] = np.array(areas)
        print(f"| {name} | {np.mean(areas):.4f} ± {np.std(areas, ddof=1):.4f} |", flush=True)
    gain = results["with a regression"] - results["alone"]
    sigma = gain.std(ddof=1) / np.sqrt(len(gain))
    print(f"\nDifference, paired by seed: {gain.mean():+.4f} ± {sigma:.4f}.")


if __name__ == "__main__":
    main()
