"""All numbers of one head at once, by name, as they are written to evaluation.json."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from netwright.metrics._accuracy import measured_accuracy
from netwright.metrics._auc import area, auc_influence
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._regression import measured_bias_and_resolution
from netwright.metrics._roc import roc_curve
from netwright.metrics._steps import steps
from netwright.metrics.inputs import Regressed, Scored, as_classified, as_regressed, as_scored

__all__ = ["measure_binary", "measure_multiclass", "measure_regression"]


def measure_binary(
    labels: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    signal_efficiencies: Sequence[float] = (0.3, 0.5),
) -> dict[str, Measured]:
    """Return AUC, accuracy and background rejections of a binary head, with uncertainties.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the probability of signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        signal_efficiencies: the ε_S at which 1/ε_B is read, each in (0, 1], dimensionless.

    Returns:
        ``roc_auc`` (weighted DeLong uncertainty), ``accuracy`` at the cut 0.5 and ``background_rejection_``
        with each ε_S (weighted binomial uncertainties), dimensionless.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, a class has no row or no
            positive sum of weights, or an ε_S is not in (0, 1].

    Source: `roc_auc`, `accuracy` and `background_rejection`.

    Example:
        >>> list(measure_binary([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]))
        ['roc_auc', 'accuracy', 'background_rejection_0.3', 'background_rejection_0.5']
    """
    curve = roc_curve(labels, scores, weights)
    rejections = {f"background_rejection_{e:g}": curve.rejection(e) for e in signal_efficiencies}
    return {
        "roc_auc": with_limit_at_bounds(curve.auc, curve.effective_rows()),
        "accuracy": measured_accuracy(as_scored(labels, scores, weights)),
        **rejections,
    }


def measure_multiclass(
    labels: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None
) -> dict[str, Measured]:
    """Return accuracy and macro one-versus-rest AUC of a multiclass head, with uncertainties.

    The macro AUC is the plain mean, over the k classes, of the AUC of that class's probability against all
    other rows. One row counts in every one of them, so the uncertainty sums each row's influence over the
    classes before squaring.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column a class, shape (n, k), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        ``accuracy`` (the likeliest class is the true one) and ``roc_auc``, dimensionless.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, a label is no class index, or a class
            (or all others together) has no row or no positive sum of weights.

    Source: `multiclass_accuracy` and `roc_auc`; D. J. Hand, R. J. Till, Mach. Learn. 45 (2001) 171.

    Example:
        >>> measured = measure_multiclass([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> measured["roc_auc"].value
        1.0
    """
    rows = as_classified(labels, probabilities, weights)
    k = rows.probabilities.shape[1]
    areas = []
    influence = np.zeros(len(rows.classes))
    for index in range(k):
        one = Scored(rows.classes == index, rows.probabilities[:, index], rows.weights)
        cuts = steps(one)
        areas.append(area(cuts))
        influence += auc_influence(one, cuts) / k
    macro = Measured(float(np.mean(areas)), float(np.sqrt(np.square(influence).sum())))
    return {"accuracy": measured_accuracy(rows), "roc_auc": macro}


def measure_regression(
    targets: ArrayLike, predictions: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0
) -> dict[str, Measured]:
    """Return bias and resolution of a regression head, with uncertainties.

    Args:
        targets: the true values, shape (n,), in the target's unit.
        predictions: the network's values, shape (n,), in the target's unit.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        seed: seed of the Poisson bootstrap that gives the uncertainties.

    Returns:
        ``bias`` and ``resolution``, in the target's unit; where all targets are positive also
        ``relative_resolution``, that of prediction / target, dimensionless.

    Raises:
        DataError: if lengths disagree, a value is not finite, or the weights do not sum to something
            positive.

    Source: `bias` and `resolution`.

    Example:
        >>> measured = measure_regression([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])
        >>> measured["bias"].value, measured["resolution"].value
        (0.5, 0.0)
        >>> round(measured["relative_resolution"].value, 2)
        0.17
    """
    rows = as_regressed(targets, predictions, weights)
    shift, width = measured_bias_and_resolution(rows, seed)
    measured = {"bias": shift, "resolution": width}
    truth = np.asarray(targets, dtype=np.float64)
    if (truth > 0).all():
        relative = Regressed(rows.residuals / truth, rows.weights)
        measured["relative_resolution"] = measured_bias_and_resolution(relative, seed)[1]
    return measured
