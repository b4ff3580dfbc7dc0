"""Which members may score rows, as an exported graph finds it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import Experiment
from netwright.data import Dataset, Purpose, member_mask_of, place_of
from netwright.errors import ExportError

__all__ = ["SEEN", "Identity", "export_identity"]

SEEN = "seen"
"""Input of shape (rows,): 1 for a row of the training data, 0 for others; where others have another member mask."""


@dataclass(frozen=True)
class Identity:
    """Which members may score rows, as the network takes it, and as the exported graph finds it out.

    Attributes:
        columns: whole numbers by identity column, shape (rows,), and `SEEN` where the graph takes it.
        member_mask: the members that score, shape (rows, members).
    """

    columns: Mapping[str, npt.NDArray[np.int64]]
    member_mask: npt.NDArray[np.bool_]


def export_identity(
    experiment: Experiment, members: int, dataset: Dataset, identity: npt.NDArray[np.uint64]
) -> Identity | None:
    """Collect what the exported graph needs to know of rows, and what it should make of it.

    Args:
        experiment: says how rows are divided, and by which columns.
        members: of the ensemble.
        dataset: the rows; where the graph takes `SEEN`, a half of them poses as rows that training never saw.
        identity: of the rows, shape (rows,), dimensionless.

    Returns:
        The columns and member mask; None where all members score all rows.

    Raises:
        ExportError: the identity is not made of columns of whole numbers, which is all that a graph can hash.
    """
    if not experiment.split.every_row_is_tested:
        return None
    if not experiment.data.identity:
        msg = (
            "split: the exported graph picks a row's member by its identity, and this experiment has none but the "
            "content of its inputs. Name whole-number columns in data.identity (run, event), and train again."
        )
        raise ExportError(msg)
    columns = {}
    for name in experiment.data.identity:
        values = dataset.arrow(name)
        if not (pa.types.is_integer(values.type) or pa.types.is_boolean(values.type)):
            msg = (
                f"data.identity: column {name} is of type {values.type}; an exported graph picks a row's member by "
                "whole numbers only. Name other columns, and train again."
            )
            raise ExportError(msg)
        columns[name] = np.asarray(values.cast(pa.int64(), safe=False))
    known = None
    if experiment.split.unseen_members != "sub-ensemble":
        seen = place_of(identity, Purpose.EXPORT_CHECK, 0) < 0.5
        columns[SEEN], known = seen.astype(np.int64), identity[seen]
    return Identity(columns, member_mask_of(identity, experiment.split, members, known))
