"""What a probe computes, on rows of one's choice, without a training."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.backend import check_backend
from netwright.training.compiled.program import compile_program, initial_state
from netwright.training.compiled.step_view import Compute
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.loader import make_loader
from netwright.training.feed.order import Order, StepRows, stacked
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team

__all__ = ["probe_rows"]


def probe_rows(
    member: PreparedMember,
    arrays: RowArrays,
    rows: npt.NDArray[np.integer],
    compute: Compute,
    *,
    factors: npt.NDArray[np.float32] | None = None,
) -> Any:  # noqa: ANN401  # any tree of arrays
    """Look at the step that a training would do with some rows, with the weights that the network has.

    Args:
        member: its network and its losses; nothing of it is changed.
        arrays: all rows.
        rows: numbers of those of the step, shape (batch,).
        compute: what to look at, a function of a `StepView`.
        factors: by what the weight of each row is multiplied, shape (batch,); 1 if not given.

    Returns:
        What `compute` returns, as arrays of NumPy.

    Raises:
        RunError: Keras runs on another backend than JAX.
    """
    check_backend()
    team = Team((member,), compile_program([member]))
    step_rows = StepRows(
        np.asarray(rows, np.int32)[None],
        np.ones((1, len(rows)), np.float32) if factors is None else np.asarray(factors, np.float32)[None],
    )
    order = stacked([Order(1, len(rows), 1, lambda _start, _stop: step_rows)])
    chunk = next(iter(make_loader(arrays, member.section).chunks(order, team.numbers)))
    rates = np.full(np.shape(chunk.indices.rows)[:2], member.section.learning_rate, np.float32)
    probe = team.program.probe(compute)
    state = initial_state(team.members, team.program)
    values_by_member = probe(state, chunk.arrays, team.hyperparameters_in(1), chunk.indices, rates, 0)
    return jax.tree.map(lambda values: np.asarray(values)[0], values_by_member)
