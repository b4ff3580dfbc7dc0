"""A small training by the engine, epoch by epoch, with a frame after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt

from netwright.data import chosen_rows, describe, divide, seed_of_member
from netwright.lessons.points import Points, features_of, points_of, rows_of
from netwright.lessons.settings import Settings, experiment_of
from netwright.models import build
from netwright.training import (
    PreparedMember,
    Team,
    assign,
    compile_program,
    head_weights,
    initial_state,
    learning_rates,
    make_forward,
    make_loader,
    make_objective,
    make_row_arrays,
    of_member,
    orders_of,
    stacked,
)

__all__ = ["Frame", "Lesson"]

Floats = npt.NDArray[np.float32]

GRID = 50
_EXTENT = 6.0
_FACTORS = {"fitted": 1.0, "small": 0.1, "large": 5.0, "zero": 0.0}
_DEAD = 1e-6  # spread of a unit over the plane below which it is dead


@dataclass(frozen=True)
class Frame:
    """The state of a lesson after some epochs.

    Attributes:
        epoch: how many epochs are done.
        train_loss: mean loss of the training points, without penalties, dimensionless; for several members,
            that of their joint output.
        test_loss: the same for the test points.
        boundary: output of the network in the middles of 50 x 50 squares that fill [-6, 6]², as a picture shows them,
            shape (50, 50), rows along y from -6 on: the probability of class 1, or the value of a regression; for
            several members, their joint output.
        units: outputs of the first member's hidden units on the same grid, by layer: shape (units, 50, 50).
        weights: the first member's kernels, by layer.
        gradient_norms: |∂loss/∂kernel| over all training points, by layer.
        dead: number of units with the same output everywhere.
    """

    epoch: int
    train_loss: float
    test_loss: float
    boundary: Floats
    units: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    gradient_norms: Mapping[str, float]
    dead: int


class Lesson:
    """A network on points of a plane, trained by the compiled step of `netwright.train`.

    Args:
        settings: the values of all controls of the playground.
        own: points of the user, for the data "own".

    Example:
        >>> lesson = Lesson(Settings(data="gauss", rows=60, layers=[3]))
        >>> before, after = lesson.frame(), lesson.advance(10).frame()
        >>> after.epoch, after.test_loss < before.test_loss
        (10, True)
    """

    def __init__(self, settings: Settings, own: Points | None = None) -> None:
        self.settings = settings
        self.points = points_of(settings, own)
        self.experiment = experiment_of(settings, classes=self.points.classes)
        rows = rows_of(self.points, settings)
        split = divide(rows.identity, self.experiment.split).split(0)
        self.train_rows, self.test_rows = split.train, np.sort(np.concatenate([split.valid, split.test]))
        description = describe(rows, split, self.experiment)
        objective = make_objective(self.experiment.targets, description)
        section, chosen = self.experiment.training, chosen_rows(rows, split.train, self.experiment.targets)
        members = []
        for number in range(settings.members):
            seed = seed_of_member(settings.seed, number)
            own_section = section.model_copy(update={"seed": seed})
            model = build(self.experiment.model_copy(update={"training": own_section}), description)
            _resize(model, _FACTORS[settings.initial])
            members.append(PreparedMember(number, model, objective, chosen, split.valid, own_section))
        self.team = Team(tuple(members), compile_program(members))
        weights = head_weights(rows, split.train, self.experiment.targets)
        self._arrays = make_row_arrays(rows, [weights] * len(members))
        self._loader = make_loader(self._arrays, section)
        self.state = initial_state(self.team.members, self.team.program)
        self.epoch = 0
        self._compute_frame = _make_frame_function(
            self.team.members[0], rows.inputs["point"], rows.heads["label"].values, self
        )

    @property
    def model(self) -> keras.Model:
        """The first member's network with its current weights."""
        member = self.team.members[0]
        assign(member.raw, of_member(self.state, 0))
        return member.model

    def advance(self, epochs: int = 1) -> Lesson:
        """Train further.

        Args:
            epochs: how many.

        Returns:
            This lesson.
        """
        for epoch in range(self.epoch + 1, self.epoch + epochs + 1):
            orders = orders_of(self.team.members, epoch, self._arrays)
            steps = orders[0].steps
            for chunk in self._loader.chunks(stacked(orders), self.team.numbers):
                numbers = (epoch - 1) * steps + chunk.start + np.arange(chunk.indices.rows.shape[1])
                rates = learning_rates(self.experiment.training, numbers, steps_per_epoch=steps)
                rates = np.tile(rates.astype(np.float32), (len(self.team), 1))
                arguments = (chunk.arrays, self.team.hyperparameters, chunk.indices, rates)
                self.state, _ = self.team.program.train_steps(self.state, *arguments, 0, chunk.count)
        self.epoch += epochs
        return self

    def frame(self) -> Frame:
        """Return the current frame."""
        values = jax.device_get(self._compute_frame(self.state))
        dead = sum(int((np.ptp(activations, axis=(1, 2)) < _DEAD).sum()) for activations in values["units"].values())
        return Frame(
            epoch=self.epoch,
            train_loss=float(values["train_loss"]),
            test_loss=float(values["test_loss"]),
            boundary=values["boundary"],
            units=values["units"],
            weights=values["weights"],
            gradient_norms={name: float(norm) for name, norm in values["norms"].items()},
            dead=dead,
        )


def _resize(model: keras.Model, factor: float) -> None:
    """Multiply the initial weights of hidden layers."""
    if factor == 1:
        return
    for layer in _hidden(model):
        layer.kernel.assign(layer.kernel.value * factor)


def _hidden(model: keras.Model) -> list[keras.layers.Dense]:
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense) and layer.name.startswith("body-hidden")
    ]


def _kernels(model: keras.Model) -> dict[str, int]:
    """Return the index of each layer's kernel among the trainable variables."""
    paths = [variable.path for variable in model.trainable_variables]
    return {path.rpartition("/")[0]: index for index, path in enumerate(paths) if path.endswith("/kernel")}


def _make_frame_function(member: PreparedMember, inputs: Any, values: Any, lesson: Lesson) -> Any:  # noqa: ANN401
    """Compile what a frame needs; all members at once, with a frame of the first and the mean of all."""
    raw, objective, classes = member.raw, member.objective["label"], lesson.points.classes
    activations = [layer for layer in raw.layers if layer.name.endswith("-activation")]
    forward = make_forward(raw, {"label": raw.output["label"]} | {layer.name: layer.output for layer in activations})
    line = _EXTENT * ((2 * np.arange(GRID) + 1) / GRID - 1)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(line, line)], axis=1)
    plane = features_of(grid, list(lesson.settings.features))
    kernels = _kernels(raw)
    parts = (lesson.train_rows, lesson.test_rows)
    train, test = ((jnp.asarray(inputs[rows]), jnp.asarray(values[rows])) for rows in parts)

    def outputs(trainable: Any, other: Any, x: Any) -> Any:  # noqa: ANN401
        return forward(trainable, other, {"point": x})

    def loss(trainable: Any, other: Any, points: Any) -> Any:  # noqa: ANN401
        return objective.row_losses(outputs(trainable, other, points[0])["label"], points[1]).mean()

    def frame_of_member(trainable: Any, other: Any) -> Any:  # noqa: ANN401
        gradients = jax.grad(loss)(trainable, other, train)
        network_outputs = outputs(trainable, other, jnp.asarray(plane))
        return {
            "train": outputs(trainable, other, train[0])["label"],
            "test": outputs(trainable, other, test[0])["label"],
            "plane": network_outputs.pop("label"),
            "units": {name: units.T.reshape(-1, GRID, GRID) for name, units in network_outputs.items()},
            "weights": {name: trainable[index] for name, index in kernels.items()},
            "norms": {name: jnp.linalg.norm(gradients[index]) for name, index in kernels.items()},
        }

    @jax.jit
    def compute_frame(state: Any) -> Any:  # noqa: ANN401
        by_member = jax.vmap(frame_of_member)(state.trainable, state.other)
        joint = {name: _joint_output(by_member.pop(name), classes=classes) for name in ("train", "test", "plane")}
        label = joint["plane"][:, 0]
        label = jax.nn.sigmoid(label) if classes else label * objective.std + objective.mean
        return jax.tree.map(lambda values: values[0], by_member) | {
            "train_loss": objective.row_losses(joint["train"], train[1]).mean(),
            "test_loss": objective.row_losses(joint["test"], test[1]).mean(),
            "boundary": label.reshape(GRID, GRID),
        }

    return compute_frame


def _joint_output(raw: jax.Array, *, classes: bool) -> jax.Array:
    """Return the raw output of an ensemble: the mean over members; of probabilities p as log p - log(1 - p).

    Args:
        raw: shape (members, rows, 1), dimensionless.
        classes: whether it is a logit.

    Returns:
        Shape (rows, 1), dimensionless.
    """
    if not classes:
        return raw.mean(axis=0)
    return jax.nn.logsumexp(jax.nn.log_sigmoid(raw), axis=0) - jax.nn.logsumexp(jax.nn.log_sigmoid(-raw), axis=0)
