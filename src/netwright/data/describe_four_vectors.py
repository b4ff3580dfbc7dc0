"""What a network needs to know of groups of four-vectors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.config import FourVectorsInput
from netwright.data.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, constituent_features, jet_features
from netwright.data.moments import Moments, MomentSums
from netwright.data.rows import Rows

__all__ = ["describe_four_vectors"]

_ROWS_AT_ONCE = 8_192


def describe_four_vectors(
    name: str, group: FourVectorsInput, rows: Rows, among: npt.NDArray[np.int64]
) -> dict[str, Moments]:
    """Take moments of the features that a group asks for, over the particles there are.

    Args:
        name: of the group, for messages.
        group: says which features.
        rows: all rows.
        among: numbers of the training rows, shape (n,).

    Returns:
        By kind of feature (``constituents``, ``jet`` ...), the moments, shape (features,) each.

    Raises:
        DataError: the weights of the rows that a statistic is taken over add up to nothing positive.
    """
    of_constituents, of_jets = MomentSums(len(CONSTITUENT_FEATURES)), MomentSums(len(JET_FEATURES))
    for start in range(0, len(among), _ROWS_AT_ONCE):
        part = among[start : start + _ROWS_AT_ONCE]
        p4 = np.asarray(rows.inputs[name][part], dtype=np.float64)
        features, mask = constituent_features(p4)
        exists = np.broadcast_to(mask > 0, features.shape)
        weights = np.broadcast_to(rows.weights[part, None, None], features.shape)
        flat = (-1, len(CONSTITUENT_FEATURES))
        of_constituents.add(features.reshape(flat), weights.reshape(flat), exists.reshape(flat))
        jets = jet_features(p4)
        filled = np.broadcast_to(mask.any(axis=1), jets.shape)
        of_jets.add(jets, np.broadcast_to(rows.weights[part, None], jets.shape), filled)
    return {
        "constituents": of_constituents.moments(f"inputs.{name}", CONSTITUENT_FEATURES, constant=True),
        "jet": of_jets.moments(f"inputs.{name}", JET_FEATURES, constant=True),
    }
