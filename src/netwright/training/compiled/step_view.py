"""One step as a probe sees it: weights, gradients, updates, activations; what is not looked at costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import keras
from jax.sharding import Sharding

from netwright.models import Penalised
from netwright.training.compiled.batch import Batch, gather_batch
from netwright.training.compiled.forward import make_layer_outputs
from netwright.training.compiled.many_steps import indices_of_step, with_members_axis, without_members_axis
from netwright.training.compiled.state import BatchIndices, Hyperparameters, TrainState
from netwright.training.compiled.step import LossAux, make_loss, make_update
from netwright.training.feed.arrays import RowArrays

__all__ = ["Compute", "ProbeFunction", "StepView", "make_probe"]

Arrays = dict[str, jax.Array]


@dataclass(frozen=True)
class StepView:
    """One step of one member, before it is done; arrays are those of JAX while a program is compiled.

    Everything is computed when it is first asked for, so that a probe which looks at weights alone costs neither a
    gradient nor a pass through the network. Variables are named by their paths in the network, such as
    ``dense/kernel``; a gradient is that of the loss with its penalties, before it is clipped.

    Attributes:
        model: the network up to its raw outputs, for names, shapes and kinds of its layers.
        batch: the rows, with inputs, values and weights by head; see `netwright.training.compiled.batch.Batch`.
        state: all values before the step.
        hyperparameters: losses of heads and coefficients of penalties.
        rate: learning rate of the step, shape (), dimensionless.
    """

    model: keras.Model
    batch: Batch
    state: TrainState
    hyperparameters: Hyperparameters
    rate: jax.Array
    optimizer: keras.optimizers.Optimizer
    penalised: Penalised

    @property
    def weights(self) -> Arrays:
        """Values of the trainable variables before the step, by path."""
        return _by_path(self.model.trainable_variables, self.state.trainable)

    @property
    def gradients(self) -> Arrays:
        """Gradient of the loss by each trainable variable, by path."""
        return _by_path(self.model.trainable_variables, self._differentiated[1])

    @cached_property
    def updates(self) -> Arrays:
        """What the step adds to each trainable variable, by path."""
        update = make_update(self.optimizer)
        after, _ = update(self.state.optimizer, self._differentiated[1], self.state.trainable, self.rate)
        return _by_path(
            self.model.trainable_variables, [new - old for new, old in zip(after, self.state.trainable, strict=True)]
        )

    @property
    def loss(self) -> jax.Array:
        """What the step minimises, shape (), dimensionless."""
        return self._differentiated[0][0]

    @property
    def outputs(self) -> Arrays:
        """Raw outputs by head, as the step has them (dropout and noise on), shape (batch, n), dimensionless."""
        return self._differentiated[0][1].outputs

    @cached_property
    def activations(self) -> dict[str, Any]:
        """Output of every layer by its name, with dropout and noise off, shape (batch, ...)."""
        return make_layer_outputs(self.model)(self.state.trainable, self.state.other, self.batch.inputs)

    @cached_property
    def _differentiated(self) -> tuple[tuple[jax.Array, LossAux], list[jax.Array]]:
        differentiated = jax.value_and_grad(make_loss(self.model, self.penalised), has_aux=True)
        return differentiated(self.state.trainable, self.state.other, self.batch, self.hyperparameters)


Compute = Callable[[StepView], Any]
"""A pure function of one step of one member that gives a tree of small arrays; it is compiled."""

ProbeFunction = Callable[..., Any]
"""A compiled function of state, arrays, hyperparameters, indices, rates (members, steps) and the number of the step."""


def make_probe(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    penalised: Penalised,
    compute: Compute,
    *,
    sharding: Sharding | None = None,
) -> ProbeFunction:
    """Make the compiled function that looks at one step, and changes nothing.

    It is a separate program from the one that trains, because no bit of the training may depend on it: with
    another output of the training program, the compiler would be free to fuse its kernels and to round differently.

    Args:
        model: the network up to its raw outputs.
        optimizer: built for the model.
        penalised: which L1 and L2 penalties there are.
        compute: what to look at.
        sharding: how the inputs of a batch are divided among devices; all on one if not given.

    Returns:
        A pure function (`ProbeFunction`); it returns what `compute` does, with the members along the first axis.
    """

    def probe_member(
        state: TrainState, arrays: RowArrays, hyperparameters: Hyperparameters, indices: BatchIndices, rate: jax.Array
    ) -> Any:  # noqa: ANN401  # any tree of arrays
        batch = gather_batch(arrays, indices, sharding)
        return compute(StepView(model, batch, state, hyperparameters, rate, optimizer, penalised))

    def probe(
        state: TrainState,
        arrays: RowArrays,
        hyperparameters: Hyperparameters,
        indices: BatchIndices,
        rates: jax.Array,
        number: jax.Array,
    ) -> Any:  # noqa: ANN401
        indices, rates = indices_of_step(indices, number), jnp.asarray(rates)[..., number]
        if len(rates) == 1:
            single = without_members_axis((state, hyperparameters, indices, rates))
            state, hyperparameters, indices, rates = single
            return with_members_axis(
                jax.tree.map(jnp.asarray, probe_member(state, arrays, hyperparameters, indices, rates))
            )
        return jax.vmap(probe_member, in_axes=(0, None, 0, 0, 0))(state, arrays, hyperparameters, indices, rates)

    return jax.jit(probe)


def _by_path(variables: Sequence[keras.Variable], values: Sequence[jax.Array]) -> Arrays:
    return {variable.path: value for variable, value in zip(variables, values, strict=True)}
