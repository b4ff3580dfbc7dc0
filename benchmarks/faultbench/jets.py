"""Jets of ten constituents from one, two or three prongs, with their mass."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from faultbench.parts import Table

__all__ = ["jets"]

CONSTITUENTS: Final = 10


def jets(rows: int, random: np.random.Generator) -> Table:
    """Jets, and whether they are of a top quark (three prongs) and which mass they have.

    Features have shape (N, 10, 3): pT (GeV), Δη and Δφ (rad) to the jet's axis, the hardest first. The mass is that of
    the massless constituents, m² = Σ_{i<j} 2 pT_i pT_j (cosh Δη_ij - cos Δφ_ij).

    Args:
        rows: how many.
        random: source of random numbers.

    Returns:
        The jets; heads "top" and "mass" (order one: in 100 GeV; raw: in GeV).
    """
    top = random.random(rows) < 0.5
    prongs = np.where(top, 3, random.integers(1, 3, rows))
    radius = np.where(top, 0.38, 0.28) * (1 + 0.25 * random.normal(size=rows))
    turn = random.uniform(0, 2 * np.pi, rows)
    prong = random.integers(0, 1 << 30, (rows, CONSTITUENTS)) % prongs[:, None]
    angle = turn[:, None] + 2 * np.pi * prong / prongs[:, None] + 0.3 * random.normal(size=prong.shape)
    distance = np.where(prongs[:, None] == 1, 0.0, radius[:, None])
    eta = distance * np.cos(angle) + 0.06 * random.normal(size=prong.shape)
    phi = distance * np.sin(angle) + 0.06 * random.normal(size=prong.shape)
    fraction = random.dirichlet(np.full(CONSTITUENTS, 1.2), rows)
    pt = -np.sort(-fraction, axis=1) * (500 * np.exp(0.15 * random.normal(size=rows)))[:, None]
    m = mass_of(pt, eta, phi)
    order_one = np.stack([pt / 100, 3 * eta, 3 * phi], axis=2)
    raw = np.stack([pt, eta, phi], axis=2)
    return Table(order_one, raw, {"top": top.astype(np.float64), "mass": m / 100}, {"mass": m})


def mass_of(pt: NDArray[np.float64], eta: NDArray[np.float64], phi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mass (N,) of massless constituents (N, C), in the unit of pT."""
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = pt * np.cosh(eta)
    square = energy.sum(1) ** 2 - px.sum(1) ** 2 - py.sum(1) ** 2 - pz.sum(1) ** 2
    return np.sqrt(np.maximum(square, 0))
