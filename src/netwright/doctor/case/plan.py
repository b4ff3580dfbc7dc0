"""How a model is trained: its loss and optimiser, and how long it goes on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Objective", "Plan"]


@dataclass(frozen=True)
class Objective:
    """How the model was compiled.

    Attributes:
        loss: name of the loss in lower case with underscores; empty where there is none; ``custom`` for an own one.
        from_logits: whether the loss expects raw outputs.
        optimizer: name of its class, in lower case.
        learning_rate: the first that it uses; NaN if unknown.
        momentum: of the optimiser, 0 where it has none.
        clipping: smallest limit on gradients; infinite where there is none.
        epsilon: what the optimiser adds to the size of a gradient before it divides by it; 0 where it has no such.
        weight_decay: share of the weights that it takes away in a step with a learning rate of 1.
        averaging: share of the moving averages of all weights that a step leaves as they are, where these are used
            after the training; else 0.
        metrics: names of the metrics.
        class_weight: whether class weights are used.
        outputs: number of outputs of the model.
        own_step: whether ``train_step`` is the user's own.
        sums_gradients_of: number of steps whose gradients the optimiser adds up before it moves the weights.
        label_smoothing: share of each target that goes to all classes alike, of the loss.
        mixes_rows: whether the loss is the same whichever target belongs to which output.
        class_for_all: the class that the loss likes for all rows as much as for each row its own; None without.
        upside_down: whether the loss is smaller where rows get the targets of others than where each gets its own.
    """

    loss: str = ""
    from_logits: bool = False
    optimizer: str = ""
    learning_rate: float = float("nan")
    momentum: float = 0.0
    clipping: float = float("inf")
    epsilon: float = 0.0
    weight_decay: float = 0.0
    averaging: float = 0.0
    metrics: tuple[str, ...] = ()
    class_weight: bool = False
    outputs: int = 1
    own_step: bool = False
    sums_gradients_of: int = 1
    label_smoothing: float = 0.0
    mixes_rows: bool = False
    class_for_all: int | None = None
    upside_down: bool = False

    @property
    def accuracy(self) -> bool:
        """Whether the share of right rows is measured."""
        return any("acc" in name for name in self.metrics)


@dataclass(frozen=True)
class Plan:
    """How long and in which steps a training goes; 0 where it is unknown.

    Attributes:
        epochs: done.
        steps_per_epoch: updates of the weights in an epoch.
        batch_size: rows of a step.
        finished: whether the training has ended.
        shuffle: whether rows are shuffled.
        repeats: whether each batch has the same rows, as far as it was seen.
        kept: the epoch whose weights are kept, where these are not the last ones.
        seconds: that the training took.
        planned: epochs that it was to have; 0 where that is unknown.
        backwards: callbacks that wait for a number to become worse, each as a part of a sentence.
    """

    epochs: int = 0
    steps_per_epoch: int = 0
    batch_size: int = 0
    finished: bool = False
    shuffle: bool = True
    repeats: bool = False
    kept: int = 0
    seconds: float = 0.0
    planned: int = 0
    backwards: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Number of updates of the weights in all."""
        return self.epochs * self.steps_per_epoch
