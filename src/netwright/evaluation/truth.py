"""The rows of an experiment and their targets."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.config import Experiment
from netwright.data import Dataset, HeadRows, target_rows, with_protected
from netwright.errors import DataError
from netwright.evaluation.needed import with_derived
from netwright.tasks import task_of

__all__ = ["available_heads"]


def available_heads(
    experiment: Experiment, data: Dataset, offsets: Mapping[str, float] | None = None
) -> tuple[dict[str, HeadRows], dict[str, str]]:
    """Read the targets that a dataset has; other heads cannot be evaluated on it.

    Args:
        experiment: names the heads.
        data: rows, before derived columns.
        offsets: by regression head, the offset that the network has subtracted from its target.

    Returns:
        The targets of each head whose columns exist, and for each other head the reason why it cannot be evaluated; as
        `HEAD.protected` the reason why the dependence on a protected column cannot.
    """
    available, absent = {}, {}
    for head, target in experiment.targets.items():
        try:
            expressions = [*target.truth_conditions, *([] if target.where is None else [target.where])]
            ready = with_derived(data, experiment.data.derived, [target.column], expressions)
            complete = task_of(target).needs_every_class
            available[head] = target_rows(ready, head, target, (offsets or {}).get(head), every_class=complete)
        except DataError as error:
            absent[head] = str(error)
            continue
        try:
            ready = with_derived(data, experiment.data.derived, [target.protected_column])
            available[head] = with_protected(ready, head, target, available[head])
        except DataError as error:
            absent[f"{head}.protected"] = str(error)
    return available, absent
