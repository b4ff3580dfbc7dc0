"""What a network needs to know of groups of four-vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from netwright.config import FourVectorsInput
from netwright.data.moments.moments import Moments, MomentSums
from netwright.data.rows.particle_properties import properties_as_seen
from netwright.data.rows.rows import Rows
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

__all__ = ["cartesian_four_vectors", "describe_four_vectors"]

Floats = npt.NDArray[np.float64]

_NUMBERS_AT_ONCE = 8_000_000  # of features, in memory


def describe_four_vectors(
    name: str, group: FourVectorsInput, rows: Rows, among: npt.NDArray[np.integer]
) -> dict[str, Moments]:
    """Compute moments of the features of a group, over the particles and pairs that exist.

    Args:
        name: of the group, for messages.
        group: defines the features.
        rows: all rows.
        among: training row numbers, shape (n,).

    Returns:
        By kind of feature (``raw``, ``constituents``, ``objects``, ``properties``, ``jet``, ``pairs``), the moments of
        each feature, over all particles, rows or pairs; of ``jet`` always, since a network needs a typical number of
        particles; for ``lorentz-boost`` those of the total energy of all particles, which scales it.

    Raises:
        DataError: the weights of the rows of a statistic do not add up to a positive number.
    """
    wanted = {*group.features, "jet", *(["properties"] if group.properties else [])}
    kinds = [kind for kind in _KINDS if kind in wanted]
    sums = {kind: MomentSums(len(_names(kind, group))) for kind in kinds}
    for part in _parts(group, rows.inputs[name].shape[1], among):
        values = np.asarray(rows.inputs[name][part], dtype=np.float64)
        for kind in kinds:
            features = _KINDS[kind](values if kind == "properties" else values[..., :4], group)
            weights = np.broadcast_to(rows.weights[part].reshape(-1, *[1] * (features.ndim - 1)), features.shape)
            flat = (-1, features.shape[-1])
            sums[kind].add(features.reshape(flat), weights.reshape(flat), np.isfinite(features.reshape(flat)))
    return {
        kind: sums[kind].moments(
            f"inputs.{name}", _names(kind, group), constant=True, quantiles=group.scaling == "quantiles"
        )
        for kind in kinds
    }


def cartesian_four_vectors(values: npt.NDArray[np.floating], group: FourVectorsInput) -> Floats:
    """Convert a group of four-vectors from the file's basis to E, px, py, pz, as the network does.

    Args:
        values: shape (rows, P, 4), in the basis and unit of the group (GeV or MeV, rad); further components are
            ignored.
        group: defines the basis and the markers of missing values.

    Returns:
        E, px, py, pz in the unit of the group, shape (rows, P, 4), zeros where there is no particle.
    """
    return np.asarray(to_cartesian(_present(np.asarray(values[..., :4], dtype=np.float64), group), group.basis))


def _present(values: Floats, group: FourVectorsInput) -> Floats:
    if group.missing is False:
        return values
    return np.asarray(absent_as_zero(values, () if group.missing is True else tuple(group.missing)))


def _excess(values: Floats, group: FourVectorsInput) -> Floats:
    return np.asarray(energy_excess(_present(values, group), group.basis))


def _raw(values: Floats, group: FourVectorsInput) -> Floats:
    exists = cartesian_four_vectors(values, group)[..., :1] > 0
    return np.where(exists, values, np.nan)


def _constituents(values: Floats, group: FourVectorsInput) -> Floats:
    features, mask = constituent_features(cartesian_four_vectors(values, group))
    return np.where(mask > 0, features, np.nan)


def _objects(values: Floats, group: FourVectorsInput) -> Floats:
    return np.asarray(object_features(cartesian_four_vectors(values, group), _excess(values, group)))


def _properties(values: Floats, group: FourVectorsInput) -> Floats:
    exists = cartesian_four_vectors(values, group)[..., :1] > 0
    return np.where(exists, properties_as_seen(values[..., 4:], group), np.nan)


def _jet(values: Floats, group: FourVectorsInput) -> Floats:
    p4 = cartesian_four_vectors(values, group)
    return np.where((p4[..., 0] > 0).any(axis=1, keepdims=True), jet_features(p4), np.nan)


def _pairs(values: Floats, group: FourVectorsInput) -> Floats:
    p4 = cartesian_four_vectors(values[:, : group.pairs_of], group)
    return np.asarray(pair_features(p4, group.pairs_of, _excess(values, group)))


def _energies(values: Floats, group: FourVectorsInput) -> Floats:
    energies = cartesian_four_vectors(values, group)[..., 0].sum(axis=1, keepdims=True)
    return np.where(energies > 0, energies, np.nan)


_KINDS: dict[str, Callable[[Floats, FourVectorsInput], Floats]] = {
    "raw": _raw,
    "constituents": _constituents,
    "objects": _objects,
    "properties": _properties,
    "jet": _jet,
    "pairs": _pairs,
    "lorentz-boost": _energies,
}


def _names(kind: str, group: FourVectorsInput) -> tuple[str, ...]:
    names = {
        "raw": tuple(group.basis.split(",")),
        "constituents": CONSTITUENT_FEATURES,
        "objects": OBJECT_FEATURES,
        "properties": tuple(group.properties),
        "jet": JET_FEATURES,
        "pairs": PAIR_FEATURES,
        "lorentz-boost": ("energy",),
    }
    return names[kind]


def _parts(group: FourVectorsInput, particles: int, among: npt.NDArray[np.integer]) -> list[npt.NDArray[np.integer]]:
    """Cut the rows into blocks whose features fit in memory."""
    pairs = min(group.pairs_of, particles) ** 2 // 2 if "pairs" in group.features else 0
    at_once = max(1, _NUMBERS_AT_ONCE // (6 * max(particles, pairs)))
    return [among[start : start + at_once] for start in range(0, len(among), at_once)]
