"""Encoding categories as features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netwright.config import Categories
from netwright.layers import BinaryDigits, CategoryEmbedding, OneHot

__all__ = ["encode_categorical"]


def encode_categorical(
    name: str, section: Categories, x: Any, vocabulary: Sequence[Sequence[int]], seeds: Iterator[int]
) -> Any:
    """Build the encoding of categories.

    Args:
        name: prefix of the names of the layers.
        section: how they are encoded.
        x: integers of shape (rows, columns), or (rows, P, columns) of particles.
        vocabulary: the known values of each column.
        seeds: iterator over seeds for initialisers.

    Returns:
        Features of shape (rows, features) or (rows, P, features).
    """
    if section.encoding == "one-hot":
        return OneHot(vocabulary, name=f"{name}-one_hot")(x)
    if section.encoding == "bits":
        return BinaryDigits(vocabulary, name=f"{name}-bits")(x)
    return CategoryEmbedding(vocabulary, section.embedding_size, next(seeds), name=f"{name}-embedding")(x)
