"""One value of a scan: the networks trained with it, and what they are worth on validation and on test rows.

A value without a result, because a loss was not finite or a fit fails, leaves the others to be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from netwright.config import Experiment, ResultSection, Target
from netwright.errors import DataError, InferenceError, NetwrightError
from netwright.evaluation import HeadScores, PartScores, evaluate_by_part, measure
from netwright.metrics import Measured
from netwright.progress import Progress
from netwright.statistics import infer, score_worth
from netwright.tasks import task_of
from netwright.training import TrainedModel
from netwright.workflow._data import ExperimentData
from netwright.workflow.inference.class_events import process_events
from netwright.workflow.inference.section import result_head
from netwright.workflow.inference.variations import Sides, score_variations, varied_part
from netwright.workflow.members.combined import combined_network, member_losses
from netwright.workflow.scans.result import TRADE_OFF_EFFICIENCY, ScanPoint

__all__ = ["ScannedValue", "evaluated_values"]


class ScannedValue:
    """The networks trained with one value, and the rows that they may score."""

    def __init__(
        self,
        value: float,
        experiment: Experiment,
        section: ResultSection,
        data: ExperimentData,
        trained: Sequence[TrainedModel],
        variations: Sides,
        progress: Progress,
    ) -> None:
        self.value, self.section, self.trained = value, section, trained
        head, target = result_head(experiment, section)
        losses = member_losses(experiment, trained)
        model = combined_network(experiment, trained, losses)
        parts = evaluate_by_part(model, data.rows, data.division, experiment.ensemble.members, progress=progress)
        self.span = task_of(target).signal_span
        self.losses = _losses_of_head(losses[head])
        self.trade_off = _trade_off(head, target, data, parts["valid"])
        several = range(len(trained)) if len(trained) > 1 else ()
        varied = score_variations(variations, model, experiment.ensemble.members, progress)
        self.events = {}
        for part in ("valid", "test"):
            common = (experiment, section, data.dataset, data.rows, parts[part])
            events = partial(process_events, *common, what=f"{part} rows", varied=varied_part(varied, part))
            self.events[part] = events(), [events(member=member) for member in several]

    def point(self) -> ScanPoint:
        """Compute the results on validation rows."""
        rows, members = self.events["valid"]
        worth = score_worth(rows, self.section, members=members, span=self.span)
        return ScanPoint(self.value, worth, self.losses, self.trade_off)

    def on_test(self, progress: Progress) -> Mapping[str, Measured]:
        """Compute the results on test rows."""
        (valid, _), (test, members) = self.events["valid"], self.events["test"]
        return infer(valid, test, self.section, members=members, span=self.span, progress=progress).results


def evaluated_values(
    values: Mapping[float, Experiment],
    section: ResultSection,
    data: ExperimentData,
    trained: Sequence[Sequence[TrainedModel]],
    reasons: Mapping[int, str],
    variations: Sides,
    progress: Progress,
) -> tuple[dict[float, ScannedValue], list[ScanPoint]]:
    """Evaluate the values of a scan on validation rows.

    Args:
        values: the experiment of each value, ascending.
        section: the expected events.
        data: all rows.
        trained: the members of each value.
        reasons: why training ended, by the number of a value with a loss that was not finite.
        variations: rows of the systematic variations.
        progress: callback for progress updates.

    Returns:
        Those that have a result, by value; and the point of each value, with the reason where there is none.

    Raises:
        DataError: no value has a result, by the rules of a bin for instance.
        InferenceError: no value has a result, for all fits fail.
    """
    evaluated: dict[float, ScannedValue] = {}
    points: list[ScanPoint] = []
    errors: list[NetwrightError] = []
    for number, (value, experiment) in enumerate(values.items()):
        progress("Comparing", number, len(values), "values")
        members = trained[number]
        try:
            _check_finite(members, reasons.get(number))
            scanned = ScannedValue(value, experiment, section, data, members, variations, progress)
            points.append(scanned.point())
            evaluated[value] = scanned
        except (DataError, InferenceError) as error:
            errors.append(error)
            losses = member_losses(experiment, members)[result_head(experiment, section)[0]]
            points.append(ScanPoint(value, None, _losses_of_head(losses), why=str(error)))
    progress("Comparing", len(values), len(values), "values")
    if not evaluated:
        raise errors[0]
    return evaluated, points


def _check_finite(members: Sequence[TrainedModel], reason: str | None) -> None:
    """Refuse networks of a value with a loss that was not finite, in this process or before."""
    if any(member.stopped == "not finite" for member in members):
        raise InferenceError(reason or "The loss of a member was not finite: its learning rate may be too high.")


def _losses_of_head(losses: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(loss) for loss in losses)


def _trade_off(head: str, target: Target, data: ExperimentData, part: PartScores) -> tuple[Measured, Measured] | None:
    """Return rejection and divergence of the protected spectrum, where the head protects a column."""
    truth = data.rows.heads[head].take(part.numbers)
    if truth.protected is None:
        return None
    measured = measure(HeadScores(target, part.scores.heads[head], truth, data.rows.weights[part.numbers]))
    rejection, divergence = (
        measured[f"{name}_{TRADE_OFF_EFFICIENCY:g}"] for name in ("background_rejection", "protected_jsd")
    )
    return rejection, divergence
