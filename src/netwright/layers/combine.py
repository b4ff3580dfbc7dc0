"""The joint output of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["Combine"]


@keras.saving.register_keras_serializable(package="netwright")
class Combine(RawUnitsLayer):
    """Combine the outputs of the members of an ensemble that may score a row.

    With y_m the outputs of member m, j_m = 1 where it may score the row, and w_m its weight:
    mean: y = Σ j_m w_m y_m / Σ j_m w_m; votes: the same for the vote of each member, 1 for the class it gives the
    largest probability (for two classes: 1 where y_m > 1/2); median: the middle of the y_m with j_m = 1, the mean of
    the two middle ones where their number is even. The mean is the one to begin with; votes and medians ignore a
    member that failed, and cost resolution.

    Args:
        how: ``mean``, ``votes`` or ``median``.
        weights: w_m, shape (members,), dimensionless, positive; 1 for all if not given. The median takes none.
        kwargs: what every Keras layer takes.

    Inputs are outputs of shape (rows, members, n), in any unit, and j of shape (rows, members) with a member or more
    in each row; outputs have shape (rows, n), in that unit.

    Raises:
        ValueError: `how` is none of the three, or a weight is not positive.

    Source: definition; arXiv:1612.01474, section 2.4, for the mean of probabilities.

    Example:
        >>> y = np.array([[[0.2], [0.9], [0.7]]], dtype=np.float32)
        >>> [round(float(Combine(how=how)(y, np.ones((1, 3)))[0, 0]), 3) for how in ("mean", "votes", "median")]
        [0.6, 0.667, 0.7]
    """

    def __init__(
        self, how: Literal["mean", "votes", "median"] = "mean", weights: Sequence[float] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.how = how
        self.member_weights = None if weights is None else [float(w) for w in weights]
        if how not in {"mean", "votes", "median"}:
            msg = f"`how` must be mean, votes or median. Received: how={how}"
            raise ValueError(msg)
        if self.member_weights is not None and not min(self.member_weights) > 0:
            msg = f"`weights` must be positive. Received: weights={weights}"
            raise ValueError(msg)

    def call(self, outputs: Any, member_mask: Any) -> Any:
        member_mask = ops.cast(member_mask, outputs.dtype)
        if self.how == "median":
            return _median(outputs, member_mask)
        if self.member_weights is not None:
            member_mask = member_mask * np.asarray(self.member_weights, dtype=np.float32)
        share = member_mask / ops.sum(member_mask, axis=1, keepdims=True)
        values = _votes(outputs) if self.how == "votes" else outputs
        return ops.sum(values * share[:, :, None], axis=1)

    def compute_output_shape(
        self, outputs_shape: tuple[int | None, ...], member_mask_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        del member_mask_shape  # Keras names the arguments after those of call
        return outputs_shape[0], outputs_shape[2]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "how": self.how, "weights": self.member_weights}


def _votes(outputs: Any) -> Any:
    """Return 1 for the class that a member votes for; of classes of equal probability, the first."""
    if outputs.shape[2] == 1:
        return ops.cast(outputs > 0.5, "float32")
    largest = ops.max(outputs, axis=2, keepdims=True)
    chosen = ops.cast(outputs >= largest, "float32")
    return chosen * ops.cast(ops.cumsum(chosen, axis=2) <= 1, "float32")


def _median(outputs: Any, member_mask: Any) -> Any:
    """Return the median over the mask's members; ranks by comparisons in pairs, known to every exported graph."""
    members = outputs.shape[1]
    this, other = outputs[:, :, None], outputs[:, None]
    earlier = np.tril(np.ones((members, members), dtype=np.float32), -1)[None, :, :, None]  # breaks ties
    below = ops.cast(other < this, "float32") + ops.cast(ops.equal(other, this), "float32") * earlier
    rank = ops.sum(below * member_mask[:, None, :, None], axis=2)
    number = ops.sum(member_mask, axis=1)[:, None, None]
    low, high = ops.floor((number - 1) / 2), ops.floor(number / 2)
    is_low, is_high = (ops.cast(ops.equal(rank, middle), "float32") * member_mask[:, :, None] for middle in (low, high))
    return ops.sum(outputs * (is_low + is_high) / 2, axis=1)
