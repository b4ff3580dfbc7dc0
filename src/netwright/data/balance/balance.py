"""The balance of classes, and of ranges of a target, as factors on the event weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data.balance.down_sample import Kept, class_counts
from netwright.data.rows.rows import Rows
from netwright.errors import DataError
from netwright.metrics import binned_sums, weighted_quantile

__all__ = ["class_factors", "flat_factors", "importance"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.integer]

_EDGES = (0.005, 0.995)  # the quantiles between which bins have equal width


def importance(rows: Rows, kept: Kept, targets: Mapping[str, Target]) -> dict[str, Floats]:
    """Return the factors on the event weights that balance each head as configured.

    - weights, collocated, down-sampling: f_c = ⟨N⟩ / N_c, with N_c the sum of weights of class c (`class_factors`);
    - importance: f_c times the importance of class c, which is 1 by default;
    - flat_bins: f_b = ⟨N⟩ / N_b, with N_b the sum of weights in bin b of the target (`flat_factors`);
    - importance of a sample: a factor on the weights of its rows, before all of these.

    All sums run over the training rows that count for the head, with event weights. With down-sampling, they run
    over the rows that are kept, with the corrections of `kept_rows`, so that the sum of weights that training sees of
    each class or bin is equal. Validation uses the same factors.

    Args:
        rows: all rows.
        kept: the training rows that the factors are computed from, of `kept_rows`.
        targets: the heads of the experiment.

    Returns:
        For each head with balance or importance, or samples with one, the factors of all rows, shape (rows,),
        dimensionless; 1 for rows that do not count.

    Source: definition; the sample weights ⟨N⟩ / N_c of the lecture (Rieger, Deep Learning School "Basic Concepts",
        2022).
    """
    return {
        name: _factors(f"targets.{name}", rows, kept, name, target)
        for name, target in targets.items()
        if target.flattening_bins
        or target.class_balance != "none"
        or target.class_importance
        or rows.emphasis is not None
    }


def class_factors(where: str, labels: npt.NDArray[np.integer], weights: Floats, classes: list[str]) -> Floats:
    """Return the factors on the weights of each class for equal balance of all: f_c = ⟨N⟩ / N_c.

    N_c = Σ_{i in c} w_i, and ⟨N⟩ is the mean of N_c over classes, so that the sum of all weights is preserved.

    Args:
        where: the configuration key of the classes, for messages.
        labels: class of each row, from 0, shape (n,), dimensionless.
        weights: event weights, shape (n,), dimensionless; they may be negative.
        classes: names of the classes.

    Returns:
        f_c, shape (classes,), dimensionless.

    Raises:
        DataError: the weights of a class do not add up to a positive number.

    Source: definition; the sample weights ⟨N⟩ / N_c of the lecture (Rieger, Deep Learning School "Basic Concepts",
        2022).

    Example:
        >>> class_factors("y", np.array([0, 0, 0, 1]), np.ones(4), ["background", "signal"]).round(3).tolist()
        [0.667, 2.0]
    """
    sums = binned_sums(labels, weights, len(classes))
    for name, total in zip(classes, sums, strict=True):
        if not total > 0:
            msg = (
                f"{where}.balance: the weights of class {name} add up to {total:g} in the training rows, and its "
                "balance divides by this sum, which must be positive. Use more rows of the class, exclude those with "
                "large negative weights with data.selection, or set balance: none."
            )
            raise DataError(msg)
    return np.asarray(sums.mean() / sums)


def flat_factors(where: str, values: Floats, weights: Floats, bins: int, everywhere: Floats) -> Floats:
    """Return the factors on the weights that flatten the distribution of a target: f_b = ⟨N⟩ / N_b.

    N_b = Σ_{i in b} w_i in bins of equal width between the 0.5% and the 99.5% weighted quantile of the target; values
    beyond belong to the outer bins. ⟨N⟩ is the mean of N_b over the bins that contain rows. A bin without rows gets
    its factor by linear interpolation between the nearest bins with rows.

    Args:
        where: the configuration key of the target, for messages.
        values: the target in training rows, shape (n,), in its unit.
        weights: their event weights, shape (n,), dimensionless; they may be negative.
        bins: number of bins.
        everywhere: values to compute the factors for, shape (rows,), in the target's unit.

    Returns:
        Factors of `everywhere`, shape (rows,), dimensionless.

    Raises:
        DataError: the weights in a bin do not add up to a positive number, or 99% of the weight is at a single value.

    Source: definition; the weights by bin of the lecture (Rieger, Deep Learning School "Basic Concepts", 2022).

    Example:
        >>> x = np.array([0.0, 1.0, 1.0, 1.0])
        >>> flat_factors("y", x, np.ones(4), 2, x).round(3).tolist()
        [2.0, 0.667, 0.667, 0.667]
    """
    low, high = (weighted_quantile(values, p, weights) for p in _EDGES)
    if not high > low:
        msg = (
            f"{where}.flat_bins: the central 99% of the weight have the value {low:g}, and bins of zero width flatten "
            "nothing. Set flat_bins: 0."
        )
        raise DataError(msg)

    def bin_of(x: Floats) -> Whole:
        return np.clip((x - low) / (high - low) * bins, 0, bins - 1).astype(np.int64)

    bins_of_rows = bin_of(values)
    sums = binned_sums(bins_of_rows, weights, bins)
    sizes = np.bincount(bins_of_rows, weights=np.abs(weights), minlength=bins)
    nonempty = np.flatnonzero(sizes > 0)
    cancelled = nonempty[~(sums[nonempty] > 0)]
    if len(cancelled):
        edges = low + (high - low) / bins * np.array([cancelled[0], cancelled[0] + 1])
        msg = (
            f"{where}.flat_bins: the weights of the training rows between {edges[0]:g} and {edges[1]:g} add up to "
            f"{sums[cancelled[0]]:g}, and balance divides by this sum, which must be positive. Use fewer bins than "
            f"{bins}, more rows, or exclude those with large negative weights with data.selection."
        )
        raise DataError(msg)
    factors = np.interp(np.arange(bins), nonempty, sums[nonempty].mean() / sums[nonempty])
    return np.asarray(factors[bin_of(everywhere)])


def _factors(where: str, rows: Rows, kept: Kept, name: str, target: Target) -> Floats:
    head, factors = rows.heads[name], np.ones(len(rows))
    counts = head.counts[kept.rows]
    counted_rows = kept.rows[counts]
    values, weights = head.values[counted_rows], rows.weights[counted_rows] * kept.corrections[counts]
    if rows.emphasis is not None:
        weights = weights * rows.emphasis[counted_rows]
    if not target.labels and target.flattening_bins:
        head_values = head.values[head.counts].astype(np.float64)
        factors[head.counts] = flat_factors(where, values.astype(float), weights, target.flattening_bins, head_values)
    elif target.labels:
        class_factor = np.array([target.class_importance.get(label, 1.0) for label in target.labels])
        if target.class_balance != "none":
            labels = values.astype(np.int64)
            class_counts(where, labels, list(target.labels))
            class_factor *= class_factors(where, labels, weights, list(target.labels))
        factors[head.counts] = class_factor[head.values[head.counts]]
    return factors if rows.emphasis is None else factors * rows.emphasis
