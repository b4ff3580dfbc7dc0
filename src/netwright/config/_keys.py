"""All keys that an experiment file may contain, with their paths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from netwright.config._kinds import Kinds
from netwright.config.experiment import Experiment

__all__ = ["key_paths"]


@cache
def key_paths() -> tuple[str, ...]:
    """Return the path of every key once, top-level keys first.

    Returns:
        Paths such as ``training.epochs``; NAME stands for a user-defined name.

    Example:
        >>> [path for path in key_paths() if path.endswith(".epochs")]
        ['training.epochs', 'training.schedule.epochs', 'search.pruning.epochs']
        >>> "targets.NAME.balance" in key_paths()
        True
    """
    return tuple(sorted(dict.fromkeys(_paths(Experiment, "")), key=lambda path: path.count(".")))


def _paths(annotation: Any, above: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield f"{above}{name}"
            yield from _paths(field.rebuild_annotation(), f"{above}{name}.")
    elif isinstance(annotation, Kinds):
        yield from _paths(annotation.union(), above)
    elif get_origin(annotation) is dict:
        yield from _paths(get_args(annotation)[1], f"{above}NAME.")
    else:
        for argument in get_args(annotation):
            yield from _paths(argument, above)
