"""Whether this tree trains to the same bits as another revision of it: weights, evaluation and predictions.

    python benchmarks/same_bits.py HEAD~20

Three experiments are trained by both, each in a process and with a cache of its own: jets by deep sets in folds, events
with missing values and categories in an ensemble with dropout and three kinds of heads, and a streamed regression.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
GIT = shutil.which("git") or "git"
TRAINING = {"epochs": 3, "batch_size": 64, "seed": 7, "members": "together"}


def main() -> None:
    """Train by both, compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", help="commit to compare this tree with")
    revision = parser.parse_args().revision
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_data(folder)
        before = folder / "before"
        git("worktree", "add", "--detach", str(before), revision)
        try:
            differences = [one for name, sections in EXPERIMENTS.items() for one in compare(folder, name, sections)]
        finally:
            git("worktree", "remove", "--force", str(before))
    print("\n".join(differences) or f"The same bits as {revision}: {', '.join(EXPERIMENTS)}.")
    sys.exit(1 if differences else 0)


def git(*arguments: str) -> None:
    """Run git in this repository."""
    subprocess.run([GIT, "-C", str(REPOSITORY), *arguments], check=True, capture_output=True)


def write_data(folder: Path) -> None:
    """Write jets and events as npz files."""
    random = np.random.default_rng(5)
    rows = 1500
    label = random.integers(0, 2, rows)
    momenta = random.normal(0, 20 + 15 * label[:, None, None], (rows, 12, 4)).astype(np.float32)
    momenta[..., 0] = np.sqrt(np.sum(momenta[..., 1:] ** 2, axis=-1)) * 1.01
    momenta[random.random((rows, 12)) < 0.3] = 0
    names = [f"{component}_{number}" for number in range(12) for component in ("E", "PX", "PY", "PZ")]
    jets = dict(zip(names, momenta.reshape(rows, 48).T, strict=True))
    np.savez(folder / "jets.npz", label=label, weight=random.uniform(-0.2, 1, rows), **jets)
    kind = random.integers(0, 3, rows)
    x = random.normal(kind[:, None], 1.0, (rows, 4))
    x[random.random((rows, 4)) < 0.1] = np.nan
    energy = np.exp(random.normal(4, 0.5, rows))
    events = {name: x[:, column] for column, name in enumerate("abcd")}
    np.savez(
        folder / "events.npz", label=label, kind=kind, energy=energy, charge=random.integers(-1, 2, rows), **events
    )


EXPERIMENTS = {
    "jets": {
        "data": {"files": ["jets.npz"], "weight": "weight"},
        "inputs": {"jet": {"kind": "four-vectors", "columns": ["E_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"]}},
        "targets": {"is_top": {"kind": "binary", "column": "label", "balance": "weights"}},
        "model": {"body": {"kind": "deep-sets", "units": [16], "constituent_units": [16]}},
        "split": {"kind": "folds", "folds": 3},
        "training": TRAINING,
    },
    "events": {
        "data": {"files": ["events.npz"]},
        "inputs": {
            "numbers": {"kind": "numeric", "columns": ["a", "b", "c", "d"], "missing": True},
            "charges": {"kind": "categorical", "columns": ["charge"]},
        },
        "targets": {
            "which": {"kind": "multiclass", "column": "kind", "classes": {"zero": 0, "one": 1, "two": 2}},
            "is_signal": {"kind": "binary", "column": "label"},
            "energy": {"kind": "regression", "column": "energy", "unit": "GeV", "loss_weight": 0.5},
        },
        "model": {"body": {"kind": "residual", "units": [24, 24], "dropout": 0.2, "l2": 1e-4}},
        "ensemble": {"members": 3, "bagging": True},
        "training": TRAINING,
    },
    "streamed": {
        "data": {"files": ["events.npz"]},
        "inputs": {"numbers": {"kind": "numeric", "columns": ["a", "b", "c", "d"], "missing": True}},
        "targets": {"energy": {"kind": "regression", "column": "energy", "unit": "GeV", "flat_bins": 10}},
        "model": {"body": {"kind": "dense", "units": [24, 24], "batch_normalisation": "before"}},
        "training": {**TRAINING, "feed": "streamed"},
    },
}


def compare(folder: Path, name: str, sections: dict[str, object]) -> Iterator[str]:
    """Train one experiment by both trees, and yield what differs."""
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump({"name": name, **sections}, sort_keys=False), encoding="utf-8")
    runs = {
        tree: train(folder, file, source, folder / f"run-{name}-{tree}")
        for tree, source in (("before", folder / "before"), ("after", REPOSITORY))
    }
    old, new = (contents(runs[tree]) for tree in ("before", "after"))
    for part in sorted(old.keys() | new.keys()):
        if part not in old or part not in new:
            yield f"{name}: {part} is only {'after' if part in new else 'before'}"
        elif not np.array_equal(old[part], new[part], equal_nan=old[part].dtype.kind == "f"):
            yield f"{name}: {part} differs"


def train(folder: Path, file: Path, tree: Path, run: Path) -> Path:
    """Train in a process that has the tree's sources and a cache of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree / "src"),
        "NETWRIGHT_CACHE": str(folder / f"cache-{run.name}"),
    }
    code = "import sys; from netwright.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "train", str(file), "--run", str(run)]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{tree}: {' '.join(command[3:])} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return run


def contents(run: Path) -> dict[str, np.ndarray]:
    """Return every number of a run that a training makes, by what it is."""
    results = {f"predictions {name}": column.to_numpy() for name, column in columns(run / "predictions.parquet")}
    results["evaluation"] = np.asarray(json.dumps(json.loads((run / "evaluation.json").read_text()), sort_keys=True))
    with (
        zipfile.ZipFile(run / "model.keras") as archive,
        h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file,
    ):
        file.visititems(
            lambda path, item: results.update({f"weights {path}": item[()]}) if isinstance(item, h5py.Dataset) else None
        )
    return results


def columns(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the columns of a Parquet file."""
    table = pq.read_table(path)
    yield from zip(table.column_names, table.columns, strict=True)


if __name__ == "__main__":
    main()
