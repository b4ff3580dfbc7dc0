"""What is compiled for members that differ in numbers only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import jax
import keras
import numpy as np
import numpy.typing as npt
from jax.typing import ArrayLike

from netwright.models import penalised, penalty_coefficients, program_of
from netwright.training.compiled.batch_loss import BatchLoss
from netwright.training.compiled.devices import batch_sharding
from netwright.training.compiled.eager import uncompiled
from netwright.training.compiled.many_steps import EvaluateSteps, TrainSteps, make_evaluation, make_train_steps
from netwright.training.compiled.optimizers import make_optimizer
from netwright.training.compiled.state import Hyperparameters, TrainState
from netwright.training.compiled.step import make_step
from netwright.training.compiled.step_view import Compute, ProbeFunction, make_probe
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.order import Order, epoch_order
from netwright.training.prepared_member import PreparedMember

__all__ = [
    "Program",
    "assign",
    "compilation_key",
    "compile_program",
    "hyperparameters_of",
    "initial_state",
    "of_member",
    "orders_of",
    "program_key",
]


@dataclass(frozen=True)
class Program:
    """The compiled functions that members of one kind share, and where their state begins.

    Attributes:
        train_steps: does many training steps.
        evaluate: evaluates rows.
        probe: makes the compiled function that looks at a step with a function of the user; the same one again if it
            was made before.
        optimizer: its values before the first step.
    """

    train_steps: TrainSteps
    evaluate: EvaluateSteps
    probe: Callable[[Compute], ProbeFunction]
    optimizer: tuple[jax.Array, ...]


def compilation_key(member: PreparedMember) -> str:
    """Return a text that is the same for members which one compiled program can train.

    Args:
        member: the member.

    Returns:
        What the program depends on, as JSON.
    """
    section, monitor = member.section, member.monitor
    batch = min(section.batch_size, len(member.train_rows.rows))
    return json.dumps(
        [
            program_of(member.raw),
            {
                head: [head_objective.kind, repr(head_objective.loss), *_batch_loss_key(head_objective.batch)]
                for head, head_objective in member.objective.items()
            },
            section.optimizer.model_dump(),
            section.clip_norm,
            batch,
            section.devices,
            section.eager,
            monitor.head if monitor else None,
        ]
    )


def program_key(members: Sequence[PreparedMember]) -> str:
    """Return a text that is the same for groups of members which one program can train, one group after another.

    Args:
        members: of one group, with the same `compilation_key`.

    Returns:
        What the program depends on, with the penalties that occur in any of them.
    """
    return f"{compilation_key(members[0])} {penalised([penalty_coefficients(member.raw) for member in members])}"


def _batch_loss_key(loss: BatchLoss | None) -> list[str | None]:
    """Return what a program depends on of losses that no row has by itself."""
    return [] if loss is None else [loss.result, loss.protected]


def compile_program(members: Sequence[PreparedMember]) -> Program:
    """Make the functions that all members of a kind share; they are compiled when they are first called.

    Args:
        members: all of them have the same `compilation_key`.

    Returns:
        The program.

    Raises:
        ExperimentError: there are fewer devices than wanted, or a batch cannot be divided among them.
    """
    raw, section = members[0].raw, members[0].section
    optimizer = make_optimizer(section)
    _build(optimizer, raw.trainable_variables)
    penalties = penalised([penalty_coefficients(one.raw) for one in members])
    monitor = members[0].monitor
    regressions = [head for head, one in members[0].objective.items() if one.standardised]
    heads_with_outputs = dict.fromkeys([*regressions, *([monitor.head] if monitor else [])])
    sharding = batch_sharding(section)
    program = Program(
        train_steps=make_train_steps(make_step(raw, optimizer, penalties, sharding=sharding)),
        evaluate=make_evaluation(raw, list(heads_with_outputs), sharding=sharding),
        probe=cache(lambda compute: make_probe(raw, optimizer, penalties, compute, sharding=sharding)),
        optimizer=tuple(v.value for v in optimizer.variables),
    )
    return _uncompiled_program(program) if section.eager else program


def _build(optimizer: keras.optimizers.Optimizer, trainable: list[keras.Variable]) -> None:
    """Create the variables of an optimizer by one program; Keras alone would compile one for each shape."""

    def values() -> list[jax.Array]:
        optimizer.build(trainable)
        return [variable.value for variable in optimizer.variables]

    built = jax.jit(values)()
    for variable, value in zip(optimizer.variables, built, strict=True):
        variable.assign(value)


def _uncompiled_program(program: Program) -> Program:
    """Return a program whose functions run in Python."""
    return replace(
        program,
        train_steps=uncompiled(program.train_steps),
        evaluate=uncompiled(program.evaluate),
        probe=cache(lambda compute: uncompiled(program.probe(compute))),
    )


def initial_state(members: Sequence[PreparedMember], program: Program) -> TrainState:
    """Return the state of members before the first step.

    Args:
        members: the members.
        program: theirs.

    Returns:
        The state, with the members along the first axis of every array.
    """
    raw_models = [member.raw for member in members]
    return TrainState(
        [
            _stacked([v.value for v in variables])
            for variables in zip(*(raw.trainable_variables for raw in raw_models), strict=True)
        ],
        [
            _stacked([v.value for v in variables])
            for variables in zip(*(raw.non_trainable_variables for raw in raw_models), strict=True)
        ],
        [_stacked([value] * len(members)) for value in program.optimizer],
    )


def _stacked(values: Sequence[ArrayLike], dtype: npt.DTypeLike | None = None) -> jax.Array:
    """Stack arrays in NumPy, and place them: `jnp.asarray` and `jnp.stack` would compile a program for each shape."""
    stacked: jax.Array = jax.device_put(np.stack([np.asarray(value, dtype) for value in values]))
    return stacked


def hyperparameters_of(members: Sequence[PreparedMember]) -> Hyperparameters:
    """Return the numbers in which members differ besides their state.

    Args:
        members: the members.

    Returns:
        Heads and penalties on the device, with the members along the first axis of every array.
    """
    heads = {
        head: jax.tree.map(lambda *numbers: _stacked(numbers, np.float32), *(one.objective[head] for one in members))
        for head in members[0].objective
    }
    return Hyperparameters(heads, _stacked([penalty_coefficients(member.raw) for member in members]))


def orders_of(members: Sequence[PreparedMember], epoch: int, arrays: RowArrays) -> list[Order]:
    """Return the order in which each member sees its rows in an epoch.

    Args:
        members: the members.
        epoch: number of the epoch.
        arrays: all rows.

    Returns:
        Their orders, with as many steps as each has.
    """
    return [
        epoch_order(
            member.train_rows,
            member.section.batch_size,
            seed=member.section.seed,
            epoch=epoch,
            row_bytes=arrays.row_bytes,
            blocks=arrays.blocks,
        )
        for member in members
    ]


def of_member(state: TrainState, member: int) -> TrainState:
    """Return the state of one member, without the members' axis.

    Args:
        state: of all.
        member: its place among them.

    Returns:
        Its state.
    """
    return TrainState(*([values[member] for values in arrays] for arrays in state))


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
