"""Roots, angles and pseudorapidities with finite values and gradients, also for absent particles."""

from __future__ import annotations

from typing import Any

TINY = 1e-9  # keeps logarithms and ratios finite for absent particles; far below any energy in GeV or MeV


def safe_sqrt(squares: Any, xp: Any) -> Any:
    """Return the square root, with gradient 0 instead of infinity at 0."""
    positive = squares > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, squares, 1.0)), 0.0)


def safe_divide(above: Any, below: Any, xp: Any) -> Any:
    """Return above / below, and 0 where `below` is 0."""
    something = below != 0
    return xp.where(something, above / xp.where(something, below, 1.0), 0.0)


def angle(across: Any, along: Any, xp: Any) -> Any:
    """Return the angle of a vector; 0 for the null vector, where the gradient would not be finite."""
    nothing = xp.logical_and(across == 0, along == 0)
    return xp.arctan2(across, xp.where(nothing, 1.0, along))


def pseudorapidity(pt: Any, pz: Any, xp: Any) -> Any:
    """Return the pseudorapidity arsinh(pz / pT), without cancellation for pz < 0."""
    size = safe_sqrt(pt * pt + pz * pz, xp)
    return xp.sign(pz) * xp.log((size + xp.abs(pz) + TINY) / (pt + TINY))


def components(p4: Any) -> tuple[Any, Any, Any, Any]:
    """Return E, px, py, pz."""
    return p4[..., 0], p4[..., 1], p4[..., 2], p4[..., 3]
