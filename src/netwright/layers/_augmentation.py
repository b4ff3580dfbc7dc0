"""What all random symmetries share."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.config import Basis
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape


class AbstractAugmentation(AbstractFourVectorLayer):
    """A symmetry of four-vectors, drawn for each row in each step of training; otherwise nothing happens."""

    def __init__(self, basis: Basis = "E,px,py,pz", seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.basis, self.seed = basis, seed
        self.names = basis.split(",")
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  # Keras's interface
        """Return transformed four-vectors in training, else the same ones."""
        return self.transformed(inputs) if training else inputs

    def transformed(self, p4: Any) -> Any:
        """Apply the symmetry, drawn for each row."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "basis": self.basis, "seed": self.seed}

    def uniform(self, p4: Any, *shape: int) -> Any:
        """Draw numbers between 0 and 1, shape (rows, ...)."""
        return keras.random.uniform((ops.shape(p4)[0], *shape), seed=self.generator)
