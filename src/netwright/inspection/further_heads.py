"""How well single features separate the classes of heads besides the first, measured on the subset of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.labels import ClassLabels
from netwright.inspection.separation import separation
from netwright.inspection.subset import Subset
from netwright.inspection.sums import SLOTS, FeatureSums

__all__ = ["with_further_heads"]


def with_further_heads(
    summaries: Sequence[FeatureSummary],
    heads: Sequence[ClassLabels],
    subset: Subset,
    positions: npt.NDArray[np.int64],
    sums: Sequence[FeatureSums],
) -> tuple[FeatureSummary, ...]:
    """Return summaries with the best AUC of each feature over the classes of all heads, and the head in their names.

    Args:
        summaries: of all features, with the AUC for the first head.
        heads: the classes of each head.
        subset: some rows.
        positions: of the subset among all rows, shape (m,).
        sums: of each feature over all rows, which know its bins.

    Returns:
        The summaries; as they are where there is no second head with classes.
    """
    if len(heads) < 2:
        return tuple(summaries)
    first, *further = heads
    named = [replace(s, separates=f"{s.separates} ({first.head})") if s.separates else s for s in summaries]
    for head in further:
        count, labels = len(head.names), head.labels[positions]
        rows = np.bincount(labels[labels >= 0], minlength=count).astype(np.float64)
        slots = np.where(labels < 0, count, labels) * SLOTS
        for i, (summary, values) in enumerate(zip(named, subset.values, strict=True)):
            of_head = FeatureSums(sums[i].binning, count)
            of_head.add(values, np.ones_like(values) if summary.feature.unweighted else subset.weights, slots)
            best = separation(of_head.counts[:count], rows)
            if best is not None and best[0] > (summary.auc or 0.0):
                named[i] = replace(summary, auc=best[0], separates=f"{head.names[best[1]]} ({head.head})")
    return tuple(named)
