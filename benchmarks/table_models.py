"""The models of benchmarks/tabular.py: ours, boosted trees and other networks, with defaults or a search.

A model is a function of training inputs (rows, columns), training truth (rows,), test inputs, whether there are
classes, and a seed; it returns probabilities of the signal, or values, of the test rows, and the time of its training
(of a search: of all trainings), without what netwright does besides (`init`, evaluation, figures, report).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MODELS", "Floats", "Model", "Outcome", "divide", "inputs_of", "write"]

Floats = npt.NDArray[np.float64]


class Outcome(NamedTuple):
    """What a model says of the test rows, and the seconds of the CPU that its training took."""

    outputs: Floats
    training: float


Model = Callable[[Floats, Floats, Floats, bool, int], Outcome]

SEARCH_SECONDS = 300.0  # of the CPU, after which a search tries nothing new


class _Clock:
    """Measures the seconds of the CPU, of all threads, that a part of the work takes."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self.seconds -= time.process_time()

    def __exit__(self, *error: object) -> None:
        self.seconds += time.process_time()

    def observer(self) -> Any:  # noqa: ANN401  # an observer
        """Return an observer that measures a training, with the compilation of its steps."""
        from netwright.training import Callbacks

        def start(_: object) -> tuple[()]:
            self.__enter__()
            return ()

        return Callbacks(on_start=start, on_end=self.__exit__)


def netwright(body: str | None = None, *, search: bool = False) -> Model:
    """Return netwright as a new user has it: `init` and `train`, or `init --search` and `search`; or the body dense."""

    def model(x: Floats, y: Floats, test: Floats, classes: bool, seed: int) -> Outcome:  # noqa: FBT001
        import netwright as nw
        from netwright.config import load_experiment

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(x, y, folder / "given.parquet", classes=classes)
            nw.init([folder / "given.parquet"], "y", output=folder / "experiment.yaml", search=search)
            say = load_experiment(folder / "experiment.yaml").model_dump(mode="json")
            divide(say, x, y, folder, classes=classes)
            say["training"]["seed"] = seed
            if body is not None:
                say["model"], say["training"] = {"body": {"kind": body}}, {"seed": seed}
                say["inputs"] = {"features": say["inputs"]["features"] | {"scaling": "standardise"}}
            inputs = inputs_of(say, test)
            clock = _Clock()
            if search:
                with clock:
                    run = _searched(say, folder)
            else:
                run = nw.train(
                    nw.parse_experiment(say, folder=folder), run=folder / "run", observers=[clock.observer()]
                )
            outputs = np.asarray(run.model.predict(inputs, verbose=0)["y"])[:, 0].astype(np.float64)
            return Outcome(outputs, clock.seconds)

    return model


def inputs_of(say: dict[str, Any], x: Floats) -> dict[str, Any]:
    """Return the inputs of rows, shape (rows, columns), by the groups of an experiment."""
    types = {"numeric": np.float32, "categorical": np.int32}
    return {
        name: x[:, [int(column[1:]) for column in group["columns"]]].astype(types[group["kind"]])
        for name, group in say["inputs"].items()
    }


def write(x: Floats, y: Floats, path: Path, *, classes: bool) -> None:
    """Write a table as a user would have it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = {f"x{column}": values for column, values in enumerate(x.T.astype(np.float32))}
    pq.write_table(pa.table(table | {"y": y.astype(np.int32 if classes else np.float64)}), path)


def divide(say: dict[str, Any], x: Floats, y: Floats, folder: Path, *, classes: bool) -> None:
    """Divide the given rows into train and valid as the file does; a run also reports on rows, which is not used."""
    shares = say["split"]
    kept = round(shares["train"] / (shares["train"] + shares["valid"]) * len(x))
    for part, rows in {"train": slice(None, kept), "valid": slice(kept, None), "test": slice(kept, None)}.items():
        write(x[rows], y[rows], folder / f"{part}.parquet", classes=classes)
    parts = {part: [f"{part}.parquet"] for part in ("train", "valid", "test")}
    say["data"]["files"] = [file for files in parts.values() for file in files]
    say["split"] = {"kind": "files"} | parts


def _searched(say: dict[str, Any], folder: Path) -> Any:  # noqa: ANN401  # a run
    import netwright as nw

    say["search"] |= {"seeds": 1, "at_once": 4}
    experiment = nw.parse_experiment(say, folder=folder)
    result = nw.search(experiment, trials=1000, hours=SEARCH_SECONDS / 3600, folder=folder / "search")
    return nw.open_run(result.best.run)


def searched_trees(x: Floats, y: Floats, test: Floats, classes: bool, seed: int) -> Outcome:  # noqa: FBT001
    """Search scikit-learn's boosting at random for as long as netwright's search, and fit the best to all rows."""
    from sklearn import ensemble, metrics

    kind = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    random, began, best = np.random.default_rng(seed), time.process_time(), (np.inf, {})
    kept = int(0.82 * len(x))
    while (spent := time.process_time() - began) < SEARCH_SECONDS:
        options = {
            "learning_rate": float(10 ** random.uniform(-2, -0.3)),
            "max_iter": int(10 ** random.uniform(1.5, 3)),
            "max_leaf_nodes": int(2 ** random.uniform(2, 7)),
            "min_samples_leaf": int(10 ** random.uniform(0.3, 2)),
            "l2_regularization": float(10 ** random.uniform(-6, 2)),
            "max_features": float(random.uniform(0.3, 1)),
        }
        fitted = kind(random_state=seed, early_stopping=False, **options).fit(x[:kept], y[:kept])
        if classes:
            loss = metrics.log_loss(y[kept:], fitted.predict_proba(x[kept:])[:, 1])
        else:
            loss = float(np.mean((fitted.predict(x[kept:]) - y[kept:]) ** 2))
        if loss < best[0]:
            best = loss, options
    refit = of_sklearn(lambda _, seed: kind(random_state=seed, early_stopping=False, **best[1]))
    outcome = refit(x, y, test, classes, seed)
    return Outcome(outcome.outputs, spent + outcome.training)


def autogluon(x: Floats, y: Floats, test: Floats, classes: bool, _seed: int) -> Outcome:  # noqa: FBT001
    """Train AutoGluon with its defaults, for as long as a search may take."""
    import pandas as pd
    from autogluon.tabular import TabularPredictor

    names = [f"x{column}" for column in range(x.shape[1])]
    table = pd.DataFrame(x, columns=names).assign(y=y.astype(int) if classes else y)
    with tempfile.TemporaryDirectory() as folder:
        kind = {"problem_type": "binary", "eval_metric": "roc_auc"} if classes else {"problem_type": "regression"}
        fitted = TabularPredictor("y", path=folder, verbosity=0, **kind)
        clock = _Clock()
        with clock:
            fitted.fit(table, time_limit=SEARCH_SECONDS, num_cpus=1, num_gpus=0)
        given = pd.DataFrame(test, columns=names)
        result = fitted.predict_proba(given)[1] if classes else fitted.predict(given)
    return Outcome(np.asarray(result, dtype=np.float64), clock.seconds)


def of_sklearn(make: Callable[[bool, int], object]) -> Model:
    """Return a model with scikit-learn's interface."""

    def model(x: Floats, y: Floats, test: Floats, classes: bool, seed: int) -> Outcome:  # noqa: FBT001
        fitted = make(classes, seed)
        clock = _Clock()
        with clock:
            fitted.fit(x, y.astype(int) if classes else y)
        outputs = fitted.predict_proba(test)[:, 1] if classes else fitted.predict(test)
        return Outcome(np.asarray(outputs, dtype=np.float64), clock.seconds)

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
    "netwright search": netwright(search=True),
    "trees": of_sklearn(trees),
    "xgboost": of_sklearn(xgboost),
    "lightgbm": of_sklearn(lightgbm),
    "catboost": of_sklearn(catboost),
    "realmlp": of_sklearn(of_pytabkit("RealMLP_TD")),
    "tabm": of_sklearn(of_pytabkit("TabM_D")),
    "trees search": searched_trees,
    "autogluon": autogluon,
}
