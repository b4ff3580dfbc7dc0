"""Initial weights that suit the activation they feed."""

from __future__ import annotations

import keras

from netwright.layers import VarianceScaling

__all__ = ["initialiser"]

# E[f(z)²] over z ~ N(0, 1): the factor by which an activation changes the mean square of its input
_SECOND_MOMENT = {
    "linear": 1.0,
    "selu": 1.0,
    "elu": 0.6449,
    "celu": 0.6449,
    "leaky_relu": 0.52,
    "relu": 0.5,
    "relu6": 0.5,
    "mish": 0.4523,
    "gelu": 0.4252,
    "silu": 0.3558,
    "hard_silu": 0.3316,
    "sigmoid": 0.2934,
    "hard_sigmoid": 0.2776,
    "softplus": 0.5,  # for large z, which its positive outputs soon reach
}


def initialiser(activation: str, seed: int, *, share: float = 1.0) -> keras.initializers.Initializer:
    """Return the initialiser that preserves the size of signals from layer to layer for an activation.

    Truncated normal with Var(w) = 1 / (fan_in E[f(z)²]), z ~ N(0, 1): He's for relu (2 / fan_in), LeCun's for selu
    and linear (1 / fan_in). tanh and softsign, which saturate on both sides, use Glorot's 2 / (fan_in + fan_out):
    with a larger variance, gradients grow from layer to layer. For sigmoid, hard_sigmoid and softplus, sizes are also
    preserved, but outputs of all rows become similar with any initial weights: do not use them in deep networks.

    Args:
        activation: name of the activation f.
        seed: seed of the random numbers.
        share: factor on the variance, dimensionless.

    Returns:
        A Keras initialiser for weights.

    Source: arXiv:1502.01852, equations 10 and 15; arXiv:1706.02515, section 2; Glorot and Bengio (2010),
    equation 16.

    Example:
        >>> initialiser("relu", 1).get_config()["scale"]
        2.0
    """
    if activation in {"tanh", "softsign"}:
        return VarianceScaling(share, "fan_avg", seed)
    scale = share / _SECOND_MOMENT[activation]
    return VarianceScaling(scale, "fan_in", seed)
