"""Weight penalties passed as data, so that members with different coefficients share one compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt
from jax.typing import ArrayLike

__all__ = ["Penalised", "other_losses", "penalised", "penalty", "penalty_coefficients"]

Penalised = tuple[tuple[bool, bool], ...]
"""Which variables have an L1 and which an L2 coefficient in any member: part of the program, not data."""

_KINDS = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)


def penalty_coefficients(model: keras.Model) -> npt.NDArray[np.float32]:
    """Return the penalty coefficients of each trainable variable of a network.

    Args:
        model: a network.

    Returns:
        λ₁ and λ₂ of L1 and L2, shape (trainable variables, 2), dimensionless; 0 where there is no penalty.

    Source: definition.

    Example:
        >>> x = keras.Input((3,))
        >>> model = keras.Model(x, keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.5))(x))
        >>> penalty_coefficients(model).tolist()
        [[0.0, 0.5], [0.0, 0.0]]
    """
    coefficients = np.zeros((len(model.trainable_variables), 2), dtype=np.float32)
    for index, variable in enumerate(model.trainable_variables):
        if _is_l1_or_l2(variable.regularizer):
            coefficients[index] = vars(variable.regularizer).get("l1", 0.0), vars(variable.regularizer).get("l2", 0.0)
    return coefficients


def penalised(coefficients: npt.ArrayLike) -> Penalised:
    """Return which penalties need to be computed.

    Args:
        coefficients: coefficients of every member, shape (members, trainable variables, 2), dimensionless.

    Returns:
        For each variable, whether any member has an L1 coefficient, and whether any has an L2 coefficient.

    Source: definition.

    Example:
        >>> penalised([[[0.0, 0.5], [0.0, 0.0]], [[0.1, 0.0], [0.0, 0.0]]])
        ((True, True), (False, False))
    """
    any_nonzero = np.any(np.asarray(coefficients) != 0, axis=0)
    return tuple((bool(l1), bool(l2)) for l1, l2 in any_nonzero)


def penalty(coefficients: ArrayLike, values: Sequence[ArrayLike], of: Penalised) -> jax.Array:
    """Return the penalty on weights, Σ_k (λ₁_k Σ|W_k| + λ₂_k Σ W_k²).

    Args:
        coefficients: λ₁ and λ₂ of each variable, shape (trainable variables, 2), dimensionless.
        values: W_k, the trainable variables, any shapes, dimensionless.
        of: which terms to compute; the others are skipped regardless of their coefficients.

    Returns:
        The penalty, shape (), dimensionless; 0 without any term.

    Source: definition, as in `keras.regularizers.L1L2`.

    Example:
        >>> weights = [jnp.array([1.0, -2.0]), jnp.array([7.0])]
        >>> float(penalty([[0.5, 0.1], [0.0, 0.0]], weights, ((True, True), (False, False))))
        2.0
    """
    total = jnp.zeros(())
    by_variable = jnp.asarray(coefficients)
    for index, (value, (has_l1, has_l2)) in enumerate(zip(values, of, strict=True)):
        if has_l1:
            total += by_variable[index, 0] * jnp.sum(jnp.abs(jnp.asarray(value)))
        if has_l2:
            total += by_variable[index, 1] * jnp.sum(jnp.square(jnp.asarray(value)))
    return total


def other_losses(model: keras.Model, losses: Sequence[Any]) -> list[Any]:
    """Remove from a network's losses the L1 and L2 penalties on weights, which `penalty` computes.

    What remains are losses added by layers, activity penalties, and other kinds of weight penalties. Keras lists
    weight penalties last, one for each penalised trainable variable, in the order of the variables.

    Args:
        model: the network.
        losses: losses returned by its `stateless_call(..., return_losses=True)`, dimensionless.

    Returns:
        The other losses, dimensionless.

    Source: `keras.layers.Layer.losses`.

    Example:
        >>> x = keras.Input((3,))
        >>> model = keras.Model(x, keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.5))(x))
        >>> len(model.losses), other_losses(model, model.losses)
        (1, [])
    """
    regularisers = [v.regularizer for v in model.trainable_variables if v.regularizer is not None]
    n_layer_losses = len(losses) - len(regularisers)
    weight_losses = zip(regularisers, losses[n_layer_losses:], strict=True)
    return [*losses[:n_layer_losses], *(loss for regulariser, loss in weight_losses if not _is_l1_or_l2(regulariser))]


def _is_l1_or_l2(regulariser: Any) -> bool:
    """Return whether a penalty is exactly L1, L2 or L1L2 of Keras, not a class derived from them."""
    return type(regulariser) in _KINDS
