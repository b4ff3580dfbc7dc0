"""What an observer can look at inside of the steps: a compiled function, every few steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.errors import ExperimentError
from netwright.training.compiled.step_view import Compute

__all__ = ["Probe", "ProbeRecord"]


@dataclass(frozen=True)
class ProbeRecord:
    """What a probe found in one step of one member.

    Attributes:
        member: number of the member, from 0.
        epoch: number of the epoch, from 1.
        step: number of the step since the start of the training, from 1; with `halvings`, steps are done again.
        values: what the probe's function gave, with arrays of NumPy.
    """

    member: int
    epoch: int
    step: int
    values: Any


@dataclass(frozen=True)
class Probe:
    """A look inside of steps: a pure function of weights, gradients, updates and activations that JAX compiles.

    It is computed before a step, from the same state and, unless it has its own rows, the same rows as the step
    itself; random numbers of dropout are those of the step. It never changes the training, to the last bit, because it
    is a separate program. So it costs what it computes: a probe of weights next to nothing, one of gradients as much
    as a step.

    Attributes:
        compute: a pure function of one step of one member (`netwright.training.StepView`) that gives a tree of small
            arrays.
        receive: called with what it gave, for each member.
        every: steps from one look to the next; the first step is looked at. None for the first step of each epoch,
            whatever number of steps the epochs of a member have.
        rows: gives, by number of the member, the rows to look at instead of those of the step, as many for each; they
            stay the same during the training.
        time_share: most part of the time of the training that this probe may take, without its compilation; steps at
            which it would take more are left out.
        after: seconds of the training before the first look: a shorter training does not pay for its compilation.

    Raises:
        ExperimentError: `every` is less than 1, or `time_share` is not between 0 and 1.

    Example:
        >>> import jax.numpy as jnp
        >>> def norms(step):
        ...     return {path: jnp.linalg.norm(gradient) for path, gradient in step.gradients.items()}
        >>> records: list[ProbeRecord] = []
        >>> probe = Probe(norms, records.append, every=20)
    """

    compute: Compute
    receive: Callable[[ProbeRecord], None]
    every: int | None = 50
    rows: Callable[[int], npt.NDArray[np.integer]] | None = None
    time_share: float = 1.0
    after: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if self.every is not None and self.every < 1:
            msg = f"every: must be at least 1 step, but is {self.every}."
            raise ExperimentError(msg)
        if not 0 < self.time_share <= 1:
            msg = f"time_share: must be above 0 and at most 1, but is {self.time_share}."
            raise ExperimentError(msg)
