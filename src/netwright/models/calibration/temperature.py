"""The temperature and shifts with which logits have the smallest cross entropy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fitted_temperature"]

Floats = NDArray[np.float64]

_STEPS = 100
_HALVINGS = 30
_PRECISION = 1e-10  # of the loss, relative
_LOWEST = 1e-3  # of 1/T: keeps the order of scores in float32


def fitted_temperature(logits: Floats, labels: NDArray[np.integer], weights: Floats) -> tuple[float, Floats]:
    """Minimise the cross entropy of z/T + b, by Newton's method with steps that are halved until they help.

    L = Σ w_i [ln Σ_c exp u_ic - Σ_c t_ic u_ic] / Σ w, u_ic = z_ic/T + b_c. The first b of several classes stays 0,
    because a common shift changes nothing; a single logit is that of the second of two classes. A row of a class with n
    effective rows of weight m = Σw²/Σw counts as one of each other class c with t = min(1, m_c/m)/(n + k), where k is
    the number of classes, and the rest for its own: rows that the logits separate without a mistake would otherwise
    have the smallest cross entropy at T = 0. With m_c/m, a rare class of many rows of small weight gains no more than
    one of its own rows. T is 1000 at the most: where logits say nothing of these rows, or the opposite, it would be
    infinite, and all scores the same.

    Args:
        logits: z, shape (n,) or (n, classes), dimensionless.
        labels: position of the true class, shape (n,).
        weights: shape (n,), dimensionless, also negative, with a positive sum.

    Returns:
        1/T, at least 0.001, and b, shape (1,) or (classes,), dimensionless.

    Source: A. Alexandari et al., arXiv:1901.06852, equation (1); J. Platt, Advances in Large Margin Classifiers (1999)
        61, section 2.2, for t of unit weights.
    """
    z = np.stack([np.zeros(len(logits)), logits], axis=1) if logits.ndim == 1 else logits
    w, classes = weights / weights.sum(), z.shape[1]
    parameters = np.concatenate([[1.0], np.zeros(classes - 1)])
    truth = _softened(labels, weights, classes)
    loss, gradient, hessian = _expanded(z, truth, w, parameters)
    for _ in range(_STEPS):
        step = _step(hessian, gradient, at_lowest=parameters[0] <= _LOWEST)
        for halving in range(_HALVINGS):
            candidate = parameters - step * 0.5**halving
            candidate[0] = max(candidate[0], _LOWEST)
            expansion = _expanded(z, truth, w, candidate)
            if expansion[0] <= loss:
                break
        else:
            break
        gain, parameters = loss - expansion[0], candidate
        loss, gradient, hessian = expansion
        if gain <= _PRECISION * abs(loss):
            break
    shifts = parameters[1:] if logits.ndim == 1 else np.concatenate([[0.0], parameters[1:]])
    return float(parameters[0]), shifts


def _step(hessian: Floats, gradient: Floats, *, at_lowest: bool) -> Floats:
    """Return the step of Newton's method to take off: of the shifts alone where 1/T would have to become smaller."""
    free = slice(1 if at_lowest and gradient[0] > 0 else 0, None)
    step = np.zeros_like(gradient)
    step[free] = np.linalg.lstsq(hessian[free, free], gradient[free], rcond=None)[0]
    if step @ gradient < 0:  # negative weights can make it a maximum
        step[free] = gradient[free]
    return step


def _softened(labels: NDArray[np.integer], weights: Floats, classes: int) -> Floats:
    """Return t, shape (n, classes): near 1 for the true class of a row, and above 0 for the others."""
    sums, squares = np.bincount(labels, weights, classes), np.bincount(labels, weights**2, classes)
    effective = (sums**2 / np.where(squares > 0, squares, 1.0))[:, None]
    size = squares / np.where(sums > 0, sums, 1.0)  # of one effective row
    of_class = np.minimum(1.0, size[None, :] / np.where(size > 0, size, 1.0)[:, None]) / (effective + classes)
    np.fill_diagonal(of_class, 0.0)
    np.fill_diagonal(of_class, 1 - of_class.sum(axis=1))
    of_rows: Floats = of_class[labels]
    return of_rows


def _expanded(z: Floats, truth: Floats, w: Floats, parameters: Floats) -> tuple[float, Floats, Floats]:
    """Return the loss with its first and second derivatives by 1/T and the shifts of all classes but the first."""
    u = z * parameters[0] + np.concatenate([[0.0], parameters[1:]])
    highest = u.max(axis=1, keepdims=True)
    powers = np.exp(u - highest)
    sums = powers.sum(axis=1, keepdims=True)
    p = powers / sums
    loss = float(w @ (np.log(sums[:, 0]) + highest[:, 0] - (truth * u).sum(axis=1)))
    mean = (p * z).sum(axis=1)
    gradient = np.concatenate([[w @ (mean - (truth * z).sum(axis=1))], w @ (p - truth)[:, 1:]])
    weighted = w[:, None] * p
    hessian = np.empty((z.shape[1], z.shape[1]))
    hessian[0, 0] = w @ ((p * z**2).sum(axis=1) - mean**2)
    hessian[0, 1:] = hessian[1:, 0] = (weighted * (z - mean[:, None])).sum(axis=0)[1:]
    hessian[1:, 1:] = (np.diag(weighted.sum(axis=0)) - weighted.T @ p)[1:, 1:]
    return loss, gradient, hessian
