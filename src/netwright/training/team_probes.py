"""The probes of a team: when each is due, and what receives what it found."""

from __future__ import annotations

import time
from collections.abc import Sequence

import jax
import numpy as np
import numpy.typing as npt

from netwright.errors import DataError
from netwright.training.feed.chunk import STEPS_AT_ONCE, Chunk
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import plain_order, stacked
from netwright.training.probe import Probe, ProbeRecord
from netwright.training.team import Team
from netwright.training.team_state import TeamState

__all__ = ["TeamProbes"]


class TeamProbes:
    """The probes of a team.

    Args:
        probes: what observers look at; nothing is compiled or computed where there is none.
        team: the members.
        loader: all rows.
    """

    def __init__(self, probes: Sequence[Probe], team: Team, loader: Loader) -> None:
        self._probes = [_TeamProbe(probe, team, loader) for probe in probes]

    def due(self, step: int, of_epoch: int) -> bool:
        """Return whether one is due.

        Args:
            step: the step that comes next, by its number from 0 since the start of the training.
            of_epoch: its number from 0 since the start of the epoch.

        Returns:
            Whether `run` has something to do before it.
        """
        return any(probe.due(step, of_epoch) for probe in self._probes)

    def steps_until_due(self, step: int) -> int:
        """Return how many steps can be done before one is due.

        Args:
            step: the step that comes next, by its number from 0 since the start of the training.

        Returns:
            The steps, at least 1, since those that are due now have run already.
        """
        return min((probe.steps_until_due(step) for probe in self._probes), default=STEPS_AT_ONCE)

    def run(self, state: TeamState, chunk: Chunk, rates: npt.NDArray[np.float32], number: int) -> None:
        """Run the probes that are due on the step that comes next, and hand on what they found.

        Args:
            state: how far the team is.
            chunk: has the rows of the step.
            rates: learning rates of the steps of the chunk, shape (members, steps), dimensionless.
            number: of the step in the chunk.
        """
        for probe in self._probes:
            if probe.due(state.steps_before + state.step, state.step):
                probe.run(state, chunk, rates, number)


class _TeamProbe:
    """One probe of a team, and the time that it took."""

    def __init__(self, probe: Probe, team: Team, loader: Loader) -> None:
        self._probe, self._team = probe, team
        self._function = team.program.probe(probe.compute)
        self._rows = None if probe.rows is None else _fixed_rows([probe.rows(n) for n in team.numbers], team, loader)
        self._made = time.monotonic()
        self._began: float | None = None  # when it was compiled
        self._spent = 0.0

    def due(self, step: int, of_epoch: int) -> bool:
        """Return whether to look at a step, by its number from 0 since the start of the training, and of the epoch."""
        every = self._probe.every
        return (of_epoch if every is None else step % every) == 0 and self._has_time()

    def steps_until_due(self, step: int) -> int:
        """Return how many steps of this epoch come before the next one to look at."""
        every = self._probe.every
        return STEPS_AT_ONCE if every is None or not self._has_time() else every - step % every

    def run(self, state: TeamState, chunk: Chunk, rates: npt.NDArray[np.float32], number: int) -> None:
        """Run on a step, and hand on what was found of each member that does the step."""
        live = np.asarray(chunk.indices.factors)[:, number].any(axis=1)
        if self._rows is not None:
            chunk, rates, number = self._rows, rates[:, number : number + 1], 0
        began = time.monotonic()
        arguments = (state.current, chunk.arrays, self._team.hyperparameters_in(state.epoch), chunk.indices)
        values_by_member = jax.tree.map(np.asarray, self._function(*arguments, rates, number))
        for index in np.flatnonzero(live).tolist():
            values = jax.tree.map(lambda array, index=index: array[index], values_by_member)
            step = state.members[index].steps + state.step + 1
            self._probe.receive(ProbeRecord(self._team.numbers[index], state.epoch, step, values))
        now = time.monotonic()
        if self._began is None:
            self._began = now  # the first look compiles, which is not counted
        else:
            self._spent += now - began

    def _has_time(self) -> bool:
        if self._began is None:
            return time.monotonic() - self._made >= self._probe.after
        return self._spent <= self._probe.time_share * (time.monotonic() - self._began)


def _fixed_rows(rows: Sequence[npt.NDArray[np.integer]], team: Team, loader: Loader) -> Chunk:
    """Return the rows of a probe on the device, as a chunk of one step."""
    counts = sorted({len(of_member) for of_member in rows})
    if counts[0] == 0 or len(counts) > 1:
        counts_text = " and ".join(map(str, counts))
        msg = (
            f"A probe needs the same number of rows for each member, and at least one, but its rows give {counts_text}."
        )
        raise DataError(msg)
    order = stacked([plain_order(of_member, counts[0]) for of_member in rows])
    return next(iter(loader.chunks(order, team.numbers)))
