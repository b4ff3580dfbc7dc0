"""Tables: our default network against boosted trees and other networks, each with its defaults.

    python benchmarks/tabular.py write --folder TABLES
    python benchmarks/tabular.py run --folder TABLES --models netwright "netwright dense"
    python benchmarks/tabular.py run --folder TABLES --models trees xgboost lightgbm catboost realmlp tabm
    python benchmarks/tabular.py run --folder TABLES --models "netwright search" "trees search" autogluon
    python benchmarks/tabular.py report --folder TABLES

`write` needs the packages that ship the tables (`benchmarks/table_data.py`), `run` those of its models: they may run
in different environments. Rows with the same inputs are kept once: a copy among the test rows rewards learning by
heart. Every model is given the same 80% of the rows and evaluated on the other 20%, in several splits; what it holds
out of its 80% is its own matter (netwright: the share that `init` writes). `--rows` takes so many rows of each table
at the most. Results are added to results.csv one by one, and those that are there are not computed again, so that
`run` may be interrupted; after `--minutes` it begins no further training. Each model has one thread; seconds are
those of the CPU, for everything and for the training alone. A search, and AutoGluon, may take five minutes of it;
AutoGluon wants an environment of its own, with `autogluon.tabular` 1.6.3.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from table_models import MODELS, Floats

Found = dict[str, dict[str, dict[str, dict[str, float]]]]
"""Values by field, table, model and split."""

FIELDS = ("table", "split", "model", "score", "log_loss", "calibration", "seconds", "training")


def main() -> None:
    """Write tables, run models or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["write", "run", "report"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["netwright"])
    parser.add_argument("--tables", nargs="+", help="only these")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--rows", type=int, help="of each table at the most")
    parser.add_argument("--minutes", type=float, default=np.inf, help="after which no training begins")
    args = parser.parse_args()
    if args.step == "write":
        write(args.folder, args.tables)
    elif args.step == "run":
        run(args)
    else:
        print(report(args.folder / "results.csv"))


def write(folder: Path, names: Sequence[str] | None = None) -> None:
    """Write every table, or those of these names, that can be had here and is not there yet."""
    from table_data import TABLES

    folder.mkdir(parents=True, exist_ok=True)
    for name in names or TABLES:
        if name not in TABLES:
            sys.exit(f"There is no table {name}. Choose from: {'; '.join(TABLES)}.")
        if (folder / f"{name}.npz").exists():
            continue
        try:
            table = TABLES[name]()
        except (ImportError, FileNotFoundError) as error:
            print(f"{name}: left out, {error}")
            continue
        x = table.x.astype(np.float32)
        once = np.sort(np.unique(x, axis=0, return_index=True)[1])
        np.savez(folder / f"{name}.npz", x=x[once], y=table.y[once], classes=table.classes)
        copies = f", {len(x) - len(once):,} copies left out" if len(once) < len(x) else ""
        print(f"{name}: {len(once):,} rows, {x.shape[1]} columns{copies}")


def run(args: argparse.Namespace) -> None:
    """Run each model on each split of each table that has no result yet."""
    results = args.folder / "results.csv"
    done, end = {(one["table"], one["split"], one["model"]) for one in read(results)}, time.time() + 60 * args.minutes
    tables = args.tables or sorted(path.stem for path in args.folder.glob("*.npz"))
    if missing := [name for name in tables if not (args.folder / f"{name}.npz").exists()]:
        sys.exit(f"{args.folder} has no {'; '.join(missing)}. Write them with: tabular.py write --folder ...")
    for split in range(args.splits):
        for path in (args.folder / f"{name}.npz" for name in tables):
            for model in args.models:
                if (path.stem, str(split), model) in done:
                    continue
                if time.time() > end:
                    print(f"{args.minutes:g} minutes are over; the same command goes on.")
                    return
                add(results, FIELDS, measured(path, split, model, args.rows))


def measured(path: Path, split: int, model: str, rows: int | None = None) -> dict[str, object]:
    """Train a model on one split of a table, and measure it on the test rows."""
    with np.load(path) as file:
        x, y, classes = file["x"].astype(np.float64), file["y"].astype(np.float64), bool(file["classes"])
    chosen = np.random.default_rng(7).permutation(len(x))[:rows]
    x, y = (x[chosen], y[chosen]) if rows and rows < len(x) else (x, y)
    order = np.random.default_rng(100 + split).permutation(len(x))
    train, test = np.split(order, [int(0.8 * len(x))])
    start = time.process_time()  # of all threads: other work on the machine does not count
    outputs, training = MODELS[model](x[train], y[train], x[test], classes, split)
    line: dict[str, object] = {"table": path.stem, "split": split, "model": model}
    line |= {"seconds": round(time.process_time() - start, 2), "training": round(training, 2)}
    if not classes:
        score = np.sqrt(np.mean((outputs - y[test]) ** 2)) / y[test].std()
        return line | {"score": round(float(score), 5), "log_loss": "", "calibration": ""}
    p, truth = np.clip(outputs, 1e-7, 1 - 1e-7), y[test]
    loss = -np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p))
    of_bins = np.array_split(np.argsort(p, kind="stable"), 10)
    calibration = np.mean([abs(p[one].mean() - truth[one].mean()) for one in of_bins])
    numbers = {"score": area(truth, p), "log_loss": float(loss), "calibration": float(calibration)}
    return line | {name: round(value, 5) for name, value in numbers.items()}


def area(truth: Floats, scores: Floats) -> float:
    """Return the area under the ROC curve; ties count half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    signal = truth.sum()
    return float((ranks[truth == 1].sum() - signal * (signal + 1) / 2) / (signal * (len(truth) - signal)))


def add(results: Path, fields: Sequence[str], line: dict[str, object]) -> None:
    """Add a line to the results, with a header above the first, and print it."""
    new = not results.exists()
    with results.open("a", newline="") as file:
        writer = csv.DictWriter(file, fields)
        if new:
            writer.writeheader()
        writer.writerow(line)
    print(line, flush=True)


def read(results: Path) -> list[dict[str, str]]:
    """Return the lines of the results."""
    if not results.exists():
        return []
    with results.open(newline="") as file:
        return list(csv.DictReader(file))


def report(results: Path) -> str:
    """Return the results as Markdown: mean score by table and model with the scatter of its splits, and ranks."""
    lines = read(results)
    models = [model for model in MODELS if any(line["model"] == model for line in lines)]
    result: Found = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for one in lines:
        for field in FIELDS[3:]:
            if one.get(field):
                result[field][one["table"]][one["model"]][one["split"]] = float(one[field])
    text = [f"| table | {' | '.join(models)} |", "|---" * (len(models) + 1) + "|"]
    for table, of_models in result["score"].items():
        text.append(f"| {table} | {' | '.join(_cell([*of_models[model].values()]) for model in models)} |")
    for field, digits in (("log_loss", 4), ("calibration", 4), ("seconds", 1), ("training", 1)):
        of_all = [[np.mean([*one[model].values()]) for one in result[field].values() if one[model]] for model in models]
        cells = [f"{np.mean(values):.{digits}f}" if values else "-" for values in of_all]
        text.append(f"| mean {field.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join([*text, *_compared(result, models)])


def _cell(scores: list[float]) -> str:
    if len(scores) < 2:
        return f"{scores[0]:.4f} (1)" if scores else "-"
    return f"{np.mean(scores):.4f} ± {np.std(scores, ddof=1) / np.sqrt(len(scores)):.4f} ({len(scores)})"


def _compared(found: Found, models: list[str]) -> list[str]:
    """Return mean ranks with 68% intervals and how far each model is behind the best, on tables that all have."""
    ranks, behind = [], []
    for table, of_models in found["score"].items():
        splits = set.intersection(*(set(of_models[model]) for model in models))
        if splits:
            scores = np.array([np.mean([of_models[model][split] for split in splits]) for model in models])
            classes = table in found["log_loss"]
            ranks.append((-scores if classes else scores).argsort().argsort() + 1.0)
            behind.append((scores.max() - scores) / 0.01 if classes else (scores / scores.min() - 1) / 0.02)
    if not ranks:
        return ["", "No table has a split that all models were trained on."]
    of_tables, random = np.array(ranks), np.random.default_rng(0)
    means = np.array([of_tables[random.integers(0, len(ranks), len(ranks))].mean(axis=0) for _ in range(2000)])
    low, high = np.quantile(means, [0.16, 0.84], axis=0)
    cells = [f"{of_tables[:, k].mean():.2f} ({low[k]:.2f} to {high[k]:.2f})" for k in range(len(models))]
    largest = [f"{value:.2f}" for value in np.max(behind, axis=0)]
    return [
        f"| mean rank of {len(ranks)} tables | {' | '.join(cells)} |",
        f"| farthest behind the best, in units of 0.01 or 2% | {' | '.join(largest)} |",
    ]


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    main()
