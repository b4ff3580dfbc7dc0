"""The points of a lesson: of a toy, or of a user's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data import HeadRows, Rows, identity_of, read
from netwright.errors import DataError
from netwright.lessons.settings import Settings
from netwright.simulation import generate_toy

__all__ = ["Points", "points_of", "read_points", "rows_of"]

Floats = npt.NDArray[np.float64]

_MAX_ROWS = 5000
_EXTENT = 5.0  # where the outermost of a user's points lie


@dataclass(frozen=True)
class Points:
    """Points in a plane with a label each.

    Attributes:
        x: coordinates, shape (rows, 2), dimensionless, within [-6, 6].
        y: 0 or 1, or values of a regression, shape (rows,).
        classes: whether labels are classes.
    """

    x: Floats
    y: Floats
    classes: bool


def points_of(settings: Settings, own: Points | None = None) -> Points:
    """Return the points that settings ask for.

    Args:
        settings: the values of all controls.
        own: the user's points.

    Returns:
        The points.

    Raises:
        DataError: the user's points are asked for, and there are none.
    """
    if settings.data != "own":
        toy = generate_toy(settings.data, settings.rows, noise=settings.noise, seed=settings.seed)
        return Points(toy.x, toy.y, toy.classes)
    if own is None:
        msg = "There are no points of your own: start with netwright playground FILE.csv."
        raise DataError(msg)
    return own


def read_points(path: Path) -> Points:
    """Read a user's file: two columns of numbers and a label of two values.

    Coordinates are moved and scaled, each by itself, so that they lie in [-5, 5]. Of a large file, the first 5000 rows
    are taken.

    Args:
        path: of a file that netwright reads, with three columns: the label is the last one.

    Returns:
        The points.

    Raises:
        DataError: the file has another number of columns, text, missing values, one class or more than two, or too few
            rows.
    """
    dataset = read(str(path))
    names = dataset.names
    if len(names) != 3:
        msg = (
            f"{path}: the playground needs two columns of numbers and a label, but there are {len(names)}: {names}. "
            "Write a file with three."
        )
        raise DataError(msg)
    columns = [_numbers(path, name, dataset.table[name].slice(0, _MAX_ROWS), label=name == names[2]) for name in names]
    label = columns[2]
    values = np.unique(label)
    if len(values) != 2:
        msg = (
            f"{path}: the last column, {names[2]}, is the label and must have two values, but it has {len(values)}. "
            "Put the label last, and leave out rows of other classes."
        )
        raise DataError(msg)
    if len(label) < 20:
        msg = f"{path}: a training needs at least 20 rows, but there are {len(label)}. Add more."
        raise DataError(msg)
    x = np.stack(columns[:2], axis=1)
    middle, half = (x.max(axis=0) + x.min(axis=0)) / 2, (x.max(axis=0) - x.min(axis=0)) / 2
    scaled = _EXTENT * (x - middle) / np.where(half > 0, half, 1.0)
    return Points(scaled, (label == values[1]).astype(np.float64), classes=True)


def _numbers(path: Path, name: str, column: pa.ChunkedArray, *, label: bool) -> Floats:
    """Return a column as numbers; words of a label as their positions in the alphabet."""
    if column.null_count:
        msg = f"{path}: column {name} has {column.null_count} missing values. Fill them, or leave out their rows."
        raise DataError(msg)
    values = column.to_numpy()
    if values.dtype.kind not in "fiub":
        if label:
            return np.unique(values.astype(str), return_inverse=True)[1].astype(np.float64)
        msg = (
            f"{path}: column {name} must hold numbers, but holds text such as {values[0]!r}. Put the label last, and "
            "numbers before it."
        )
        raise DataError(msg)
    numbers: Floats = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        msg = f"{path}: column {name} has values that are not finite. Leave out their rows."
        raise DataError(msg)
    return numbers


def features_of(x: Floats, names: list[str]) -> npt.NDArray[np.float32]:
    """Return the inputs of the network.

    Args:
        x: coordinates, shape (rows, 2).
        names: of the features.

    Returns:
        Features, shape (rows, features), dimensionless.
    """
    a, b = x.T
    features = {"x": a, "y": b, "x2": a * a, "y2": b * b, "xy": a * b, "sin_x": np.sin(a), "sin_y": np.sin(b)}
    return np.stack([features[name] for name in names], axis=1).astype(np.float32)


def rows_of(points: Points, settings: Settings) -> Rows:
    """Return points as the engine takes them.

    Args:
        points: the points.
        settings: names the features of the network.

    Returns:
        The rows, each of weight 1.
    """
    count = len(points.y)
    labels = points.y.astype(np.int32) if points.classes else points.y.astype(np.float32)
    return Rows(
        inputs={"point": features_of(points.x, list(settings.features))},
        heads={"label": HeadRows(labels, np.ones(count, np.bool_))},
        weights=np.ones(count),
        identity=identity_of({"event": pa.chunked_array([np.arange(count)])}),
        numbers=np.arange(count, dtype=np.int32),
    )
