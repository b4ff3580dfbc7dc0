"""The scan of benchmarks/limits.py by hand: Keras on TensorFlow for the networks, pyhf for the limits.

    benchmarks/.rivals/limits/bin/python benchmarks/limits_by_hand.py INPUTS.npz --epochs 15 --trainings 2

Knows nothing of netwright. The file holds inputs x, truth y, event weights w, expected weights e (events in recorded
collisions of each row, times the rows of its part), and the numbers of training, validation and test rows. Prints one
line of JSON: seconds of each step, and what was found.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS, KNOWN_TO = 10, 1.05


def main() -> None:
    """Train some networks, and compute the limit of each on validation rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=Path)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--trainings", type=int, default=2)
    args = parser.parse_args()
    with np.load(args.inputs) as file:
        data = dict(file)
    lines = [one_point(data, args.epochs, seed) for seed in range(args.trainings)]
    names = ("fit", "scores", "limit")
    seconds = {name: float(np.mean([line[name] for line in lines])) for name in names}
    results = {
        "limits": [line["found"] for line in lines],
        "trainings": args.trainings,
        "backend": lines[0]["backend"],
    }
    print(json.dumps({"seconds": seconds} | results))


def one_point(data: dict[str, Any], epochs: int, seed: int) -> dict[str, Any]:
    """Return what one training and its limit take, in seconds."""
    began = time.perf_counter()
    network, backend = trained(data, epochs, seed)
    fitted = time.perf_counter()
    rows = data["valid"]
    scores = np.asarray(network.predict(data["x"][rows], batch_size=4096, verbose=0))[:, 0].astype(np.float64)
    scored = time.perf_counter()
    limit = upper_limit(scores, data["y"][rows], data["e"][rows] / len(rows))
    ended = time.perf_counter()
    return {
        "fit": fitted - began, "scores": scored - fitted, "limit": ended - scored, "found": limit, "backend": backend,
    }  # fmt: skip


def trained(data: dict[str, Any], epochs: int, seed: int) -> tuple[Any, str]:
    """Return a network of two layers of 32 units, trained by Keras's own fit, and its backend."""
    import keras

    keras.utils.set_random_seed(seed)
    x, y, w = data["x"], data["y"], data["w"]
    layers = [keras.layers.Normalization(), *(keras.layers.Dense(32, "relu") for _ in range(2))]
    network = keras.Sequential([keras.Input(x.shape[1:]), *layers, keras.layers.Dense(1, "sigmoid")])
    layers[0].adapt(x[data["train"]])
    network.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
    network.fit(
        x[data["train"]], y[data["train"]], sample_weight=w[data["train"]], batch_size=512, epochs=epochs, verbose=0,
        validation_data=tuple(values[data["valid"]] for values in (x, y, w)),
    )  # fmt: skip
    return network, keras.backend.backend()


def upper_limit(scores: Floats, truth: npt.NDArray[np.int32], expected: Floats) -> float:
    """Return pyhf's expected limit on the signal strength, in bins that hold equal parts of the signal."""
    import pyhf

    edges = np.unique(np.quantile(scores[truth == 1], np.linspace(0, 1, BINS + 1)))
    edges[0], edges[-1] = 0.0, 1.0
    signal, background = (np.histogram(scores[truth == k], edges, weights=expected[truth == k])[0] for k in (1, 0))
    squares = np.histogram(scores[truth == 0], edges, weights=expected[truth == 0] ** 2)[0]
    mu = {"name": "mu", "type": "normfactor", "data": None}
    rate = {"name": "rate", "type": "normsys", "data": {"lo": 1 / KNOWN_TO, "hi": KNOWN_TO}}
    statistics = {"name": "mc", "type": "staterror", "data": np.sqrt(squares).tolist()}
    samples = [
        {"name": "signal", "data": np.maximum(signal, 1e-6).tolist(), "modifiers": [mu]},
        {"name": "background", "data": np.maximum(background, 1e-6).tolist(), "modifiers": [rate, statistics]},
    ]
    wide = {"name": "mu", "bounds": [[0.0, 100.0]], "inits": [1.0]}
    model = pyhf.Model({"channels": [{"name": "score", "samples": samples}], "parameters": [wide]}, poi_name="mu")
    data = [*np.maximum(background, 1e-6).tolist(), *model.config.auxdata]
    _, limits = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.0, 100.0, rtol=1e-3)
    return float(limits[2])


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
