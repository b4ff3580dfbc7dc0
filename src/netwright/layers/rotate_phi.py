"""Random rotations around the beam."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from netwright.layers._augmentation import AbstractAugmentation

__all__ = ["RotatePhi"]


@keras.saving.register_keras_serializable(package="netwright")
class RotatePhi(AbstractAugmentation):
    """In training, rotate all particles of a row around the beam by one random angle; otherwise return them unchanged.

    (px, py) -> (px cos α - py sin α, px sin α + py cos α), or φ -> φ + α in [-π, π), α uniform, one for each row in
    each step. Use it where features know φ (raw, objects, lorentz-boost) and detector and beam do not: it teaches
    what other features have built in. Do not use it where φ has a meaning, as in a detector with a hole.

    Args:
        basis: what the four components are.
        seed: of the angles; drawn afresh if not given.
        kwargs: what every Keras layer takes.

    Inputs and outputs are four-vectors of shape (rows, P, 4) in any unit, φ in rad, zeros where there is no particle.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> p4 = np.array([[[5.0, 3.0, 0.0, 4.0]]], dtype=np.float32)
        >>> turned = RotatePhi(seed=1)(p4, training=True)[0, 0]
        >>> bool(turned[1] != 3), round(float(turned[1] ** 2 + turned[2] ** 2), 5)
        (True, 9.0)
    """

    def transformed(self, p4: Any) -> Any:
        alpha = 2 * math.pi * self.uniform(p4, 1)
        parts = dict(zip(self.names, (p4[..., k] for k in range(4)), strict=True))
        if "phi" in parts:
            turns = (parts["phi"] + alpha) / (2 * math.pi)
            phi = 2 * math.pi * (turns - ops.floor(turns + 0.5))
            parts["phi"] = ops.where(ops.any(p4 != 0, axis=-1), phi, 0.0)
        else:
            cosine, sine, px, py = ops.cos(alpha), ops.sin(alpha), parts["px"], parts["py"]
            parts |= {"px": px * cosine - py * sine, "py": px * sine + py * cosine}
        return ops.stack(list(parts.values()), axis=-1)
