"""Angles between momenta, also precise for small angles."""

from __future__ import annotations

from typing import Any

from netwright.kinematics._safe import safe_divide, safe_sqrt


def opening(one: Any, other: Any, xp: Any) -> tuple[Any, Any]:
    """Return cos θ and 1 - cos θ of the angle between two momenta; 0 and 1 if one of them is zero.

    1 - cos θ = |n̂ × n̂'|² / (1 + cos θ) for acute angles. Momenta have the shape (..., 3).
    """
    (x, y, z), (u, v, w) = (_direction(momentum, xp) for momentum in (one, other))
    cosine = x * u + y * v + z * w
    across = (y * w - z * v) ** 2 + (z * u - x * w) ** 2 + (x * v - y * u) ** 2
    acute = cosine > 0
    return cosine, xp.where(acute, across / (1.0 + xp.where(acute, cosine, 0.0)), 1.0 - cosine)


def _direction(momentum: Any, xp: Any) -> tuple[Any, Any, Any]:
    size = safe_sqrt(xp.sum(momentum * momentum, axis=-1, keepdims=True), xp)
    direction = safe_divide(momentum, size, xp)
    return direction[..., 0], direction[..., 1], direction[..., 2]
