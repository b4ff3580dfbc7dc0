"""The result of an inspection, as plain data for a page, a file or a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.data import SampleYield
from netwright.finding import Finding, Severity, worst_severity
from netwright.inspection.copies import Copies
from netwright.inspection.correlations import Pair
from netwright.inspection.drift import Drift
from netwright.inspection.feature_summary import Distribution, FeatureSummary
from netwright.inspection.texts import TextCounts
from netwright.inspection.weight_summary import WeightSummary

__all__ = ["Correlations", "HeadCounts", "Inspection", "PairHistogram"]


@dataclass(frozen=True)
class HeadCounts:
    """The classes of one head.

    Attributes:
        head: its name.
        column: holds the class of each row.
        classes: rows and weights of each class.
    """

    head: str
    column: str
    classes: tuple[WeightSummary, ...]


@dataclass(frozen=True, eq=False)
class Correlations:
    """Correlations between inputs and targets.

    Attributes:
        names: of the features.
        linear: on all rows, shape (features, features), dimensionless; NaN where not defined.
        rank: on the subset, shape (features, features), dimensionless; NaN where not defined.
        strongest: the pairs with the largest |ρ| of either kind, the strongest first.
    """

    names: tuple[str, ...]
    linear: npt.NDArray[np.float64]
    rank: npt.NDArray[np.float64]
    strongest: tuple[Pair, ...]


@dataclass(frozen=True, eq=False)
class PairHistogram:
    """Two features in two dimensions, on the subset.

    Attributes:
        pair: the features, with their correlations.
        x_edges: of the first, shape (b + 1,), in its unit.
        y_edges: of the second, shape (b + 1,), in its unit.
        counts: Σw in each bin, shape (b, b), dimensionless.
    """

    pair: Pair
    x_edges: npt.NDArray[np.float64]
    y_edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inspection:
    """The statistics of some data, and the findings on them.

    Attributes:
        name: of the experiment or of the first file.
        files: name and rows of each file.
        rows: how many rows were inspected, after the selection.
        subset_rows: how many of them were drawn at random for what would take too long on all.
        weight: column of the weight; None where every row weighs 1.
        features: every feature.
        texts: columns of text, with their roles.
        total: rows and weights of all.
        parts: rows and weights of each part of the split; empty without a split.
        heads: the classes of each head that has some.
        distributions: by feature, its histogram by class.
        correlations: None where there are fewer than two features, or too many.
        pairs: the strongest pairs in two dimensions.
        drift: by "files" and "split", how well a classifier tells each part from the rest.
        copies: rows with the same inputs as another.
        samples: what each sample gives; empty without samples.
        findings: the results of all checks, the worst first.
        left_out: columns that were not inspected, and why.
        skipped: what could not be checked, and why.
    """

    name: str
    files: tuple[tuple[str, int], ...]
    rows: int
    subset_rows: int
    weight: str | None
    features: tuple[FeatureSummary, ...]
    texts: tuple[tuple[TextCounts, str], ...]
    total: WeightSummary
    parts: tuple[WeightSummary, ...]
    heads: tuple[HeadCounts, ...]
    distributions: Mapping[str, Distribution]
    correlations: Correlations | None
    pairs: tuple[PairHistogram, ...]
    drift: Mapping[str, tuple[Drift, ...]]
    copies: Copies
    samples: tuple[SampleYield, ...]
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str]
    skipped: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        """The worst severity of all findings."""
        return worst_severity(self.findings)
