"""Persistent cache of compiled programs."""

from __future__ import annotations

from typing import Any

import keras

from netwright.data import cache_folder

__all__ = ["keep_compiled"]

_SECONDS = 0.1  # programs that compile faster are not worth a file: reading one takes a fifth of that
_MAX_BYTES = 512 * 2**20


def keep_compiled() -> None:
    """Store programs compiled by JAX in the cache, where later members and later runs find them.

    Does nothing if Keras runs on another backend, or if a folder for JAX's cache is already set.
    """
    if keras.config.backend() != "jax":
        return
    import jax

    settings: Any = jax.config  # its options have no types
    if settings.jax_compilation_cache_dir is None:
        settings.update("jax_persistent_cache_min_compile_time_secs", _SECONDS)
        settings.update("jax_compilation_cache_max_size", _MAX_BYTES)
        settings.update("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
