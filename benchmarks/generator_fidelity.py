"""How near the generated jets are to the real ones of the Top Quark Tagging Reference Dataset.

Each class alone, for five quantities: the two-sample Kolmogorov-Smirnov distance between generated and real jets,
the means, and the distance that two samples of these sizes from one distribution exceed in one case of ten.

    python benchmarks/generator_fidelity.py --jets FOLDER
    python benchmarks/generator_fidelity.py --rows 4000 --seed 7 --workers 2
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netwright.simulation import generate_top_jets

REAL = Path(__file__).parents[2] / "shared" / "data" / "real_jets_1000.npz"
RADIUS = 0.8
CLASSES = {"top": 1, "QCD": 0}

Floats = NDArray[np.float64]


def main() -> None:
    """Read the arguments, measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=Path, help="folder that `netwright generate top-jets` has written")
    parser.add_argument("--rows", type=int, default=20_000, help="jets to read at the most, or to generate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    args = parser.parse_args()
    if args.jets:
        generated = read(sorted(args.jets.glob("*.npz")), args.rows)
    else:
        with tempfile.TemporaryDirectory() as folder:
            files = generate_top_jets(args.rows, seed=args.seed, out=Path(folder), workers=args.workers)
            generated = read(files, args.rows)
    table = compare(generated, read([args.real], args.rows))
    print(table)
    if args.out:
        args.out.write_text(table + "\n", encoding="utf-8")


def read(files: list[Path], at_most: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return constituents (N, 200, 4) in GeV and labels (N,) of the first jets in some files."""
    constituents, labels = [], []
    for file in files:
        columns = np.load(file, allow_pickle=False)
        constituents.append(columns["constituents"].astype(np.float64))
        labels.append(columns["truth_label"].astype(np.int64))
        if sum(map(len, labels)) >= at_most:
            break
    return np.concatenate(constituents)[:at_most], np.concatenate(labels)[:at_most]


def compare(generated: tuple[Floats, NDArray[np.int64]], real: tuple[Floats, NDArray[np.int64]]) -> str:
    """Return the Markdown table of all classes and quantities."""
    lines = [
        "| class | quantity | generated, mean | real, mean | KS distance | 10% of equal samples exceed |",
        "|---|---|---|---|---|---|",
    ]
    for name, label in CLASSES.items():
        mine, theirs = (observables(jets[labels == label]) for jets, labels in (generated, real))
        for quantity, values in mine.items():
            others = theirs[quantity]
            expected = 1.224 * np.sqrt(1 / len(values) + 1 / len(others))
            distance = ks_distance(values, others)
            means = f"{values.mean():.4g} | {others.mean():.4g}"
            lines.append(f"| {name} | {quantity} | {means} | {distance:.3f} | {expected:.3f} |")
    return "\n".join(lines)


def observables(constituents: Floats) -> dict[str, Floats]:
    """Return the five quantities of jets, each of shape (N,), from constituents (N, P, 4) in GeV."""
    jet = constituents.sum(axis=1)
    mass2 = jet[:, 0] ** 2 - (jet[:, 1:] ** 2).sum(axis=1)
    pt, eta, phi = polar(constituents)
    jet_pt, jet_eta, jet_phi = polar(jet)
    distance = np.hypot(eta - jet_eta[:, None], wrapped(phi - jet_phi[:, None]))
    return {
        "number of constituents": (constituents[:, :, 0] > 0).sum(axis=1).astype(np.float64),
        "mass / GeV": np.sqrt(np.maximum(mass2, 0.0)),
        "pT fraction of the leading constituent": pt[:, 0] / jet_pt,
        "pT-weighted width": (pt * distance).sum(axis=1) / pt.sum(axis=1),
        "tau32": subjettiness(constituents, 3) / subjettiness(constituents, 2),
    }


def subjettiness(constituents: Floats, axes: int) -> Floats:
    """Return τ_N = Σ pT·min ΔR / (R·Σ pT) with N exclusive kT axes (β = 1), shape (N,); arXiv:1011.2268, eq. 2."""
    import awkward as ak
    import fastjet

    used = constituents[:, :, 0] > 0
    counts = used.sum(axis=1)
    fields = {
        name: ak.unflatten(constituents[:, :, column][used], counts)
        for column, name in enumerate(("E", "px", "py", "pz"))
    }
    clusters = fastjet.ClusterSequence(
        ak.zip(fields, with_name="Momentum4D"), fastjet.JetDefinition(fastjet.kt_algorithm, RADIUS)
    )
    subjets = clusters.exclusive_jets(n_jets=axes)
    columns = [ak.to_numpy(ak.to_regular(subjets[name], 1)) for name in ("E", "px", "py", "pz")]
    pt, eta, phi = polar(constituents)
    _, axis_eta, axis_phi = polar(np.stack(columns, axis=2))
    near = np.full(pt.shape, np.inf)
    for axis in range(axes):
        turn = wrapped(phi - axis_phi[:, axis, None])
        near = np.minimum(near, np.hypot(eta - axis_eta[:, axis, None], turn))
    return (pt * near).sum(axis=1) / (RADIUS * pt.sum(axis=1))


def polar(momentum: Floats) -> tuple[Floats, Floats, Floats]:
    """Return pT (GeV), pseudorapidity and azimuth (rad), zeros where there is no momentum."""
    pt = np.hypot(momentum[..., 1], momentum[..., 2])
    eta = np.arcsinh(momentum[..., 3] / np.where(pt > 0, pt, 1.0))
    return pt, eta, np.arctan2(momentum[..., 2], momentum[..., 1])


def wrapped(angle: Floats) -> Floats:
    """Return angles (rad) from -π to π."""
    return np.mod(angle + np.pi, 2 * np.pi) - np.pi


def ks_distance(first: Floats, second: Floats) -> float:
    """Return the largest difference between the distribution functions of two samples."""
    values = np.concatenate([first, second])
    steps = [np.searchsorted(np.sort(sample), values, side="right") / len(sample) for sample in (first, second)]
    return float(np.abs(steps[0] - steps[1]).max())


if __name__ == "__main__":
    main()
