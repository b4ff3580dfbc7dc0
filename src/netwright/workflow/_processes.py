"""The rows of each class with their scores, weighted to the expected number of events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, ResultSection, Target
from netwright.data import Dataset, Rows
from netwright.evaluation import PartScores
from netwright.statistics import ProcessEvents, ScoredEvents, expected_weights
from netwright.tasks import task_of

__all__ = ["process_events", "result_head"]

Floats = npt.NDArray[np.float64]


def result_head(experiment: Experiment, section: ResultSection) -> tuple[str, Target]:
    """Return the head from whose score a result is computed.

    Args:
        experiment: defines the heads.
        section: names the head, if there are several classification heads.

    Returns:
        The name and target of the head.
    """
    heads = {name: target for name, target in experiment.targets.items() if target.labels}
    name = section.head or next(iter(heads))
    return name, heads[name]


def process_events(
    experiment: Experiment,
    section: ResultSection,
    dataset: Dataset,
    rows: Rows,
    part: PartScores,
    *,
    what: str,
    member: int | None = None,
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

    Returns:
        One process for each class. The score is the signal's probability; with several classes it is the discriminant
        ln(p_s / Σ f_b p_b).

    Raises:
        DataError: a class has no rows with a positive sum of weights, or a column of weights is missing.
    """
    head, target = result_head(experiment, section)
    truth = rows.heads[head].take(part.numbers)
    said, score = _said(part, head, member), task_of(target).signal_score
    scores = said.astype(np.float64) if score is None else score(target, said)
    evaluated = np.ones(len(scores), np.bool_) if member is None else part.scores.member_mask[:, member]
    weights = rows.weights[part.numbers]
    variations = _variations(section, dataset, rows.numbers[part.numbers])
    found = []
    for place, name in enumerate(target.labels):
        here = np.flatnonzero(truth.counts & evaluated & (truth.values == place))
        whose = f"{name} in {what}" + ("" if member is None else f" of member {member}")
        expected = expected_weights(weights[here], section.expected_events(name), rows=whose)
        factor = float(expected.sum() / weights[here].sum())
        shapes = {
            systematic: (
                ScoredEvents(scores[here], factor * columns[name][0][here]),
                ScoredEvents(scores[here], factor * columns[name][1][here]),
            )
            for systematic, columns in variations.items()
            if name in columns
        }
        norms = {
            systematic: (factors[name][0], factors[name][1])
            for systematic, factors in section.systematics.items()
            if name in factors
        }
        nominal = ScoredEvents(scores[here], expected)
        found.append(ProcessEvents(name, nominal, norms, shapes, is_signal=name == target.signal_name))
    return found


def _said(part: PartScores, head: str, member: int | None) -> npt.NDArray[np.floating]:
    """Return the scores of the network or of one member, shape (rows,) or (rows, classes)."""
    if member is None:
        return part.scores.heads[head]
    said = part.scores.members[head][:, member]
    return said[:, 0] if said.shape[1] == 1 else said


def _variations(
    section: ResultSection, dataset: Dataset, places: npt.NDArray[np.integer]
) -> dict[str, Mapping[str, list[Floats]]]:
    """Return the weights at -1σ and +1σ, by systematic and class, each of shape (rows of the part,)."""
    return {
        systematic: {
            name: [np.asarray(dataset.column(column), np.float64)[places] for column in sides]
            for name, sides in classes.items()
        }
        for systematic, classes in section.weight_variations.items()
    }
