"""What a training calls while it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from netwright.errors import NonFiniteLossError
from netwright.training.observer import Observer
from netwright.training.records import EpochRecord

__all__ = ["Hooks"]


def _never() -> bool:
    """Never interrupt.

    Returns:
        False.
    """
    return False


def _prune_none(records: Sequence[EpochRecord]) -> Collection[int]:
    """Let all members go on."""
    del records
    return ()


def _tolerate_none(member: int, error: NonFiniteLossError) -> bool:
    """Let a loss that is not finite end the training of all."""
    del member, error
    return False


@dataclass(frozen=True)
class Hooks:
    """What a training calls while it runs; none of them changes the weights of a member that goes on.

    Attributes:
        observers: told what the training measures.
        interrupted: whether the training should stop now and keep its state; asked between calls of the program.
        name_row: the name of a row in messages, by its number.
        pruned: which members end now, by their numbers; asked at the end of every epoch with the records of the members
            that one program trains.
        tolerates: whether a member whose loss is not finite ends alone, with its best weights so far, and the others
            go on; asked with its number and the error that else ends the training.
    """

    observers: tuple[Observer, ...] = ()
    interrupted: Callable[[], bool] = _never
    name_row: Callable[[int], str] = "row {}".format
    pruned: Callable[[Sequence[EpochRecord]], Collection[int]] = _prune_none
    tolerates: Callable[[int, NonFiniteLossError], bool] = _tolerate_none
