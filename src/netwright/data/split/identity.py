"""The identity of a row: a hash of its identity columns, or of its content, independent of position and machine."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data.rows.row_values import RowValues
from netwright.errors import DataError

__all__ = ["content_identity", "identity_of", "scrambled"]

GOLDEN = 0x9E3779B97F4A7C15
MULTIPLIERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))  # of SplitMix64: shift, then factor
_ROWS_AT_ONCE = 65_536
_WORDS_AT_ONCE = 2**21
_MANTISSA_BITS = {16: 11, 32: 24, 64: 53}  # of floating-point numbers, by their width


def identity_of(columns: Mapping[str, pa.ChunkedArray]) -> npt.NDArray[np.uint64]:
    """Hash the identity columns of every row; equal numbers of different types have equal hashes.

    Args:
        columns: name and values of integers (of any type that holds them exactly) or text, shape (rows,) each, in
            the given order.

    Returns:
        One hash per row, shape (rows,), dimensionless.

    Raises:
        DataError: an identity column has missing values (NaN, infinity or null), values that are neither integers nor
            text, or numbers that its type cannot distinguish from their neighbours.

    Source: definition; columns are chained by SplitMix64, text is hashed by BLAKE2b.

    Example:
        >>> small, big = pa.array([1, 2], pa.int32()), pa.array([1, 2], pa.int64())
        >>> a, b = (identity_of({"event": pa.chunked_array([x])}) for x in (small, big))
        >>> bool((a == b).all())
        True
    """
    state: npt.NDArray[np.uint64] | None = None
    for name, values in columns.items():
        if values.null_count:
            _refuse_missing(name, values.null_count)
        bits = _bits(name, values)
        state = scrambled(bits) if state is None else scrambled(state * np.uint64(GOLDEN) ^ scrambled(bits))
    if state is None:
        msg = "data.identity: no columns given; remove the key to hash the content of the inputs"
        raise DataError(msg)
    return state


def content_identity(inputs: Mapping[str, RowValues]) -> npt.NDArray[np.uint64]:
    """Hash the content of rows without identity columns; rows with equal content stay together.

    h = mix(Σ_k x_k · m_k mod 2⁶⁴) over the 32-bit words x_k of a row, with a fixed odd multiplier m_k that
    derived from the name of the group and the position in it. Zeros add nothing, so that padding does not count.

    Args:
        inputs: arrays of 4-byte numbers by name, shape (rows, ...) each.

    Returns:
        One hash per row, shape (rows,), dimensionless.

    Source: multilinear hashing, doi:10.1093/comjnl/bxt070, section 2.

    Example:
        >>> x = np.array([[1, 2], [1, 2], [2, 1]], dtype=np.float32)
        >>> a, b, c = content_identity({"x": x})
        >>> bool(a == b), bool(a == c)
        (True, False)
    """
    total = np.zeros(len(next(iter(inputs.values()))), dtype=np.uint64)
    for name in sorted(inputs):
        values = inputs[name]
        width = math.prod(values.shape[1:])
        salt = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=8).digest(), dtype="<u8")
        multipliers = scrambled(salt + np.arange(width, dtype=np.uint64)) | np.uint64(1)
        at_once = max(1, _WORDS_AT_ONCE // max(1, width))
        for start in range(0, len(total), at_once):
            rows = slice(start, start + at_once)
            total[rows] += _words(values[rows].reshape(-1, width)) @ multipliers
    for start in range(0, len(total), _ROWS_AT_ONCE):
        total[start : start + _ROWS_AT_ONCE] = scrambled(total[start : start + _ROWS_AT_ONCE])
    return total


def _words(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Return the bits of numbers, with a single pattern for zero and one for NaN."""
    if values.dtype.kind == "f":
        values = np.where(values == 0, 0, np.where(np.isnan(values), np.nan, values)).astype(np.float32)
    return np.ascontiguousarray(values).view(np.uint32).astype(np.uint64)


def _bits(name: str, values: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Return 64 bits for every value of an identity column."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        whole_numbers: npt.NDArray[np.int64] = np.asarray(values.cast(pa.int64(), safe=False))
        return whole_numbers.view(np.uint64)
    if pa.types.is_floating(kind):
        numbers = np.asarray(values.cast(pa.float64()))
        if not np.isfinite(numbers).all():
            _refuse_missing(name, int((~np.isfinite(numbers)).sum()))
        _refuse_merged(name, numbers, kind)
        return numbers.astype(np.int64).view(np.uint64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return _text_bits(values)
    msg = f"data.identity: column {name} is of type {kind}; an identity consists of integers or text. Name others."
    raise DataError(msg)


def _refuse_missing(name: str, count: int) -> None:
    msg = (
        f"data.identity: column {name} has {count} missing values; a row needs a complete identity. Use other columns."
    )
    raise DataError(msg)


def _refuse_merged(name: str, numbers: npt.NDArray[np.float64], kind: pa.DataType) -> None:
    """Refuse floating-point numbers that may be ambiguous: those with a fraction, and those beyond 2ⁿ.

    From 2ⁿ on, with n the bits of a mantissa, neighbouring integers become equal: for float64 from 2⁵³ on.
    """
    bits = _MANTISSA_BITS[kind.bit_width]
    ambiguous = (np.floor(numbers) != numbers) | (np.abs(numbers) >= 2.0**bits)
    if ambiguous.any():
        row = int(np.flatnonzero(ambiguous)[0])
        value = float(numbers[row])
        reason = (
            f"is beyond 2^{bits}, where float{kind.bit_width} cannot distinguish neighbouring integers"
            if value.is_integer()
            else "is not an integer, and rounding may merge or split identities"
        )
        msg = (
            f"data.identity: column {name}, row {row}: {value!r} {reason}, so it does not identify a row. Write the "
            f"column as "
            "64-bit integers or as text, or use other columns."
        )
        raise DataError(msg)


def _text_bits(values: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    bits = np.empty(len(values), dtype=np.uint64)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        block = values.slice(start, _ROWS_AT_ONCE).cast(pa.string())
        encoded = pc.dictionary_encode(block).combine_chunks()
        digests: Sequence[bytes] = [
            hashlib.blake2b(word.encode(), digest_size=8).digest() for word in encoded.dictionary.to_pylist()
        ]
        by_word: npt.NDArray[np.uint64] = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
        indices: npt.NDArray[np.int32] = np.asarray(encoded.indices)
        bits[start : start + len(block)] = by_word[indices]
    return bits


def scrambled(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64 bits by the finaliser of SplitMix64; different inputs give different outputs.

    z = b + γ; z = (z xor z >> 30) · m₁; z = (z xor z >> 27) · m₂; z xor z >> 31, all modulo 2⁶⁴.

    Args:
        bits: b, shape (rows,), dimensionless.

    Returns:
        Scrambled bits, shape (rows,), dimensionless.

    Source: doi:10.1145/2660193.2660195, figure 14.

    Example:
        >>> hex(int(scrambled(np.zeros(1, dtype=np.uint64))[0]))
        '0xe220a8397b1dcdaf'
    """
    z = bits + np.uint64(GOLDEN)
    for shift, factor in MULTIPLIERS:
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)
