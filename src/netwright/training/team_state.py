"""How far the training of a team has come, and how it becomes a snapshot and comes back from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.compiled.state import StepSums, TrainState
from netwright.training.member_state import MemberState
from netwright.training.records import EpochRecord
from netwright.training.snapshot import Snapshot
from netwright.training.snapshot_arrays import from_arrays, to_arrays
from netwright.training.team import Team

__all__ = ["TeamState", "chosen_members"]


@dataclass
class TeamState:
    """How far the training of a team has come.

    Attributes:
        current: the state of the networks now.
        epoch_start: their state at the start of the epoch.
        best: their state with the best weights so far.
        averaged: moving averages of their weights after the last epoch.
        members: how far each member is.
        epoch: number of the epoch that runs, from 1.
        step: steps of this epoch so far.
        steps_before: steps before this epoch, of the member with the most.
        sums: what the steps of this epoch measured, call by call.
        seconds: how long the training took before this process.
    """

    current: TrainState
    epoch_start: TrainState
    best: TrainState
    averaged: list[jax.Array]
    members: list[MemberState]
    epoch: int = 1
    step: int = 0
    steps_before: int = 0
    sums: list[StepSums] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def validated(self) -> TrainState:
        """The state that is validated at the end of an epoch: with the averages of `average` as weights."""
        return self.current._replace(trainable=self.averaged)

    @property
    def running(self) -> list[int]:
        """Indices of the members whose training has not ended."""
        return [index for index, member in enumerate(self.members) if member.stopped is None]

    def back_to_epoch_start(self, halved: Sequence[int]) -> None:
        """Go back to the start of the epoch, with half the learning rate of some members.

        Args:
            halved: their indices.
        """
        for index in halved:
            self.members[index].halvings += 1
        self.current, self.step, self.sums = self.epoch_start, 0, []

    def average(self, betas: npt.NDArray[np.float64]) -> None:
        """Take the weights at the end of an epoch into their moving averages.

        After epoch n, w̄ = Σ β^(n - k) w_k / Σ β^(n - k) over the epochs k ≤ n: the weights themselves for β = 0.

        Args:
            betas: β of each member, shape (members,), dimensionless.
        """
        if not betas.any():
            self.averaged = self.current.trainable
            return
        shares = (1 - betas) / (1 - betas**self.epoch)
        self.averaged = _averaged(shares.astype(np.float32), self.current.trainable, self.averaged)

    def end_epoch(self, improved: npt.NDArray[np.bool_]) -> None:
        """Go on to the next epoch.

        Args:
            improved: which members have their best weights now, shape (members,).
        """
        if improved.any():
            self.best = chosen_members(improved, self.validated, self.best)
        self.epoch_start = self.current
        self.steps_before += self.step
        self.epoch, self.step, self.sums = self.epoch + 1, 0, []

    def select(self, indices: Sequence[int], seconds: float) -> TeamState:
        """Return the state of some members, as that of a smaller team between two epochs.

        Args:
            indices: of the members.
            seconds: how long the training took so far.

        Returns:
            The state; how far each member is, is shared with this one.
        """
        current, epoch_start, best, averaged = _selected(
            (self.current, self.epoch_start, self.best, self.averaged), np.asarray(indices)
        )
        return TeamState(
            current=current,
            epoch_start=epoch_start,
            best=best,
            averaged=averaged,
            members=[self.members[index] for index in indices],
            epoch=self.epoch,
            steps_before=self.steps_before,
            seconds=seconds,
        )

    def merge(self, smaller: TeamState, indices: Sequence[int]) -> None:
        """Take over what became of the members of a smaller team.

        Args:
            smaller: its state, once of `select`.
            indices: of its members here.
        """
        self.current, self.epoch_start, self.best, self.averaged = _replaced(
            (self.current, self.epoch_start, self.best, self.averaged),
            np.asarray(indices),
            (smaller.current, smaller.epoch_start, smaller.best, smaller.averaged),
        )
        self.epoch, self.steps_before = smaller.epoch, smaller.steps_before

    def snapshot(self, team: Team, seconds: float) -> Snapshot:
        """Return everything that is needed to go on from here.

        Args:
            team: the members.
            seconds: how long the training took so far.

        Returns:
            The snapshot, with the start of the epoch where the training may have to go back there, and with averages
            where weights are averaged.
        """
        halvings = any(one.section.halvings for one in team.members)
        epoch_start = self.epoch_start if halvings and self.step else None
        averaged = self.averaged if team.betas.any() else []
        values = {
            "step": self.steps_before + self.step,
            "epoch": self.epoch,
            "step_in_epoch": self.step,
            "seconds": seconds,
            "epochs": {str(n): len(member.history) for n, member in zip(team.numbers, self.members, strict=True)},
            "members": [member.values() for member in self.members],
        }
        return Snapshot(to_arrays(self.current, epoch_start, self.best, averaged, self.sums), values)

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot, histories: Sequence[list[EpochRecord]], like: TrainState) -> TeamState:
        """Return the state that a snapshot was taken of.

        Args:
            snapshot: of `snapshot`.
            histories: the records of each member that belong to it.
            like: a state of as many arrays.

        Returns:
            The state.
        """
        current, epoch_start, best, averaged, sums = from_arrays(snapshot.arrays, like)
        values = snapshot.values
        members = [MemberState.from_values(*pair) for pair in zip(values["members"], histories, strict=True)]
        step = values["step_in_epoch"]
        return cls(
            current=current,
            epoch_start=epoch_start,
            best=best,
            averaged=averaged,
            members=members,
            epoch=values["epoch"],
            step=step,
            steps_before=values["step"] - step,
            sums=sums,
            seconds=values["seconds"],
        )


_States = tuple[TrainState, TrainState, TrainState, list[jax.Array]]


def _selected(states: _States, indices: npt.NDArray[np.integer]) -> _States:
    """Take some members, in NumPy: JAX would compile a program for each shape of an array and each number of them."""
    selected: _States = jax.tree.map(lambda values: jax.device_put(np.asarray(values)[indices]), states)
    return selected


def _replaced(states: _States, indices: npt.NDArray[np.integer], new_states: _States) -> _States:
    """Put some members into their places, in NumPy."""

    def replaced(values: jax.Array, new: jax.Array) -> jax.Array:
        copied = np.array(values)
        copied[indices] = new
        placed: jax.Array = jax.device_put(copied)
        return placed

    result: _States = jax.tree.map(replaced, states, new_states)
    return result


def chosen_members(chosen: npt.NDArray[np.bool_], new: TrainState, old: TrainState) -> TrainState:
    """Take the new state of some members, and the old one of the others.

    Args:
        chosen: of which the new one is taken, shape (members,).
        new: of all members.
        old: of all members.

    Returns:
        The state.
    """
    if chosen.all():
        return new

    state: TrainState = _chosen(chosen, new, old)
    return state


@jax.jit
def _averaged(shares: jax.Array, new: list[jax.Array], old: list[jax.Array]) -> list[jax.Array]:
    """Move averages of each member by its share of the way to new values; a share of 1 gives these to the bit."""

    def of_members(value: jax.Array, mean: jax.Array) -> jax.Array:
        share = shares.reshape(-1, *(1,) * (value.ndim - 1))
        return jax.numpy.where(share == 1, value, mean + share * (value - mean))

    averaged: list[jax.Array] = jax.tree.map(of_members, new, old)
    return averaged


@jax.jit
def _chosen(chosen: jax.Array, new: TrainState, old: TrainState) -> TrainState:
    """Take members of two states: one program instead of one for each shape of an array."""

    def of_members(new_value: jax.Array, old_value: jax.Array) -> jax.Array:
        return jax.numpy.where(chosen.reshape(-1, *(1,) * (new_value.ndim - 1)), new_value, old_value)

    state: TrainState = jax.tree.map(of_members, new, old)
    return state
