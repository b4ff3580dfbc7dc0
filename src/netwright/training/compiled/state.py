"""The arrays that compiled functions take and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
from jax.typing import ArrayLike

from netwright.training.compiled.objective import HeadObjective

__all__ = ["BatchIndices", "EvaluationSums", "Hyperparameters", "StepSums", "TrainState"]

Arrays = list[jax.Array]


class TrainState(NamedTuple):
    """Everything that a step changes; every array has the members along its first axis.

    Attributes:
        trainable: values of the network's trainable variables, in its order.
        other: values of its other variables: running means, the state of random numbers.
        optimizer: values of the optimizer's variables.
    """

    trainable: Arrays
    other: Arrays
    optimizer: Arrays


class Hyperparameters(NamedTuple):
    """The numbers in which members of one program differ; every array has the members along its first axis.

    Attributes:
        heads: by head, its loss with λ and the constants of its target.
        penalties: L1 and L2 coefficient of every trainable variable, shape (members, variables, 2), dimensionless.
    """

    heads: Mapping[str, HeadObjective]
    penalties: ArrayLike


class BatchIndices(NamedTuple):
    """Which rows of the arrays each step takes.

    Attributes:
        weight_lines: which line of the arrays' weights each member has, shape (members,).
        rows: row numbers, shape (members, steps, batch).
        factors: by what the weight of each row is multiplied, of the same shape, dimensionless.
    """

    weight_lines: Any
    rows: Any
    factors: Any


class StepSums(NamedTuple):
    """What training steps measured, shape (members, steps); everything is dimensionless.

    Attributes:
        loss: what a step minimises, of a batch of B rows in which those that only fill up count as 0.
        penalty: the part of it that no row has: penalties on weights, and losses that layers add themselves.
        losses: by head, Σ f ŵ l over the rows of the step.
        weights: by head, Σ f ŵ over them.
        rows: how many of the B rows do not only fill up.
        gradient_norm: of the gradient of the loss, before it is clipped.
    """

    loss: jax.Array
    penalty: jax.Array
    losses: dict[str, jax.Array]
    weights: dict[str, jax.Array]
    rows: jax.Array
    gradient_norm: jax.Array


class EvaluationSums(NamedTuple):
    """What an evaluation found, step by step.

    Attributes:
        losses: by head, Σ w l, shape (members, steps), dimensionless.
        weights: by head, Σ w, of the same shape.
        outputs: raw outputs of the heads that were asked for, shape (members, steps, batch, n), dimensionless.
    """

    losses: dict[str, jax.Array]
    weights: dict[str, jax.Array]
    outputs: dict[str, jax.Array]
