"""Encoding categories as features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.config import CategoricalInput
from netwright.data import Description
from netwright.layers import BinaryDigits, CategoryEmbedding, OneHot

__all__ = ["encode_categorical"]


def encode_categorical(
    name: str, group: CategoricalInput, x: Any, description: Description, seeds: Iterator[int]
) -> Any:
    """Build the encoding of a group of categories.

    Args:
        name: name of the group.
        group: its section of the experiment.
        x: the input, integers of shape (rows, columns).
        description: constants computed from the training rows.
        seeds: iterator over seeds for initialisers.

    Returns:
        Features of shape (rows, features).
    """
    vocabulary = description.vocabulary[name]
    if group.encoding == "one-hot":
        return OneHot(vocabulary, name=f"{name}-one_hot")(x)
    if group.encoding == "bits":
        return BinaryDigits(vocabulary, name=f"{name}-bits")(x)
    return CategoryEmbedding(vocabulary, group.embedding_size, next(seeds), name=f"{name}-embedding")(x)
