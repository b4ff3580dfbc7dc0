"""What a training program is: rows, network, heads and `fit`, in values that can be compared and written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

__all__ = [
    "Data",
    "Fit",
    "Head",
    "HeadKind",
    "Network",
    "Program",
    "with_data",
    "with_fit",
    "with_head",
    "with_network",
]

HeadKind = Literal["binary", "classes", "regression"]


@dataclass(frozen=True)
class Data:
    """Which rows a program trains on.

    Args:
        task: name of a generator in `tasks`.
        rows: for training; the sets for validation and test have sizes of their own.
        feature_units: "order one" (raw arrays that need no scaling) or "raw" (GeV, rad, as they come).
        target_units: the same for targets of regressions.
        changes: names in `changes.CHANGES`, made to the rows one after another.
    """

    task: str
    rows: int = 1500
    feature_units: Literal["order one", "raw"] = "order one"
    target_units: Literal["order one", "raw"] = "order one"
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """One output with its loss.

    Args:
        name: of the target.
        kind: of the target, whatever the output looks like.
        units: of the output layer.
        activation: of the output layer; None is linear.
        loss: a name that Keras knows.
        from_logits: what the loss is told about the output; False for losses that do not ask.
        weight: of the loss in the sum over heads, dimensionless.
    """

    name: str
    kind: HeadKind
    units: int
    activation: str | None
    loss: str
    from_logits: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Network:
    """The layers before the heads.

    Args:
        widths: of the hidden dense layers.
        activation: of the hidden layers; None is linear.
        kernel: initializer of hidden layers: a name that Keras knows, or one with its number, "random_normal 5.0".
        bias: the same for biases.
        head_kernel: the same for the heads.
        batch_norm: batch normalisation between each hidden layer and its activation.
        dropout: rate after each hidden layer, 0 for none.
        dropout_layer: "Dropout" or "AlphaDropout".
        dropout_first: dropout comes before batch normalisation.
        output_dropout: rate of dropout on the outputs themselves.
        l1: strength of the penalty on the hidden kernels.
        l2: strength of the penalty on the hidden kernels.
        scaling: a `Normalization` layer with the constants of the training rows at the front.
        target_scaling: a `Rescaling` layer at the end of regressions: mean and deviation of the training targets.
        trainable: whether the hidden layers and heads are trained.
        residual: adds the input of each hidden layer to its output where shapes allow it.
        form: "sequential", "sequential without input", "functional", "subclassed", or "sets" (a network of jet
            constituents that is summed over them).
    """

    widths: tuple[int, ...] = (32, 32)
    activation: str | None = "relu"
    kernel: str = "glorot_uniform"
    bias: str = "zeros"
    head_kernel: str = "glorot_uniform"
    batch_norm: bool = False
    dropout: float = 0.0
    dropout_layer: Literal["Dropout", "AlphaDropout"] = "Dropout"
    dropout_first: bool = False
    output_dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    scaling: bool = False
    target_scaling: bool = False
    trainable: bool = True
    residual: bool = False
    form: Literal["sequential", "sequential without input", "functional", "subclassed", "sets"] = "sequential"


@dataclass(frozen=True)
class Fit:
    """How it is compiled and trained.

    Args:
        optimizer: name of a class of `keras.optimizers`.
        rate: learning rate; None is what Keras takes.
        momentum: of SGD.
        clipnorm: of each gradient; None for none.
        schedule: of the learning rate, a name in `networks.SCHEDULES`, or "constant".
        batch: rows a step; None is what Keras takes, 32.
        epochs: how often all rows are seen.
        validation: "split" (the last fifth of the training rows), "data" (rows of their own), or "none".
        balanced: "class weights", "sample weights" or "no".
        shuffle: whether `fit` shuffles.
        patience: of early stopping on the validation loss, in epochs, with the best weights restored; None for none.
        metrics: names for the first head.
    """

    optimizer: str = "Adam"
    rate: float | None = None
    momentum: float = 0.0
    clipnorm: float | None = None
    schedule: str = "constant"
    batch: int | None = None
    epochs: int = 20
    validation: Literal["split", "data", "none"] = "split"
    balanced: Literal["class weights", "sample weights", "no"] = "no"
    shuffle: bool = True
    patience: int | None = None
    metrics: tuple[str, ...] = ("accuracy",)


@dataclass(frozen=True)
class Program:
    """One training, from rows to weights; two of them are the same training when they are equal."""

    data: Data
    heads: tuple[Head, ...]
    network: Network = field(default_factory=Network)
    fit: Fit = field(default_factory=Fit)
    seed: int = 0

    @property
    def key(self) -> str:
        """Sixteen letters that are the same for equal programs, also in another process."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_data(program: Program, **values: Any) -> Program:  # noqa: ANN401 - values of the fields of Data
    """Return the program with other rows."""
    return replace(program, data=replace(program.data, **values))


def with_network(program: Program, **values: Any) -> Program:  # noqa: ANN401 - values of the fields of Network
    """Return the program with another network."""
    return replace(program, network=replace(program.network, **values))


def with_fit(program: Program, **values: Any) -> Program:  # noqa: ANN401 - values of the fields of Fit
    """Return the program with another `fit`."""
    return replace(program, fit=replace(program.fit, **values))


def with_head(program: Program, number: int = 0, **values: Any) -> Program:  # noqa: ANN401 - values of Head's fields
    """Return the program with another head in the place of one."""
    heads = list(program.heads)
    heads[number] = replace(heads[number], **values)
    return replace(program, heads=tuple(heads))
