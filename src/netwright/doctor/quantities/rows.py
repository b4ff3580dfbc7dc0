"""Rows for the doctor to examine, from whatever ``fit`` was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.doctor.case import Array, Rows

__all__ = ["join_batches", "rows_of", "unpack_validation", "weigh_classes"]

_MAX_ROWS = 2000  # rows examined: a mean is then known to 2% of its deviation
_WIDEST = 4096  # columns of flattened inputs examined


def rows_of(x: Any, y: Any = None, sample_weight: Any = None, *, tokens: bool = False) -> Rows | None:  # noqa: ANN401
    """Take rows from arrays: all of few, evenly spaced ones of many.

    Args:
        x: array, tensor, table, or list or dictionary of these, of shape ``(rows, ...)``.
        y: the same for targets; None where there are none. Of several, the first is taken.
        sample_weight: shape ``(rows,)`` or ``(rows, 1)``; None where all rows count the same.
        tokens: whether the numbers stand for words or categories.

    Returns:
        The rows; None where x is no array (a generator, for instance) or not of numbers, or has no row.

    Example:
        >>> rows_of([[1.0, 2.0], [3.0, 4.0]], [0, 1]).inputs.shape
        (2, 2)
        >>> rows_of(letter for letter in "ab") is None
        True
    """
    leaves = _leaves(x)
    inputs = [_numbers(leaf) for leaf in leaves]
    if not inputs or any(array is None or array.ndim == 0 for array in inputs):
        return None
    total = min(len(array) for array in inputs if array is not None)
    if total == 0:
        return None
    chosen = np.unique(np.linspace(0, total - 1, min(total, _MAX_ROWS)).astype(int))
    flat = [array[chosen].reshape(len(chosen), -1) for array in inputs if array is not None]
    columns = np.concatenate(flat, axis=1).astype(np.float64)
    if columns.shape[1] > _WIDEST:
        columns = columns[:, np.linspace(0, columns.shape[1] - 1, _WIDEST).astype(int)]
    target = _numbers(_leaves(y)[0]) if _leaves(y) else None
    weight = _numbers(sample_weight) if sample_weight is not None and not isinstance(sample_weight, Mapping) else None
    return Rows(
        inputs=columns,
        target=_columns(target, chosen, total),
        weight=weight.reshape(-1)[chosen].astype(np.float64) if weight is not None and weight.size == total else None,
        total=total,
        tokens=tokens,
        raw=(_take(x, chosen, total), _take(y, chosen, total), _take(sample_weight, chosen, total)),
    )


def weigh_classes(rows: Rows, class_weight: Mapping[int, float]) -> Rows:
    """Turn weights of classes into weights of rows, as ``fit`` does.

    Args:
        rows: of the training.
        class_weight: class to its weight, dimensionless; 1 for those that are missing.

    Returns:
        The rows with weights; as they were where they have weights or no classes.

    Example:
        >>> weigh_classes(Rows(np.zeros((2, 1)), np.array([[0.0], [1.0]])), {1: 3.0}).weight
        array([1., 3.])
    """
    if rows.target is None or rows.weight is not None or not np.isfinite(rows.target).all():
        return rows
    index = rows.target.argmax(1) if rows.target.shape[1] > 1 else rows.target[:, 0].astype(int)
    weight = np.array([float(class_weight.get(int(label), 1.0)) for label in index])
    return replace(rows, weight=weight, raw=None if rows.raw is None else (*rows.raw[:2], weight))


def unpack_validation(data: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401
    """Return inputs, targets and weights of what was given as ``validation_data``; None for those missing.

    Example:
        >>> unpack_validation(([1.0], [2.0]))
        ([1.0], [2.0], None)
    """
    if isinstance(data, tuple | list) and 1 <= len(data) <= 3:  # x, y and weights
        parts = [*data, None, None]
        return parts[0], parts[1], parts[2]
    return data, None, None


def join_batches(batches: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Join batches as ``fit`` gets them one after another into inputs, targets and weights.

    Args:
        batches: each inputs alone, or a tuple of inputs, targets and weights.

    Returns:
        Inputs, targets and weights; None for those that are missing.

    Example:
        >>> x, y, weight = join_batches([(np.zeros((2, 3)), np.ones(2)), (np.zeros((1, 3)), np.ones(1))])
        >>> x.shape, y.shape, weight
        ((3, 3), (3,), None)
    """
    parts = [unpack_validation(batch) for batch in batches]
    x, y, weight = (_join([part[i] for part in parts]) for i in range(3))
    return x, y, weight


def _join(parts: list[Any]) -> Any:  # noqa: ANN401
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, Mapping):
        return {key: _join([part[key] for part in parts]) for key in first}
    if isinstance(first, list | tuple):
        return type(first)(_join([part[i] for part in parts]) for i in range(len(first)))
    arrays = [_numbers(part) for part in parts]
    if any(array is None for array in arrays):
        return None
    return np.concatenate([np.atleast_1d(array) for array in arrays if array is not None])


def _leaves(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, tuple) or (isinstance(value, list) and value and hasattr(value[0], "shape")):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _numbers(value: Any) -> Array | None:  # noqa: ANN401
    """Return an array of numbers; None for anything else."""
    if not (hasattr(value, "shape") or hasattr(value, "__array__") or isinstance(value, list)):
        return None
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # ragged
        return None
    return array if array.dtype.kind in "biuf" else None


def _columns(target: Array | None, chosen: Array, total: int) -> Array | None:
    if target is None or target.ndim == 0 or len(target) != total:
        return None
    return target[chosen].reshape(len(chosen), -1).astype(np.float64)


def _take(value: Any, chosen: Array, total: int) -> Any:  # noqa: ANN401
    """Return some rows of arrays in the structure that they came in."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {key: _take(item, chosen, total) for key, item in value.items()}
    if isinstance(value, tuple) or (isinstance(value, list) and value and hasattr(value[0], "shape")):
        return type(value)(_take(item, chosen, total) for item in value)
    array = _numbers(value)
    if array is None or array.ndim == 0 or len(array) != total:
        return value
    return array if len(chosen) == total else array[chosen]
