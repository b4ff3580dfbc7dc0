"""Tables whose events have weights of both signs: the default network beside boosted trees, on a toy with a known best.

    python benchmarks/table_signed_weights.py --rows 6000

Ten columns; the classes differ in x0 and in the product x1 x2. As in simulation beyond leading order, a weight is -1
with a probability that depends on x3, and on the class: what is to be learnt is the density of the weighted events.
scikit-learn's boosting and LightGBM take negative weights without a word, XGBoost and CatBoost refuse them; so trees
are also trained without such rows, and with their absolute weights. Weighted areas under the ROC curve on 20,000 other
rows, with 68% intervals of their difference to the network's by 200 bootstrap replicas of the test rows. It needs
`pip install xgboost lightgbm catboost`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from table_models import Floats

TEST = 20_000


def main() -> None:
    """Train all and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    x, y, w, best = events(args.rows + TEST, args.seed)
    train, test = slice(0, args.rows), slice(args.rows, None)
    print(f"{np.mean(w < 0):.1%} of the weights are negative")
    scores = {"best possible": best[test]}
    kept = w[train] > 0
    ways = {"": w[train], ", without such rows": np.where(kept, w[train], 0.0), ", absolute weights": np.abs(w[train])}
    for way, weights in ways.items():
        for name, outputs in trees(x[train], y[train], weights, x[test]).items():
            scores[name + way] = outputs
    scores["network"] = network(x[train], y[train], w[train], x[test])
    rows = np.random.default_rng(2).integers(0, TEST, (200, TEST))
    for name, outputs in scores.items():
        if isinstance(outputs, str):
            print(f"{name}: {outputs}")
            continue
        low, high = np.quantile(
            [_difference(y[test], w[test], outputs, scores["network"], one) for one in rows], [0.16, 0.84]
        )
        print(f"{name}: {_area(y[test], outputs, w[test]):.4f}, beside the network {low:+.4f} to {high:+.4f}")


def events(rows: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw inputs (rows, 10), classes, weights, and the likelihood ratio of the weighted densities."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(rows, 10)), (random.random(rows) < 0.5).astype(float)
    x[:, 0] += 0.5 * y
    flip = (y == 1) & (x[:, 1] * x[:, 2] < 0) & (random.random(rows) < 0.5)
    x[flip, 1] *= -1  # half of the signal with a negative product is mirrored
    negative = {c: 0.4 / (1 + np.exp(-2 * x[:, 3] * sign)) for c, sign in ((0, -1), (1, 1))}
    w = np.where(random.random(rows) < np.where(y == 1, negative[1], negative[0]), -1.0, 1.0)
    product = np.where(x[:, 1] * x[:, 2] > 0, 1.5, 0.5)
    ratio = np.exp(0.5 * x[:, 0] - 0.125) * product * (1 - 2 * negative[1]) / (1 - 2 * negative[0])
    return x, y, w, ratio


def network(x: Floats, y: Floats, w: Floats, test: Floats) -> Floats:
    """Return the scores of the network that `init` proposes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    import netwright as nw

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = {f"x{number}": values for number, values in enumerate(x.T.astype(np.float32))}
        pq.write_table(pa.table(columns | {"y": y.astype(np.int32), "weight": w}), folder / "events.parquet")
        nw.init([folder / "events.parquet"], "y", output=folder / "experiment.yaml")
        experiment = nw.load_experiment(folder / "experiment.yaml")
        if experiment.data.weight != "weight":
            msg = f"init did not take the column weight as the weight, but {experiment.data.weight}"
            raise RuntimeError(msg)
        run = nw.train(experiment, run=folder / "run")
        used = [int(column[1:]) for column in experiment.inputs["features"].model_dump()["columns"]]
        return np.asarray(run.model({"features": test[:, used].astype(np.float32)})["y"])[:, 0].astype(np.float64)


def trees(x: Floats, y: Floats, w: Floats, test: Floats) -> dict[str, Floats | str]:
    """Return the scores of boosted trees with their defaults, or why there are none."""
    import catboost
    import lightgbm
    import xgboost
    from sklearn.ensemble import HistGradientBoostingClassifier

    models = {
        "trees": HistGradientBoostingClassifier(random_state=1),
        "lightgbm": lightgbm.LGBMClassifier(n_jobs=1, verbose=-1),
        "xgboost": xgboost.XGBClassifier(n_jobs=1),
        "catboost": catboost.CatBoostClassifier(thread_count=1, verbose=False, allow_writing_files=False),
    }
    scores: dict[str, Floats | str] = {}
    for name, model in models.items():
        try:
            model.fit(x[w != 0], y[w != 0], sample_weight=w[w != 0])
        except (xgboost.core.XGBoostError, catboost.CatBoostError) as error:
            scores[name] = "refused: " + next(line for line in str(error).splitlines() if "eight" in line)
            continue
        scores[name] = model.predict_proba(test)[:, 1].astype(np.float64)
    return scores


def _area(y: Floats, scores: Floats, w: Floats) -> float:
    from netwright.metrics import roc_auc

    return roc_auc(y, scores, w)


def _difference(y: Floats, w: Floats, scores: Floats, other: Floats, rows: Floats) -> float:
    return _area(y[rows], scores[rows], w[rows]) - _area(y[rows], other[rows], w[rows])


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    main()
