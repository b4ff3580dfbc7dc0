"""Inputs in raw units, whatever precision a layer is told to compute in."""

from __future__ import annotations

import keras

__all__ = ["RawUnitsLayer"]


class RawUnitsLayer(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """A layer that takes its inputs in float32, also under a policy such as mixed_bfloat16.

    The 8 or 11 binary digits of a short precision do not tell -9999 from -9984, or one time in seconds from
    another, and the largest number of float16 is 65504. Once features are scaled, these digits do.
    """

    @property
    def input_dtype(self) -> str:
        """Return the type that Keras casts inputs to."""
        return "float32"
