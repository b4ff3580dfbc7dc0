"""All numbers of one head at once, by name, as they are written to evaluation.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from netwright.errors import DataError, did_you_mean
from netwright.metrics._heads import BinaryHead, MulticlassHead, RegressionHead
from netwright.metrics._log_likelihood_ratio import log_likelihood_ratio
from netwright.metrics._measured import Measured
from netwright.metrics._registry import measure_rows
from netwright.metrics._roc import check_efficiency
from netwright.metrics.inputs import as_classified, as_regressed, as_scored

__all__ = ["as_multiclass_head", "measure_binary", "measure_multiclass", "measure_regression"]


def measure_binary(
    labels: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    signal_efficiencies: Sequence[float] = (0.3, 0.5),
) -> dict[str, Measured]:
    """Return AUC, accuracy, calibration and background rejections of a binary head, with uncertainties.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the probability of signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        signal_efficiencies: the ε_S at which 1/ε_B is read, each in (0, 1], dimensionless.

    Returns:
        ``roc_auc`` (weighted DeLong uncertainty), ``accuracy`` at the cut 0.5, ``calibration_error`` where all
        scores are in [0, 1], and ``background_rejection_`` with each ε_S (weighted binomial uncertainties of both
        classes), dimensionless.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, a class has no row or no
            positive sum of weights, or an ε_S is not in (0, 1].

    Source: `roc_auc`, `accuracy` and `background_rejection`.

    Example:
        >>> list(measure_binary([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]))
        ['roc_auc', 'accuracy', 'calibration_error', 'background_rejection_0.3', 'background_rejection_0.5']
    """
    head = BinaryHead(as_scored(labels, scores, weights), signal_efficiencies)
    return measure_rows(head)


def measure_multiclass(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    signal: str | None = None,
    fractions: Mapping[str, float] | None = None,
    signal_efficiencies: Sequence[float] = (0.3, 0.5, 0.7),
) -> dict[str, Measured]:
    """Return accuracy, AUCs, rejections, calibration and confusion of a multiclass head, with uncertainties.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column a class, shape (n, k), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        class_names: of the k classes; None for "0", "1" and so on.
        signal: the class that rejections are read for; None for the last.
        fractions: how the backgrounds share the denominator of the discriminant, by name, dimensionless; None for
            equally.
        signal_efficiencies: the ε_S at which 1/ε_B is read, each in (0, 1], dimensionless.

    Returns:
        ``accuracy`` (the likeliest class is the true one); ``roc_auc``, the plain mean of ``roc_auc_A_vs_rest``;
        ``roc_auc_one_vs_one``, that of ``roc_auc_A_vs_B``; ``background_rejection_B_`` with each ε_S of a cut on
        `log_likelihood_ratio`; ``calibration_error_A``; and ``confusion_A_as_B``, the share of A that is taken for
        B; all dimensionless. Where a class has no row, or no positive sum of weights, the two means are NaN and the
        numbers of this class are not there; where all other classes of one have none together, its AUC against the
        rest is not there, and the mean of these is NaN.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, a label is not a class index, the weights do
            not sum to something positive, names, signal or fractions do not fit the classes, or an ε_S is not in
            (0, 1].

    Source: `roc_auc`, `background_rejection` and `reliability`; D. J. Hand, R. J. Till, Mach. Learn. 45 (2001) 171.

    Example:
        >>> measured = measure_multiclass([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> measured["roc_auc"].value
        1.0
    """
    return measure_rows(
        as_multiclass_head(
            labels,
            probabilities,
            weights,
            class_names=class_names,
            signal=signal,
            fractions=fractions,
            signal_efficiencies=signal_efficiencies,
        )
    )


def as_multiclass_head(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    signal: str | None = None,
    fractions: Mapping[str, float] | None = None,
    signal_efficiencies: Sequence[float] = (0.3, 0.5, 0.7),
) -> MulticlassHead:
    """Check the rows of a multiclass head and what their metrics need.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column a class, shape (n, k), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        class_names: of the k classes; None for "0", "1" and so on.
        signal: the class that rejections are read for; None for the last.
        fractions: how the backgrounds share the denominator of the discriminant, by name, dimensionless; None for
            equally.
        signal_efficiencies: the ε_S at which 1/ε_B is read, each in (0, 1], dimensionless.

    Returns:
        The rows.

    Raises:
        DataError: as `measure_multiclass`.

    Source: definition.
    """
    rows = as_classified(labels, probabilities, weights)
    k = rows.probabilities.shape[1]
    names = [str(one) for one in range(k)] if class_names is None else list(class_names)
    if len(names) != k:
        msg = (
            f"Argument `class_names` must name all {k} classes. Received: {names}. Give one name for each column of "
            f"`probabilities`."
        )
        raise DataError(msg)
    if len(set(names)) < k or "rest" in names:
        msg = (
            f"Argument `class_names` must hold different names, and none may be 'rest', which stands for all other "
            f"classes in roc_auc_A_vs_rest. Received: {names}. Use another name, such as 'other'."
        )
        raise DataError(msg)
    if signal is not None and signal not in names:
        msg = f"Argument `signal` must be one of {names}. Received: {signal!r}.{did_you_mean(signal, names)}"
        raise DataError(msg)
    signal_index = k - 1 if signal is None else names.index(signal)
    shares = np.ones(k) if fractions is None else np.array([fractions.get(name, 0.0) for name in names])
    log_likelihood_ratio(rows.probabilities[:1], signal_index, list(shares))  # refuses what is no mixture
    return MulticlassHead(
        rows, names, signal_index, shares, [check_efficiency(efficiency) for efficiency in signal_efficiencies]
    )


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
    head = RegressionHead(as_regressed(targets, predictions, weights), np.asarray(targets, dtype=np.float64), seed)
    return measure_rows(head)
