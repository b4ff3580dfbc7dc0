"""Rows with weights, for Hypothesis, and their moments in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import assume

__all__ = ["columns", "slow_moments"]


def columns(rows):
    """Split rows into columns and give up on those whose weights nearly cancel."""
    labels, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    for label in (0, 1):
        of_class = weights[labels == label]
        assume(of_class.size and of_class.sum() > 0.1 * np.abs(of_class).sum() > 0)
    return labels, scores, weights


def slow_moments(values, weights):
    """The definition in rational numbers."""
    x = [(Fraction(float(v)), Fraction(float(w))) for v, w in zip(values, weights, strict=True) if np.isfinite(v)]
    total = sum(w for _, w in x)
    mean = sum(w * v for v, w in x) / total
    return float(mean), np.sqrt(max(float(sum(w * (v - mean) ** 2 for v, w in x) / total), 0))
