"""What a training calls while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netwright.training.observer import Observer

__all__ = ["Hooks"]


def _never() -> bool:
    """Never interrupt.

    Returns:
        False.
    """
    return False


@dataclass(frozen=True)
class Hooks:
    """What a training calls while it runs; none of them changes its result.

    Attributes:
        observers: told what the training measures.
        interrupted: whether the training should stop now and keep its state; asked between calls of the program.
        name_row: the name of a row in messages, by its number.
    """

    observers: tuple[Observer, ...] = ()
    interrupted: Callable[[], bool] = _never
    name_row: Callable[[int], str] = "row {}".format
