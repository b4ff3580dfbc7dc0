"""Dividing rows into train, valid and test by a hash of their identity, never by their position."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import SharesSplit
from netwright.errors import DataError

__all__ = ["Split", "content_identity", "identity_of", "split_by_identity"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Split:
    """Which rows the weights are fitted to (train), which say when to stop (valid), which are reported (test).

    Attributes:
        train: row numbers, shape (n_train,), increasing.
        valid: row numbers, shape (n_valid,), increasing.
        test: row numbers, shape (n_test,), increasing.
    """

    train: npt.NDArray[np.int64]
    valid: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]

    def parts(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return the three sets of row numbers by name, shape (n,) each."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


def split_by_identity(identity: npt.NDArray[np.uint64], section: SharesSplit) -> Split:
    """Divide rows by their identity: u = hash(identity, seed) / 2⁶⁴ is below the shares of train, valid, test.

    Where a row goes depends on its identity and the seed alone: not on its position, on other rows, on files,
    processes or machines. Rows of equal identity stay together.

    Args:
        identity: identity of every row, shape (rows,), dimensionless, from `identity_of` or `content_identity`.
        section: the shares and the seed.

    Returns:
        The row numbers of each part.

    Raises:
        DataError: a part would hold no rows.

    Source: definition; the hash is SplitMix64 (doi:10.1145/2660193.2660195).

    Example:
        >>> split = split_by_identity(np.arange(1000, dtype=np.uint64), SharesSplit(kind="shares"))
        >>> [len(part) for part in split.parts().values()]
        [663, 165, 172]
    """
    shuffled = _mix(identity ^ _mix(np.array([section.seed], dtype=np.uint64)))
    place = (shuffled >> np.uint64(11)).astype(np.float64) / 2.0**53
    edges = np.array([section.train, section.train + section.valid])
    part = np.searchsorted(edges, place, side="right")
    train, valid, test = (np.flatnonzero(part == i) for i in range(3))
    split = Split(train, valid, test)
    for name, rows in split.parts().items():
        if len(rows) == 0:
            msg = (
                f"split.{name}: no row of {len(identity)} falls into it at a share of {getattr(section, name)}. "
                "Take more rows, another share, or identity columns that tell rows apart."
            )
            raise DataError(msg)
    return split


def identity_of(columns: Mapping[str, pa.ChunkedArray]) -> npt.NDArray[np.uint64]:
    """Hash the identity columns of every row; equal numbers of different types have equal hashes.

    Args:
        columns: name and values of whole numbers, text or numbers, shape (rows,) each, in the order given.

    Returns:
        One hash per row, shape (rows,), dimensionless.

    Raises:
        DataError: an identity column has missing values (NaN, infinity and nothing), or values that are neither
            numbers nor text.

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
        state = _mix(bits) if state is None else _mix(state * _GOLDEN ^ _mix(bits))
    if state is None:
        msg = "data.identity: no columns given; leave it out to hash the content of the inputs"
        raise DataError(msg)
    return state


def content_identity(inputs: Mapping[str, npt.NDArray[np.generic]]) -> npt.NDArray[np.uint64]:
    """Hash what a row holds, for data without identity columns; rows of equal content stay together.

    h = mix(Σ_k x_k · m_k mod 2⁶⁴) over the 32-bit words x_k of a row, with a fixed odd multiplier m_k that
    follows from the name of the group and the place in it. Zeros add nothing, so that padding does not count.

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
        values = inputs[name].reshape(len(total), -1)
        salt = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=8).digest(), dtype="<u8")
        multipliers = _mix(salt + np.arange(values.shape[1], dtype=np.uint64)) | np.uint64(1)
        for start in range(0, len(total), _ROWS_AT_ONCE):
            words = _words(values[start : start + _ROWS_AT_ONCE])
            total[start : start + _ROWS_AT_ONCE] += words @ multipliers
    return _mix(total)


def _words(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Return the bits of numbers, with one pattern each for zero and for NaN."""
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
        whole = np.abs(numbers) < 2.0**53
        whole &= np.floor(np.where(whole, numbers, 0)) == numbers
        as_integer = np.where(whole, numbers, 0).astype(np.int64).view(np.uint64)
        return np.where(whole, as_integer, _mix((numbers + 0.0).view(np.uint64)))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return _text_bits(values)
    msg = f"data.identity: column {name} is of type {kind}; an identity is made of whole numbers, numbers or text"
    raise DataError(msg)


def _refuse_missing(name: str, count: int) -> None:
    msg = f"data.identity: column {name} has {count} missing values; a row needs a whole identity. Name other columns."
    raise DataError(msg)


def _text_bits(values: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    encoded = pc.dictionary_encode(values.cast(pa.string())).combine_chunks()
    digests: Sequence[bytes] = [
        hashlib.blake2b(word.encode(), digest_size=8).digest() for word in encoded.dictionary.to_pylist()
    ]
    by_word: npt.NDArray[np.uint64] = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
    places: npt.NDArray[np.int32] = np.asarray(encoded.indices)
    return by_word[places]


def _mix(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64 bits: the finaliser of SplitMix64."""
    z = bits + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)
