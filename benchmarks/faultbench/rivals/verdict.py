"""What a rule of another tool says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from faultbench.rivals.look import Watcher

__all__ = ["Rival", "Said"]


@dataclass(frozen=True)
class Said:
    """One alarm.

    Args:
        rule: its name in the tool.
        step: of the training, 0 before it.
        names: what netwright calls the same, generously: any of them counts as the right cause.
    """

    rule: str
    step: int
    names: tuple[str, ...]


Rival = Callable[[Watcher], Iterable[Said]]
