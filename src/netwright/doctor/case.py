"""What the doctor knows of a training: plain facts and NumPy summaries, which every symptom looks at.

Nothing here knows Keras: `quantities` fills these in from a model, and tests fill them in by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Anatomy",
    "Array",
    "Case",
    "Course",
    "Layer",
    "LayerVitals",
    "MemberLoss",
    "Objective",
    "Plan",
    "Rows",
    "Skill",
    "Vitals",
]

Array = npt.NDArray[Any]
_STRAIGHT = {
    "Flatten",
    "Reshape",
    "Dropout",
    "Activation",
    "Softmax",
    "Rescaling",
    "Normalization",
    "BatchNormalization",
}


@dataclass(frozen=True)
class Layer:
    """What the model says about one of its layers, before anything is computed.

    Args:
        name: of the layer, as Keras has it.
        kind: name of its class: ``Dense``.
        units: neurons or filters; None where it has no such number.
        activation: name of the activation inside the layer or right after it; ``linear`` where there is none; None for
            a layer of a kind that has no activation.
        inputs: number of values that a unit gets; 0 if unknown.
        initializer: name of the class of the kernel's initialiser, empty without a kernel.
        follows: names of the layers that get its output, in order, past dropout, normalisation and reshaping.
        rate: of a dropout layer, from 0 to 1.
        penalty: largest factor of an L1 or L2 regulariser on its weights, dimensionless.
        trainable: whether it learns.
        stretch: what a layer for rescaling after it does to what it gives: a factor, and a number that is added.
        positions: places of a row, such as time steps or pixels, for each of which it gives its units; 0 if unknown.
        bias: whether its units have a number that is added, where it has a kernel.
        adapted: whether it knows mean and deviation of its inputs, where it is one for normalisation.
    """

    name: str
    kind: str
    units: int | None = None
    activation: str | None = None
    inputs: int = 0
    initializer: str = ""
    follows: tuple[str, ...] = ()
    rate: float = 0.0
    penalty: float = 0.0
    trainable: bool = True
    stretch: tuple[float, float] = (1.0, 0.0)
    positions: int = 1
    bias: bool = True
    adapted: bool = True


@dataclass(frozen=True)
class Anatomy:
    """The layers of a model, in order.

    Args:
        layers: those at work, without containers.
        outputs: name of the layer whose output is that of the model, for each output; empty if unknown.
        parameters: number of trainable numbers.
        connected: whether ``follows`` of the layers is known (not so in a subclassed model).
    """

    layers: tuple[Layer, ...] = ()
    outputs: tuple[str, ...] = ()
    parameters: int = 0
    connected: bool = False

    def layer(self, name: str) -> Layer | None:
        """The layer of that name; None where there is none."""
        return next((layer for layer in self.layers if layer.name == name), None)

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """Layers with a kernel that feed another one, as those that make the outputs do not, rescaled or not."""
        kernels = [layer for layer in self.layers if layer.initializer and layer.name not in self.outputs]
        if not self.connected:
            return tuple(kernels if self.outputs else kernels[:-1])
        return tuple(layer for layer in kernels if self._feeds_kernel(layer))

    @property
    def straight(self) -> bool:
        """Whether the model is a straight line: one dense layer, and else such as change nothing of that."""
        kernels = [layer for layer in self.layers if layer.kind not in _STRAIGHT]
        return self.connected and len(kernels) == 1 and kernels[0].kind == "Dense"

    def _feeds_kernel(self, layer: Layer) -> bool:
        after = [self.layer(name) for name in layer.follows]
        return any(one.initializer or self._feeds_kernel(one) for one in after if one is not None)


@dataclass(frozen=True)
class Objective:
    """How the model was compiled.

    Args:
        loss: name of the loss in lower case with underscores; empty where there is none; ``custom`` for an own one.
        from_logits: whether the loss expects raw outputs.
        optimizer: name of its class, in lower case.
        learning_rate: the first that it uses; NaN if unknown.
        momentum: of the optimiser, 0 where it has none.
        clipping: smallest limit on gradients; infinite where there is none.
        metrics: names of the metrics.
        class_weight: whether class weights are used.
        outputs: number of outputs of the model.
        own_step: whether ``train_step`` is the user's own.
    """

    loss: str = ""
    from_logits: bool = False
    optimizer: str = ""
    learning_rate: float = float("nan")
    momentum: float = 0.0
    clipping: float = float("inf")
    metrics: tuple[str, ...] = ()
    class_weight: bool = False
    outputs: int = 1
    own_step: bool = False

    @property
    def accuracy(self) -> bool:
        """Whether the share of right rows is measured."""
        return any("acc" in name for name in self.metrics)


@dataclass(frozen=True)
class Rows:
    """Rows that the doctor may look at: all of a small data set, some of a large one.

    Args:
        inputs: one number a column, one row a row, shape ``(rows, features)``; inputs of several dimensions flattened;
            in the units that the model gets.
        target: shape ``(rows, outputs)``; None where there is none or it is no number.
        weight: of a row, shape ``(rows,)``; None where all count the same.
        total: number of rows in the whole set, of which these are some; 0 if unknown.
        tokens: whether inputs are numbers of words or categories that an embedding looks up.
        raw: the same rows as the model takes them, not copied.
    """

    inputs: Array
    target: Array | None = None
    weight: Array | None = None
    total: int = 0
    tokens: bool = False
    raw: Any = None

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Plan:
    """How long and in which steps a training goes; 0 where it is unknown.

    Args:
        epochs: done.
        steps_per_epoch: updates of the weights in an epoch.
        batch_size: rows of a step.
        finished: whether the training has ended.
        shuffle: whether rows are shuffled.
        kept: the epoch whose weights are kept, where these are not the last ones.
        seconds: that the training took.
    """

    epochs: int = 0
    steps_per_epoch: int = 0
    batch_size: int = 0
    finished: bool = False
    shuffle: bool = True
    kept: int = 0
    seconds: float = 0.0

    @property
    def steps(self) -> int:
        """Number of updates of the weights in all."""
        return self.epochs * self.steps_per_epoch


@dataclass(frozen=True)
class LayerVitals:
    """What was measured of one layer on the probe rows; NaN or None where it was not.

    Args:
        name: of the layer.
        mean: of its outputs.
        deviation: standard deviation of its outputs over rows and units.
        spread: of its outputs over rows, averaged over units: 0 where each unit gives one number for all rows.
        dead: share of units that are zero for every probe row.
        saturated: share of values within 1% of the end of the activation's range; 0 for an unbounded activation.
        gradient: norm of the gradient of the loss by its weights.
        weight: norm of its weights.
        kernel: root of the mean square of its kernel times that of the number of a unit's inputs: the gain.
        identical: whether all units have the same weights.
        moved: norm of the change of its weights since the training began.
        update: norm of the change by one step, averaged since the last check.
        finite: whether weights and outputs are finite.
        quantiles: of its kernel, at `netwright.doctor.quantities.vitals.QUANTILES`; empty without a kernel.
        gradient_quantiles: of the gradient of the loss by its kernel, at the same.
    """

    name: str
    mean: float = float("nan")
    deviation: float = float("nan")
    spread: float = float("nan")
    dead: float = 0.0
    saturated: float = 0.0
    gradient: float = float("nan")
    weight: float = float("nan")
    kernel: float = float("nan")
    identical: bool = False
    moved: float = float("nan")
    update: float = float("nan")
    finite: bool = True
    quantiles: tuple[float, ...] = ()
    gradient_quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class Vitals:
    """One check of the model on the probe rows, dropout and the like switched off.

    Args:
        epoch: epochs done, 0 before the first.
        layers: those with weights or an activation, in order.
        outputs: of the model for the training rows, shape ``(rows, outputs)``; of the first of several heads; None
            where it was not measured.
        validation: the same for the validation rows.
        loss: mean loss on the training rows.
        penalty: what regularisers and the like add to it.
        noise: rows of a batch for which noise and signal of its gradient are equal; NaN where it was not measured.
        heads: both kinds of outputs of each of several heads, by name.
    """

    epoch: int
    layers: tuple[LayerVitals, ...] = ()
    outputs: Array | None = None
    validation: Array | None = None
    loss: float = float("nan")
    penalty: float = 0.0
    noise: float = float("nan")
    heads: Mapping[str, tuple[Array, Array | None]] = field(default_factory=dict)

    def layer(self, name: str) -> LayerVitals | None:
        """What was measured of the layer of that name; None where nothing was."""
        return next((layer for layer in self.layers if layer.name == name), None)


@dataclass(frozen=True)
class Course:
    """What an epoch ended with, epoch by epoch, as Keras logs it.

    Args:
        logs: name of the quantity to its values, shape ``(epochs,)``; ``loss`` and ``val_loss`` among them.
        rates: learning rate at the end of each epoch, shape ``(epochs,)``.
    """

    logs: Mapping[str, Array] = field(default_factory=dict)
    rates: Array = field(default_factory=lambda: np.zeros(0))

    def __getitem__(self, name: str) -> Array:
        return self.logs.get(name, np.zeros(0))

    @property
    def epochs(self) -> int:
        """Number of epochs that were logged."""
        return len(self["loss"])

    @property
    def ends_finite(self) -> bool:
        """Whether the last loss is a number; true before the first."""
        return bool(np.isfinite(self["loss"][-1:]).all())


@dataclass(frozen=True)
class Skill:
    """How well the network does on its training rows, beside what can be had without a network.

    Each is the share of rows that are right (classes), or the share of the target's variance that is explained
    (regression): 1 is perfect.

    Args:
        network: of the network, dropout and the like switched off.
        trivial: of the most frequent class or the mean.
        reference: of the best simple method on rows it has not seen (leave one out); NaN with few rows.
        shortfall: reference minus network, on the same rows.
        error: standard error of the shortfall.
        linear: of the best linear method on rows it has not seen; with few rows, of a line through all of them.
        validation: of the network on the validation rows; NaN without.
        explained: share of the variance of the targets, or of the classes' indicators, that the network explains.
        explained_shortfall: reference minus network, by explained variance.
        explained_error: standard error of that.
        classes: whether rows belong to classes.
        consistent: whether rows with the same inputs have the same targets.
        explained_reference: share of the variance that the best simple method explains on rows it has not seen.
        explained_limit: what chance alone would explain with these rows, 3 deviations above its mean.
        random_labels: share of the labels that look as if drawn at random; 0 where that is not clear.
        counted: share of rows that a linear method gets right, on rows that it has not seen, by how often each number
            is in a row; NaN where inputs are no whole numbers, or there are no classes.
    """

    network: float
    trivial: float
    reference: float = float("nan")
    shortfall: float = float("nan")
    error: float = float("nan")
    linear: float = float("nan")
    validation: float = float("nan")
    explained: float = float("nan")
    explained_shortfall: float = float("nan")
    explained_error: float = float("nan")
    classes: bool = True
    consistent: bool = True
    explained_reference: float = float("nan")
    explained_limit: float = float("nan")
    random_labels: float = 0.0
    counted: float = float("nan")

    @property
    def learnable(self) -> bool:
        """Whether the simple method learns something, so that there is something to learn."""
        right = self.reference > self.trivial + max(0.03, 4 * self.error)
        return bool(right or self.explained_reference > self.explained_limit)


@dataclass(frozen=True)
class MemberLoss:
    """How well a member of an ensemble or a cross-validation does.

    Args:
        member: its number, from 0.
        rows: the same for members that are judged by the same validation rows.
        loss: on its validation rows.
        error: standard error of that.
    """

    member: int
    rows: str
    loss: float
    error: float


@dataclass(frozen=True)
class Case:
    """All that is known of one training; what is not known is empty or None.

    Args:
        head: name of the output that is judged, of a network with several.
        heads: norm of the gradient of each output's part of the loss on shared layers, by name.
        counts: loss of the head, times its weight, as a share of that of the head that has the most, before the first
            step or at the end, whichever is larger; NaN where no weights were given to the losses, or it was not
            measured.
        members: the members of an ensemble or a cross-validation, in a case of them alone.
        classes: names of the classes, in the order of their numbers; empty where they have none.
    """

    anatomy: Anatomy = field(default_factory=Anatomy)
    objective: Objective = field(default_factory=Objective)
    plan: Plan = field(default_factory=Plan)
    rows: Rows | None = None
    validation: Rows | None = None
    vitals: tuple[Vitals, ...] = ()
    course: Course = field(default_factory=Course)
    skill: Skill | None = None
    head: str = ""
    heads: Mapping[str, float] = field(default_factory=dict)
    counts: float = float("nan")
    members: tuple[MemberLoss, ...] = ()
    classes: tuple[str, ...] = ()
