"""The rows of each class with their scores, weighted to the expected number of events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, ResultSection
from netwright.data import Dataset, Rows
from netwright.evaluation import PartScores
from netwright.statistics import ProcessEvents, ScoredEvents, expected_weights
from netwright.tasks import task_of
from netwright.workflow.inference.section import result_head
from netwright.workflow.inference.varied_shapes import ScoredRows, VariedRows, varied_shapes

__all__ = ["process_events"]

Floats = npt.NDArray[np.float64]


def process_events(
    experiment: Experiment,
    section: ResultSection,
    dataset: Dataset,
    rows: Rows,
    part: PartScores,
    *,
    what: str,
    member: int | None = None,
    varied: Mapping[str, tuple[VariedRows | None, VariedRows]] | None = None,
) -> list[ProcessEvents]:
    """Return the rows of a part of the split by class, each class weighted to its expected number of events.

    Args:
        experiment: names the classes.
        section: specifies the expected events of each class, and their variations.
        dataset: contains the columns of varied weights.
        rows: all rows.
        part: the part, with the scores of its rows.
        what: description of the part, for messages.
        member: the member whose scores are used, on the rows that it may score; if not given, the ensemble's scores.
        varied: by systematic, the rows of the same part at -1σ (None for the rows as they are) and +1σ.

    Returns:
        One process for each class. The score is the signal's probability; with several classes it is the discriminant
        ln(p_s / Σ f_b p_b).

    Raises:
        DataError: a class has no rows with a positive sum of weights, or a column of weights is missing.
    """
    _, target = result_head(experiment, section)
    scored = _scored_rows(experiment, section, rows, part, member)
    columns = _variations(section, dataset, rows.numbers[part.numbers])
    sides = {
        name: [_varied(experiment, section, variation, member) for variation in pair]
        for name, pair in (varied or {}).items()
    }
    processes = []
    for class_index, name in enumerate(target.labels):
        of_class, events = scored.classes == class_index, scored.of_class(class_index)
        whose = f"{name} in {what}" + ("" if member is None else f" of member {member}")
        expected = expected_weights(events.weights, section.expected_events(name), rows=whose)
        factor = float(expected.sum() / events.weights.sum())
        nominal = ScoredEvents(events.scores, expected)
        shapes: dict[str, tuple[ScoredEvents, ScoredEvents]] = {}
        for systematic, by_class in columns.items():
            if name in by_class:
                down, up = (ScoredEvents(events.scores, factor * weights[of_class]) for weights in by_class[name])
                shapes[systematic] = down, up
        norms = {
            systematic: (factors[name][0], factors[name][1])
            for systematic, factors in section.systematics.items()
            if name in factors
        }
        if sides:
            others = {
                variation: [events if s is None else s.of_class(class_index) for s in pair]
                for variation, pair in sides.items()
            }
            nominal, shapes = varied_shapes(events, others, factor)
        processes.append(ProcessEvents(name, nominal, norms, shapes, is_signal=name == target.signal_name))
    return processes


def _scored_rows(
    experiment: Experiment, section: ResultSection, rows: Rows, part: PartScores, member: int | None
) -> ScoredRows:
    """Return identity, score, weight and class of the rows of a part; class -1 for those that do not count."""
    head, target = result_head(experiment, section)
    truth = rows.heads[head].take(part.numbers)
    outputs, score = _scores(part, head, member), task_of(target).signal_score
    scores = outputs.astype(np.float64) if score is None else score(target, outputs)
    is_scored = np.ones(len(scores), np.bool_) if member is None else part.scores.member_mask[:, member]
    class_index = np.where(truth.counts & is_scored, truth.values, -1).astype(np.int64)
    return ScoredRows(rows.identity[part.numbers], scores, rows.weights[part.numbers], class_index)


def _varied(
    experiment: Experiment, section: ResultSection, varied: VariedRows | None, member: int | None
) -> ScoredRows | None:
    return None if varied is None else _scored_rows(experiment, section, varied.rows, varied.part, member)


def _scores(part: PartScores, head: str, member: int | None) -> npt.NDArray[np.floating]:
    """Return the scores of the network or of one member, shape (rows,) or (rows, classes)."""
    if member is None:
        return part.scores.heads[head]
    outputs = part.scores.members[head][:, member]
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def _variations(
    section: ResultSection, dataset: Dataset, numbers: npt.NDArray[np.integer]
) -> dict[str, Mapping[str, list[Floats]]]:
    """Return the weights at -1σ and +1σ, by systematic and class, each of shape (rows of the part,)."""
    return {
        systematic: {
            name: [np.asarray(dataset.column(column), np.float64)[numbers] for column in sides]
            for name, sides in classes.items()
        }
        for systematic, classes in section.weight_variations.items()
    }
