"""Which class is taken for which."""

from __future__ import annotations

import numpy as np

from netwright.metrics._binomial import binomial_variance
from netwright.metrics._heads import MulticlassHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric

__all__ = ["CONFUSION", "confused_shares"]


def confused_shares(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the weighted share of each true class that is taken for each class, with a weighted binomial uncertainty.

    Source: ROOT, TH1::Divide, option B, within each true class, so that the sizes of classes do not matter.
    """
    k = len(head.names)
    predictions = head.rows.probabilities.argmax(axis=1)
    for true_class in head.filled:
        of_class = head.rows.classes == true_class
        weights = head.rows.weights[of_class] / head.rows.weights[of_class].sum()
        shares = np.bincount(predictions[of_class], weights, k).astype(np.float64)
        squares = np.bincount(predictions[of_class], np.square(weights), k).astype(np.float64)
        effective = 1 / squares.sum()
        sigmas = np.sqrt(binomial_variance(shares, squares, squares.sum()))
        for predicted, (share, sigma) in enumerate(zip(shares, sigmas, strict=True)):
            measured = Measured(float(share), float(sigma) if effective > 1 else float("inf"))
            yield (
                {"true": head.names[true_class], "taken": head.names[predicted]},
                with_limit_at_bounds(measured, effective),
            )


CONFUSION = Metric(
    "confusion_{true}_as_{taken}",
    "{true} taken for {taken}",
    "smaller",
    confused_shares,
    of=(MulticlassHead,),
    shown="file",
)
