"""What is compiled for members that differ in numbers only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.data import TrainingRows
from netwright.models import penalised, penalty_coefficients, program_of, raw_outputs
from netwright.training.compiled.devices import batch_sharding
from netwright.training.compiled.objective import HeadObjective
from netwright.training.compiled.optimizers import make_optimizer
from netwright.training.compiled.step import Knobs, Looks, Steps, TrainState, make_evaluation, make_steps
from netwright.training.feed.order import Order, epoch_order
from netwright.training.monitor import make_monitor

__all__ = [
    "Program",
    "Trainee",
    "assign",
    "compile_program",
    "initial_state",
    "kind_of",
    "knobs_of",
    "of_member",
    "orders_of",
]


@dataclass(frozen=True)
class Trainee:
    """A member that is ready to be trained.

    Attributes:
        number: of the member, from 0; also the line of the feed's weights that it has.
        model: the network that is trained; its weights are changed.
        objective: loss of each head.
        train_rows: the rows that weights are fitted to, of `netwright.data.balance.training_rows.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
    """

    number: int
    model: keras.Model
    objective: Mapping[str, HeadObjective]
    train_rows: TrainingRows
    valid_rows: npt.NDArray[np.integer]
    section: TrainingSection

    @cached_property
    def raw(self) -> keras.Model:
        """The network up to its raw outputs."""
        return raw_outputs(self.model, self.objective)


@dataclass(frozen=True)
class Program:
    """The compiled functions of one kind of members, and where their state begins.

    Attributes:
        steps: does many steps.
        look: looks at rows.
        optimizer: its values before the first step.
    """

    steps: Steps
    look: Looks
    optimizer: tuple[jax.Array, ...]


def kind_of(trainee: Trainee) -> str:
    """Return a name that is the same for members which one compiled program can train.

    Args:
        trainee: the member.

    Returns:
        What the program depends on, as JSON.
    """
    section = trainee.section
    monitor = make_monitor(section.early_stopping.monitor)
    batch = min(section.batch_size, len(trainee.train_rows.rows))
    return json.dumps(
        [
            program_of(trainee.raw),
            {head: one.kind for head, one in trainee.objective.items()},
            section.optimizer.model_dump(),
            section.clip_norm,
            batch,
            section.devices,
            monitor.head if monitor else None,
        ]
    )


def compile_program(trainees: Sequence[Trainee]) -> Program:
    """Make the functions that all members of a kind share; they are compiled when they are first called.

    Args:
        trainees: members of one kind.

    Returns:
        The program.

    Raises:
        ExperimentError: there are fewer devices than wanted, or a batch cannot be divided among them.
    """
    raw, section = trainees[0].raw, trainees[0].section
    optimizer = make_optimizer(section)
    optimizer.build(raw.trainable_variables)
    penalties = penalised([penalty_coefficients(one.raw) for one in trainees])
    monitor = make_monitor(section.early_stopping.monitor)
    regressions = [head for head, one in trainees[0].objective.items() if one.standardised]
    wanted = dict.fromkeys([*regressions, *([monitor.head] if monitor else [])])
    sharding = batch_sharding(section)
    return Program(
        make_steps(raw, optimizer, penalties, sharding=sharding),
        make_evaluation(raw, list(wanted), sharding=sharding),
        tuple(v.value for v in optimizer.variables),
    )


def initial_state(trainees: Sequence[Trainee], program: Program) -> TrainState:
    """Return the state of members before the first step.

    Args:
        trainees: the members.
        program: theirs.

    Returns:
        The state, with the members along the first axis of every array.
    """
    raws = [one.raw for one in trainees]
    return TrainState(
        [jnp.stack([v.value for v in vs]) for vs in zip(*(raw.trainable_variables for raw in raws), strict=True)],
        [jnp.stack([v.value for v in vs]) for vs in zip(*(raw.non_trainable_variables for raw in raws), strict=True)],
        [jnp.stack([value] * len(trainees)) for value in program.optimizer],
    )


def knobs_of(trainees: Sequence[Trainee]) -> Knobs:
    """Return the numbers in which members differ beside their state.

    Args:
        trainees: the members.

    Returns:
        Heads and penalties on the device, with the members along the first axis of every array.
    """
    heads = {
        head: jax.tree.map(lambda *x: jnp.asarray(x, jnp.float32), *(one.objective[head] for one in trainees))
        for head in trainees[0].objective
    }
    return Knobs(heads, jnp.stack([penalty_coefficients(one.raw) for one in trainees]))


def orders_of(trainees: Sequence[Trainee], epoch: int, row_bytes: int) -> list[Order]:
    """Return the order in which each member sees its rows in an epoch.

    Args:
        trainees: the members.
        epoch: number of the epoch.
        row_bytes: size of the inputs of a row.

    Returns:
        Their orders, with as many steps as each has.
    """
    return [
        epoch_order(one.train_rows, one.section.batch_size, seed=one.section.seed, epoch=epoch, row_bytes=row_bytes)
        for one in trainees
    ]


def of_member(state: TrainState, member: int) -> TrainState:
    """Return the state of one member, without the members' axis.

    Args:
        state: of all.
        member: its place among them.

    Returns:
        Its state.
    """
    return TrainState(*([values[member] for values in part] for part in state))


def assign(model: keras.Model, state: TrainState) -> None:
    """Put the weights of a state into a model.

    Args:
        model: a network up to its raw outputs.
        state: of one member, without the members' axis.
    """
    for variables, values in (
        (model.trainable_variables, state.trainable),
        (model.non_trainable_variables, state.other),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
