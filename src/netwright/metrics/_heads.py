"""The rows of a head with what several metrics need of them, each worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netwright.metrics._area import area, auc_influence
from netwright.metrics._log_likelihood_ratio import likelihood_ratio
from netwright.metrics._measured import Measured
from netwright.metrics._residuals import central_quantiles, measured_bias_and_resolution
from netwright.metrics._roc import RocCurve, curve_of
from netwright.metrics._steps import steps
from netwright.metrics._sums import binned_sums, effective_rows, weight_sum
from netwright.metrics.inputs import Classified, Regressed, Scored

__all__ = ["BinaryHead", "MulticlassHead", "QuantileHead", "RegressionHead"]


@dataclass(frozen=True, eq=False)
class BinaryHead:
    """Rows of a binary head.

    Attributes:
        rows: checked.
        efficiencies: the ε_S at which rejections are read, dimensionless.
        logits: whether the scores are logits z of probabilities 1 / (1 + exp(-z)), whose order rounding cannot spoil.
        protected: what the score may not depend on, shape (n,), in any unit; None without.
    """

    rows: Scored
    efficiencies: Sequence[float] = (0.3, 0.5)
    logits: bool = False
    protected: NDArray[np.float64] | None = None

    @property
    def threshold(self) -> float:
        """The score of a probability of one half, dimensionless."""
        return 0.0 if self.logits else 0.5

    @cached_property
    def probable(self) -> Scored:
        """The rows with probabilities as their scores."""
        if not self.logits:
            return self.rows
        return Scored(self.rows.is_signal, np.exp(-np.logaddexp(0, -self.rows.scores)), self.rows.weights)

    @cached_property
    def curve(self) -> RocCurve:
        """The ROC curve."""
        return curve_of(self.rows)


@dataclass(frozen=True, eq=False)
class MulticlassHead:
    """Rows of a multiclass head.

    Attributes:
        rows: checked.
        names: of the k classes.
        signal: which of them is the signal.
        fractions: how the backgrounds share the denominator of the discriminant, shape (k,), dimensionless.
        efficiencies: the ε_S at which rejections are read, dimensionless.
    """

    rows: Classified
    names: Sequence[str]
    signal: int
    fractions: NDArray[np.float64]
    efficiencies: Sequence[float] = (0.3, 0.5, 0.7)

    @cached_property
    def filled(self) -> list[int]:
        """The classes that have rows with a positive sum of weights."""
        sums = binned_sums(self.rows.classes, self.rows.weights, len(self.names))
        return [int(class_index) for class_index in np.flatnonzero(sums > 0)]

    @cached_property
    def against_others(self) -> list[int]:
        """The filled classes whose others, all together, have rows with a positive sum of weights."""
        classes, weights = self.rows.classes, self.rows.weights
        return [class_index for class_index in self.filled if weight_sum(weights[classes != class_index]) > 0]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield every two classes that have rows; the signal comes first where it is one of them."""
        for index, first in enumerate(self.filled):
            for second in self.filled[index + 1 :]:
                yield (second, first) if second == self.signal else (first, second)

    def against(self, one: int, other: int, scores: NDArray[np.float64]) -> tuple[NDArray[np.intp], Scored]:
        """Return which rows are of two classes, and these rows with `one` as signal and the scores (n,) given."""
        indices = np.flatnonzero((self.rows.classes == one) | (self.rows.classes == other))
        return indices, Scored(self.rows.classes[indices] == one, scores[indices], self.rows.weights[indices])

    def effective(self, *classes: int) -> float:
        """Return the effective number of rows, (Σw)²/Σw², of the smallest of some classes, dimensionless."""
        of = [self.rows.weights[self.rows.classes == class_index] for class_index in classes]
        return min(effective_rows(weights) for weights in of)

    @cached_property
    def curves(self) -> dict[str, RocCurve]:
        """The ROC curve of the signal's discriminant against each background that has rows, by its name."""
        if self.signal not in self.filled:
            return {}
        scores = likelihood_ratio(self.rows.probabilities, self.signal, self.fractions)
        backgrounds = [background for background in self.filled if background != self.signal]
        return {
            self.names[background]: curve_of(self.against(self.signal, background, scores)[1])
            for background in backgrounds
        }

    @cached_property
    def one_against_rest(self) -> dict[int, tuple[float, NDArray[np.float64]]]:
        """The AUC of each class against all others, and how much each row moves it, shape (n,)."""
        by_class = {}
        for class_index in self.against_others:
            rows = Scored(self.rows.classes == class_index, self.rows.probabilities[:, class_index], self.rows.weights)
            cuts = steps(rows)
            by_class[class_index] = area(cuts), auc_influence(rows, cuts)
        return by_class

    @cached_property
    def one_against_one(self) -> dict[tuple[int, int], tuple[float, NDArray[np.intp], NDArray[np.float64]]]:
        """The AUC of each pair of classes, the rows (m,) of both, and how much each moves it, shape (m,)."""
        by_pair = {}
        for first, second in self.pairs():
            value, moves = 0.0, np.zeros(0)
            for signal, background in ((first, second), (second, first)):
                indices, rows = self.against(signal, background, self.rows.probabilities[:, signal])
                cuts = steps(rows)
                value += area(cuts) / 2
                moves = auc_influence(rows, cuts) / 2 + (moves if moves.size else 0.0)
            by_pair[first, second] = value, indices, moves
        return by_pair


@dataclass(frozen=True, eq=False)
class RegressionHead:
    """Rows of a regression head.

    Attributes:
        rows: checked.
        truth: the targets, shape (n,), in their unit.
        seed: of the bootstrap.
    """

    rows: Regressed
    truth: NDArray[np.float64]
    seed: int = 0

    @cached_property
    def quantiles(self) -> tuple[float, float, float]:
        """The residuals at -1, 0 and 1 standard deviation of a normal law, in the target's unit."""
        return central_quantiles(self.rows)

    @cached_property
    def bias_and_resolution(self) -> tuple[Measured, Measured]:
        """Both, in the target's unit."""
        return measured_bias_and_resolution(self.rows, self.seed)


@dataclass(frozen=True, eq=False)
class QuantileHead(RegressionHead):
    """Rows of a head with intervals; residuals are those of the median.

    Attributes:
        low: lower end of each of `INTERVALS` less the truth, shape (n, 2), in the target's unit.
        high: upper end of each less the truth, shape (n, 2), in the target's unit.
    """

    low: NDArray[np.float64] = field(kw_only=True)
    high: NDArray[np.float64] = field(kw_only=True)
