"""Tables: our default network against boosted trees and other networks, each with its defaults.

    python benchmarks/tabular.py write --folder TABLES
    python benchmarks/tabular.py run --folder TABLES --models netwright "netwright dense"
    python benchmarks/tabular.py run --folder TABLES --models trees xgboost lightgbm catboost realmlp tabm
    python benchmarks/tabular.py report --folder TABLES

`write` needs the packages that ship the tables (`benchmarks/table_data.py`), `run` those of its models: they may run
in different environments. Every model is given the same 80% of the rows and evaluated on the other 20%, in several
splits; what it holds out of its 80% is its own matter (netwright: a quarter). Results are added to results.csv one by
one, and those that are there are not computed again, so that `run` may be interrupted. Each model has one thread;
seconds are those of the CPU.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Model = Callable[[Floats, Floats, Floats, bool, int], Floats]
"""A function of training inputs, training truth, test inputs, whether there are classes, and a seed; it returns
probabilities of the signal, or values."""

FIELDS = ("table", "split", "model", "score", "log_loss", "calibration", "seconds")


def main() -> None:
    """Write tables, run models or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["write", "run", "report"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["netwright"])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--splits", type=int, default=5)
    given = parser.parse_args()
    if given.step == "write":
        write(given.folder)
    elif given.step == "run":
        run(given.folder, given.models, given.tables, given.splits)
    else:
        print(report(given.folder / "results.csv"))


def write(folder: Path) -> None:
    """Write every table that can be had here."""
    from table_data import TABLES

    folder.mkdir(parents=True, exist_ok=True)
    for name, make in TABLES.items():
        try:
            table = make()
        except (ImportError, FileNotFoundError) as error:
            print(f"{name}: left out, {error}")
            continue
        np.savez(folder / f"{name}.npz", x=table.x.astype(np.float32), y=table.y, classes=table.classes)
        print(f"{name}: {table.x.shape[0]:,} rows, {table.x.shape[1]} columns")


def run(folder: Path, models: list[str], tables: list[str] | None, splits: int) -> None:
    """Run each model on each split of each table that has no result yet."""
    results = folder / "results.csv"
    done = {(one["table"], one["split"], one["model"]) for one in read(results)}
    for split in range(splits):
        for path in sorted(folder.glob("*.npz")):
            for model in models:
                if (tables and path.stem not in tables) or (path.stem, str(split), model) in done:
                    continue
                line = measured(path, split, model)
                new = not results.exists()
                with results.open("a", newline="") as file:
                    writer = csv.DictWriter(file, FIELDS)
                    if new:
                        writer.writeheader()
                    writer.writerow(line)
                print(line, flush=True)


def measured(path: Path, split: int, model: str) -> dict[str, object]:
    """Train a model on one split of a table, and measure it on the test rows."""
    with np.load(path) as file:
        x, y, classes = file["x"].astype(np.float64), file["y"].astype(np.float64), bool(file["classes"])
    order = np.random.default_rng(100 + split).permutation(len(x))
    train, test = np.split(order, [int(0.8 * len(x))])
    start = time.process_time()  # of all threads: other work on the machine does not count
    outputs = MODELS[model](x[train], y[train], x[test], classes, split)
    line: dict[str, object] = {"table": path.stem, "split": split, "model": model}
    line["seconds"] = round(time.process_time() - start, 2)
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


def netwright(body: str | None = None) -> Model:
    """Return netwright as a new user has it: `init`, `train`; with the body dense, as it was before tabular."""

    def model(x: Floats, y: Floats, test: Floats, classes: bool, seed: int) -> Floats:  # noqa: FBT001
        import pyarrow as pa
        import pyarrow.parquet as pq

        import netwright as nw
        from netwright.config import load_experiment
        from netwright.workflow import train

        names, kept = [f"x{column}" for column in range(x.shape[1])], int(0.75 * len(x))
        parts = {"train": (x[:kept], y[:kept]), "valid": (x[kept:], y[kept:])}
        parts["test"] = (x[kept:], y[kept:])  # a run reports on some rows; what it finds here is not used
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for part, (inputs, truth) in parts.items():
                table = dict(zip(names, inputs.T.astype(np.float32), strict=True))
                table["y"] = truth[: len(inputs)].astype(np.int32 if classes else np.float64)
                pq.write_table(pa.table(table), folder / f"{part}.parquet")
            files = [f"{part}.parquet" for part in parts]
            nw.init([folder / file for file in files[:2]], "y", output=folder / "experiment.yaml")
            say = load_experiment(folder / "experiment.yaml").model_dump(mode="json")
            say["data"]["files"] = files
            say["split"] = {"kind": "files"} | {part: [f"{part}.parquet"] for part in parts}
            say["training"]["seed"] = seed
            if body is not None:
                say["model"], say["training"] = {"body": {"kind": body}}, {"seed": seed}
                say["inputs"]["features"]["scaling"] = "standardise"
            run = train(nw.parse_experiment(say, folder=folder), run=folder / "run")
            numbers = [names.index(column) for column in say["inputs"]["features"]["columns"]]
            inputs = {"features": test[:, numbers].astype(np.float32)}
            return np.asarray(run.model.predict(inputs, verbose=0)["y"])[:, 0].astype(np.float64)

    return model


def of_sklearn(make: Callable[[bool, int], object]) -> Model:
    """Return a model with scikit-learn's interface."""

    def model(x: Floats, y: Floats, test: Floats, classes: bool, seed: int) -> Floats:  # noqa: FBT001
        fitted = make(classes, seed)
        fitted.fit(x, y.astype(int) if classes else y)
        return np.asarray(fitted.predict_proba(test)[:, 1] if classes else fitted.predict(test), dtype=np.float64)

    return model


def trees(classes: bool, seed: int) -> object:  # noqa: FBT001
    """Return scikit-learn's histogram boosting with its defaults."""
    from sklearn import ensemble

    kind = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    return kind(random_state=seed)


def xgboost(classes: bool, seed: int) -> object:  # noqa: FBT001
    """Return XGBoost with its defaults."""
    import xgboost as package

    return (package.XGBClassifier if classes else package.XGBRegressor)(random_state=seed, n_jobs=1)


def lightgbm(classes: bool, seed: int) -> object:  # noqa: FBT001
    """Return LightGBM with its defaults."""
    import lightgbm as package

    return (package.LGBMClassifier if classes else package.LGBMRegressor)(random_state=seed, n_jobs=1, verbose=-1)


def catboost(classes: bool, seed: int) -> object:  # noqa: FBT001
    """Return CatBoost with its defaults."""
    import catboost as package

    kind = package.CatBoostClassifier if classes else package.CatBoostRegressor
    return kind(random_seed=seed, thread_count=1, verbose=False, allow_writing_files=False)


def of_pytabkit(name: str) -> Callable[[bool, int], object]:
    """Return the maker of a network of pytabkit with its defaults."""

    def make(classes: bool, seed: int) -> object:  # noqa: FBT001
        import pytabkit

        kind = getattr(pytabkit, f"{name}_{'Classifier' if classes else 'Regressor'}")
        return kind(random_state=seed, n_threads=1, device="cpu")

    return make


MODELS: dict[str, Model] = {
    "netwright": netwright(),
    "netwright dense": netwright("dense"),
    "trees": of_sklearn(trees),
    "xgboost": of_sklearn(xgboost),
    "lightgbm": of_sklearn(lightgbm),
    "catboost": of_sklearn(catboost),
    "realmlp": of_sklearn(of_pytabkit("RealMLP_TD")),
    "tabm": of_sklearn(of_pytabkit("TabM_D")),
}


def read(results: Path) -> list[dict[str, str]]:
    """Return the lines of the results."""
    if not results.exists():
        return []
    with results.open(newline="") as file:
        return list(csv.DictReader(file))


def report(results: Path) -> str:
    """Return the results as Markdown: mean score and seconds by table and model, and ranks with 68% intervals."""
    lines = read(results)
    models = [model for model in MODELS if any(one["model"] == model for one in lines)]
    by_table: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for one in lines:
        for field in FIELDS[3:]:
            if one[field]:
                by_table[one["table"]][one["model"]][field].append(float(one[field]))
    text = [f"| table | {' | '.join(models)} |", "|---" * (len(models) + 1) + "|"]
    for table, found in by_table.items():
        cells = [_cell(found[model]["score"]) for model in models]
        text.append(f"| {table} | {' | '.join(cells)} |")
    for field, digits in (("log_loss", 4), ("calibration", 4), ("seconds", 1)):
        of_models = [
            [float(np.mean(found[model][field])) for found in by_table.values() if found[model][field]]
            for model in models
        ]
        cells = [f"{np.mean(values):.{digits}f}" if values else "-" for values in of_models]
        text.append(f"| mean {field.replace('_', ' ')} | {' | '.join(cells)} |")
    ranks = _ranks(by_table, models)
    random = np.random.default_rng(0)
    means = np.array([ranks[random.integers(0, len(ranks), len(ranks))].mean(axis=0) for _ in range(2000)])
    low, high = np.quantile(means, [0.16, 0.84], axis=0)
    cells = [f"{ranks[:, k].mean():.2f} ({low[k]:.2f} to {high[k]:.2f})" for k in range(len(models))]
    text.append(f"| mean rank of {len(ranks)} tables | {' | '.join(cells)} |")
    return "\n".join(text)


def _cell(scores: list[float]) -> str:
    return f"{np.mean(scores):.4f} ({len(scores)})" if scores else "-"


def _ranks(by_table: dict[str, dict[str, dict[str, list[float]]]], models: list[str]) -> Floats:
    """Return ranks, shape (tables, models), over the tables that all models have; the best is 1."""
    found = []
    for of_models in by_table.values():
        scores = [np.mean(of_models[model]["score"]) if of_models[model]["score"] else np.nan for model in models]
        if not np.isnan(scores).any():
            better_first = np.array(scores) * (-1 if of_models[models[0]]["log_loss"] else 1)
            found.append(better_first.argsort().argsort() + 1.0)
    return np.array(found)


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    main()
