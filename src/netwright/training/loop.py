"""The training loop: epochs of compiled steps, validation, decay on plateau, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.config import PlateauSchedule, TrainingSection
from netwright.errors import RunError
from netwright.models import raw_outputs
from netwright.training.diagnose import raise_non_finite, raise_non_finite_validation
from netwright.training.feed import Feed, Order, epoch_order, plain_order
from netwright.training.interrupt import interruptible
from netwright.training.objective import HeadObjective
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.patience import Patience
from netwright.training.step import (
    StepRecord,
    TrainState,
    assign,
    initial_state,
    make_evaluation,
    make_steps,
)

__all__ = ["Stopped", "TrainedModel", "train"]

Stopped = Literal["early stopping", "last epoch", "interrupted"]

_STEPS_AT_ONCE = 64  # one call of the compiled program; the screen and Ctrl-C are looked at between calls
_VALID_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class TrainedModel:
    """A network with its best weights, and how it came to them.

    Attributes:
        model: the network, a plain Keras model.
        history: one record per epoch.
        best_epoch: the epoch whose weights the model has.
        stopped: why the training ended.
    """

    model: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Stopped


@dataclass
class _Progress:
    """What the loop carries from epoch to epoch."""

    state: TrainState
    best: TrainState
    patience: Patience = field(default_factory=Patience)
    history: list[EpochRecord] = field(default_factory=list)
    steps: int = 0


def train(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    feed: Feed,
    *,
    train_rows: npt.NDArray[np.int64],
    valid_rows: npt.NDArray[np.int64],
    section: TrainingSection,
    observers: Sequence[Observer] = (),
    name_row: Callable[[int], str] = "row {}".format,
) -> TrainedModel:
    """Fit the weights of a network, and keep those of the lowest weighted validation loss.

    The same seed, machine and versions give the same weights, to the last bit.

    Args:
        model: a network of `netwright.models.build`; its weights are changed.
        objective: loss of each head.
        feed: all rows, on the device.
        train_rows: numbers of the rows that weights are fitted to, shape (n,).
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        observers: who is told of it.
        name_row: how a row is called in messages.

    Returns:
        The network with its best weights.

    Raises:
        NonFiniteLossError: a loss is not finite; the message has the layer, the step and the rows.
        RunError: Keras runs on another backend than JAX.
    """
    if keras.config.backend() != "jax":
        msg = (
            f"Training runs on Keras's jax backend, but Keras was imported with {keras.config.backend()}. "
            "Import netwright before keras, or set KERAS_BACKEND=jax."
        )
        raise RunError(msg)
    loop = _Loop(model, objective, feed, train_rows, valid_rows, section, tuple(observers), name_row)
    return loop.run()


@dataclass
class _Loop:
    """One training: the compiled functions, and the methods that call them epoch by epoch."""

    model: keras.Model
    objective: Mapping[str, HeadObjective]
    feed: Feed
    train_rows: npt.NDArray[np.int64]
    valid_rows: npt.NDArray[np.int64]
    section: TrainingSection
    observers: tuple[Observer, ...]
    name_row: Callable[[int], str]

    def __post_init__(self) -> None:
        self.raw = raw_outputs(self.model, self.objective)
        self.optimizer = keras.optimizers.Adam(self.section.learning_rate)
        state = initial_state(self.raw, self.optimizer)
        self.progress = _Progress(state, state)
        self.steps = make_steps(self.raw, self.optimizer, self.objective)
        self.evaluation = make_evaluation(self.raw, self.objective)
        self.valid_order = plain_order(self.valid_rows, _VALID_ROWS_AT_ONCE)
        self.rate_place = [v.name for v in self.optimizer.variables].index("learning_rate")
        self.started = time.monotonic()

    def run(self) -> TrainedModel:
        """Train until patience, epochs or the user's patience end."""
        stopped: Stopped = "last epoch"
        with interruptible() as interrupted:
            for epoch in range(1, self.section.epochs + 1):
                self._epoch(epoch, interrupted)
                if interrupted():
                    stopped = "interrupted"
                    break
                if self.progress.patience.since_best >= self.section.early_stopping.patience:
                    stopped = "early stopping"
                    break
        assign(self.raw, self.progress.best)
        return TrainedModel(self.model, tuple(self.progress.history), self.progress.patience.best_epoch, stopped)

    def _epoch(self, epoch: int, interrupted: Callable[[], bool]) -> None:
        """Train on every row once, validate, and decide what follows."""
        began = time.monotonic()
        records, rows = self._train_epoch(epoch, interrupted)
        speed = rows / (time.monotonic() - began)
        valid = self.evaluation(self.progress.state, self.feed, *_on_device(self.valid_order))
        valid_heads = {head: float(loss) for head, loss in valid.items()}
        valid_loss = sum(one.loss_weight * valid_heads[head] for head, one in self.objective.items())
        if not np.isfinite(valid_loss):
            state = self.progress.state
            raise_non_finite_validation(self.raw, state, self.feed, self.valid_order, epoch, self.name_row)
        before = self.progress.patience
        patience = before.after(valid_loss, epoch, self.section.schedule, self.section.early_stopping)
        self.progress.patience = patience
        if patience.best_epoch == epoch:
            self.progress.best = self.progress.state
        record = EpochRecord(
            epoch=epoch,
            steps=self.progress.steps,
            loss=float(records.loss.mean()),
            head_losses={head: float(losses.mean()) for head, losses in records.head_losses.items()},
            valid_loss=valid_loss,
            valid_head_losses=valid_heads,
            gradient_norm=float(records.gradient_norm.mean()),
            learning_rate=float(self.progress.state.optimizer[self.rate_place]),
            seconds=time.monotonic() - self.started,
            rows_per_second=speed,
            best=patience.best_epoch == epoch,
        )
        self.progress.history.append(record)
        for observer in self.observers:
            observer.on_epoch(record)
        if patience.decayed:
            self._decay()

    def _train_epoch(self, epoch: int, interrupted: Callable[[], bool]) -> tuple[StepRecord, int]:
        """Do the steps of an epoch, a few at a time, until its end or Ctrl-C."""
        order = epoch_order(self.train_rows, self.section.batch_size, seed=self.section.seed, epoch=epoch)
        records: list[StepRecord] = []
        began, total = time.monotonic(), len(order.rows)
        done = rows = 0
        for part in _parts(order):
            before = self.progress.state
            count = int((part.live.sum(axis=1) > 0).sum())
            self.progress.state, record = self.steps(before, self.feed, *_on_device(part))
            record = jax.tree.map(lambda values, n=count: np.asarray(values)[:n], record)
            if not (np.isfinite(record.loss).all() and np.isfinite(record.gradient_norm).all()):
                first = self.progress.steps + 1
                raise_non_finite(self.raw, self.steps, before, self.feed, part, first, self.name_row)
            records.append(record)
            self.progress.steps += count
            done, rows = done + count, rows + int(part.live.sum())
            mean = float(np.concatenate([r.loss for r in records]).mean())
            speed = rows / (time.monotonic() - began)
            for observer in self.observers:
                observer.on_steps(StepsRecord(epoch, self.section.epochs, done, total, mean, speed))
            if interrupted():
                break
        return jax.tree.map(lambda *values: np.concatenate(values), *records), rows

    def _decay(self) -> None:
        """Multiply the learning rate in the optimizer's state."""
        if not isinstance(self.section.schedule, PlateauSchedule):
            return
        optimizer = list(self.progress.state.optimizer)
        optimizer[self.rate_place] = optimizer[self.rate_place] * self.section.schedule.factor
        self.progress.state = self.progress.state._replace(optimizer=optimizer)


def _parts(order: Order) -> list[Order]:
    """Cut an epoch into calls of the compiled program, of one length so that it is compiled once."""
    calls = -(-len(order.rows) // _STEPS_AT_ONCE)
    length = -(-len(order.rows) // calls)
    missing = calls * length - len(order.rows)
    rows = np.concatenate([order.rows, np.repeat(order.rows[:1], missing, axis=0)])
    live = np.concatenate([order.live, np.zeros((missing, order.live.shape[1]), np.float32)])
    return [Order(rows[i : i + length], live[i : i + length]) for i in range(0, len(rows), length)]


def _on_device(order: Order) -> tuple[jax.Array, jax.Array]:
    return jnp.asarray(order.rows), jnp.asarray(order.live)
