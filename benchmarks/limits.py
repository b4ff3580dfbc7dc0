"""What is gained by choosing, selecting and training by the result instead of the loss.

    make bench-limits                                           # with TensorFlow and pyhf by hand beside it
    python benchmarks/limits.py --out benchmarks/limits.json    # the same, where benchmarks/.rivals/limits is there

Two samples: a table in the spirit of a search for HH against tt, and generated jets of top quarks and QCD. For each,
five networks with different seeds are trained in six ways, and the expected limit of each is computed on test rows,
with bins of its own score chosen on validation rows: by shape (up to ten bins) and by counting (one cut: what passes
and what fails). The scan trains 12 importances of the background, and 1, in 5 folds each; beside it are three trainings
with their limits by hand (`limits_by_hand.py`), from which the time of as many as the scan has is extrapolated.
Finished parts are kept in --out, and the same command goes on; --table prints what there is.

Luminosity 138/fb. Cross sections, of the events as they are in the samples, are chosen for a limit near the signal and
are not those of any process: HH 0.5 fb and tt 100 fb; top 1 fb and QCD 100 fb; the backgrounds are known to 5%.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw
from netwright.evaluation import evaluate_by_part
from netwright.metrics import roc_auc
from netwright.statistics import (
    BinRules,
    ProcessEvents,
    ScoredEvents,
    build_workspace,
    expected_weights,
    median_limit,
    merged_events,
    optimal_binning,
    templates,
)
from netwright.workflow import divide_rows, load_rows, scan

Floats = npt.NDArray[np.float64]

LUMINOSITY = 138.0
CLASSES = {"table": ("tt", "hh"), "jets": ("QCD", "top")}
CROSS_SECTIONS = {"tt": 100.0, "hh": 0.5, "QCD": 100.0, "top": 1.0}  # fb
KNOWN_TO = 1.05
IMPORTANCES = [float(f"{value:.4g}") for value in np.geomspace(0.1, 10, 12)]
MEMBERS, FOLDS = 5, 5
BINS = {"shape": 10, "counting": 2}
BATCH, LARGER = 512, 8  # a result as the loss wants larger batches, and as many steps: more epochs, more patience

# what changes in the target, what the best epoch is chosen by, and whether batches are large
WAYS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "cross entropy, importance 1": ({}, "loss", False),
    "cross entropy, importance of the scan": ({}, "loss", False),
    "cross entropy, epoch by significance": ({}, "significance", False),
    "cross entropy, large batches": ({}, "loss", True),
    "significance as loss": ({"loss": "significance"}, "significance", True),
    "limit as loss": ({"loss": "limit"}, "limit", True),
}


def main() -> None:
    """Do what is missing, and print the tables."""
    options = parse()
    result: dict[str, Any] = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}

    def once(name: str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401  # what JSON holds
        if name not in result:
            result[name] = compute()
            options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        return result.get(name)

    for sample in () if options.table else options.samples:
        files = sample_files(sample, options)
        scanned = once(f"{sample}: scan", lambda sample=sample, files=files: timed_scan(sample, files, options))
        if options.rival.exists():
            once(f"{sample}: by hand", lambda sample=sample, files=files: by_hand(sample, files, options))
        for way in WAYS:
            importance = scanned["best"] if scanned and way.endswith("scan") else 1.0
            once(
                f"{sample}: {way}",
                lambda sample=sample, files=files, way=way, importance=importance: five_seeds(
                    sample, files, way, importance, options
                ),
            )
    print("\n".join(tables(result)))


def sample_files(sample: str, options: argparse.Namespace) -> list[str]:
    """Make a sample where it is not there."""
    folder = options.folder / sample
    if sample == "jets":
        nw.generate_top_jets(options.jets, seed=4, out=folder, workers=1)
        return [str(file) for file in sorted(folder.glob("*.npz"))]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events-{options.rows}.parquet"
    if not path.exists():
        pq.write_table(draw_table(options.rows), path)
    return [str(path)]


def draw_table(rows: int) -> pa.Table:
    """Draw events of two Higgs bosons, one to two b quarks and one to leptons, and of two top quarks."""
    random = np.random.default_rng(21)
    y = np.arange(rows) % 2
    signal = y == 1
    masses = np.where(signal, random.normal(118, 15, rows), 60 * random.gamma(3.0, 0.8, rows))
    visible = np.where(signal, random.normal(45, 18, rows), random.normal(75, 35, rows))
    columns = {
        "bb_mass": np.maximum(masses, 10.0),
        "leptons_mass": np.abs(visible) + 5,
        "bb_angle": np.abs(random.normal(0, np.where(signal, 1.1, 2.0))),
        "leptons_angle": np.abs(random.normal(0, np.where(signal, 0.9, 1.7))),
        "met": random.gamma(2.2, np.where(signal, 38.0, 30.0)),
        "ht": 120 + random.gamma(3.0, np.where(signal, 85.0, 70.0)),
        "noise": random.normal(size=rows),
    }
    weight = np.where(random.uniform(size=rows) < np.where(signal, 0.0, 0.05), -1.0, 1.0)
    return pa.table(columns | {"y": y, "weight": weight, "event": np.arange(rows)})


def content(sample: str, files: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Say how a small network is trained on a sample."""
    background, signal = CLASSES[sample]
    columns = ["bb_mass", "leptons_mass", "bb_angle", "leptons_angle", "met", "ht", "noise"]
    jets = {"kind": "four-vectors", "columns": "constituents", "at_most": 40, "features": ["jet"]}
    table = sample == "table"
    column = "y" if table else "truth_label"
    return {
        "name": f"limits-{sample}",
        "data": {"files": files, "identity": ["event"]} | ({"weight": "weight"} if table else {}),
        "inputs": {"x": {"kind": "numeric", "columns": columns}} if table else {"x": jets},
        "targets": {"score": {"kind": "binary", "column": column, "classes": {background: 0, signal: 1}}},
        "split": {"kind": "shares", "train": 0.5, "valid": 0.25, "test": 0.25},
        "model": {"body": {"kind": "dense", "units": [32, 32]}},
        "training": {"epochs": options.epochs, "batch_size": BATCH, "learning_rate": 3e-3, "seed": 1},
        "result": {
            "luminosity": f"{LUMINOSITY} fb-1",
            "processes": {name: {"cross_section": f"{CROSS_SECTIONS[name]} fb"} for name in CLASSES[sample]},
            "systematics": {"rate": {background: KNOWN_TO}},
            "replicas": 10,
        },
    }


def timed_scan(sample: str, files: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Scan the importance of the background, in folds."""
    experiment = nw.parse_experiment(content(sample, files, options) | {"split": {"kind": "cross", "folds": FOLDS}})
    began = time.monotonic()
    parameter = f"targets.score.importance.{CLASSES[sample][0]}"
    result = scan(experiment, parameter, IMPORTANCES, folder=options.folder / f"{sample}-scan")
    return {
        "best": result.best,
        "sentence": result.sentence,
        "seconds": time.monotonic() - began,
        "trainings": len(result.points) * FOLDS,
        "values": [point.value for point in result.points],
        "limits": [point.worth.together["limit"] for point in result.points],
        "auc": [point.worth.together["roc_auc"] for point in result.points],
    }


def by_hand(sample: str, files: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Time the same training and limit by Keras on TensorFlow and pyhf, with the inputs ready in memory."""
    experiment = nw.parse_experiment(content(sample, files, options))
    dataset, rows = load_rows(experiment)
    split = divide_rows(dataset, rows, experiment).split(0)
    truth, weights = rows.heads["score"].values, rows.weights
    expected = np.zeros(len(rows))  # of one row, times the rows of its part
    for part in (split.train, split.valid, split.test):
        for place, name in enumerate(CLASSES[sample]):
            here = part[truth[part] == place]
            expected[here] = expected_weights(weights[here], LUMINOSITY * CROSS_SECTIONS[name]) * len(part)
    path = options.folder / f"{sample}-by-hand.npz"
    np.savez(
        path, x=rows.inputs["x"].reshape(len(rows), -1), y=truth, w=weights.astype(np.float32), e=expected,
        train=split.train, valid=split.valid, test=split.test,
    )  # fmt: skip
    worker = Path(__file__).with_name("limits_by_hand.py")
    asked = [str(options.rival), str(worker), str(path), "--epochs", str(options.epochs), "--trainings", "3"]
    ran = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return result


def five_seeds(
    sample: str, files: list[str], way: str, importance: float, options: argparse.Namespace
) -> dict[str, Any]:
    """Train five networks in one way, and compute the result of each on test rows."""
    target, select, large = WAYS[way]
    values = content(sample, files, options)
    pretraining = {"pretraining": LARGER * options.epochs // 3} if target else {}
    values["targets"]["score"] |= target | pretraining | {"importance": {CLASSES[sample][0]: importance}}
    values["training"] |= {"select": select}
    if large:
        values["training"] |= {
            "batch_size": LARGER * BATCH,
            "epochs": LARGER * options.epochs,
            "early_stopping": {"patience": LARGER * 12},
            "schedule": {"kind": "plateau", "patience": LARGER * 4},
        }
    values["ensemble"] = {"members": MEMBERS}
    experiment = nw.parse_experiment(values)
    began = time.monotonic()
    run = nw.train(experiment, run=fresh(options.folder / f"{sample}-{way.replace(' ', '-').replace(',', '')}"))
    seconds = time.monotonic() - began
    dataset, rows = load_rows(experiment)
    division = divide_rows(dataset, rows, experiment)
    parts = evaluate_by_part(run.model, rows, division, MEMBERS)
    each = [result_of(sample, rows, parts, member) for member in range(MEMBERS)]
    return {"importance": importance, "seconds": seconds} | {name: [one[name] for one in each] for name in each[0]}


def fresh(path: Path) -> Path:
    """Return a path that is not there: an interrupted run is left, and started again."""
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.name.partition('--')[0]}--{number}")
    return path


def result_of(sample: str, rows: Any, parts: Any, member: int) -> dict[str, float]:  # noqa: ANN401  # rows and parts
    """Return the limits of one member: bins on validation rows, templates on test rows."""
    valid, test = (events(sample, rows, parts[part], member) for part in ("valid", "test"))
    rules = BinRules(3.0, 0.2)
    results = {}
    for name, bins in BINS.items():
        signal, background = (merged_events(valid, is_signal=kind) for kind in (True, False))
        edges = optimal_binning(signal, background, bins, rules, (0.0, 1.0))
        results[name] = median_limit(build_workspace(templates(test, edges)))
    labels = np.concatenate([np.full(len(one.nominal.scores), one.is_signal) for one in test])
    scores, weights = (np.concatenate([getattr(one.nominal, key) for one in test]) for key in ("scores", "weights"))
    return results | {"auc": roc_auc(labels, scores, weights)}


def events(sample: str, rows: Any, part: Any, member: int) -> list[ProcessEvents]:  # noqa: ANN401
    """Return the rows of both classes with the scores of one member."""
    scores_of_member = part.scores.members["score"][:, member, 0].astype(np.float64)
    truth, weights = rows.heads["score"].values[part.numbers], rows.weights[part.numbers]
    results = []
    for place, name in enumerate(CLASSES[sample]):
        here = truth == place
        expected = expected_weights(weights[here], LUMINOSITY * CROSS_SECTIONS[name])
        norms = {} if place else {"rate": (1 / KNOWN_TO, KNOWN_TO)}
        results.append(ProcessEvents(name, ScoredEvents(scores_of_member[here], expected), norms, is_signal=place == 1))
    return results


def tables(found: dict[str, Any]) -> list[str]:
    """Write what was found as Markdown."""
    lines = []
    for sample in CLASSES:
        if not any(name.startswith(sample) for name in found):
            continue
        lines += [
            "",
            f"**{sample}**",
            "",
            "| trained by | limit, shape | limit, counting | AUC | s |",
            "|---|---|---|---|---|",
        ]
        for way in WAYS:
            one = found.get(f"{sample}: {way}")
            if one is not None:
                shown = " | ".join(f"{np.mean(one[key]):.3g} ± {np.std(one[key], ddof=1):.2g}" for key in BINS)
                auc = f"{np.mean(one['auc']):.4f} ± {np.std(one['auc'], ddof=1):.4f}"
                name = way if one["importance"] == 1 else f"{way} ({one['importance']:.3g})"
                lines.append(f"| {name} | {shown} | {auc} | {one['seconds']:.0f} |")
        scanned, hand = found.get(f"{sample}: scan"), found.get(f"{sample}: by hand")
        if scanned:
            lines += [
                "",
                f"Scan of {scanned['trainings']} trainings: {scanned['seconds']:.0f} s. {scanned['sentence']}",
            ]
        if scanned and hand:
            count, seconds = scanned["trainings"], hand["seconds"]
            whole = sum(seconds.values())
            lines.append(
                f"By hand, Keras's fit on {hand['backend']} takes {seconds['fit']:.1f} s for one training, scores "
                f"{seconds['scores']:.1f} s and pyhf's limit {seconds['limit']:.1f} s (means of {hand['trainings']}): "
                f"{whole * count:.0f} s for {count} (extrapolated), {whole * count / scanned['seconds']:.1f} times the "
                "scan's, which reads, describes, compares and draws as well."
            )
    return lines


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/limits.json"), help="finished parts are kept here")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/runs/limits"), help="samples and runs")
    parser.add_argument("--samples", nargs="*", choices=CLASSES, default=list(CLASSES))
    parser.add_argument("--rows", type=int, default=40_000, help="of the table")
    parser.add_argument("--jets", type=int, default=20_000, help="generated jets")
    parser.add_argument("--epochs", type=int, default=40)
    rival = Path("benchmarks/.rivals/limits/bin/python")
    parser.add_argument("--rival", type=Path, default=rival, help="Python with TensorFlow, Keras and pyhf")
    parser.add_argument("--table", action="store_true", help="train nothing, print what there is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
