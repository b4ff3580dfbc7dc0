"""The same search by Keras on TensorFlow: KerasTuner's random search, or Optuna's random or TPE sampler.

    benchmarks/.rivals/search/bin/python benchmarks/searches/by_keras.py ROWS.npz kerastuner --trials 64

Knows nothing of netwright. The file holds standardised inputs x, truth y, and the numbers of training, validation and
test rows. Prints one line of JSON: by trial the validation and test values and the seconds after which it ended; test
rows are scored beside the clock.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from typing import Any

import numpy as np
import numpy.typing as npt

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras

Floats = npt.NDArray[np.float64]


class Trials:
    """What becomes of trials: networks are built and fitted alike, whichever tool asks."""

    def __init__(self, file: str, epochs: int, batch: int, units: list[int]) -> None:
        with np.load(file) as rows:
            self.rows = dict(rows)
        self.epochs, self.batch, self.units = epochs, batch, units
        self.found: dict[str, list[float]] = {"valid": [], "test": [], "ended": []}
        self.beside, self.began = 0.0, time.perf_counter()

    def of(self, part: str) -> tuple[Any, Any]:
        """Return inputs and truth of a part."""
        return self.rows["x"][self.rows[part]], self.rows["y"][self.rows[part]]

    def build(self, rate: float, schedule: str, dropout: float, l1: float, l2: float) -> keras.Model:
        """Build and compile the network of a trial."""
        penalty = keras.regularizers.L1L2(l1, l2)
        layers: list[Any] = [keras.Input((self.rows["x"].shape[1],))]
        for units in self.units:
            layers += [
                keras.layers.Dense(units, "relu", kernel_initializer="he_normal", kernel_regularizer=penalty),
                keras.layers.Dropout(dropout),
            ]
        layers.append(keras.layers.Dense(1, "sigmoid", kernel_regularizer=penalty))
        model = keras.Sequential(layers)
        steps = math.ceil(len(self.rows["train"]) / self.batch) * self.epochs
        learning_rate = keras.optimizers.schedules.CosineDecay(rate, steps) if schedule == "cosine" else rate
        auc = keras.metrics.AUC(name="auc")
        model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy", metrics=[auc])
        return model

    def fit(self, model: keras.Model, callbacks: list[Any]) -> Any:  # noqa: ANN401  # of Keras
        """Fit a network, keep the weights of its best epoch, and take note of what came out."""
        best = keras.callbacks.EarlyStopping("val_auc", patience=self.epochs, mode="max", restore_best_weights=True)
        history = model.fit(
            *self.of("train"), validation_data=self.of("valid"), epochs=self.epochs, batch_size=self.batch, verbose=0,
            callbacks=[*callbacks, best],
        )  # fmt: skip
        now = time.perf_counter()
        x, y = self.of("test")
        self.found["valid"].append(float(np.nanmax(history.history["val_auc"])))
        self.found["test"].append(area(y, np.asarray(model.predict(x, batch_size=4096, verbose=0))[:, 0]))
        self.found["ended"].append(now - self.began - self.beside)
        self.beside += time.perf_counter() - now
        keras.backend.clear_session()
        return history


def main() -> None:
    """Search, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("tool", choices=["kerastuner", "optuna-random", "optuna-tpe"])
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--units", type=int, nargs="+", default=[32, 32])
    args = parser.parse_args()
    trials = Trials(args.file, args.epochs, args.batch, args.units)
    (by_kerastuner if args.tool == "kerastuner" else by_optuna)(trials, args)
    if len(trials.found["valid"]) != args.trials:
        sys.exit(f"{args.tool}: {len(trials.found['valid'])} of {args.trials} trials came to their end")
    print(json.dumps({name: [round(x, 5) for x in values] for name, values in trials.found.items()}))


def by_kerastuner(trials: Trials, args: argparse.Namespace) -> None:
    """Let KerasTuner search at random."""
    import keras_tuner

    class Network(keras_tuner.HyperModel):  # type: ignore[misc]  # no types
        def build(self, hp: Any) -> keras.Model:  # noqa: ANN401
            return trials.build(
                hp.Float("rate", 1e-4, 0.3, sampling="log"), hp.Choice("schedule", ["constant", "cosine"]),
                hp.Float("dropout", 0.0, 0.5), hp.Float("l1", 1e-6, 1e-2, sampling="log"),
                hp.Float("l2", 1e-6, 1e-2, sampling="log"),
            )  # fmt: skip

        def fit(self, hp: Any, model: keras.Model, callbacks: list[Any], **_: Any) -> Any:  # noqa: ANN401, ARG002
            return trials.fit(model, callbacks)

    with tempfile.TemporaryDirectory() as folder:
        best = keras_tuner.Objective("val_auc", "max")
        tuner = keras_tuner.RandomSearch(
            Network(), best, max_trials=args.trials, seed=args.seed, directory=folder, overwrite=True
        )
        tuner.search(verbose=0)


def by_optuna(trials: Trials, args: argparse.Namespace) -> None:
    """Let Optuna search, as a user writes it."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler if args.tool == "optuna-tpe" else optuna.samplers.RandomSampler

    def objective(trial: Any) -> float:  # noqa: ANN401
        model = trials.build(
            trial.suggest_float("rate", 1e-4, 0.3, log=True),
            trial.suggest_categorical("schedule", ["constant", "cosine"]),
            trial.suggest_float("dropout", 0.0, 0.5), trial.suggest_float("l1", 1e-6, 1e-2, log=True),
            trial.suggest_float("l2", 1e-6, 1e-2, log=True),
        )  # fmt: skip
        trials.fit(model, [])
        return trials.found["valid"][-1]

    study = optuna.create_study(sampler=sampler(seed=args.seed), direction="maximize")
    study.optimize(objective, n_trials=args.trials)


def area(y: Floats, scores: Floats) -> float:
    """Return the area under the ROC curve; equal scores count half."""
    values, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive = y > 0.5
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


if __name__ == "__main__":
    main()
