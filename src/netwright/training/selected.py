"""What `training.select` says of trained networks on other rows than those that chose their epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from netwright.training.compiled.program import compile_program, initial_state
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.loader import make_loader
from netwright.training.members.plan import group_by_program
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team
from netwright.training.validate import Validation

__all__ = ["selected_values"]


def selected_values(
    members: Sequence[PreparedMember], arrays: RowArrays, rows: Sequence[npt.NDArray[np.integer]]
) -> list[float]:
    """Return loss, metric, significance or limit of networks with the weights that they have, each on its own rows.

    Args:
        members: the networks, trained.
        arrays: all rows, with a line of weights for each member.
        rows: numbers of the rows for each member, shape (n,) each.

    Returns:
        By member, what its ``training.select`` measures, in its unit.

    Raises:
        NonFiniteLossError: the loss of a row is not finite.
        DataError: weights of the rows that count for a head do not add up to a positive number.
    """
    loader = make_loader(arrays, members[0].section)
    on_rows = [replace(member, valid_rows=valid_rows) for member, valid_rows in zip(members, rows, strict=True)]
    by_index = {}
    for group in group_by_program(on_rows):
        team = Team(tuple(on_rows[index] for index in group), compile_program([on_rows[index] for index in group]))
        validation, state = Validation(team, loader, "row {}".format), initial_state(team.members, team.program)
        evaluated = validation.evaluate(state)
        for position, index in enumerate(group):
            by_index[index] = validation.of_member(position, evaluated, state, 0).monitored
    return [by_index[index] for index in range(len(members))]
