"""Inputs that are not of order one, or of very different scales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.doctor._dynamics import hardly_moved
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, Rows
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["FEATURES_NOT_SCALED", "scales"]

_NORMALISING = {"Normalization", "BatchNormalization", "LayerNormalization", "Rescaling", "GroupNormalization"}
_HUGE = 300.0  # of an input, root of the mean square: a first step of 0.01 then moves outputs by 3
_LARGE = 10.0
_TINY = 1e-3
_SMALL = 0.02  # the largest value of all, as of pixels that were divided by 255 twice: words that are rare have larger
_APART = 1000.0  # between the largest and the smallest scale
_FAINT, _OFF = 0.05, 5.0  # deviation of a typical input; times that is its distance from 0
_MIN_PIXELS = 36  # 6 a side
_ROUNDING = 1e-3
_BRIGHT, _BRIGHTEST = 128.0, 255.0  # the largest value of pictures in bytes is between these
_COLUMNS = (
    "Scale each input to a mean of 0 and a deviation of 1, with keras.layers.Normalization as first layer (call its "
    "adapt on the training rows) or StandardScaler."
)
_ADAPT = "Call adapt on the training rows as fit gets them."
_LEAST_DEVIATION = 1e-7  # Keras's own
_PIXELS = "Divide the inputs by 255, with keras.layers.Rescaling(1 / 255) as first layer for instance."


def scales(rows: Rows) -> np.ndarray:
    """Return the root of the mean square of each input, without constant and all-zero columns.

    Args:
        rows: of the training.

    Returns:
        Shape ``(columns,)``, in the inputs' units.

    Example:
        >>> scales(Rows(np.array([[3.0, 0.0], [-3.0, 0.0]])))
        array([3.])
    """
    finite = np.where(np.isfinite(rows.inputs), rows.inputs, 0.0)
    root = np.sqrt((finite**2).mean(0))
    return np.asarray(root[(finite.std(0) > 0) & (root > 0)])


def normalises(case: Case) -> bool:
    """Whether the model scales its inputs by a layer of its own before the first with weights."""
    for layer in case.architecture.layers:
        if layer.kind in _NORMALISING and layer.adapted:
            return True
        if layer.initializer or layer.kind == "Embedding":
            return False
    return False


def _normalised(case: Case) -> tuple[Rows | None, str]:
    """Return the rows as a layer for normalisation gives them that was adapted before, and its name; or none."""
    for layer in case.architecture.layers:
        if layer.kind in _NORMALISING and layer.adapted:
            if case.rows is None or layer.adapted_to is None or len(layer.adapted_to[0]) != case.rows.inputs.shape[1]:
                break
            mean, variance = np.array(layer.adapted_to, np.float32)
            inputs = (case.rows.inputs.astype(np.float32) - mean) / np.sqrt(variance).clip(_LEAST_DEVIATION)
            return replace(case.rows, inputs=inputs.astype(float)), layer.name
    return None, ""


def _examine(case: Case) -> Iterator[Finding]:
    rows, normal = case.rows, ""
    if normalises(case):
        rows, normal = _normalised(case)
    if rows is None or rows.tokens or not case.architecture.layers:
        return
    root_mean_squares = scales(rows)
    if not len(root_mean_squares):
        return
    largest, smallest = float(root_mean_squares.max()), float(root_mean_squares.min())
    short = falls_short(case)
    extreme = largest > _HUGE or largest < _TINY or (largest / smallest > _APART and largest > _LARGE)
    small = largest < _TINY or bool(np.abs(np.nan_to_num(rows.inputs, posinf=0, neginf=0)).max() < _SMALL)
    if not extreme and not (short and (small or largest > _LARGE)):
        if short and _hardly_varies(rows):
            yield replace(_faint(rows), remedy=_ADAPT) if normal else _faint(rows)
        return
    bad = "WARN" if short is not False or largest > _HUGE else "NOTE"
    idle = next((layer.name for layer in case.architecture.layers if not layer.adapted), "")
    column = int(np.argmax(np.abs(np.nan_to_num(rows.inputs)).max(0)))
    yield Finding(
        "features not scaled",
        bad,  # type: ignore[arg-type]  # one of two severities
        (
            f"Inputs have very large values: the largest scale is {largest:.3g} (column {column}), the smallest "
            f"{smallest:.3g}."
            if not small
            else f"Inputs are very small: the largest scale is {largest:.3g}."
        )
        + (f" The layer {idle} was not adapted to them." if idle else "")
        + (f" So they come out of the layer {normal}, which was adapted to other numbers." if normal else ""),
        threshold=FEATURES_NOT_SCALED.threshold,
        cause="The inputs are not scaled.",
        remedy=_ADAPT if normal else _PIXELS if _are_pixels(rows) else _COLUMNS,
        see="docs/doctor.md",
        confidence=_confidence(largest, short=short, extreme=extreme, still=hardly_moved(case) and not small),
    )


def _hardly_varies(rows: Rows) -> bool:
    """Whether a typical input differs little from row to row, next to how far from 0 it is."""
    deviations, root_mean_squares = _deviations(rows), scales(rows)
    faint = float(np.median(deviations))
    return bool(faint < _FAINT and np.median(root_mean_squares) > _OFF * faint)


def _deviations(rows: Rows) -> np.ndarray:
    """Return the standard deviation of each input that is not constant, in its unit."""
    deviations = np.where(np.isfinite(rows.inputs), rows.inputs, 0.0).std(0)
    return np.asarray(deviations[deviations > 0])


def _faint(rows: Rows) -> Finding:
    """Say that all rows look nearly the same to a network, as when rows are normalised instead of columns."""
    by_rows = _rows_are_normalised(rows)
    return Finding(
        "features not scaled",
        "WARN",
        f"Inputs hardly differ from row to row: their median deviation is {np.median(_deviations(rows)):.2g}, and "
        f"they are {np.median(scales(rows)):.2g} away from 0."
        + (" Each row was normalised, not each column." if by_rows else ""),
        threshold=FEATURES_NOT_SCALED.threshold,
        cause="The inputs are not scaled.",
        remedy=f"Leave out the normalisation of rows. {_COLUMNS}" if by_rows else _COLUMNS,
        see="docs/doctor.md",
        confidence=0.6,
    )


def _rows_are_normalised(rows: Rows) -> bool:
    """Whether all rows have a mean of 0 and a deviation of 1, or the length 1."""
    x = rows.inputs
    standard = np.abs(x.mean(1)).max() < _ROUNDING and np.abs(x.std(1) - 1).max() < _ROUNDING
    return bool(standard or np.abs(np.linalg.norm(x, axis=1) - 1).max() < _ROUNDING)


def _are_pixels(rows: Rows) -> bool:
    """Whether inputs look like pictures in bytes: many columns, and all of them within the range of a byte."""
    low, high = float(np.nanmin(rows.inputs)), float(np.nanmax(rows.inputs))
    return rows.inputs.shape[1] >= _MIN_PIXELS and low >= 0 and _BRIGHT <= high <= _BRIGHTEST


def _confidence(largest: float, *, short: bool | None, extreme: bool, still: bool) -> float:
    if short is False:
        return 0.5
    if extreme:
        return 0.85 if short else 0.7
    if still:  # too few steps are the cause then, and scaled inputs do not help
        return 0.4
    return 0.7 if largest > 3 * _LARGE or largest < _SMALL else 0.55


FEATURES_NOT_SCALED = Symptom(
    name="features not scaled",
    needs=("rows",),
    threshold="The root of the mean square of each input is below 300 and above 0.001, and scales differ by less than "
    "1,000; where the network also does worse than a simple method, it is below 10, a value is above 0.02, and the "
    "median deviation of an input is above 0.05 or a fifth of its distance from 0.",
    silent="A model that begins with a layer that scales and was adapted to such rows; a NOTE below 300 where the "
    "network learns well all the same.",
    examine=_examine,
    explains=("dead units", "saturation", "constant output", "learning rate too low", "underfitting", "too few epochs",
              "learning rate too high", "not finite", "initial weights", "vanishing gradients", "hidden activation"),
    stays="NOTE",
)  # fmt: skip
