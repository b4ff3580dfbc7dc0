"""All kinds of heads: one line each, and those of other packages."""

from __future__ import annotations

from netwright.errors import ExperimentError, PlugInError, did_you_mean
from netwright.plug_ins import load_plug_in, plug_ins
from netwright.tasks.binary import BINARY
from netwright.tasks.multiclass import MULTICLASS
from netwright.tasks.regression import REGRESSION
from netwright.tasks.target import TargetSection
from netwright.tasks.task import Task

__all__ = ["GROUP", "TASKS", "task_kinds", "task_named", "task_of"]

GROUP = "netwright.tasks"
"""Entry points of this group name a `Task` each; the name of the entry point is its kind."""

TASKS: dict[str, Task] = {task.kind: task for task in (BINARY, MULTICLASS, REGRESSION)}
"""The kinds of heads that are built in."""


def task_kinds() -> tuple[str, ...]:
    """Return the names of all kinds of heads.

    Returns:
        Those that are built in, and those of other packages, which are not loaded for it.

    Raises:
        PlugInError: another package has an entry point with the name of a built-in kind, or of a third package's.

    Example:
        >>> task_kinds()[:3]
        ('binary', 'multiclass', 'regression')
    """
    return (*TASKS, *plug_ins(GROUP, TASKS))


def task_named(kind: str) -> Task:
    """Return a kind of head.

    Args:
        kind: its name, as in an experiment file.

    Returns:
        Its description.

    Raises:
        ExperimentError: there is no such kind.
        PlugInError: it is of another package and cannot be loaded, or its description has another kind.

    Example:
        >>> task_named("regression").combine
        'median'
    """
    if kind in TASKS:
        return TASKS[kind]
    points = plug_ins(GROUP, TASKS)
    if kind not in points:
        msg = f'There is no kind of head "{kind}".{did_you_mean(kind, task_kinds())}'
        raise ExperimentError(msg)
    task = load_plug_in(points[kind], Task)
    if task.kind != kind:
        msg = (
            f"The entry point {kind} of group {GROUP} names a task of kind {task.kind}. Give the entry point the name "
            "of the kind."
        )
        raise PlugInError(msg)
    return task


def task_of(target: TargetSection) -> Task:
    """Return the kind of a head.

    Args:
        target: its section of an experiment.

    Returns:
        Its description.

    Raises:
        PlugInError: it is of another package and cannot be loaded.
    """
    return task_named(target.kind_name)
