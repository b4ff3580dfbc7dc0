"""Call arguments of custom layers: all features concatenated, or particles by argument name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.errors import ExperimentError
from netwright.kinematics import eta_phi
from netwright.models._particles import Particles
from netwright.models.bodies.flat import flat_features, side_by_side
from netwright.models.encode import Encoded

__all__ = ["call_arguments", "sample_features", "sample_particles"]

Arrays = npt.NDArray[np.float32]

_PARTICLES = {"particles", "momenta"}  # any of these means that a layer takes particles
_ROWS = 8  # rows in a sample


def call_arguments(
    name: str, kind: type[keras.layers.Layer], path: str, encoded: Encoded
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """Return the arguments that a layer is called with.

    A layer takes particles if its ``call`` has an argument ``particles`` or ``momenta``. It then gets those of the
    following arguments that it names: ``particles``, scaled features (rows, P, n); ``momenta``, E, px, py, pz in
    GeV (rows, P, 4); ``eta_phi``, η and φ in rad (rows, P, 2); ``exists``, 1 where there is a particle, else 0
    (rows, P, 1); and ``features``, the features of the row that belong to no particle (rows, m). Any other layer
    gets all features concatenated.

    Args:
        name: name of the body.
        kind: the class of the layer.
        path: import path of the class, for messages.
        encoded: scaled features.

    Returns:
        Positional and keyword arguments, as symbolic tensors.

    Raises:
        ExperimentError: a layer that takes particles would not see all inputs, or one that it names does not exist.
    """
    names = set(inspect.signature(kind.call).parameters)
    if not names & _PARTICLES:
        return (flat_features(name, encoded),), {}
    if "mask" in names:
        msg = (
            f"{path}: Keras itself fills the argument `mask` of a call. Call it `exists`: 1 where there is a particle."
        )
        raise ExperimentError(msg)
    particles = _single_group(path, encoded.particles)
    arguments: dict[str, Any] = (
        {"features": side_by_side(name, encoded.flat)} if _takes_row_features(path, names, encoded) else {}
    )
    arguments |= {"particles": particles.features} if "particles" in names else {}
    of_momenta = [key for key in ("momenta", "eta_phi") if key in names]
    if of_momenta and particles.p4 is None:
        msg = (
            f"{path}: its call takes `{of_momenta[0]}`, but the particles of {particles.group} have no four-vectors. "
            f"Leave the argument out, or give inputs.{particles.group} four_vectors."
        )
        raise ExperimentError(msg)
    arguments |= {key: getattr(particles, key) for key in of_momenta}
    return (), arguments | ({"exists": particles.mask} if "exists" in names else {})


def _single_group(path: str, groups: Sequence[Particles]) -> Particles:
    if len(groups) == 1:
        return groups[0]
    groups_text = (
        f"there are {len(groups)}: {', '.join(group.group for group in groups)}" if groups else "there is none"
    )
    msg = (
        f"{path}: its call takes particles, of one input group of kind four-vectors or particles with features of "
        f"each particle, but {groups_text}. Change the inputs, or let its call take one tensor of all features."
    )
    raise ExperimentError(msg)


def _takes_row_features(path: str, names: set[str], encoded: Encoded) -> bool:
    """Return whether a layer of particles also takes row features, and check that it sees all features."""
    if encoded.flat and "features" not in names:
        msg = (
            f"{path}: its call takes particles only, but the inputs have other features too, which it would not see. "
            "Add the argument `features` to its call, or leave those inputs out."
        )
        raise ExperimentError(msg)
    if not encoded.flat and "features" in names:
        msg = (
            f"{path}: its call takes `features`, but the inputs have none besides those of particles. Leave the "
            "argument out, or add the feature jet to the input group."
        )
        raise ExperimentError(msg)
    return bool(encoded.flat)


def sample_features(tensors: Sequence[Any]) -> list[Arrays]:
    """Draw values of features for checking a layer.

    Args:
        tensors: symbolic tensors, each of shape (rows, features).

    Returns:
        Standard normal values for 8 rows of each tensor.
    """
    random = np.random.default_rng(0)
    return [random.normal(size=(_ROWS, *x.shape[1:])).astype(np.float32) for x in tensors]


def sample_particles(tensors: Mapping[str, Any]) -> dict[str, Arrays]:
    """Draw values of the named arguments of a layer that takes particles, for checking it.

    Args:
        tensors: keyword arguments from `call_arguments`, by name.

    Returns:
        Values for 8 rows of each tensor: rows with all particles, with some, and one with none.
    """
    random = np.random.default_rng(0)
    values = {key: random.normal(size=(_ROWS, *x.shape[1:])) for key, x in tensors.items()}
    number = next((x.shape[1] for key, x in tensors.items() if key in _PARTICLES), 0)
    exists = np.arange(number) < np.linspace(number, 0, _ROWS).round()[:, None]
    momentum = random.normal(0, 50, (_ROWS, number, 3))
    energy = np.hypot(np.linalg.norm(momentum, axis=2, keepdims=True), 0.14)  # GeV, of pions
    momenta = np.concatenate([energy, momentum], axis=2) * exists[:, :, None]
    physical = {"momenta": momenta, "eta_phi": eta_phi(momenta), "exists": exists[:, :, None]}
    return {key: np.asarray(physical.get(key, drawn), np.float32) for key, drawn in values.items()}
