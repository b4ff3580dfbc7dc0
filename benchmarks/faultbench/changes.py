"""Changes to rows: what goes wrong with data before a network sees it, each by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from faultbench.parts import Part, Rows

__all__ = ["CHANGES"]

Change = Callable[[Rows, np.random.Generator], Rows]
Floats = NDArray[np.float32]


def _targets(part: Part, change: Callable[[Floats], Floats]) -> Part:
    return replace(part, y={name: change(value) for name, value in part.y.items()})


def _every_part(rows: Rows, change: Callable[[Part], Part]) -> Rows:
    # where no other rows exist the three parts are one
    train = change(rows.train)
    valid = train if rows.valid is rows.train else change(rows.valid)
    test = train if rows.test is rows.train else change(rows.test)
    return Rows(train, valid, test)


def _seen_parts(rows: Rows, change: Callable[[Part], Part]) -> Rows:
    return Rows(change(rows.train), change(rows.valid), rows.test)


def _flat(part: Part) -> Floats:
    return part.x.reshape(len(part.x), -1)


def _with_column(part: Part, column: Floats) -> Part:
    return replace(part, x=np.column_stack([_flat(part), column]).astype(np.float32))


def _first(part: Part) -> Floats:
    return next(iter(part.y.values()))


def shuffled_labels(rows: Rows, random: np.random.Generator) -> Rows:
    """Labels in another order than inputs, as after two shuffles with two seeds."""

    def change(part: Part) -> Part:
        order = random.permutation(len(part.x))
        return _targets(part, lambda value: value[order])

    return _seen_parts(rows, change)


def flipped_labels(rows: Rows, random: np.random.Generator) -> Rows:
    """Two fifths of the labels of the training rows are drawn at random from all of them."""
    wrong = random.random(len(rows.train.x)) < 0.4
    train = _targets(rows.train, lambda value: np.where(wrong, random.permutation(value), value))
    return replace(rows, train=train)


def missing_values(rows: Rows, random: np.random.Generator) -> Rows:
    """One value in a hundred is NaN in training and validation; at least one of them in training."""

    def change(part: Part) -> Part:
        x = part.x.copy()
        x[random.random(x.shape) < 0.01] = np.nan
        x.reshape(-1)[random.integers(x.size)] = np.nan
        return replace(part, x=x)

    return _seen_parts(rows, change)


def infinite_value(rows: Rows, random: np.random.Generator) -> Rows:
    """The logarithm of a zero: three values are minus infinity."""
    x = rows.train.x.copy()
    x.reshape(-1)[random.choice(x.size, min(3, x.size), replace=False)] = -np.inf
    return replace(rows, train=replace(rows.train, x=x))


def one_column_huge(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """One column is given in another unit, a hundred thousand times as large."""

    def change(part: Part) -> Part:
        x = part.x.copy()
        x[..., 0] = x[..., 0] * 1e5
        return replace(part, x=x)

    return _every_part(rows, change)


def big_inputs(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """All columns in MeV and nm: three hundred times as large, with an offset."""
    return _every_part(rows, lambda part: replace(part, x=part.x * np.float32(300) + np.float32(900)))


def leak(rows: Rows, random: np.random.Generator) -> Rows:
    """A column that knows the answer where it is trained, and nothing where it is used."""
    train = _with_column(rows.train, _first(rows.train))
    valid = _with_column(rows.valid, _first(rows.valid))
    return Rows(train, valid, _with_column(rows.test, random.permutation(_first(rows.test))))


def useless_column(rows: Rows, random: np.random.Generator) -> Rows:
    """The twin of a leak: a column that knows nothing anywhere."""
    return _every_part(rows, lambda part: _with_column(part, random.permutation(_first(part))))


def rare_class(rows: Rows, random: np.random.Generator) -> Rows:
    """Of the first class above 0 only one row in twenty five stays, in training and validation."""

    def change(part: Part) -> Part:
        stays = (_first(part) != 1) | (random.random(len(part.x)) < 0.04)
        return Part(part.x[stays], {name: value[stays] for name, value in part.y.items()})

    return _seen_parts(rows, change)


def sorted_rows(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Rows come in the order of their targets, as after reading one file a class."""
    order = np.argsort(_first(rows.train), kind="stable")
    train = Part(rows.train.x[order], {name: value[order] for name, value in rows.train.y.items()})
    return replace(rows, train=train)


def scaled_only_in_training(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Training rows are standardised; the others are left as they come."""
    x = rows.train.x
    axes = tuple(range(x.ndim - 1))
    scaled = (x - x.mean(axes)) / x.std(axes)
    return replace(rows, train=replace(rows.train, x=scaled.astype(np.float32)))


def standardised(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """All rows by mean and deviation of the training rows."""
    axes = tuple(range(rows.train.x.ndim - 1))
    mean, deviation = np.nanmean(rows.train.x, axes), np.nanstd(rows.train.x, axes)
    return _every_part(rows, lambda part: replace(part, x=((part.x - mean) / deviation).astype(np.float32)))


def plus_minus_labels(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Labels -1 and +1 for the first head, where its output lies in 0 to 1."""

    def change(part: Part) -> Part:
        name = next(iter(part.y))
        return replace(part, y={**part.y, name: 2 * part.y[name] - 1})

    return _seen_parts(rows, change)


def percent_labels(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Labels 0 and 100, in percent, for the first head."""

    def change(part: Part) -> Part:
        name = next(iter(part.y))
        return replace(part, y={**part.y, name: 100 * part.y[name]})

    return _seen_parts(rows, change)


def tiny_unit(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Targets of the regression in keV instead of GeV."""

    def change(part: Part) -> Part:
        name = list(part.y)[-1]
        return replace(part, y={**part.y, name: 1e4 * part.y[name]})

    return _every_part(rows, change)


def copied_into_validation(rows: Rows, random: np.random.Generator) -> Rows:
    """Nine tenths of the rows for validation are rows of the training."""
    size = len(rows.valid.x)
    copied = random.choice(len(rows.train.x), min(size, len(rows.train.x)), replace=False)[: int(0.9 * size)]
    x = rows.valid.x.copy()
    x[: len(copied)] = rows.train.x[copied]
    y = {name: value.copy() for name, value in rows.valid.y.items()}
    for name, value in y.items():
        value[: len(copied)] = rows.train.y[name][copied]
    return replace(rows, valid=Part(x, y))


def imputed(rows: Rows, random: np.random.Generator) -> Rows:  # noqa: ARG001
    """Values that are not finite become the median of their column in the training rows."""
    finite = np.where(np.isfinite(rows.train.x), rows.train.x, np.nan)
    axes = tuple(range(rows.train.x.ndim - 1))
    median = np.nanmedian(finite, axes)

    def change(part: Part) -> Part:
        return replace(part, x=np.where(np.isfinite(part.x), part.x, median).astype(np.float32))

    return _every_part(rows, change)


def shuffled_rows(rows: Rows, random: np.random.Generator) -> Rows:
    """Rows of the training in a random order, inputs and labels together."""
    order = random.permutation(len(rows.train.x))
    return replace(rows, train=Part(rows.train.x[order], {name: value[order] for name, value in rows.train.y.items()}))


CHANGES: Final[Mapping[str, Change]] = MappingProxyType(
    {
        change.__name__.replace("_", " "): change
        for change in (
            shuffled_labels,
            flipped_labels,
            missing_values,
            infinite_value,
            one_column_huge,
            big_inputs,
            leak,
            useless_column,
            rare_class,
            sorted_rows,
            scaled_only_in_training,
            standardised,
            plus_minus_labels,
            percent_labels,
            tiny_unit,
            copied_into_validation,
            imputed,
            shuffled_rows,
        )
    }
)
