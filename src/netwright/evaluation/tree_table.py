"""The inputs of rows as one table, as trees take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from netwright.config import (
    Experiment,
    FourVectorsInput,
    Numbers,
    NumericInput,
    ParticlesInput,
    parts_of_particles,
)
from netwright.data import Rows, categories_of, markers_of, particles_there, rest_of
from netwright.errors import DataError

__all__ = ["check_inputs", "table_of_rows"]

Floats = npt.NDArray[np.float64]

_PARTICLES = 20  # of each kind: more would be hundreds of columns


def check_inputs(experiment: Experiment) -> None:
    """Refuse inputs that make no table, before any row is read.

    Args:
        experiment: defines the inputs.

    Raises:
        DataError: an input has more than a few particles.
    """
    for name, group in experiment.inputs.items():
        if isinstance(group, FourVectorsInput | ParticlesInput) and group.at_most > _PARTICLES:
            msg = (
                f"inputs.{name}: trees take tables of numbers and categories, with up to {_PARTICLES} particles of a "
                f"kind, and this input has at_most {group.at_most}. "
                "Give a network of such inputs a table of high-level features as a baseline, in a separate run."
            )
            raise DataError(msg)


def table_of_rows(rows: Rows, experiment: Experiment) -> Floats:
    """Return the inputs of all rows as one table.

    Args:
        rows: all rows.
        experiment: defines the inputs, which `check_inputs` accepts.

    Returns:
        Numbers in their units and categories as whole numbers, shape (rows, columns), those of the first, second and
        further particle of a group side by side; NaN where missing, or where there is no particle.
    """
    parts = []
    for name, group in experiment.inputs.items():
        if isinstance(group, FourVectorsInput | ParticlesInput):
            parts.append(_particles(name, group, rows))
        elif isinstance(group, NumericInput):
            parts.append(_restored(rows.inputs[name][:].astype(np.float64), [group], name, rows))
        else:
            parts.append(rows.inputs[name][:].astype(np.float64))
    return np.concatenate(parts, axis=1)


def _particles(name: str, group: FourVectorsInput | ParticlesInput, rows: Rows) -> Floats:
    """Return the particles of a group side by side, shape (rows, columns), NaN where there is none."""
    parts = parts_of_particles(group)
    values = np.asarray(rows.inputs[name][:], dtype=np.float64)  # (rows, particles, numbers of each)
    columns = [values[..., :4]] if parts.four_vectors is not None else []
    columns.append(_restored(values[..., parts.first :].copy(), list(parts.numbers.values()), name, rows))
    if parts.category_columns:
        columns.append(rows.inputs[categories_of(name)][:].astype(np.float64))
    table = np.concatenate(columns, axis=-1)
    table[~particles_there(parts, values)] = np.nan
    return table.reshape(len(table), -1)


def _restored(values: Floats, sections: Sequence[Numbers], name: str, rows: Rows) -> Floats:
    """Put NaN where a marker stands, and remainders back; the columns of all sections lie along the last axis."""
    columns = [column for section in sections for column in section.columns]
    for section in sections:
        of_section = np.isin(columns, section.columns)
        for marker in markers_of(section.missing):
            values[of_section & (values == np.float64(np.float32(marker)))] = np.nan
    fine_columns = [columns.index(column) for column in rows.forms.fine.get(name, ())]
    if fine_columns:
        values[..., fine_columns] += rows.inputs[rest_of(name)][:].astype(np.float64)
    return values
