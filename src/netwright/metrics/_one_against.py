"""AUCs of several classes: each against the rest, each against each, and their means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netwright.metrics._area import area_of
from netwright.metrics._heads import MulticlassHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._metric import Found, Metric
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Scored

__all__ = ["AUC_AGAINST_EACH", "AUC_AGAINST_REST", "MEAN_AUC_AGAINST_EACH", "MEAN_AUC_AGAINST_REST"]


def mean_against_rest(head: MulticlassHead) -> Found:
    """Yield the plain mean of all one-against-rest AUCs.

    A row counts in every one of them, so its influences are summed before they are squared.
    """
    found = head.one_against_rest
    if len(found) < len(head.names):
        yield {}, Measured(float("nan"), float("inf"))
        return
    moves = sum((moves for _, moves in found.values()), np.zeros(1)) / len(found)
    mean = Measured(float(np.mean([value for value, _ in found.values()])), _norm(moves))
    yield {}, with_limit_at_bounds(mean, head.effective(*found))


def mean_against_rest_value(head: MulticlassHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the plain mean of all one-against-rest AUCs alone."""
    rows, filled = head.rows, head.filled
    if not 1 < len(filled) == len(head.names):
        yield {}, float("nan")
        return
    areas = [area_of(Scored(rows.classes == one, rows.probabilities[:, one], rows.weights)) for one in filled]
    yield {}, float(np.mean(areas))


def mean_against_each(head: MulticlassHead) -> Found:
    """Yield the plain mean of all one-against-one AUCs, after Hand and Till, Mach. Learn. 45 (2001) 171, eq. (7)."""
    found = head.one_against_one
    if len(head.filled) < len(head.names):
        yield {}, Measured(float("nan"), float("inf"))
        return
    moves = np.zeros(len(head.rows.classes))
    for _, which, of_pair in found.values():
        moves[which] += of_pair / len(found)
    mean = Measured(float(np.mean([value for value, _, _ in found.values()])), _norm(moves))
    yield {}, with_limit_at_bounds(mean, head.effective(*head.filled))


def against_rest(head: MulticlassHead) -> Found:
    """Yield the AUC of each class: its probability, its rows against all others."""
    for one, (value, moves) in head.one_against_rest.items():
        effective = min(head.effective(one), effective_rows(head.rows.weights[head.rows.classes != one]))
        yield {"one": head.names[one]}, with_limit_at_bounds(Measured(value, _norm(moves)), effective)


def against_each(head: MulticlassHead) -> Found:
    """Yield the AUC of each pair: the mean of both probabilities' AUCs on rows of the two classes."""
    for (one, other), (value, _, moves) in head.one_against_one.items():
        words = {"one": head.names[one], "other": head.names[other]}
        yield words, with_limit_at_bounds(Measured(value, _norm(moves)), head.effective(one, other))


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
