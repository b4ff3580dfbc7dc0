"""Tables: a search of equal time, by netwright and by random search over boosted trees.

    python benchmarks/tabular.py write --folder TABLES
    taskset -c 0 python benchmarks/table_search.py run --folder TABLES --tables boxes wine --rows 6000 --splits 1
    python benchmarks/table_search.py report --folder TABLES

Every tool gets the same rows for training and for validation (80% of the table, divided as the file of `init` says) and
the same test rows, one thread, and `--seconds` of processor time in which it may begin trials. The best trial on
validation rows (area under the ROC curve, or error) is then trained with five other seeds, which are averaged, and
scored once on test rows: that is what `netwright search` does. It is run with the file that `netwright init --search`
writes. For trees, the first trial has the package's defaults, the others are random draws from published spaces
(autogluon/tabarena, arXiv:2506.16791; scikit-learn's from LightGBM's ranges); all have up to 1,000 trees and stop after
50 without a better loss of the validation rows. `default` is the score of what a user has without a search:
`benchmarks/table_models.py`. Results are added to search.csv one by one, and the same command goes on.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from table_models import MODELS, Floats, divide, inputs_of, write
from tabular import add, area, read

FIELDS = ("table", "split", "tool", "trials", "valid", "test", "default", "seconds", "chosen")
SEEDS, TREES, PATIENCE = 5, 1000, 50

Options = dict[str, Any]
Predict = Callable[[Floats], Floats]


class Rows(NamedTuple):
    """Rows that a tool may see: inputs (rows, columns) and truth (rows,), for training and for validation."""

    x: Floats
    y: Floats
    x_valid: Floats
    y_valid: Floats
    classes: bool


class Found(NamedTuple):
    """What a search returns: outputs of test rows, how many trials it made, the best value on validation rows."""

    outputs: Floats
    trials: int
    valid: float
    chosen: Options


Fit = Callable[[Options, Rows, int], Predict]
Draw = Callable[[np.random.Generator], Options]
Tool = Callable[[Rows, Floats, int, float], Found]


def main() -> None:
    """Run searches, or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["run", "report"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--rows", type=int, default=6000, help="of each table at the most")
    parser.add_argument("--seconds", type=float, default=180, help="of processor time in which trials begin")
    args = parser.parse_args()
    if args.step == "report":
        print(report(args.folder / "search.csv"))
        return
    done = {(one["table"], one["split"], one["tool"]) for one in read(args.folder / "search.csv")}
    for split in range(args.splits):
        for table in args.tables or sorted(path.stem for path in args.folder.glob("*.npz")):
            for tool in args.tools:
                if (table, str(split), tool) not in done:
                    line = measured(args.folder / f"{table}.npz", split, tool, args.rows, args.seconds)
                    add(args.folder / "search.csv", FIELDS, line)


def measured(path: Path, split: int, tool: str, most: int, seconds: float) -> dict[str, object]:
    """Search on one split of a table, and score the result and the defaults on test rows."""
    with np.load(path) as file:
        x, y, classes = file["x"].astype(np.float64), file["y"].astype(np.float64), bool(file["classes"])
    chosen = np.random.default_rng(7).permutation(len(x))[:most]
    x, y = x[chosen], y[chosen]
    order = np.random.default_rng(100 + split).permutation(len(x))
    train, test = np.split(order, [int(0.8 * len(x))])
    fitted, kept = np.split(train, [round(0.7 / 0.85 * len(train))])  # shares of init, as table_models.divide
    rows = Rows(x[fitted], y[fitted], x[kept], y[kept], classes)
    start = time.process_time()
    found = TOOLS[tool](rows, x[test], split, seconds)
    spent = time.process_time() - start
    default = MODELS[tool](x[train], y[train], x[test], classes, split).outputs
    return {
        "table": path.stem, "split": split, "tool": tool, "trials": found.trials, "valid": round(found.valid, 5),
        "test": round(_score(y[test], found.outputs, classes=classes), 5),
        "default": round(_score(y[test], default, classes=classes), 5), "seconds": round(spent, 1),
        "chosen": found.chosen,
    }  # fmt: skip


def _score(truth: Floats, outputs: Floats, *, classes: bool) -> float:
    """Return the area under the ROC curve, or the error in units of the standard deviation of the truth."""
    return area(truth, outputs) if classes else float(np.sqrt(np.mean((outputs - truth) ** 2)) / truth.std())


def netwright(rows: Rows, test: Floats, seed: int, seconds: float) -> Found:
    """Search as a user does: `init --search`, then `search`."""
    import netwright as nw
    from netwright.config import load_experiment
    from netwright.models import member_networks

    x, y = np.concatenate([rows.x, rows.x_valid]), np.concatenate([rows.y, rows.y_valid])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(x, y, folder / "given.parquet", classes=rows.classes)
        nw.init([folder / "given.parquet"], "y", output=folder / "experiment.yaml", search=True)
        say = load_experiment(folder / "experiment.yaml").model_dump(mode="json")
        divide(say, x, y, folder, classes=rows.classes)
        say["training"]["seed"], say["search"]["seed"] = 1 + seed, 1 + seed
        end = time.process_time() + seconds
        budget = mock.Mock(return_value=_Budget(end))
        with (
            mock.patch("netwright.workflow._search.Budget", budget),
            mock.patch("netwright.workflow.searches.work.Budget", budget),
        ):
            result = nw.search(nw.parse_experiment(say, folder=folder), folder=folder / "search")
        inputs = inputs_of(say, test)
        model = nw.open_run(result.best.run).model
        outputs = np.mean([network(inputs)["y"] for network in member_networks(model)], axis=0)[:, 0]
        print(*result.sentences, sep="\n", flush=True)
        best = result.leaderboard[0]
        own = "" if result.own is None else f"{result.trials[result.own].state} {result.trials[result.own].value}"
        chosen = {key.rpartition(".")[2]: value for key, value in best.values.items()} | {"own": own}
        return Found(outputs.astype(np.float64), len(result.trials), best.value or np.nan, chosen)


class _Budget:
    """Any number of trials until some processor time is spent, as other work on the machine does not count."""

    trials = 10_000

    def __init__(self, end: float) -> None:
        self.end = end
        self.until = None

    def left(self, asked: int) -> int:
        return 0 if time.process_time() >= self.end else self.trials - asked


def random_search(fit: Fit, draw: Draw) -> Tool:
    """Return random search over boosted trees."""

    def tool(rows: Rows, test: Floats, seed: int, seconds: float) -> Found:
        random, end = np.random.default_rng(1 + seed), time.process_time() + seconds
        best: tuple[float, Options] = (-np.inf, {})
        trials = 0
        while time.process_time() < end:
            options = draw(random) if trials else {}
            outputs = fit(options, rows, seed)(rows.x_valid)
            value = _score(rows.y_valid, outputs, classes=rows.classes) * (1 if rows.classes else -1)
            best = max(best, (value, options), key=lambda pair: pair[0])
            trials += 1
        outputs = np.mean([fit(best[1], rows, seed + 1 + more)(test) for more in range(SEEDS)], axis=0)
        return Found(outputs, trials, abs(best[0]), best[1])

    return tool


def _predict(fitted: Any, *, classes: bool) -> Predict:  # noqa: ANN401  # of any package
    if classes:
        return lambda x: np.asarray(fitted.predict_proba(x))[:, 1]
    return lambda x: np.asarray(fitted.predict(x))


def fit_sklearn(options: Options, rows: Rows, seed: int) -> Predict:
    """Fit scikit-learn's histogram boosting."""
    from sklearn import ensemble

    kind = ensemble.HistGradientBoostingClassifier if rows.classes else ensemble.HistGradientBoostingRegressor
    fitted = kind(max_iter=TREES, early_stopping=True, n_iter_no_change=PATIENCE, tol=0, random_state=seed, **options)
    return _predict(fitted.fit(rows.x, rows.y, X_val=rows.x_valid, y_val=rows.y_valid), classes=rows.classes)


def fit_lightgbm(options: Options, rows: Rows, seed: int) -> Predict:
    """Fit LightGBM."""
    import lightgbm

    kind = lightgbm.LGBMClassifier if rows.classes else lightgbm.LGBMRegressor
    fitted = kind(n_estimators=TREES, random_state=seed, n_jobs=1, verbose=-1, **options)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    fitted.fit(rows.x, rows.y, eval_X=rows.x_valid, eval_y=rows.y_valid, callbacks=[stop])
    return _predict(fitted, classes=rows.classes)


def fit_xgboost(options: Options, rows: Rows, seed: int) -> Predict:
    """Fit XGBoost."""
    import xgboost

    kind = xgboost.XGBClassifier if rows.classes else xgboost.XGBRegressor
    fitted = kind(n_estimators=TREES, early_stopping_rounds=PATIENCE, random_state=seed, n_jobs=1, **options)
    fitted.fit(rows.x, rows.y, eval_set=[(rows.x_valid, rows.y_valid)], verbose=False)
    return _predict(fitted, classes=rows.classes)


def fit_catboost(options: Options, rows: Rows, seed: int) -> Predict:
    """Fit CatBoost."""
    import catboost

    kind = catboost.CatBoostClassifier if rows.classes else catboost.CatBoostRegressor
    settings = {"early_stopping_rounds": PATIENCE, "verbose": False, "allow_writing_files": False}
    fitted = kind(iterations=TREES, random_seed=seed, thread_count=1, **settings, **options)
    return _predict(fitted.fit(rows.x, rows.y, eval_set=(rows.x_valid, rows.y_valid)), classes=rows.classes)


def _log(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def draw_sklearn(random: np.random.Generator) -> Options:
    """Draw settings of scikit-learn's boosting."""
    return {
        "learning_rate": _log(random, 0.005, 0.1),
        "max_features": random.uniform(0.4, 1),
        "max_leaf_nodes": int(_log(random, 2, 201)),
        "min_samples_leaf": int(_log(random, 1, 65)),
        "l2_regularization": random.uniform(1e-4, 2),
    }


def draw_lightgbm(random: np.random.Generator) -> Options:
    """Draw settings of LightGBM."""
    return {
        "learning_rate": _log(random, 0.005, 0.1),
        "colsample_bytree": random.uniform(0.4, 1),
        "subsample": random.uniform(0.7, 1),
        "subsample_freq": 1,
        "num_leaves": int(_log(random, 2, 201)),
        "min_child_samples": int(_log(random, 1, 65)),
        "extra_trees": bool(random.integers(2)),
        "reg_alpha": random.uniform(1e-4, 1),
        "reg_lambda": random.uniform(1e-4, 2),
    }


def draw_xgboost(random: np.random.Generator) -> Options:
    """Draw settings of XGBoost."""
    return {
        "learning_rate": _log(random, 0.005, 0.1),
        "max_depth": int(_log(random, 4, 11)),
        "min_child_weight": _log(random, 1e-3, 5),
        "subsample": random.uniform(0.6, 1),
        "colsample_bylevel": random.uniform(0.6, 1),
        "colsample_bynode": random.uniform(0.6, 1),
        "reg_alpha": random.uniform(1e-4, 5),
        "reg_lambda": random.uniform(1e-4, 5),
        "grow_policy": ["depthwise", "lossguide"][random.integers(2)],
    }


def draw_catboost(random: np.random.Generator) -> Options:
    """Draw settings of CatBoost."""
    return {
        "learning_rate": _log(random, 0.005, 0.1),
        "bootstrap_type": "Bernoulli",
        "subsample": random.uniform(0.7, 1),
        "grow_policy": ["SymmetricTree", "Depthwise"][random.integers(2)],
        "depth": int(random.integers(4, 9)),
        "colsample_bylevel": random.uniform(0.85, 1),
        "l2_leaf_reg": _log(random, 1e-4, 5),
        "leaf_estimation_iterations": int(_log(random, 1, 21)),
    }


TOOLS: dict[str, Tool] = {
    "netwright": netwright,
    "catboost": random_search(fit_catboost, draw_catboost),
    "lightgbm": random_search(fit_lightgbm, draw_lightgbm),
    "trees": random_search(fit_sklearn, draw_sklearn),
    "xgboost": random_search(fit_xgboost, draw_xgboost),
}


def report(path: Path) -> str:
    """Return the results as Markdown: the score after the search, the default's, trials and seconds."""
    lines = read(path)
    tools = [tool for tool in TOOLS if any(line["tool"] == tool for line in lines)]
    text = [f"| table, split | {' | '.join(tools)} |", "|---" * (len(tools) + 1) + "|"]
    by_place = {(line["table"], line["split"], line["tool"]): line for line in lines}
    for table, split in dict.fromkeys((line["table"], line["split"]) for line in lines):
        cells = []
        for tool in tools:
            one = by_place.get((table, split, tool))
            cells.append(_cell(one) if one else "-")
        text.append(f"| {table}, {int(split) + 1} | {' | '.join(cells)} |")
    return "\n".join(text)


def _cell(one: dict[str, str]) -> str:
    scores = f"{float(one['test']):.4f} ({float(one['default']):.4f})"
    return f"{scores}; {one['trials']}, {float(one['seconds']):.0f} s"


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    main()
