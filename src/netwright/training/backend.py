"""The backend of Keras that training needs."""

from __future__ import annotations

import jax
import keras
import numpy as np

from netwright.errors import RunError
from netwright.models import check_floatx

__all__ = ["check_backend"]


def check_backend() -> None:
    """Refuse to train on another backend of Keras than JAX, and where numbers of 64 or 16 bits are made of ours.

    Raises:
        RunError: Keras runs on another one, JAX is set to 64 bits, or Keras's ``floatx`` to 16.
    """
    check_floatx()
    if keras.config.backend() != "jax":
        msg = (
            f"Training runs on Keras's jax backend, but Keras was imported with {keras.config.backend()}. "
            "Import netwright before keras, or set KERAS_BACKEND=jax."
        )
        raise RunError(msg)
    if jax.dtypes.canonicalize_dtype(np.float64) == np.float64:
        msg = (
            "Training computes in 32 bits, and JAX is set to 64 in this process: jax_enable_x64 is true, as after "
            'pyhf.set_backend("jax"). Call jax.config.update("jax_enable_x64", False) before the training.'
        )
        raise RunError(msg)
