"""Names of the numbers in the rows of arrays, which HDF5 files keep in an attribute or a dataset of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import h5py
import numpy as np

__all__ = ["element_names"]

_MAX_NAMES = 2_000  # names of an array


def element_names(datasets: Mapping[str, h5py.Dataset]) -> dict[str, tuple[str, ...]]:
    """Find the names of the numbers of arrays: hls4ml's jetFeatureNames has those of jets.

    An attribute of the array goes before other lists of texts that are as long as its last dimension: attributes of
    its group and of the file, and datasets next to it. Of several, it is the one that begins with the same letters.

    Args:
        datasets: the columns of a table, by name.

    Returns:
        The names by column; none for arrays without, or where it is not clear.
    """
    arrays = {name: one for name, one in datasets.items() if one.ndim > 1 and one.dtype.kind in "fiub"}
    parents = {array.parent.name: array.parent for array in arrays.values()}
    lists_around = {
        path: {**dict(_attributes(parent.file)), **dict(_attributes(parent)), **_texts(parent)}
        for path, parent in parents.items()
    }
    found: dict[str, tuple[str, ...]] = {}
    for name, array in arrays.items():
        own = _fitting(dict(_attributes(array)), array.shape[-1])
        around = _fitting(lists_around[array.parent.name], array.shape[-1])
        likes = [other for other, one in arrays.items() if one.ndim == array.ndim and one.shape[-1] == array.shape[-1]]
        lists = own or (around if len(likes) == 1 else {})
        if lists:
            best = max(lists, key=lambda key: _shared(key, name))
            if len(set(lists.values())) == 1 or [_shared(key, name) for key in lists].count(_shared(best, name)) == 1:
                found[name] = lists[best]
    return found


def _attributes(owner: h5py.HLObject) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in owner.attrs:
        texts = _as_texts(np.asarray(owner.attrs[name]))
        if texts:
            yield name, texts


def _texts(group: h5py.Group) -> dict[str, tuple[str, ...]]:
    """Return the datasets of texts in a group, as long as names of numbers can be."""
    short = {
        name: one
        for name, one in group.items()
        if isinstance(one, h5py.Dataset) and one.ndim == 1 and one.shape[0] <= _MAX_NAMES
    }
    return {name: _as_texts(one[()]) for name, one in short.items() if one.dtype.kind in "SO"}


def _as_texts(values: np.ndarray) -> tuple[str, ...]:
    """Return texts of shape (k,), different from each other; none where the values are something else."""
    if values.ndim != 1 or not 1 < len(values) <= _MAX_NAMES or values.dtype.kind not in "SUO":
        return ()
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values.tolist()]
    return (
        tuple(texts) if all(isinstance(text, str) and text for text in texts) and len(set(texts)) == len(texts) else ()
    )


def _fitting(lists: Mapping[str, tuple[str, ...]], size: int) -> dict[str, tuple[str, ...]]:
    return {name: texts for name, texts in lists.items() if len(texts) == size}


def _shared(one: str, other: str) -> int:
    """Return how many letters two names begin with together."""
    equal = [letter == its for letter, its in zip(one.lower(), other.lower(), strict=False)]
    return (*equal, False).index(False)
