"""Random bits from a counter, cheap enough for every value of every step."""

from __future__ import annotations

from typing import Any

from keras import ops

__all__ = ["random_bits"]

# the source's multipliers, as signed numbers of 32 bits
_FIRST, _SECOND, _THIRD = 0xED5AD4BB - 2**32, 0xAC4C1B51 - 2**32, 0x31848BAB
_GOLDEN, _PRIME = 0x9E3779B9 - 2**32, 0x85EBCA6B - 2**32  # any two odd numbers, to tell the two keys apart


def random_bits(state: Any, positions: Any) -> Any:
    """Return 31 random bits for each position, a function of nothing but a generator's state and the position.

    With f(x, k) = x ^ (x >> k) and all modulo 2³², the source mixes 32 bits by
    h(x) = f(f(f(f(x, 17) a, 11) b, 15) c, 14). Here the position i enters with two keys of seed and step n,
    k₁ = h(h(n ^ g) + seed) and k₂ = h(h(seed ^ p) + n): the first before, the second halfway,
    bits = (f((f(f(i ^ k₁, 17) a, 11) + k₂) b, 15) c) >> 1; the last f would only touch lower bits. These are a few
    operations on whole numbers, which a compiler fuses into what the bits are for. The same come on every backend,
    and under vectorisation; they are no secret.

    Args:
        state: seed and step of a `keras.random.SeedGenerator`, shape (2,), dimensionless.
        positions: i, whole numbers of 32 bits, any shape, dimensionless.

    Returns:
        Whole numbers from 0 to 2³¹ - 1 of the shape of the positions, dimensionless.

    Source: C. Wellons, hash-prospector, "triple32" (github.com/skeeto/hash-prospector).

    Example:
        >>> import numpy as np
        >>> bits = random_bits(np.array([7, 0]), np.arange(1000, dtype=np.int32))
        >>> round(float(np.mean(np.asarray(bits) / 2**31)), 1)
        0.5
    """
    seed, step = ops.cast(state[0], "int32"), ops.cast(state[1], "int32")
    first, second = _mixed(_mixed(step ^ _GOLDEN) + seed), _mixed(_mixed(seed ^ _PRIME) + step)
    half = _folded(_folded(positions ^ first, 17) * _FIRST, 11) + second
    return _shifted(_folded(half * _SECOND, 15) * _THIRD, 1)


def _mixed(x: Any) -> Any:
    return _folded(_folded(_folded(_folded(x, 17) * _FIRST, 11) * _SECOND, 15) * _THIRD, 14)


def _folded(x: Any, by: int) -> Any:
    return x ^ _shifted(x, by)


def _shifted(x: Any, by: int) -> Any:
    """Shift signed numbers as if they had no sign, which not every backend has."""
    return ops.bitwise_right_shift(x, by) & (2 ** (32 - by) - 1)
