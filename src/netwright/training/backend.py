"""The backend of Keras that training needs."""

from __future__ import annotations

import keras

from netwright.errors import RunError

__all__ = ["check_backend"]


def check_backend() -> None:
    """Refuse to train on another backend of Keras than JAX.

    Raises:
        RunError: Keras runs on another one.
    """
    if keras.config.backend() != "jax":
        msg = (
            f"Training runs on Keras's jax backend, but Keras was imported with {keras.config.backend()}. "
            "Import netwright before keras, or set KERAS_BACKEND=jax."
        )
        raise RunError(msg)
