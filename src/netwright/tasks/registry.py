"""Registry of all kinds of heads: one line each, plus those added by other packages."""

from __future__ import annotations

from netwright import plugins
from netwright.errors import ExperimentError, did_you_mean
from netwright.tasks.binary import BINARY
from netwright.tasks.multiclass import MULTICLASS
from netwright.tasks.quantiles import QUANTILES
from netwright.tasks.regression import REGRESSION
from netwright.tasks.target import TargetSection
from netwright.tasks.task import Task

__all__ = ["GROUP", "TASKS", "task_kinds", "task_named", "task_of"]

GROUP = "netwright.tasks"
"""Entry points of this group name a `Task` each, and have the name of its kind."""

TASKS: dict[str, Task] = {task.kind: task for task in (BINARY, MULTICLASS, REGRESSION, QUANTILES)}
"""The kinds of heads that are built in."""


def task_kinds() -> tuple[str, ...]:
    """Return the names of all kinds of heads.

    Returns:
        The built-in kinds, then those of other packages.

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
        kind: name of the kind, as in an experiment file.

    Returns:
        The description of the kind.

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
    """Return the task that a head's section belongs to.

    Args:
        target: the head's section of an experiment.

    Returns:
        The description of the kind.

    Raises:
        PluginError: the kind comes from another package and cannot be loaded.
    """
    return task_named(target.kind)


def _added() -> dict[str, Task]:
    return plugins.load(GROUP, Task, TASKS, fault=_fault)


def _fault(name: str, task: Task) -> str:
    """Return why a task added by a package cannot be used; empty if it can."""
    return "" if task.kind == name else f"it calls itself {task.kind}, and its entry point must have the same name"
