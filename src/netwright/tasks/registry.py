"""All kinds of heads: one line each, and those of other packages."""

from __future__ import annotations

from netwright import plugins
from netwright.errors import ExperimentError, did_you_mean
from netwright.tasks.binary import BINARY
from netwright.tasks.multiclass import MULTICLASS
from netwright.tasks.regression import REGRESSION
from netwright.tasks.target import TargetSection
from netwright.tasks.task import Task

__all__ = ["GROUP", "TASKS", "task_kinds", "task_named", "task_of"]

GROUP = "netwright.tasks"
"""Entry points of this group name a `Task` each, and have the name of its kind."""

TASKS: dict[str, Task] = {task.kind: task for task in (BINARY, MULTICLASS, REGRESSION)}
"""The kinds of heads that are built in."""


def task_kinds() -> tuple[str, ...]:
    """Return the names of all kinds of heads.

    Returns:
        Those that are built in, and those of other packages.

    Raises:
        PluginError: a kind of another package cannot be loaded, or its name is taken.

    Example:
        >>> task_kinds()[:3]
        ('binary', 'multiclass', 'regression')
    """
    return (*TASKS, *_added())


def task_named(kind: str) -> Task:
    """Return a kind of head.

    Args:
        kind: its name, as in an experiment file.

    Returns:
        Its description.

    Raises:
        ExperimentError: there is no such kind.
        PluginError: a kind of another package cannot be loaded, or its name is taken.

    Example:
        >>> task_named("regression").combine
        'median'
    """
    task = TASKS[kind] if kind in TASKS else _added().get(kind)
    if task is None:
        msg = f'There is no kind of head "{kind}".{did_you_mean(kind, task_kinds())}'
        raise ExperimentError(msg)
    return task


def task_of(target: TargetSection) -> Task:
    """Return the kind of a head.

    Args:
        target: its section of an experiment.

    Returns:
        Its description.

    Raises:
        PluginError: it is of another package and cannot be loaded.
    """
    return task_named(target.kind)


def _added() -> dict[str, Task]:
    return plugins.load(GROUP, Task, TASKS, fault=_fault)


def _fault(name: str, task: Task) -> str:
    """Say why what a package adds cannot be used; empty where it can."""
    return "" if task.kind == name else f"it calls itself {task.kind}, and its entry point must have the same name"
