"""Members that one compiled program trains at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from netwright.training.compiled.program import Program, hyperparameters_of
from netwright.training.compiled.state import Hyperparameters
from netwright.training.prepared_member import PreparedMember

__all__ = ["Team", "width_of"]


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
        return tuple(member.number for member in self.members)

    @cached_property
    def betas(self) -> npt.NDArray[np.float64]:
        """β of the moving average of each member's weights, shape (members,), dimensionless."""
        return np.array([member.section.weight_ema for member in self.members], np.float64)

    @cached_property
    def hyperparameters(self) -> Hyperparameters:
        """The numbers in which the members differ, on the device."""
        return hyperparameters_of(self.members)

    def hyperparameters_in(self, epoch: int) -> Hyperparameters:
        """Return the numbers of one epoch: losses may change after some epochs.

        Args:
            epoch: its number, from 1.

        Returns:
            The same numbers, with that of the epoch where a loss depends on it.
        """
        heads = dict(self.hyperparameters.heads)
        for head, objective in heads.items():
            if objective.batch is not None:
                now = jnp.full(len(self.members), epoch, jnp.float32)
                heads[head] = replace(objective, batch=replace(objective.batch, epoch=now))
        return self.hyperparameters._replace(heads=heads)

    def __len__(self) -> int:
        """Return how many members there are."""
        return len(self.members)

    def widened(self) -> Team:
        """Return the team with the last member again and again, up to a width that others have as well."""
        spare = width_of(len(self)) - len(self)
        return Team((*self.members, *[self.members[-1]] * spare), self.program)


def width_of(members: int) -> int:
    """Return the width of a program for so many members, where teams of many sizes are to share a few programs.

    Args:
        members: their number, at least 1.

    Returns:
        The smallest of 1, 2, 3, 4, 6, 8, 12, 16, 24 ... that is large enough: at most a third of the places is empty.

    Example:
        >>> [width_of(members) for members in range(1, 14)]
        [1, 2, 3, 4, 6, 6, 8, 8, 12, 12, 12, 12, 16]
    """
    power = 1 << (members - 1).bit_length()
    return 3 * power // 4 if members <= 3 * power // 4 else power
