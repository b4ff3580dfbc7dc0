"""Numerical precision in which layers compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import keras

from netwright.errors import RunError

__all__ = ["Precision", "check_floatx", "computing_in"]

Precision = Literal["float32", "bfloat16"]

_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def check_floatx() -> None:
    """Refuse to build, train or load a network where Keras takes numbers of 16 bits without being asked for them.

    Not only layers follow `keras.config.floatx`: learning rates, first weights and indices do as well.

    Raises:
        RunError: Keras's ``floatx`` is float16 or bfloat16.
    """
    if keras.config.floatx() in {"float16", "bfloat16"}:
        msg = (
            f"Keras's floatx is {keras.config.floatx()} in this process, which rounds learning rates and first weights "
            'as well. Call keras.config.set_floatx("float32") first; training.precision: bfloat16 computes layers in '
            "16 bits."
        )
        raise RunError(msg)


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
