"""All faults, and one case for each fault, task and seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from faultbench.faults import inputs, layers, outputs, steps
from faultbench.faults.fault import Fault
from faultbench.programs import Program
from faultbench.tasks import BIG_TASKS, DEVELOPMENT, MORE_TASKS, SMALL_TASKS, Style, healthy

__all__ = ["FAULTS", "Case", "cases"]

FAULTS: Final = (*outputs.FAULTS, *inputs.FAULTS, *layers.FAULTS, *steps.FAULTS)
SMALL_SEEDS: Final = 2
"""Of the small tasks, which are beside those that were asked for."""
MAX_SEEDS: Final = 1000


@dataclass(frozen=True)
class Case:
    """One faulty program with its healthy twin."""

    fault: Fault
    task: str
    style: Style
    faulty: Program
    twin: Program

    @property
    def development(self) -> bool:
        """Whether the doctor may be developed on it."""
        return self.task in DEVELOPMENT

    @property
    def name(self) -> str:
        """Fault, task, style and seed."""
        return f"{self.fault.name} / {self.task} / {self.style} / {self.faulty.seed}"


def cases(seeds: int) -> Iterator[Case]:
    """Make every case.

    Of each fault some tasks are scripts and some are careful programs, in turn; small tasks are always scripts.

    Args:
        seeds: how many of each.

    Yields:
        The cases.
    """
    for number, fault in enumerate(FAULTS):
        for place, task in enumerate((*BIG_TASKS, *SMALL_TASKS, *MORE_TASKS)):
            if task not in fault.tasks:
                continue
            style = _style(fault, number + place, task)
            for seed in range(min(seeds, _most_seeds(task))):
                twin = fault.healthy(healthy(task, style, seed))
                yield Case(fault, task, style, fault.breaks(twin), twin)


def _most_seeds(task: str) -> int:
    return {**dict.fromkeys(SMALL_TASKS, SMALL_SEEDS), **dict.fromkeys(MORE_TASKS, 1)}.get(task, MAX_SEEDS)


def _style(fault: Fault, turn: int, task: str) -> Style:
    if task in SMALL_TASKS + MORE_TASKS or len(fault.styles) == 1:
        return fault.styles[0]
    return fault.styles[turn % 2]
