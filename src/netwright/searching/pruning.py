"""When a trial that cannot become the best is given up: successive halving by epochs, a paired test by folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["rungs", "survivors", "worse_in_folds"]

_MIN_FOLDS = 3  # with fewer no test says anything


def rungs(first_epoch: int, factor: int, epochs: int) -> list[int]:
    """Return the epochs at which trials are compared.

    Args:
        first_epoch: the first.
        factor: the next is so many times later.
        epochs: of a whole training; there is no comparison at its end.

    Returns:
        The epochs, ascending.

    Example:
        >>> rungs(5, 3, 100)
        [5, 15, 45]
    """
    comparisons = []
    epoch = first_epoch
    while epoch < epochs:
        comparisons.append(epoch)
        epoch *= factor
    return comparisons


def survivors(costs: Mapping[int, float], earlier: Sequence[float], factor: int) -> set[int]:
    """Return the trials that go on after a comparison: those among the best 1 / factor of all that came so far.

    At least as many trials as one in `factor` go on, and always the best; equal costs go on together. Costs that are
    not numbers do not.

    Args:
        costs: of the trials that are compared now, by their numbers; lower is better.
        earlier: costs of earlier trials at the same epoch.
        factor: one in so many goes on.

    Returns:
        Numbers of trials.

    Source: asynchronous successive halving, arXiv:1810.05934, algorithm 2, for several trials at a time.

    Example:
        >>> sorted(survivors({0: 0.3, 1: 0.5, 2: 0.4}, [0.9, 0.8, 0.7], 3))
        [0, 2]
    """
    sorted_costs = sorted(cost for cost in (*costs.values(), *earlier) if not np.isnan(cost))
    if not sorted_costs:
        return set()
    limit = sorted_costs[max(1, len(sorted_costs) // factor) - 1]
    return {number for number, cost in costs.items() if cost <= limit}


def worse_in_folds(costs: Sequence[float], best: Sequence[float], p_value: float) -> float | None:
    """Test whether a trial is worse than the best one in the folds that both were trained on.

    Wilcoxon's signed-rank test of the differences, one-sided, with its exact distribution. Small p means: the trial is
    worse in more folds, and by more, than chance gives. A trial whose mean is better is never worse.

    Args:
        costs: of the trial, by fold; lower is better.
        best: of the best trial, of the same folds.
        p_value: below which the trial is given up.

    Returns:
        p where the trial is given up, else None.

    Source: F. Wilcoxon, Biometrics Bulletin 1 (1945) 80; `scipy.stats.wilcoxon`.

    Example:
        >>> worse_in_folds([0.5, 0.6, 0.7, 0.65], [0.4, 0.4, 0.4, 0.5], 0.1)
        0.0625
        >>> worse_in_folds([0.5, 0.3], [0.4, 0.4], 0.1)
    """
    from scipy.stats import wilcoxon

    differences = np.subtract(costs, best)
    if len(differences) < _MIN_FOLDS or not np.isfinite(differences).all() or differences.mean() <= 0:
        return None
    p = float(wilcoxon(differences, alternative="greater", zero_method="zsplit", method="auto").pvalue)
    return p if p < p_value else None
