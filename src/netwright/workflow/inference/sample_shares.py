"""Whether the samples of a class have the share of its events in a part of the split that they have in all rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from netwright.data import HeadRows
from netwright.metrics import effective_rows

__all__ = ["sample_share_remarks"]

_SHIFT = 0.05  # of the expected events of a sample
_CLEAR = 3  # standard deviations of the sample's own rows, which √Σw² includes


def sample_share_remarks(
    labels: Sequence[str],
    truth: HeadRows,
    weights: npt.NDArray[np.float64],
    samples: npt.NDArray[np.object_],
    part: npt.NDArray[np.integer],
) -> Iterator[str]:
    """Remark on samples that count clearly more or less than expected among the test rows of a class.

    The rows of a class are scaled together to its expected events. If few rows of large weight of one sample happen to
    be too many or too few among test rows, all other samples of the class count by a factor that √Σw² does not include.

    Args:
        labels: of the classes.
        truth: the class of each row.
        weights: event weights in expected events, shape (rows,).
        samples: the sample of each row, shape (rows,).
        part: numbers of the test rows, shape (n,).

    Yields:
        One remark for each class with such samples.

    Example:
        >>> truth = HeadRows(np.zeros(40_010, np.int32), np.ones(40_010, np.bool_))
        >>> weights, samples = np.repeat([1.0, 4000.0], [40_000, 10]), np.repeat(["fine", "coarse"], [40_000, 10])
        >>> for remark in sample_share_remarks(["qcd"], truth, weights, samples, np.arange(20_000, 40_008)):
        ...     print(remark.partition(". ")[0])
        qcd: among test rows, fine counts 0.769 times its expected events
    """
    in_part = np.zeros(len(weights), np.bool_)
    in_part[part] = True
    for class_index, label in enumerate(labels):
        of_class = truth.counts & (truth.values == class_index)
        in_test = of_class & in_part
        total, test_total = float(weights[of_class].sum()), float(weights[in_test].sum())
        shifted = []
        for sample in dict.fromkeys(samples[of_class].tolist()):
            of_sample = samples == sample
            expected, test_weights = float(weights[of_class & of_sample].sum()), weights[in_test & of_sample]
            effective = effective_rows(test_weights)
            if expected <= 0 or test_total <= 0 or not effective:
                continue
            factor = float(test_weights.sum()) / test_total * total / expected
            if abs(factor - 1) > max(_SHIFT, _CLEAR / np.sqrt(effective)):
                shifted.append(f"{sample} counts {factor:.3g} times its expected events")
        if shifted:
            yield (
                f"{label}: among test rows, {'; '.join(shifted)}. The samples of a class are scaled together, and test "
                "rows have by chance more or fewer of the rows with the largest weights; √Σw² does not include that. "
                "Use split: {kind: cross}, which uses every row, or add simulated rows of that sample."
            )
