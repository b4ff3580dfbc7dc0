"""Description of a kind of head: one frozen dataclass, from which everything else follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from netwright.metrics import BinaryHead, Measured, Metric, metric_named, metrics_of
from netwright.tasks.target import TargetSection

__all__ = ["Output", "RowLoss", "Task", "TruthSummary"]

Array = npt.NDArray[Any]

RowLoss = Callable[[Any, Any], Any]
"""A loss: of raw outputs z and truth y to one number a row, in JAX, differentiable in z.

z has shape (rows,) for a head with one output, else (rows, outputs); y has shape (rows,): the class's position (int32),
or the value, in deviations from its mean where the output is standardised."""


@dataclass(frozen=True)
class TruthSummary:
    """Summary of a head's truth in the training rows.

    Attributes:
        class_weights: sum of weights of each class; empty where the truth is a number.
        mean: weighted mean of a numeric truth minus its offset, in its unit.
        std: weighted standard deviation of a numeric truth, in its unit.
        offset: constant subtracted from a numeric truth that float32 cannot resolve, in its unit.
    """

    class_weights: tuple[float, ...] = ()
    mean: float = 0.0
    std: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Output:
    """The last layers of a head: dense raw outputs, and the fixed function that turns them into the final outputs.

    Attributes:
        names: names of several outputs; empty for a single output, which is named after the head.
        activation: the fixed function, by its Keras name; functions registered by other packages work too.
            ``ordered-quantiles`` is that of `ordered_quantiles`.
        standardised: whether raw outputs are standardised with the training rows' truth; the network undoes this,
            after the function.

    Raises:
        ValueError: a standardised output has another activation than ``linear`` and ``ordered-quantiles``.
    """

    names: tuple[str, ...] = ()
    activation: str = "linear"
    standardised: bool = False

    def __post_init__(self) -> None:
        if self.standardised and self.activation not in {"linear", "ordered-quantiles"}:
            msg = (
                f"Argument `activation` must be linear where the output is standardised, as nothing else undoes that. "
                f"Received: activation={self.activation!r}."
            )
            raise ValueError(msg)

    @property
    def units(self) -> int:
        """Number of outputs per row."""
        return max(1, len(self.names))

    @property
    def is_probability(self) -> bool:
        """Whether the outputs are probabilities, with a natural scale of 1, rather than values in a unit."""
        return self.activation in {"sigmoid", "softmax"}

    def columns(self, head: str) -> list[str]:
        """Return the column names of the head's outputs.

        Args:
            head: name of the head.

        Returns:
            The head's name, or NAME_OUTPUT for each of several outputs.

        Example:
            >>> Output().columns("mass"), Output(names=("b", "c")).columns("flavour")
            (['mass'], ['flavour_b', 'flavour_c'])
        """
        return [f"{head}_{name}" for name in self.names] or [head]


def _zero(target: Any, truth: TruthSummary) -> float:  # noqa: ANN401, ARG001  # a default
    """Return 0: the raw output has no bias before training."""
    return 0.0


def _nothing(target: Any) -> str:  # noqa: ANN401, ARG001  # a default
    """Return an empty string: there is no remark."""
    return ""


@dataclass(frozen=True, eq=False)
class Task:
    """A kind of head. All functions take the head's section of the experiment (`target`) as first argument.

    Attributes:
        kind: name in an experiment file.
        section: class of its section of an experiment file.
        loss: loss per row.
        output: the last layers.
        rows_type: type of the rows that its metrics take; `netwright.metrics.metrics_of` returns the metrics.
        rows: makes checked rows for the metrics from target, truth (n,), scores (n,) or (n, outputs), and weights (n,).
        raw_rows: the same from target, truth, raw outputs (n,) or (n, outputs) in float64, weights, and the summary of
            the training rows' truth: early stopping measures before the last, fixed function.
        headlines: names of the numbers shown first in a report, if available; the first one is used to compare training
            rows with others, to detect overfitting.
        combine: how the majority rule of an ensemble combines outputs: votes for a class, or the median of values.
        figures: which figures are drawn for a head, by name in `netwright.plots`.
        purpose: what the network does, as in "tells signal from background", from the head's name and target.
        onnx_meaning: what the exported output means, for the metadata of the ONNX file.
        remark: what the reader of an experiment should know about the head; may be empty.
        caption: what the reader of its numbers should know; may be empty.
        signal_score: one score per row, shape (n,), from target and scores: the larger, the more signal-like; None
            where the truth is a number.
        signal_span: range of that score; None if unbounded.
        needs_every_class: whether rows that lack a class cannot be measured at all.
        first_bias: bias of the raw output before training, from target and truth, dimensionless.
    """

    kind: str
    section: type[TargetSection]
    loss: RowLoss
    output: Callable[[Any], Output]
    rows_type: type[Any]
    rows: Callable[[Any, Array, Array, Array], Any]
    raw_rows: Callable[[Any, Array, Array, Array, TruthSummary], Any]
    headlines: tuple[str, ...]
    combine: Literal["votes", "median"]
    figures: Literal["binary", "multiclass", "regression", "quantiles"]
    purpose: Callable[[str, Any], str]
    onnx_meaning: Callable[[Any], Mapping[str, Any]]
    remark: Callable[[Any], str] = _nothing
    caption: Callable[[Any], str] = _nothing
    signal_score: Callable[[Any, Array], npt.NDArray[np.float64]] | None = None
    signal_span: tuple[float, float] | None = None
    needs_every_class: bool = False
    first_bias: Callable[[Any, TruthSummary], float] = _zero

    @property
    def metrics(self) -> tuple[Metric[Any], ...]:
        """The metrics of this kind of head, in the order in which they are shown."""
        return metrics_of(self.rows_type)

    def metric_named(self, name: str) -> Metric[Any] | None:
        """Find the metric that a number belongs to.

        Args:
            name: name of the number, as in ``evaluation.json``.

        Returns:
            The metric; None if no metric has such a name.
        """
        return metric_named(name, self.rows_type)

    def measure(
        self, target: TargetSection, truth: Array, scores: Array, weights: Array, *, protected: Array | None = None
    ) -> dict[str, Measured]:
        """Measure how good a head is.

        Args:
            target: the head's section.
            truth: index of the class, or the value in its unit, shape (n,).
            scores: outputs of the head, shape (n,) or (n, outputs).
            weights: event weights, shape (n,), dimensionless.
            protected: what the score of a binary head may not depend on, shape (n,), in its unit; None without.

        Returns:
            Values with their uncertainties, by name.

        Raises:
            DataError: the metrics cannot be computed for these rows.
        """
        rows = self.rows(target, truth, scores, weights)
        if protected is not None and isinstance(rows, BinaryHead):
            rows = replace(rows, protected=np.asarray(protected, np.float64))
        return {name: number for metric in self.metrics for name, number in metric.numbers(rows).items()}

    def monitors(self, target: TargetSection) -> list[str]:
        """Return what early stopping can watch: the metrics that are shown, with the classes of this head.

        Args:
            target: the head's section.

        Returns:
            The names of all numbers, as measured on a few made-up rows.
        """
        units = self.output(target).units
        classes = max(1, len(target.labels))
        truth = np.tile(np.arange(classes), 2) if target.labels else np.array([1.0, 2.0])
        scores = np.full((len(truth), units), 1 / units) if units > 1 else np.full(len(truth), 0.5)
        rows = self.rows(target, truth, scores, np.ones(len(truth)))
        return [name for metric in self.metrics if metric.shown != "file" for name in metric.plain_numbers(rows)]
