"""Four-vectors for tests, and what may be done to them."""

from __future__ import annotations

import math

import numpy as np


def make_angles(seed, rows=50, particles=4, *, eta_limit=3.0, masses=(0.0, 0.1, 10.0, 80.0)):
    """pt, eta, phi, m in GeV and rad, shape (rows, particles, 4)."""
    random = np.random.default_rng(seed)
    shape = (rows, particles)
    pt = np.exp(random.uniform(1, 6, shape))
    eta, phi = random.uniform(-eta_limit, eta_limit, shape), random.uniform(-np.pi, np.pi, shape)
    return np.stack([pt, eta, phi, random.choice(masses, shape)], axis=-1)


def cartesian(angles):
    """E, px, py, pz of pt, eta, phi, m, by the definitions."""
    pt, eta, phi, mass = np.moveaxis(np.asarray(angles, dtype=np.float64), -1, 0)
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.stack([np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz], axis=-1)


def rotated(p4, angle):
    """Turn around the beam."""
    e, px, py, pz = np.moveaxis(p4, -1, 0)
    c, s = math.cos(angle), math.sin(angle)
    return np.stack([e, c * px - s * py, s * px + c * py, pz], axis=-1)


def boosted(p4, rapidity, axis=3):
    """Boost along an axis: 1, 2, 3 for x, y, z."""
    out = p4.copy()
    c, s = math.cosh(rapidity), math.sinh(rapidity)
    out[..., 0], out[..., axis] = c * p4[..., 0] + s * p4[..., axis], s * p4[..., 0] + c * p4[..., axis]
    return out


def exact_excess(p4):
    """E - |p| by the definition, in float64, shape (..., 1)."""
    size = np.linalg.norm(p4[..., 1:], axis=-1, keepdims=True)
    return np.maximum(p4[..., :1] ** 2 - size**2, 0) / np.maximum(p4[..., :1] + size, 1e-300)
