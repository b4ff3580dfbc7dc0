"""Outputs that give their units for each of several positions of a row: time steps, or pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netwright.doctor.case import Case, Layer, Rows
from netwright.doctor.symptoms._mismatch import UNITS, Mismatch

__all__ = ["output_per_position", "output_positions", "targets_of_positions"]


def output_positions(case: Case, layer: Layer) -> int:
    """Return for how many positions of a row the output layer gives its units; 1 if that is not known."""
    outputs = case.vitals[-1].outputs if case.vitals else None
    if layer.positions or outputs is None:
        return max(1, layer.positions)
    return max(1, int(outputs.shape[1]) // max(1, layer.units or 1))


def targets_of_positions(rows: Rows, positions: int) -> Rows | None:
    """Return the targets of each position of a row as rows of their own; None where targets are not for so many."""
    if rows.target is None or positions == 1:
        return rows
    if rows.target.shape[1] % positions:
        return None
    weight = np.repeat(rows.weight, positions) if rows.weight is not None else None
    return replace(rows, target=rows.target.reshape(len(rows) * positions, -1), weight=weight)


def output_per_position(positions: int, columns: int) -> Mismatch:
    """Return the mismatch that an output is for several positions of a row, and targets are not."""
    reason = (
        f"the output is for each of {positions} places of a row (time steps, for instance), and targets have {columns} "
    )
    reason += "columns" if columns > 1 else "column"
    fix = "Leave out return_sequences=True in the last recurrent layer, or put Flatten() before the output."
    return Mismatch(UNITS, reason, fix, "FAIL", 0.9)
