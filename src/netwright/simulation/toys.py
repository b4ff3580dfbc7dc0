"""Points in a plane with a label: small problems on which a network can be watched while it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from netwright.errors import GenerationError, did_you_mean

__all__ = ["TOYS", "Toy", "generate_toy"]

Floats = npt.NDArray[np.float64]

_MAX_NOISE: Final = 0.5


@dataclass(frozen=True)
class Toy:
    """Points with labels.

    Attributes:
        kind: which problem.
        x: coordinates, shape (rows, 2), dimensionless, most of them in [-6, 6].
        y: labels, shape (rows,): 0 or 1, or values in [-1, 1] of a regression.
        classes: whether the labels are classes.
    """

    kind: str
    x: Floats
    y: Floats
    classes: bool


def generate_toy(kind: str, rows: int = 500, *, noise: float = 0.0, seed: int = 1) -> Toy:
    """Draw points of one of the 2-D problems of TensorFlow's playground, or of a mass peak.

    Args:
        kind: circle, xor, gauss (two Gaussians), spiral, peak (a mass peak over a background); or plane and
            multi-gauss, whose labels are numbers.
        rows: number of points.
        noise: n in [0, 0.5]. In circle, xor, plane and multi-gauss, labels are those of points moved by up to 5 n or
            6 n; in spiral, points move by up to n; Gaussians get the variance 0.5 + 7 n, the peak the width 0.4 + 2 n.
        seed: of the random numbers.

    Returns:
        The points, in random order.

    Raises:
        GenerationError: the problem is unknown, or a number is out of range.

    Source: github.com/tensorflow/playground, src/dataset.ts (Apache-2.0); the mass peak is ours.

    Example:
        >>> toy = generate_toy("circle", 100)
        >>> bool(((toy.x**2).sum(1) < 2.5**2).astype(int).tolist() == toy.y.tolist())
        True
    """
    if kind not in TOYS:
        msg = f'kind must be one of {", ".join(TOYS)}, received "{kind}".{did_you_mean(kind, TOYS)}'
        raise GenerationError(msg)
    if not 2 <= rows <= 1_000_000:
        msg = f"rows must be a number from 2 to 1,000,000, received {rows}."
        raise GenerationError(msg)
    if not 0 <= noise <= _MAX_NOISE:
        msg = f"noise must be a number from 0 to {_MAX_NOISE}, received {noise}."
        raise GenerationError(msg)
    random = np.random.default_rng([seed, list(TOYS).index(kind)])
    draw, classes = TOYS[kind]
    x, y = draw(random, rows, noise)
    order = random.permutation(len(x))
    return Toy(kind, x[order], y[order], classes)


def _circle(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    inside = rows // 2
    radius = np.concatenate([random.uniform(0, 2.5, inside), random.uniform(3.5, 5, rows - inside)])
    angle = random.uniform(0, 2 * np.pi, rows)
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    moved = x + random.uniform(-5, 5, x.shape) * noise
    return x, (np.hypot(*moved.T) < 2.5).astype(float)


def _xor(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    x = random.uniform(-5, 5, (rows, 2))
    x += np.where(x > 0, 0.3, -0.3)
    moved = x + random.uniform(-5, 5, x.shape) * noise
    return x, (moved[:, 0] * moved[:, 1] >= 0).astype(float)


def _gauss(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    y = (np.arange(rows) < rows // 2).astype(float)
    centre = np.where(y == 1, 2.0, -2.0)[:, None]
    return centre + random.normal(0, np.sqrt(0.5 + 7 * noise), (rows, 2)), y


def _spiral(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    arm = rows // 2
    share = np.concatenate([np.arange(arm) / arm, np.arange(rows - arm) / (rows - arm)])
    y = (np.arange(rows) < arm).astype(float)
    angle = 1.75 * 2 * np.pi * share + np.where(y == 1, 0, np.pi)
    x = 5 * share[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return x + random.uniform(-1, 1, x.shape) * noise, y


def _peak(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    """Draw a resonance (x: mass, less that of the resonance; y: transverse momentum) over a falling background."""
    signal = rows // 2
    y = (np.arange(rows) < signal).astype(float)
    background = -6 - 6 * np.log1p(-random.uniform(0, 1 - np.exp(-2), rows))  # falls by e² over [-6, 6]
    mass = np.where(y == 1, random.normal(0, 0.4 + 2 * noise, rows), background)
    momentum = np.where(y == 1, random.normal(1.5, 1.5, rows), random.exponential(3.0, rows) - 6)
    return np.stack([mass, np.clip(momentum, -6, 6)], axis=1), y


def _plane(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    x = random.uniform(-6, 6, (rows, 2))
    moved = x + random.uniform(-6, 6, x.shape) * noise
    return x, np.clip(moved.sum(axis=1) / 10, -1, 1)


def _multi_gauss(random: np.random.Generator, rows: int, noise: float) -> tuple[Floats, Floats]:
    x = random.uniform(-6, 6, (rows, 2))
    moved = x + random.uniform(-6, 6, x.shape) * noise
    centres = np.array([[-4, 2.5], [0, 2.5], [4, 2.5], [-4, -2.5], [0, -2.5], [4, -2.5]])
    signs = np.array([1, -1, 1, -1, 1, -1])
    near = np.clip(1 - np.linalg.norm(moved[:, None] - centres, axis=2) / 2, 0, 1)
    best = near.argmax(axis=1)
    return x, signs[best] * near[np.arange(rows), best]


TOYS: Final[dict[str, tuple[Callable[[np.random.Generator, int, float], tuple[Floats, Floats]], bool]]] = {
    "circle": (_circle, True),
    "xor": (_xor, True),
    "gauss": (_gauss, True),
    "spiral": (_spiral, True),
    "peak": (_peak, True),
    "plane": (_plane, False),
    "multi-gauss": (_multi_gauss, False),
}
"""The problems by name: how they are drawn, and whether labels are classes."""
