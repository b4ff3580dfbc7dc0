"""Who goes along with a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netwright.training.observer import Observer
from netwright.training.snapshot import Keeper

__all__ = ["Company"]


def _never() -> bool:
    """Say that nobody wishes that the training ends.

    Returns:
        False.
    """
    return False


@dataclass(frozen=True)
class Company:
    """Who goes along with a training.

    Attributes:
        observers: who is told of it.
        keeper: who keeps snapshots; nobody if not given.
        interrupted: says whether somebody wishes that the training ends.
        name_row: how a row is called in messages.
    """

    observers: tuple[Observer, ...] = ()
    keeper: Keeper | None = None
    interrupted: Callable[[], bool] = _never
    name_row: Callable[[int], str] = "row {}".format
