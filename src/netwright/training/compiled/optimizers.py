"""The optimizers: those of Keras, by the names and the arguments that Keras gives them."""

from __future__ import annotations

import keras

from netwright.config import TrainingSection

__all__ = ["make_optimizer"]

_CLASSES = {
    "sgd": keras.optimizers.SGD,
    "momentum": keras.optimizers.SGD,
    "adagrad": keras.optimizers.Adagrad,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "lion": keras.optimizers.Lion,
}


def make_optimizer(section: TrainingSection) -> keras.optimizers.Optimizer:
    """Make the optimizer of a training; `netwright.config.optimizer` has the rule of each kind.

    A gradient whose norm over all weights exceeds clip_norm is shortened to it before the rule, as in
    arXiv:1211.5063, algorithm 1.

    Args:
        section: the training section of an experiment.

    Returns:
        A Keras optimizer, not yet built; its learning rate is a variable, which every step of the engine sets.
    """
    arguments = section.optimizer.model_dump(exclude={"kind"})
    return _CLASSES[section.optimizer.kind](
        learning_rate=section.learning_rate, global_clipnorm=section.clip_norm, **arguments
    )
