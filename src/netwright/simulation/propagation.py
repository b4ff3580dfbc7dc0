"""The path of a particle through the solenoid to the calorimeter: a straight line or a helix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netwright.simulation._detector_card import SOLENOID

__all__ = ["propagate"]

Floats = NDArray[np.float64]

# p [GeV] = 0.299792458 · charge · field [T] · radius of the helix [m]
_GEV_PER_TESLA_METRE = 0.299792458


def propagate(momentum: Floats, vertex: Floats, charge: NDArray[np.int64]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return where particles leave the solenoid, as seen from its centre.

    A charged particle moves on a helix of radius r = pT / (0.2998·q·B) about (x + r·sin φ₀, y - r·cos φ₀); after
    the arc s in the transverse plane its direction is φ₀ - s/r and z has increased by s·pz/pT. It arrives at the first
    s > 0 with x² + y² = radius², or where |z| = half_length, whichever comes first: one that curls up (pT below
    0.345 GeV at 2 T from the centre) ends on the front face. A neutral particle moves on a straight line.

    Args:
        momentum: E, px, py, pz in GeV, shape (N, 4).
        vertex: x, y, z in m of the starting point, shape (N, 3).
        charge: in units of the proton charge, shape (N,).

    Returns:
        Pseudorapidity and azimuth in [-π, π] of the point of arrival, each of shape (N,), and which particles start
        inside the cylinder with transverse momentum, shape (N,).

    Source: definition (the helix of a charge in a field along z).

    Example:
        >>> import numpy as np
        >>> p = np.array([[2.0, 2.0, 0.0, 0.0]])
        >>> eta, phi, inside = propagate(p, np.zeros((1, 3)), np.array([1]))
        >>> print(eta, phi.round(4), inside)  # bends by asin(1.15 / (2·r)), r = 3.336 m
        [0.] [-0.1732] [ True]
    """
    _, px, py, pz = momentum.T
    x, y, z = vertex.T
    pt = np.hypot(px, py)
    inside = (np.hypot(x, y) < SOLENOID.radius) & (np.abs(z) < SOLENOID.half_length) & (pt > 3e-5)
    pt = np.where(inside, pt, 1.0)
    slope = pz / pt
    with np.errstate(divide="ignore", invalid="ignore"):
        to_face = np.where(pz == 0, np.inf, (np.copysign(SOLENOID.half_length, pz) - z) / slope)
    straight = _straight(px / pt, py / pt, x, y, to_face, SOLENOID.radius)
    charged = charge != 0
    bending = pt / (_GEV_PER_TESLA_METRE * np.where(charged, charge, 1) * SOLENOID.field)
    helix = _helix(np.arctan2(py, px), bending, x, y, to_face, SOLENOID.radius)
    arc, x_out, y_out = (np.where(charged, bent, line) for bent, line in zip(helix, straight, strict=True))
    z_out = z + slope * arc
    eta = np.arcsinh(z_out / np.maximum(np.hypot(x_out, y_out), 1e-9))
    return eta, np.arctan2(y_out, x_out), inside


def _straight(
    ux: Floats, uy: Floats, x: Floats, y: Floats, to_face: Floats, radius: float
) -> tuple[Floats, Floats, Floats]:
    """Return the path length in the transverse plane and the end point of straight lines along (ux, uy), all in m."""
    along, across = ux * x + uy * y, ux * y - uy * x
    path = np.minimum(-along + np.sqrt(np.maximum(radius**2 - across**2, 0.0)), to_face)
    return path, x + ux * path, y + uy * path


def _helix(
    phi: Floats, bending: Floats, x: Floats, y: Floats, to_face: Floats, radius: float
) -> tuple[Floats, Floats, Floats]:
    """Return the arc in the transverse plane and the end point of helices with signed radius `bending`, all in m."""
    x_axis, y_axis = x + bending * np.sin(phi), y - bending * np.cos(phi)
    axis, phi_axis = np.hypot(x_axis, y_axis), np.arctan2(y_axis, x_axis)
    # On the circle x² + y² = axis² + r² + 2·r·axis·sin(phi_axis - phi + s/r) for the signed radius r.
    sine = (radius**2 - axis**2 - bending**2) / (2 * bending * np.maximum(axis, 1e-12))
    angle = np.arcsin(np.clip(sine, -1.0, 1.0))
    sign, start = np.sign(bending), phi_axis - phi
    turn = np.minimum(*(np.mod(sign * (end - start), 2 * np.pi) for end in (angle, np.pi - angle)))
    to_side = np.where(np.abs(sine) <= 1, turn * np.abs(bending), np.inf)
    arc = np.minimum(to_side, to_face)
    arc = np.where(np.isfinite(arc), arc, 0.0)  # circles forever at pz = 0: the end point is the start
    direction = phi - arc / bending
    return arc, x_axis - bending * np.sin(direction), y_axis + bending * np.cos(direction)
