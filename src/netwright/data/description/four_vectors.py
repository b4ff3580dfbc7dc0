"""Features of four-vectors, as a network computes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from netwright.config import FourVectors
from netwright.kinematics import (
    CONSTITUENT_FEATURES,
    JET_FEATURES,
    OBJECT_FEATURES,
    PAIR_FEATURES,
    absent_as_zero,
    constituent_features,
    energy_excess,
    jet_features,
    object_features,
    pair_features,
    to_cartesian,
)

__all__ = ["cartesian_four_vectors", "four_vector_features", "four_vector_names"]

Floats = npt.NDArray[np.float64]


def four_vector_features(values: Floats, group: FourVectors) -> dict[str, Floats]:
    """Compute the features of four-vectors whose moments a network needs, over the particles and pairs that exist.

    Args:
        values: components, shape (rows, P, 4), in the basis and unit of the group.
        group: defines the features.

    Returns:
        By kind of feature (``raw``, ``constituents``, ``objects``, ``jet``, ``pairs``), shape (rows, P or pairs,
        features), or (rows, features) of the row; of ``jet`` always, since a network needs a typical number of
        particles; for ``lorentz-boost`` the total energy of all particles, which scales it. NaN where there is none.
    """
    kinds = {*group.features, "jet"}
    return {kind: of_kind(values, group) for kind, of_kind in _KINDS.items() if kind in kinds}


def four_vector_names(group: FourVectors) -> dict[str, tuple[str, ...]]:
    """Return the names of the features of four-vectors.

    Args:
        group: defines the features.

    Returns:
        Names by kind of feature, as `four_vector_features` has them.
    """
    kinds = {*group.features, "jet"}
    return {kind: names for kind, names in _names(group).items() if kind in kinds}


def cartesian_four_vectors(values: npt.NDArray[np.floating], group: FourVectors) -> Floats:
    """Convert a group of four-vectors from the file's basis to E, px, py, pz, as the network does.

    Args:
        values: shape (rows, P, 4), in the basis and unit of the group (GeV or MeV, rad); further components are
            ignored.
        group: defines the basis and the markers of missing values.

    Returns:
        E, px, py, pz in the unit of the group, shape (rows, P, 4), zeros where there is no particle.
    """
    return np.asarray(to_cartesian(_present(np.asarray(values[..., :4], dtype=np.float64), group), group.basis))


def _present(values: Floats, group: FourVectors) -> Floats:
    if group.missing is False:
        return values
    return np.asarray(absent_as_zero(values, () if group.missing is True else tuple(group.missing)))


def _excess(values: Floats, group: FourVectors) -> Floats:
    return np.asarray(energy_excess(_present(values, group), group.basis))


def _raw(values: Floats, group: FourVectors) -> Floats:
    exists = cartesian_four_vectors(values, group)[..., :1] > 0
    return np.where(exists, values, np.nan)


def _constituents(values: Floats, group: FourVectors) -> Floats:
    features, mask = constituent_features(cartesian_four_vectors(values, group))
    return np.where(mask > 0, features, np.nan)


def _objects(values: Floats, group: FourVectors) -> Floats:
    return np.asarray(object_features(cartesian_four_vectors(values, group), _excess(values, group)))


def _jet(values: Floats, group: FourVectors) -> Floats:
    p4 = cartesian_four_vectors(values, group)
    return np.where((p4[..., 0] > 0).any(axis=1, keepdims=True), jet_features(p4), np.nan)


def _pairs(values: Floats, group: FourVectors) -> Floats:
    p4 = cartesian_four_vectors(values[:, : group.pairs_of], group)
    return np.asarray(pair_features(p4, group.pairs_of, _excess(values, group)))


def _energies(values: Floats, group: FourVectors) -> Floats:
    energies = cartesian_four_vectors(values, group)[..., 0].sum(axis=1, keepdims=True)
    return np.where(energies > 0, energies, np.nan)


_KINDS: dict[str, Callable[[Floats, FourVectors], Floats]] = {
    "raw": _raw,
    "constituents": _constituents,
    "objects": _objects,
    "jet": _jet,
    "pairs": _pairs,
    "lorentz-boost": _energies,
}


def _names(group: FourVectors) -> dict[str, tuple[str, ...]]:
    return {
        "raw": tuple(group.basis.split(",")),
        "constituents": CONSTITUENT_FEATURES,
        "objects": OBJECT_FEATURES,
        "jet": JET_FEATURES,
        "pairs": PAIR_FEATURES,
        "lorentz-boost": ("energy",),
    }
