"""The section ``result`` of an experiment, with the expected events of its samples, and the head of the score."""

from __future__ import annotations

from netwright.config import Experiment, ProcessSection, ResultSection, Target
from netwright.data import Rows
from netwright.errors import DataError

__all__ = ["expected_section", "has_result", "result_head"]


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


def has_result(experiment: Experiment) -> bool:
    """Return whether an experiment says how many events are expected, and whose score is used.

    Args:
        experiment: the experiment.

    Returns:
        True if it has a section ``result``, or if its samples have cross sections and one head tells classes apart.
    """
    heads = [name for name, target in experiment.targets.items() if target.labels]
    of_events = experiment.data.has_yields and experiment.data.rows is None
    return experiment.result is not None or (of_events and len(heads) == 1)


def expected_section(experiment: Experiment, rows: Rows) -> ResultSection | None:
    """Return the section of the result, with the expected events of samples where they have cross sections.

    Args:
        experiment: the experiment.
        rows: all its rows, with event weights in expected events.

    Returns:
        The section; None if the experiment has none and its samples have no cross sections.

    Raises:
        DataError: the expected events of a class are not positive.
    """
    if not experiment.data.has_yields or not has_result(experiment):
        return experiment.result
    section = experiment.result or ResultSection()
    head, target = result_head(experiment, section)
    truth, processes = rows.heads[head], {}
    for class_index, name in enumerate(target.labels):
        events = float(rows.weights[truth.counts & (truth.values == class_index)].sum())
        if not events > 0:
            msg = (
                f"targets.{head}: {events:g} events of class {name} are expected, the sum of the event weights of its "
                "samples, which must be positive. Check weights and selections."
            )
            raise DataError(msg)
        processes[name] = ProcessSection(events=events)
    return section.model_copy(update={"processes": processes, "luminosity": experiment.data.luminosity})
