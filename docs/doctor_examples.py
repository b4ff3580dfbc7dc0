"""Trainings that show symptoms of the doctor which no fault of benchmarks/faultbench shows alone; for doctor_pages.py.

Each function trains, draws what it saw on a sheet, and returns what the doctor says first of it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure

import netwright as nw
from netwright.doctor import DoctorCallback
from netwright.finding import Finding
from netwright.plots._style import COLOURS, GREY

__all__ = ["EXAMPLES", "Example"]

Example = Callable[[Figure], Finding]
Rows = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def noisy_gradients(sheet: Figure) -> Finding:
    """Train with batches of one row and of 64 rows, on targets of which two thirds are noise."""
    losses, bars = sheet.subplots(1, 2, width_ratios=(2, 1))
    seen = {}
    for place, (batch, colour) in enumerate(((64, GREY), (1, COLOURS[1]))):
        seen[batch] = _fitted(_line_in_noise(4000), batch_size=batch, epochs=2, rate=0.03)
        history = seen[batch].case.history
        losses.plot(range(1, history.epochs + 1), history["loss"], "o-", color=colour, label=f"batches of {batch}")
        bars.bar(place, max(seen[batch].case.skill.network, 0.0), color=colour, width=0.6)
    bars.axhline(seen[1].case.skill.baseline, color="black", lw=2)
    bars.set_xticks([0, 1], ["64", "1"])
    bars.set_title("variance explained;\nline: simple method, on unseen rows", fontsize=10)
    bars.minorticks_off()
    losses.set_xticks([1, 2])
    losses.minorticks_off()
    losses.set_xlabel("epoch")
    losses.set_ylabel("loss")
    losses.legend(fontsize=10)
    return _first(seen[1].findings, "noisy gradients")


def metric(sheet: Figure) -> Finding:
    """Train a regression that measures an accuracy."""
    doctor = _fitted(_line_in_noise(1000, noise=0.1), metrics=["accuracy", "r2_score"])
    axes = sheet.subplots()
    history = doctor.case.history
    epochs = range(1, history.epochs + 1)
    axes.plot(epochs, history["r2_score"], color=GREY, label="variance explained")
    axes.plot(epochs, history["accuracy"], color=COLOURS[1], label="accuracy")
    axes.set_xlabel("epoch")
    axes.set_ylim(-0.05, 1.05)
    axes.legend(fontsize=10)
    return _first(doctor.findings, "metric")


def too_slow(sheet: Figure) -> Finding:
    """Train a small network for eleven minutes with batches of four rows, and time batches of other sizes."""
    rows, sizes = _line_in_noise(4000), (4, 16, 64, 256, 1024)
    each = [_seconds_of_epoch(rows, size) / len(rows[0]) for size in sizes]
    axes = sheet.subplots()
    axes.loglog(sizes, 1e6 * np.array(each), "o-", color=COLOURS[1])
    axes.set_xlabel("rows of a batch")
    axes.set_ylabel("µs per row")
    return _first(_fitted(rows, batch_size=4, epochs=10_000, units=16, minutes=10.5).findings, "too slow")


def words_as_amounts(sheet: Figure) -> Finding:
    """Train on numbers of words by Dense layers, and by an embedding."""
    random = np.random.default_rng(3)
    y, x = random.integers(0, 2, 500), random.integers(1, 40, (500, 10))
    telling = random.integers(1, 6, (500, 10)) + 5 * (1 - y[:, None])
    x = np.where(random.random(x.shape) < 0.35, telling, x)
    losses, bars = sheet.subplots(1, 2, width_ratios=(2, 1))
    first = {
        "embedding": [keras.layers.Embedding(40, 8), keras.layers.GlobalAveragePooling1D()],
        "amounts": [keras.layers.Dense(16, activation="relu")],
    }
    for place, (name, colour) in enumerate((("embedding", GREY), ("amounts", COLOURS[1]))):
        keras.utils.set_random_seed(1)
        more = [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
        model = keras.Sequential([keras.Input((10,)), *first[name], *more])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
        doctor = DoctorCallback()
        model.fit(x[:350], y[:350], epochs=20, verbose=0, validation_data=(x[350:], y[350:]), callbacks=[doctor])
        losses.plot(range(1, 21), doctor.case.history["val_loss"], color=colour, label=name)
        bars.bar(place, doctor.case.history["val_accuracy"][-1], color=colour, width=0.6)
    bars.set_xticks([0, 1], ["embedding", "amounts"])
    bars.set_title("validation rows right", fontsize=10)
    bars.minorticks_off()
    losses.set_xlabel("epoch")
    losses.set_ylabel("validation loss")
    losses.legend(fontsize=10)
    return _first(doctor.findings, "words as amounts")


def member_unlike_the_others(sheet: Figure) -> Finding:
    """Train an ensemble of networks so small that some get stuck."""
    sections = {"ensemble": {"members": 5}, "split": {"kind": "shares", "train": 0.5, "valid": 0.25, "test": 0.25}}
    return _of_run(sheet, "member", _stripes(1200), sections, "member unlike the others")


def folds_disagree(sheet: Figure) -> Finding:
    """Train a cross-validation of such networks."""
    return _of_run(sheet, "fold", _stripes(1200), {"split": {"kind": "cross", "folds": 5}}, "folds disagree")


EXAMPLES: dict[str, Example] = {
    "noisy gradients": noisy_gradients,
    "metric": metric,
    "too slow": too_slow,
    "words as amounts": words_as_amounts,
    "member unlike the others": member_unlike_the_others,
    "folds disagree": folds_disagree,
}


def _first(findings: Sequence[Finding], symptom: str) -> Finding:
    return next(finding for finding in findings if finding.symptom == symptom)


def _seconds_of_epoch(rows: Rows, batch_size: int) -> float:
    """Return how long the fastest of four epochs takes; the first compiles."""
    times: list[float] = []
    _network(rows, 16).fit(
        rows[0],
        rows[1][:, None],
        batch_size=batch_size,
        epochs=5,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: times.append(time.perf_counter()))],
    )
    return float(np.diff(times).min())


def _network(rows: Rows, units: int, rate: float = 0.01, metrics: Sequence[str] = ()) -> keras.Model:
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(units, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((rows[0].shape[1],)), *layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mean_squared_error", metrics=list(metrics))
    return model


def _line_in_noise(rows: int, noise: float = 1.0) -> Rows:
    random = np.random.default_rng(1)
    x = random.normal(size=(rows, 12))
    return x, 0.6 * x[:, 0] + 0.4 * x[:, 1] + noise * random.normal(size=rows)


def _fitted(
    rows: Rows,
    *,
    batch_size: int = 32,
    epochs: int = 20,
    rate: float = 0.01,
    units: int = 64,
    metrics: Sequence[str] = (),
    minutes: float = np.inf,
) -> DoctorCallback:
    """Fit a network of two layers, for so many epochs or minutes."""
    model = _network(rows, units, rate, metrics)
    end = time.monotonic() + 60 * minutes

    def stop(_epoch: int, _logs: object) -> None:
        model.stop_training = time.monotonic() > end

    doctor = DoctorCallback()
    x, y = rows
    model.fit(
        x,
        y[:, None],
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[doctor, keras.callbacks.LambdaCallback(on_epoch_end=stop)],
    )
    return doctor


def _stripes(rows: int) -> Rows:
    """Return two classes in a chessboard of four fields."""
    random = np.random.default_rng(3)
    x = random.normal(size=(rows, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def _of_run(sheet: Figure, name: str, rows: Rows, sections: dict[str, Any], symptom: str) -> Finding:
    """Train members of three units with netwright, and draw the validation loss of each."""
    x, y = rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        pq.write_table(pa.table({"a": x[:, 0], "b": x[:, 1], "y": y, "event": np.arange(len(y))}), path)
        content = {
            "name": "chessboard",
            "data": {"files": [str(path)], "identity": ["event"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
            "targets": {"same_sign": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "dense", "units": [4]}},
            "training": {"epochs": 60, "batch_size": 32, "learning_rate": 0.02, "seed": 5},
        }
        run = nw.train(nw.parse_experiment(content | sections), run=Path(folder) / "run")
        history, findings = run.history, run.findings
    best: dict[int, float] = {}
    for record in history:
        if record["best"]:
            best[record["member"]] = record["monitored"]
    axes = sheet.subplots()
    worst = max(best, key=lambda number: best[number])
    for number in sorted(best):
        axes.bar(str(number), best[number], color=COLOURS[1] if number == worst else GREY, width=0.6)
    axes.set_xlabel(name)
    axes.set_ylabel("validation loss")
    axes.minorticks_off()
    return _first(findings, symptom)
