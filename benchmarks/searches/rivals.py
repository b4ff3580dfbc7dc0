"""KerasTuner and Optuna over Keras with TensorFlow, in an environment of their own, on the rows of a task."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np

from netwright.progress import silent
from netwright.workflow._data import load_data
from searches.tasks import BATCH, EPOCHS, HEAD, JETS, experiment, units_of

TOOLS = {
    "KerasTuner random": "kerastuner",
    "Optuna random over Keras": "optuna-random",
    "Optuna TPE over Keras": "optuna-tpe",
}


def by_rival(
    python: Path, task: str, tool: str, trials: int, seed: int, folder: Path, jets: int = JETS
) -> dict[str, list[float]]:
    """Let a rival search, with the same space, networks, rows, epochs and batches.

    Args:
        python: of its environment.
        task: name of the task.
        tool: one of `TOOLS`.
        trials: how many.
        seed: of its sampler.
        folder: for rows.
        jets: number of generated jets.

    Returns:
        By trial: validation and test value, and the seconds after which it ended.
    """
    words = [python, Path(__file__).with_name("by_keras.py"), _rows(task, folder, jets), TOOLS[tool]]
    options = {"trials": trials, "seed": seed, "epochs": EPOCHS, "batch": BATCH}
    words += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    words += ["--units", *map(str, units_of(task))]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(one) for one in words], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: dict[str, list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _rows(task: str, folder: Path, jets: int) -> Path:
    """Write the rows of a task, standardised as our networks do it by themselves."""
    path = folder / f"{task.replace(' ', '-')}-{jets}-for-rivals.npz"
    if not path.exists():
        data = load_data(experiment(task, folder, jets), silent)
        split = data.division.split(0)
        x = np.asarray(data.rows.inputs["x"][:], np.float64)
        x = (x - x[split.train].mean(axis=0)) / x[split.train].std(axis=0)
        truth = np.asarray(data.rows.heads[HEAD].values, np.float32)
        parts = {"train": split.train, "valid": split.valid, "test": split.test}
        np.savez(path, x=x.astype(np.float32), y=truth, **parts)
    return path
