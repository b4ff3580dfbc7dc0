"""What a fault is: a small change to a healthy program, and what is truly wrong then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faultbench.programs import Program
from faultbench.tasks import Style

__all__ = [
    "ALL",
    "BIG",
    "BINARY",
    "CLASSES",
    "HEADS",
    "REGRESSION",
    "SEVERAL",
    "Edit",
    "Fault",
    "regression_head",
    "unchanged",
]

Edit = Callable[[Program], Program]

BIG: Final = frozenset({"binary", "mass", "multiclass", "jets", "unequal", "pair"})
ALL: Final = BIG | {"xor", "circles", "flowers", "sine", "tail"}
BINARY: Final = frozenset({"binary", "jets", "xor", "circles", "pair"})
SEVERAL: Final = frozenset({"multiclass", "flowers", "unequal"})
CLASSES: Final = BINARY | SEVERAL
REGRESSION: Final = frozenset({"mass", "jets", "sine", "tail", "pair"})
HEADS: Final = frozenset({"jets", "pair"})


def unchanged(program: Program) -> Program:
    """Return the program as it is."""
    return program


@dataclass(frozen=True)
class Fault:
    """A fault of a training.

    Args:
        name: in words.
        cause: what is truly wrong, as a sentence.
        causes: the names of findings that say so.
        breaks: from the healthy twin to the faulty program.
        healthy: from the healthy program of a task to the twin of this fault.
        tasks: that it makes sense for.
        styles: of programs that it makes sense for.
        skill: which of `skill.MEASURES` shows the harm.
        before: whether it can be seen before the training.
    """

    name: str
    cause: str
    causes: frozenset[str]
    breaks: Edit
    healthy: Edit = unchanged
    tasks: frozenset[str] = ALL
    styles: tuple[Style, ...] = ("script", "careful")
    skill: str = "quality"
    before: bool = False


def regression_head(program: Program) -> int:
    """Return which head is a regression: the last one."""
    return len(program.heads) - 1
