"""First values of weights that fit the activation they feed."""

from __future__ import annotations

import keras

__all__ = ["initialiser"]

# E[f(z)²] over z ~ N(0, 1): what an activation leaves of its input's size
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
    "softplus": 0.5,  # of large z, where its outputs, all positive, soon are
}


def initialiser(activation: str, seed: int, *, share: float = 1.0) -> keras.initializers.Initializer:
    """Return the initialiser that keeps the size of signals from layer to layer under an activation.

    Truncated normal with Var(w) = 1 / (fan_in E[f(z)²]), z ~ N(0, 1): He's for relu (2 / fan_in), LeCun's for selu
    and linear (1 / fan_in). tanh and softsign, which saturate on both sides, take Glorot's 2 / (fan_in + fan_out):
    more of it and gradients grow from layer to layer. Under sigmoid, hard_sigmoid and softplus sizes are kept too,
    but outputs of all rows draw near to each other, with any first weights: not for deep networks.

    Args:
        activation: name of the activation f.
        seed: of the random numbers.
        share: what the variance is multiplied by, dimensionless.

    Returns:
        A Keras initialiser of weights.

    Source: arXiv:1502.01852, equations 10 and 15; arXiv:1706.02515, section 2; Glorot and Bengio (2010),
    equation 16.

    Example:
        >>> initialiser("relu", 1).get_config()["scale"]
        2.0
    """
    if activation in {"tanh", "softsign"}:
        return keras.initializers.VarianceScaling(share, "fan_avg", "truncated_normal", seed)
    scale = share / _SECOND_MOMENT[activation]
    return keras.initializers.VarianceScaling(scale, "fan_in", "truncated_normal", seed)
