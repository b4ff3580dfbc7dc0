"""In which precision layers compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import keras

__all__ = ["Precision", "computing_in"]

Precision = Literal["float32", "bfloat16"]

_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Let the layers that are made meanwhile, in this thread, compute in a precision; their weights are float32.

    Args:
        precision: of the layers that do not say it themselves.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(_POLICIES[precision])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
