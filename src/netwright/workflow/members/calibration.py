"""Calibration of a trained network on the validation rows of its member."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import Rows
from netwright.models import calibrate_head, make_forward, raw_outputs

__all__ = ["calibrate_heads"]

_ROWS_AT_ONCE = 2**16  # inputs larger than memory lie in a file


def calibrate_heads(
    model: keras.Model, targets: Mapping[str, Target], rows: Rows, valid: npt.NDArray[np.integer]
) -> dict[str, Mapping[str, float]]:
    """Calibrate the heads that want it: the layer between their raw outputs and probabilities is fitted.

    Event weights count as they are, without balance and importance: a probability is the share of signal that a
    sample of these weights has.

    Args:
        model: a trained network; its calibration layers are changed.
        targets: the heads.
        rows: all rows.
        valid: numbers of the validation rows, shape (n,).

    Returns:
        What was fitted, by head, dimensionless.

    Raises:
        DataError: a class has no validation rows with a positive sum of weights.
    """
    heads = [head for head, target in targets.items() if target.output_calibration != "none"]
    if not heads:
        return {}
    forward = make_forward(raw_outputs(model, heads))
    raw_chunks = []
    for start in range(0, len(valid), _ROWS_AT_ONCE):
        chunk = valid[start : start + _ROWS_AT_ONCE]
        raw_chunks.append(forward({name: values[chunk] for name, values in rows.inputs.items()}))
    fitted = {}
    for head in heads:
        truth = rows.heads[head].take(valid)
        raw = np.concatenate([raw_chunk[head][:, 0] for raw_chunk in raw_chunks])
        weights = np.where(truth.counts, rows.weights[valid], 0.0)
        fitted[head] = calibrate_head(model, head, raw, truth.values.astype(np.intp), weights)
    return fitted
