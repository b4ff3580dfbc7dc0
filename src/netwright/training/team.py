"""Members that one compiled program trains at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from netwright.training.compiled.program import Program, hyperparameters_of
from netwright.training.compiled.state import Hyperparameters
from netwright.training.prepared_member import PreparedMember

__all__ = ["Team"]


@dataclass(frozen=True)
class Team:
    """Members that one compiled program trains at once.

    Attributes:
        members: all of them have the same `compilation_key`.
        program: compiled for them.
    """

    members: tuple[PreparedMember, ...]
    program: Program

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the members, which are also their lines in the weights of `RowArrays`."""
        return tuple(one.number for one in self.members)

    @cached_property
    def hyperparameters(self) -> Hyperparameters:
        """The numbers in which the members differ, on the device."""
        return hyperparameters_of(self.members)

    def __len__(self) -> int:
        """Return how many members there are."""
        return len(self.members)
