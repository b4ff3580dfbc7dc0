"""Write the toy: two classes in two dimensions that overlap, few rows to learn from and many to evaluate by.

python examples/overtraining/make_toy.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FOLDER = Path(__file__).with_name("toy")
NOISE = 0.5  # deviation of a point from its moon
FILES = {"train": 200, "valid": 200, "test": 20_000, "many": 5_000}


def main(folder: Path = FOLDER) -> None:
    """Draw the rows of every file from a stream of its own."""
    folder.mkdir(exist_ok=True, parents=True)
    for number, (name, rows) in enumerate(FILES.items()):
        columns = draw(rows, np.random.default_rng([7, number]))
        np.savez(folder / f"{name}.npz", **columns)
        if name in {"train", "many"}:
            np.savez(folder / f"{name}-again.npz", **columns)


def draw(rows: int, random: np.random.Generator) -> dict[str, npt.NDArray[np.generic]]:
    """Draw points of both classes: the signal on the upper half moon, the background on the lower, with noise."""
    label = np.arange(rows) % 2
    points = moon(np.pi * random.random(rows), label) + NOISE * random.normal(size=(rows, 2))
    return {"x": points[:, 0], "y": points[:, 1], "label": label}


def moon(angle: Floats, label: npt.ArrayLike) -> Floats:
    """Return the points at an angle (rad) of the moon of a class, shape (..., 2)."""
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.where(np.asarray(label)[..., None] == 1, upper, [1.0, 0.5] - upper)


def truth(points: Floats) -> Floats:
    """Return the true probability of the signal at points of shape (n, 2): no network can know more.

    p = f_1 / (f_0 + f_1), with f_c the mean over the moon of exp(-d² / 2σ²), d the distance to one of its points.
    """
    angles = np.linspace(0, np.pi, 181)
    densities = []
    for label in (0, 1):
        squares = ((points[:, None] - moon(angles, label)) ** 2).sum(axis=-1)
        densities.append(np.exp(-squares / (2 * NOISE**2)).mean(axis=1))
    return densities[1] / (densities[0] + densities[1])


if __name__ == "__main__":
    main()
