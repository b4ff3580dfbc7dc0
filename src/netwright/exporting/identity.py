"""Which members may score rows, as an exported graph determines it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import SAMPLE, Experiment
from netwright.data import Dataset, Purpose, member_mask_of, place_of
from netwright.errors import ExportError

__all__ = ["SEEN", "Identity", "check_identity", "export_identity", "graph_identity"]

SEEN = "seen"
"""Input of shape (rows,), if the member mask depends on it: 1 for a row of the training data, 0 for other rows."""


@dataclass(frozen=True)
class Identity:
    """Which members may score rows: as an input of the network, and as columns that the exported graph takes instead.

    Attributes:
        columns: whole numbers by identity column, shape (rows,), and `SEEN` if it is an input of the graph.
        member_mask: the members that score, shape (rows, members).
    """

    columns: Mapping[str, npt.NDArray[np.int64]]
    member_mask: npt.NDArray[np.bool_]


def check_identity(experiment: Experiment) -> None:
    """Refuse an identity from which no graph can pick members.

    Args:
        experiment: specifies how rows are divided, and by which columns.

    Raises:
        ExportError: the identity is the content of the inputs, or the name of the sample is part of it.
    """
    if not experiment.split.every_row_is_tested:
        return
    if not experiment.data.identity:
        msg = (
            "split: the exported graph picks a row's member by its identity, and this experiment has none but the "
            "content of its inputs. Name whole-number columns in data.identity (run, event), and train again."
        )
        raise ExportError(msg)
    if SAMPLE in experiment.data.identity_columns:
        msg = (
            "data.identity: the name of the sample is part of a row's identity; an exported graph picks a row's member "
            "by whole numbers only. Write identity_across_samples: true in data, and train again."
        )
        raise ExportError(msg)


def export_identity(
    experiment: Experiment, members: int, dataset: Dataset, identity: npt.NDArray[np.uint64]
) -> Identity | None:
    """Collect the columns that the exported graph takes, and the member mask that it should compute from them.

    Args:
        experiment: specifies how rows are divided, and by which columns.
        members: number of members in the ensemble.
        dataset: the rows; if `SEEN` is an input of the graph, half of them are treated as unseen in training.
        identity: identities of the rows, shape (rows,), dimensionless.

    Returns:
        The columns and the member mask; None if all members score all rows.

    Raises:
        ExportError: as `check_identity`, or a column of the identity does not hold whole numbers.
    """
    if not experiment.split.every_row_is_tested:
        return None
    check_identity(experiment)
    columns = _whole_numbers(experiment, dataset)
    training_identity = None
    if experiment.split.unseen_members != "sub-ensemble":
        is_training = place_of(identity, Purpose.EXPORT_CHECK, 0) < 0.5
        columns[SEEN], training_identity = is_training.astype(np.int64), identity[is_training]
    return Identity(columns, member_mask_of(identity, experiment.split, members, training_identity))


def graph_identity(
    experiment: Experiment,
    dataset: Dataset,
    identity: npt.NDArray[np.uint64] | None,
    known: npt.NDArray[np.uint64] | None,
) -> dict[str, npt.NDArray[np.int64]]:
    """Collect what an exported graph takes besides the inputs to pick the members that score rows.

    Args:
        experiment: specifies how rows are divided, and by which columns.
        dataset: the rows.
        identity: identities of the rows, shape (rows,), dimensionless.
        known: identities of the training data, shape (n,), if they matter.

    Returns:
        Whole numbers by column, shape (rows,); empty if all members score all rows.

    Raises:
        ExportError: as `export_identity`.
    """
    if not experiment.split.every_row_is_tested or identity is None:
        return {}
    check_identity(experiment)
    columns = _whole_numbers(experiment, dataset)
    if experiment.split.unseen_members != "sub-ensemble" and known is not None:
        columns[SEEN] = np.isin(identity, known).astype(np.int64)
    return columns


def _whole_numbers(experiment: Experiment, dataset: Dataset) -> dict[str, npt.NDArray[np.int64]]:
    """Return the identity columns as the graph takes them."""
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
    return columns
