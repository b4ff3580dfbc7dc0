"""Labels of two classes that are turned round in one block of rows, as where two files have other meanings of 0 and 1.

In such a block, a line that tells the classes elsewhere is wrong. So each block of whole tenths of the rows is turned
back, and the one is taken with which a line explains most, on rows that it has not seen. A relation of inputs and
labels that really is another one there looks the same, if rows are in the order of an input: so nothing is said where
the inputs tell which rows are in the block, nor where rows are in the order of the labels.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.kernel_ridge import Method, leave_one_out

__all__ = ["reversed_block"]

_MIN_ROWS = 100  # rows
_PARTS = 10
_CLEAR = 60.0  # twice the logarithm of the likelihood ratio of normal errors; 45 blocks are tried
_MORE = 0.1  # of the variance, explained with the block turned back
_EXPLAINED = 0.1  # of the variance of being in the block, explained by the inputs
_GUARDS: tuple[Method, ...] = ("linear", "fourier")


def reversed_block(inputs: Array, target: Array) -> tuple[int, int] | None:
    """Find the block of rows in which the labels of two classes are turned round.

    Args:
        inputs: shape ``(rows, columns)``, in the order that they were given in, in any unit.
        target: labels of two values, shape ``(rows, 1)``, or indicators of two classes, ``(rows, 2)``.

    Returns:
        Its first row and the one after its last, at most half of all; None where there is none, with fewer than 100
        rows, and with labels of other kinds.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(300, 3))
        >>> y = (x[:, :1] > 0).astype(float)
        >>> reversed_block(x, y) is None
        True
        >>> y[60:150] = 1 - y[60:150]
        >>> reversed_block(x, y)
        (60, 150)
    """
    label = target[:, -1]
    if len(inputs) < _MIN_ROWS or target.shape[1] > 2 or len(np.unique(label)) != 2 or _in_order(label):
        return None
    sides = label - label.mean()
    edges = np.linspace(0, len(inputs), _PARTS + 1).astype(int)
    blocks = [(first, end) for first, end in combinations(edges.tolist(), 2) if end - first <= len(inputs) / 2]
    turned = np.stack([sides, *(_turned(sides, *block) for block in blocks)], axis=1)
    unturned, *explained = _explained(inputs, turned, "linear")
    best = int(np.argmax(explained))
    more = explained[best] - unturned
    ratio = len(inputs) * np.log((1 - unturned) / max(1 - explained[best], 1e-12))
    if more < _MORE or ratio < _CLEAR:
        return None
    inside = np.zeros((len(inputs), 1))
    inside[slice(*blocks[best])] = 1
    explained_by_inputs = max(_explained(inputs, inside, method)[0] for method in _GUARDS)
    return blocks[best] if explained_by_inputs < _EXPLAINED else None


def _in_order(label: Array) -> bool:
    """Whether the label changes less than half as often from row to row as by chance."""
    share = float((label == label.max()).mean())
    return bool((np.diff(label) != 0).mean() < share * (1 - share))


def _turned(sides: Array, first: int, end: int) -> Array:
    other = sides.copy()
    other[first:end] *= -1
    return other


def _explained(inputs: Array, target: Array, method: Method) -> Array:
    """Return the share of each column's variance that is explained on rows that were left out, at least 0."""
    variance = np.maximum(target.var(0), 1e-300)
    errors = [((predicted - target) ** 2).mean(0) for predicted in leave_one_out(inputs, target, method)]
    return np.asarray(np.clip(1 - np.min(errors, axis=0) / variance, 0, 1))
