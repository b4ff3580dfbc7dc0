"""The training loop: epochs of compiled steps, validation, decay on plateau, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.data.choice import TrainingRows
from netwright.errors import DataError, RunError
from netwright.models import raw_outputs
from netwright.training.calls import cut
from netwright.training.diagnose import raise_non_finite, raise_non_finite_validation
from netwright.training.feed import Feed, epoch_order, plain_order
from netwright.training.interrupt import interruptible
from netwright.training.monitor import make_monitor
from netwright.training.objective import HeadObjective
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.optimizers import make_optimizer
from netwright.training.patience import Patience
from netwright.training.rates import learning_rates
from netwright.training.step import StepRecord, TrainState, assign, initial_state, make_evaluation, make_steps

__all__ = ["Stopped", "TrainedModel", "check_backend", "train"]

Stopped = Literal["early stopping", "last epoch", "interrupted"]

_VALID_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class TrainedModel:
    """A network with its best weights, and how it came to them.

    Attributes:
        model: the network, a plain Keras model.
        history: one record per epoch.
        best_epoch: the epoch whose weights the model has.
        stopped: why the training ended.
        remarks: what the choice of its rows costs, in sentences.
    """

    model: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Stopped
    remarks: tuple[str, ...] = ()


@dataclass
class _Progress:
    """What the loop carries from epoch to epoch."""

    state: TrainState
    best: TrainState
    patience: Patience = field(default_factory=Patience)
    history: list[EpochRecord] = field(default_factory=list)
    steps: int = 0


@dataclass(frozen=True)
class _Validation:
    """What validation rows said after an epoch."""

    loss: float
    heads: Mapping[str, float]
    monitored: float
    cost: float


def train(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    feed: Feed,
    *,
    train_rows: TrainingRows,
    valid_rows: npt.NDArray[np.int64],
    section: TrainingSection,
    fresh: Callable[[int], Feed] | None = None,
    observers: Sequence[Observer] = (),
    name_row: Callable[[int], str] = "row {}".format,
) -> TrainedModel:
    """Fit the weights of a network, and keep those of the best validation.

    Best is the lowest weighted validation loss, or the best value of the metric that early stopping monitors,
    measured on validation rows that count for its head, with event weights times importance. The same seed, machine
    and versions give the same weights, to the last bit.

    Args:
        model: a network of `netwright.models.build`; its weights are changed.
        objective: loss of each head.
        feed: all rows, on the device.
        train_rows: the rows that weights are fitted to, of `netwright.data.choice.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        fresh: gives other rows for the training of an epoch, with the same row numbers; validation stays with `feed`.
        observers: who is told of it.
        name_row: how a row is called in messages.

    Returns:
        The network with its best weights; where what is watched never was a number, with its last ones.

    Raises:
        NonFiniteLossError: a loss is not finite; the message has the layer, the step and the rows.
        DataError: the weights of the validation rows that count for a head do not add up to a positive number.
        RunError: Keras runs on another backend than JAX.
    """
    check_backend()
    for head, weights in feed.weights.items():
        total = float(np.asarray(weights, np.float64)[valid_rows].sum())
        if not total > 0:
            msg = (
                f"targets.{head}: the weights of the validation rows that count add up to {total:g}, and a weighted "
                "mean needs a positive sum. Take more rows for validation, or look at the weights."
            )
            raise DataError(msg)
    loop = _Loop(model, objective, feed, train_rows, valid_rows, section, fresh, tuple(observers), name_row)
    return loop.run()


def check_backend() -> None:
    """Refuse to train on another backend of Keras than JAX.

    Raises:
        RunError: Keras runs on another one.
    """
    if keras.config.backend() != "jax":
        msg = (
            f"Training runs on Keras's jax backend, but Keras was imported with {keras.config.backend()}. "
            "Import netwright before keras, or set KERAS_BACKEND=jax."
        )
        raise RunError(msg)


@dataclass
class _Loop:
    """One training: the compiled functions, and the methods that call them epoch by epoch."""

    model: keras.Model
    objective: Mapping[str, HeadObjective]
    feed: Feed
    train_rows: TrainingRows
    valid_rows: npt.NDArray[np.int64]
    section: TrainingSection
    fresh: Callable[[int], Feed] | None
    observers: tuple[Observer, ...]
    name_row: Callable[[int], str]

    def __post_init__(self) -> None:
        self.raw = raw_outputs(self.model, self.objective)
        optimizer = make_optimizer(self.section)
        state = initial_state(self.raw, optimizer)
        self.progress = _Progress(state, state)
        self.steps = make_steps(self.raw, optimizer, self.objective)
        self.monitor = make_monitor(self.section.early_stopping.monitor)
        self.evaluation = make_evaluation(self.raw, self.objective, [self.monitor.head] if self.monitor else [])
        self.valid_order = plain_order(self.valid_rows, _VALID_ROWS_AT_ONCE)
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
        reached = self.progress
        assign(self.raw, reached.best if reached.patience.best_epoch else reached.state)
        best_epoch = reached.patience.best_epoch or len(reached.history)
        return TrainedModel(self.model, tuple(reached.history), best_epoch, stopped, self.train_rows.remarks)

    def _epoch(self, epoch: int, interrupted: Callable[[], bool]) -> None:
        """Train on every row once, validate, and decide what follows."""
        began = time.monotonic()
        records, rows, rate = self._train_epoch(epoch, interrupted)
        speed = rows / (time.monotonic() - began)
        valid = self._validate(epoch)
        schedule, stopping = self.section.schedule, self.section.early_stopping
        patience = self.progress.patience.after(valid.cost, epoch, schedule, stopping)
        self.progress.patience = patience
        if patience.best_epoch == epoch:
            self.progress.best = self.progress.state
        record = EpochRecord(
            epoch=epoch,
            steps=self.progress.steps,
            loss=float(records.loss.mean()),
            head_losses={head: float(losses.mean()) for head, losses in records.head_losses.items()},
            valid_loss=valid.loss,
            valid_head_losses=valid.heads,
            gradient_norm=float(records.gradient_norm.mean()),
            learning_rate=rate,
            seconds=time.monotonic() - self.started,
            rows_per_second=speed,
            monitored=valid.monitored,
            best=patience.best_epoch == epoch,
        )
        self.progress.history.append(record)
        for observer in self.observers:
            observer.on_epoch(record)

    def _validate(self, epoch: int) -> _Validation:
        """Look at the validation rows: losses, and what is monitored."""
        order, state = self.valid_order, self.progress.state
        losses, outputs = self.evaluation(state, self.feed, jnp.asarray(order.rows), jnp.asarray(order.factors))
        heads = {head: float(loss) for head, loss in losses.items()}
        loss = sum(one.loss_weight * heads[head] for head, one in self.objective.items())
        if not np.isfinite(loss):
            raise_non_finite_validation(self.raw, state, self.feed, order, epoch, self.name_row)
        if self.monitor is None:
            return _Validation(loss, heads, loss, loss)
        head = self.monitor.head
        raw = np.asarray(outputs[head])
        monitored = self.monitor.measure(
            self.objective[head],
            raw.reshape(-1, raw.shape[-1])[: len(self.valid_rows)],
            np.asarray(self.feed.values[head])[self.valid_rows],
            np.asarray(self.feed.weights[head])[self.valid_rows],
        )
        return _Validation(loss, heads, monitored, self.monitor.cost(monitored))

    def _train_epoch(self, epoch: int, interrupted: Callable[[], bool]) -> tuple[StepRecord, int, float]:
        """Do the steps of an epoch, a few at a time, until its end or Ctrl-C."""
        order = epoch_order(self.train_rows, self.section.batch_size, seed=self.section.seed, epoch=epoch)
        total = len(order.rows)
        numbers = (epoch - 1) * total + np.arange(total)
        rates = learning_rates(self.section, numbers, steps_per_epoch=total, decays=self.progress.patience.decays)
        records: list[StepRecord] = []
        feed = self.feed if self.fresh is None else self.fresh(epoch)
        began, done, rows = time.monotonic(), 0, 0
        for call in cut(order, rates):
            before = self.progress.state
            self.progress.state, record = call.run(self.steps, feed, before)
            if not (np.isfinite(record.loss).all() and np.isfinite(record.gradient_norm).all()):
                raise_non_finite(
                    self.raw,
                    partial(call.once, self.steps, feed),
                    before,
                    feed,
                    call.order,
                    first_step=self.progress.steps + 1,
                    name_row=self.name_row,
                )
            records.append(record)
            self.progress.steps += call.count
            done, rows = done + call.count, rows + int(np.count_nonzero(call.order.factors))
            mean = float(np.concatenate([r.loss for r in records]).mean())
            speed = rows / (time.monotonic() - began)
            for observer in self.observers:
                observer.on_steps(StepsRecord(epoch, self.section.epochs, done, total, mean, speed))
            if interrupted():
                break
        return jax.tree.map(lambda *values: np.concatenate(values), *records), rows, float(rates[done - 1])
