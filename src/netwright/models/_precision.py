"""Numerical precision in which layers compute."""

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
    """Make layers created in this context, in this thread, compute in a precision; their weights are float32.

    Args:
        precision: precision of layers that do not set their own.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(_POLICIES[precision])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
