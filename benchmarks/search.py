"""Search: samplers by number of trials and by time, trials at once against one by one, and against KerasTuner.

    python benchmarks/search.py samplers [--repeats 7] [--trials 40]   # quality against trials and time, two tasks
    python benchmarks/search.py together [--trials 64]                 # random trials: at once, one by one, KerasTuner

The rival runs in an environment of its own, benchmarks/.rivals/kerastuner, made on first use with TensorFlow and
KerasTuner. Space, networks, rows, epochs and number of trials are the same. Results go to benchmarks/search.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw
from netwright.progress import silent
from netwright.searching import space_of
from netwright.workflow._search_work import Budget, open_study, work

HERE = Path(__file__).parent
RESULTS = HERE / "search.json"
ROWS, EPOCHS, BATCH = 6000, 12, 128


def spiral(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Return two classes on two arms of a spiral with noise."""
    generator = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    t = np.sqrt(generator.random(rows)) * 3 * np.pi
    angle = t + np.pi * y
    x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) + generator.normal(size=(rows, 2)) * 0.6
    return {"a": x[:, 0], "b": x[:, 1], "y": y, "event": np.arange(rows)}


def muon_pairs(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Return pairs of momenta; a pair is signal where its mass is near that of a resonance."""
    generator = np.random.default_rng(seed)
    momenta = generator.normal(size=(rows, 6)) * 30
    p, q = momenta[:, :3], momenta[:, 3:]
    energy = np.linalg.norm(p, axis=1) + np.linalg.norm(q, axis=1)
    mass = np.sqrt(np.maximum(energy**2 - ((p + q) ** 2).sum(axis=1), 0))
    y = (np.abs(mass - np.median(mass)) < 12).astype(int)
    return {f"p{n}": momenta[:, n] for n in range(6)} | {"y": y, "event": np.arange(rows)}


TASKS = {"spiral": spiral, "muon pairs": muon_pairs}


def experiment(task: str, folder: Path, **search: object) -> nw.Experiment:
    """Return the experiment of a task, with its rows in a file."""
    columns = TASKS[task](ROWS, 1)
    path = folder / f"{task.replace(' ', '-')}.parquet"
    if not path.exists():
        pq.write_table(pa.table(columns), path)
    section = {
        "parameters": {
            "training.learning_rate": {"low": 1e-4, "high": 0.3, "log": True},
            "model.body.dropout": {"low": 0.0, "high": 0.5},
            "model.body.l2": {"low": 1e-6, "high": 1e-2, "log": True},
        },
        "objective": "y.roc_auc",
        "pruning": {"epochs": False, "folds": False},
    }
    return nw.parse_experiment({
        "name": "toy", "data": {"files": [str(path)], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": [name for name in columns if name not in ("y", "event")]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [32, 32]}},
        "training": {
            "epochs": EPOCHS, "batch_size": BATCH, "schedule": {"kind": "constant"},
            "early_stopping": {"patience": EPOCHS},
        },
        "search": section | search,
    })  # fmt: skip


def searched(one: nw.Experiment, trials: int) -> tuple[list[float], list[float], float]:
    """Search, and return the values of all trials, when each ended, and the seconds of the whole."""
    with tempfile.TemporaryDirectory() as folder:
        space = space_of(one)
        began = time.time()
        work(Path(folder), space, Budget(trials, None), progress=silent)
        seconds = time.time() - began
        every = open_study(Path(folder), space).trials()
        values = [one.user_attrs["last_value"] for one in every]
        return (
            [np.nan if value is None else value for value in values],
            [one.user_attrs["ended"] - began for one in every],
            seconds,
        )


WAYS = {
    "grid": {"sampler": "grid", "grid": 4, "at_once": 16},
    "random": {"sampler": "random", "at_once": 16},
    "tpe": {"sampler": "tpe", "at_once": 16},
    "tpe, 4 at once": {"sampler": "tpe", "at_once": 4},
    "gp": {"sampler": "gp", "at_once": 8},
    "tpe, halving": {"sampler": "tpe", "at_once": 16, "pruning": {"first_epoch": 2, "folds": False}},
}


def samplers(repeats: int, trials: int) -> dict[str, object]:
    """Return the best so far by number of trials and by time, with median and band over repeats."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        for task in TASKS:
            for way, section in WAYS.items():
                curves, times = [], []
                for seed in range(1, repeats + 1):
                    values, _, seconds = searched(experiment(task, Path(name), seed=seed, **section), trials)
                    curves.append(np.fmax.accumulate(np.pad(values, (0, trials - len(values)), mode="edge")).tolist())
                    times.append(seconds)
                    print(f"{task}, {way}, seed {seed}: {curves[-1][-1]:.4f} in {seconds:.1f} s", flush=True)
                low, middle, high = np.nanpercentile(np.array(curves), [16, 50, 84], axis=0).tolist()
                found[f"{task}, {way}"] = {
                    "median": middle, "low": low, "high": high, "seconds": float(np.median(times)),
                }  # fmt: skip
    return found


RIVAL = """
import json, os, sys, tempfile, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np, keras, keras_tuner
data = np.load(sys.argv[1]); trials, epochs, batch = map(int, sys.argv[2:5])
x, y, valid = data["x"], data["y"], data["valid"]
def build(hp):
    rate = hp.Float("rate", 1e-4, 0.3, sampling="log"); drop = hp.Float("drop", 0.0, 0.5)
    l2 = keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-2, sampling="log"))
    layers = [keras.Input((x.shape[1],))]
    for _ in range(2):
        layers += [keras.layers.Dense(32, "relu", kernel_regularizer=l2), keras.layers.Dropout(drop)]
    model = keras.Sequential([*layers, keras.layers.Dense(1, "sigmoid", kernel_regularizer=l2)])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
    return model
with tempfile.TemporaryDirectory() as folder:
    best = keras_tuner.Objective("val_auc", "max")
    tuner = keras_tuner.RandomSearch(build, best, max_trials=trials, seed=1, directory=folder)
    began = time.time()
    tuner.search(x[~valid], y[~valid], validation_data=(x[valid], y[valid]), epochs=epochs, batch_size=batch, verbose=0)
    print(json.dumps({"seconds": time.time() - began, "best": float(tuner.oracle.get_best_trials(1)[0].score)}))
"""


def rival(trials: int) -> dict[str, float]:
    """Return seconds and best AUC of KerasTuner's random search on Keras with TensorFlow, on the spiral."""
    place = HERE / ".rivals" / "kerastuner"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        packages = ["keras-tuner", "keras", "tensorflow-cpu", "numpy"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    columns = spiral(ROWS, 1)
    x = np.stack([columns["a"], columns["b"]], axis=1)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npz"
        np.savez(file, x=x.astype(np.float32), y=columns["y"].astype(np.float32), valid=np.arange(ROWS) % 5 == 0)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        words = [python, "-c", RIVAL, str(file), str(trials), str(EPOCHS), str(BATCH)]
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def together(trials: int, *, with_rival: bool) -> dict[str, object]:
    """Return seconds of so many random trials of a small network: at once, one by one, and by the rival."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        for way, section in {
            "32 at once": {"at_once": 32}, "one by one": {"at_once": 1},
        }.items():  # fmt: skip
            values, _, seconds = searched(experiment("spiral", Path(name), sampler="random", **section), trials)
            found[way] = {"seconds": seconds, "best": float(np.nanmax(values))}
            print(way, found[way], flush=True)
    if with_rival:
        found["KerasTuner"] = rival(trials)
        print("KerasTuner", found["KerasTuner"], flush=True)
    return found


def main() -> None:
    """Run what is named, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["samplers", "together"])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--no-rival", action="store_true")
    given = parser.parse_args()
    if given.what == "samplers":
        found: object = samplers(given.repeats, given.trials or 40)
    else:
        found = together(given.trials or 64, with_rival=not given.no_rival)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, given.what: found}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
