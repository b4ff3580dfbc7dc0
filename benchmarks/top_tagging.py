"""A top tagger trained on generated jets, evaluated on real ones beside the published taggers.

    python benchmarks/top_tagging.py --rows 500000 --members 5 --epochs 10
    python benchmarks/top_tagging.py --real ../shared/data/real_jets_1000.npz

Generates 200,000 jets (once), trains a deep-sets network, or an ensemble, on them with netwright, and measures its
AUC on generated test jets and on 1,000 jets of the Top Quark Tagging Reference Dataset, of which nothing was used in
training. The published taggers' scores of the same jets are in the same file (columns score_*).
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np

import netwright as nw
from netwright.cli._screen import screen
from netwright.metrics import Measured, measure_binary
from netwright.workflow import train
from netwright.workflow._demo import top_tagging


def main() -> None:
    """Generate, train, evaluate and print a table."""
    options = parse()
    with screen() as show:
        if options.run and (options.run / "evaluation.json").is_file():
            run = nw.open_run(options.run)  # trained before
        else:
            nw.generate_top_jets(options.rows, seed=options.seed, out=options.jets, workers=2, progress=show)
            run = train(experiment(options), run=options.run, observers=[show], progress=show)
    text = "\n".join([*header(options, run), *evaluated(run, options.real)])
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="generated jets (train, valid and test together)")
    parser.add_argument("--seed", type=int, default=2, help="of the generated jets")
    parser.add_argument("--jets", type=Path, default=Path("benchmarks/jets"), help="folder of the generated jets")
    parser.add_argument("--real", type=Path, default=Path("../shared/data/real_jets_1000.npz"))
    parser.add_argument(
        "--run", type=Path, default=None, help="run directory; evaluated only, if it is trained already"
    )
    parser.add_argument("--members", type=int, default=1, help="networks of the ensemble")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--out", type=Path, default=None, help="also write the table there, as Markdown")
    return parser.parse_args()


def experiment(options: argparse.Namespace) -> nw.Experiment:
    """Say how to train: the demonstration's multi-purpose network, on more jets."""
    content: dict[str, Any] = top_tagging(str(options.jets.resolve() / "*.npz"))
    content["name"] = "top-tagging-benchmark"
    content["split"] = {"kind": "shares", "train": 0.8, "valid": 0.1, "test": 0.1}
    content["inputs"]["constituents"]["at_most"] = 80
    content["ensemble"] = {"members": options.members}
    content["training"] |= {
        "epochs": options.epochs,
        "batch_size": 256,
        "schedule": {"kind": "cosine", "final": 0.01},
        "early_stopping": {"patience": options.epochs},
    }
    return nw.parse_experiment(content)


def evaluated(run: nw.Run, real: Path) -> list[str]:
    """Put our AUC beside those of the published taggers, on the same real jets."""
    jets = np.load(real)
    labels = jets["truth_label"]
    ours = run.predict(nw.read(real))["is_top"].to_numpy()
    lines = ["| tagger | trained on | AUC on the real jets | 1/ε_B at ε_S = 0.3 |", "|---|---|---|---|"]
    rows = {
        name.removeprefix("score_"): ("1.2 million reference jets", measure_binary(labels, jets[name]))
        for name in jets.files
        if name.startswith("score_")
    }
    rows["**netwright, deep sets**"] = ("generated jets", measure_binary(labels, ours))
    for name, (where, measured) in sorted(rows.items(), key=lambda row: -row[1][1]["roc_auc"].value):
        lines.append(f"| {name} | {where} | {measured['roc_auc']} | {measured['background_rejection_0.3']} |")
    test = run.evaluation["test"]["is_top"]["roc_auc"]
    result = rows["**netwright, deep sets**"][1]["roc_auc"]
    own = Measured(test["value"] or 0.0, test["uncertainty"] or 0.0, test.get("spread"))
    lines += [
        "",
        f"AUC on generated test jets: {own}; on the real jets: {result}; difference {own.value - result.value:.4f}.",
    ]
    energy = run.evaluation["test"]["energy"]["resolution"]
    lines.append(f"Resolution of the top quark's energy on generated test jets: {energy['value']:.1f} GeV.")
    return lines


def header(options: argparse.Namespace, run: nw.Run) -> list[str]:
    """Say where and how the numbers were made."""
    last = {epoch["member"]: epoch for epoch in run.history}
    seconds = sum(epoch["seconds"] for epoch in last.values())
    environment = run.read_json("environment.json")
    libraries = ", ".join(f"{name} {environment['libraries'][name]}" for name in ("jax", "keras", "numpy"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return [
        f"`{' '.join(['python', *sys.argv])}` on {machine}, {libraries}, netwright {environment['netwright']}.",
        f"{options.rows:,} generated jets; members {len(last)}, epochs {options.epochs}; {seconds:.0f} s of training.",
        "",
    ]


if __name__ == "__main__":
    main()
