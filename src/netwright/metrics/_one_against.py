"""AUCs of several classes: each against the rest, each against each, and their means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netwright.metrics._area import area_of
from netwright.metrics._heads import MulticlassHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Scored

__all__ = ["AUC_AGAINST_EACH", "AUC_AGAINST_REST", "MEAN_AUC_AGAINST_EACH", "MEAN_AUC_AGAINST_REST"]


def mean_against_rest(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the plain mean of all one-against-rest AUCs.

    A row counts in every one of them, so its influences are summed before they are squared.
    """
    by_class = head.one_against_rest
    if len(by_class) < len(head.names):
        yield {}, Measured(float("nan"), float("inf"))
        return
    moves = sum((moves for _, moves in by_class.values()), np.zeros(1)) / len(by_class)
    mean = Measured(float(np.mean([value for value, _ in by_class.values()])), _norm(moves))
    yield {}, with_limit_at_bounds(mean, head.effective(*by_class))


def mean_against_rest_value(head: MulticlassHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the plain mean of all one-against-rest AUCs alone."""
    rows = head.rows
    if len(head.against_others) < len(head.names):
        yield {}, float("nan")
        return
    areas = [
        area_of(Scored(rows.classes == class_index, rows.probabilities[:, class_index], rows.weights))
        for class_index in head.against_others
    ]
    yield {}, float(np.mean(areas))


def mean_against_each(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the plain mean of all one-against-one AUCs, after Hand and Till, Mach. Learn. 45 (2001) 171, eq. (7)."""
    by_pair = head.one_against_one
    if len(head.filled) < len(head.names):
        yield {}, Measured(float("nan"), float("inf"))
        return
    moves = np.zeros(len(head.rows.classes))
    for _, indices, of_pair in by_pair.values():
        moves[indices] += of_pair / len(by_pair)
    mean = Measured(float(np.mean([value for value, _, _ in by_pair.values()])), _norm(moves))
    yield {}, with_limit_at_bounds(mean, head.effective(*head.filled))


def against_rest(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the AUC of each class: its probability, its rows against all others."""
    for class_index, (value, moves) in head.one_against_rest.items():
        effective = min(
            head.effective(class_index), effective_rows(head.rows.weights[head.rows.classes != class_index])
        )
        yield {"one": head.names[class_index]}, with_limit_at_bounds(Measured(value, _norm(moves)), effective)


def against_each(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the AUC of each pair: the mean of both probabilities' AUCs on rows of the two classes."""
    for (first, second), (value, _, moves) in head.one_against_one.items():
        words = {"one": head.names[first], "other": head.names[second]}
        yield words, with_limit_at_bounds(Measured(value, _norm(moves)), head.effective(first, second))


def _norm(moves: np.ndarray) -> float:
    return float(np.sqrt(np.square(moves).sum()))


MEAN_AUC_AGAINST_REST = Metric(
    "roc_auc",
    "AUC",
    "larger",
    mean_against_rest,
    of=(MulticlassHead,),
    within=(0, 1),
    values=mean_against_rest_value,
)
MEAN_AUC_AGAINST_EACH = Metric(
    "roc_auc_one_vs_one", "AUC, one against one", "larger", mean_against_each, of=(MulticlassHead,), within=(0, 1)
)
AUC_AGAINST_REST = Metric(
    "roc_auc_{one}_vs_rest",
    "AUC, {one} against rest",
    "larger",
    against_rest,
    of=(MulticlassHead,),
    within=(0, 1),
    shown="report",
)
AUC_AGAINST_EACH = Metric(
    "roc_auc_{one}_vs_{other}",
    "AUC, {one} against {other}",
    "larger",
    against_each,
    of=(MulticlassHead,),
    within=(0, 1),
    shown="report",
)
