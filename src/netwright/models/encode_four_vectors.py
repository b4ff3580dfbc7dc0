"""Encoding four-vectors as features of particles and of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from netwright.config import FourVectorsInput
from netwright.data import Description, Moments, markers_of
from netwright.layers import (
    AbsentParticles,
    Components,
    ConstituentFeatures,
    FourMomenta,
    JetFeatures,
    LorentzBoost,
    MaskedBatchNormalisation,
    MissingMarkers,
    MissingPlace,
    ObjectFeatures,
    PairFeatures,
    RawFeatures,
    ReflectEta,
    RotatePhi,
    ShuffleParticles,
)
from netwright.models._particles import Particles
from netwright.models.scale import scaled

__all__ = ["EncodedFourVectors", "encode_four_vectors"]

_SYMMETRIES = {"rotate-phi": RotatePhi, "reflect-eta": ReflectEta, "permute": ShuffleParticles}
_GEV = {"GeV": 1.0, "MeV": 1e-3}
_MISSING_PLACE = -5.0  # standard deviations; only rows without any particle get this value


@dataclass(frozen=True)
class EncodedFourVectors:
    """Features of a group of four-vectors.

    Attributes:
        particles: particles with their features; None if the experiment has no features of particles.
        flat: scaled features of the row as a whole, one tensor (rows, features) per kind.
    """

    particles: Particles | None
    flat: tuple[Any, ...]


def encode_four_vectors(
    name: str, group: FourVectorsInput, x: Any, description: Description, seeds: Iterator[int]
) -> EncodedFourVectors:
    """Build the preprocessing of a group of four-vectors.

    Args:
        name: name of the group.
        group: its section of the experiment.
        x: the input, shape (rows, P, 4 + k) with k properties, in raw units.
        description: constants computed from the training rows.
        seeds: iterator over seeds for random layers and initialisers.

    Returns:
        Features of particles and rows.
    """
    moments = description.four_vectors[name]
    x, properties = _augmented(name, group, x, seeds)
    p4, excess, mask = FourMomenta(group.basis, name=f"{name}-momenta")(x)
    makers: dict[str, Callable[[str], Any]] = {
        "raw": lambda layer: RawFeatures(name=layer)(x, mask),
        "constituents": lambda layer: ConstituentFeatures(name=layer)(p4),
        "objects": lambda layer: ObjectFeatures(name=layer)(p4, excess),
        "properties": lambda layer: RawFeatures(name=layer)(_marked(name, group, properties), mask),
        "jet": lambda layer: JetFeatures(name=layer)(p4),
        "pairs": lambda layer: PairFeatures(group.pairs_of, name=layer)(p4, excess),
    }
    found = {
        kind: scaled(f"{name}-{kind}", make(f"{name}-{kind}"), moments[kind], group.scaling, group.noise, next(seeds))
        for kind, make in makers.items()
        if kind in group.features or (kind == "properties" and group.properties)
    }
    if "pairs" in found:
        found["pairs"] = keras.layers.Flatten(name=f"{name}-pairs-flat")(found["pairs"])
    if "lorentz-boost" in group.features:
        found["lorentz-boost"] = _lorentz_boost(name, group, (p4, excess), moments["lorentz-boost"], seeds)
    of_particles = [found.pop(kind) for kind in ("raw", "constituents", "objects", "properties") if kind in found]
    typical = float(np.exp(moments["jet"].mean[moments["jet"].names.index("log_n")]))
    if not of_particles:
        return EncodedFourVectors(None, tuple(found.values()))
    particles = Particles(name, _together(name, of_particles), mask, typical, p4, _GEV[group.unit])
    return EncodedFourVectors(particles, tuple(found.values()))


def _augmented(name: str, group: FourVectorsInput, x: Any, seeds: Iterator[int]) -> tuple[Any, Any]:
    """Return four-vectors and properties, after the symmetries that training applies to them."""
    count, properties = 4 + len(group.properties), None
    if count > 4:
        properties = Components(4, count, name=f"{name}-properties-of_input")(x)
        x = Components(0, 4, name=f"{name}-four_vectors-of_input")(x)
    x = _present(name, group, x)
    for symmetry in group.augment:
        layer = _SYMMETRIES[symmetry](group.basis, seed=next(seeds), name=f"{name}-{symmetry}")
        if symmetry != "permute" or properties is None:
            x = layer(x)
            continue
        both = layer(keras.layers.Concatenate(name=f"{name}-permuted")([x, properties]))
        properties = Components(4, count, name=f"{name}-properties-permuted")(both)
        x = Components(0, 4, name=f"{name}-four_vectors-permuted")(both)
    return x, properties


def _marked(name: str, group: FourVectorsInput, properties: Any) -> Any:
    """Replace the markers of missing properties by NaN."""
    markers = markers_of(group.properties_missing)
    return MissingMarkers(markers, name=f"{name}-properties-markers")(properties) if markers else properties


def _present(name: str, group: FourVectorsInput, x: Any) -> Any:
    """Replace missing particles by zeros."""
    if group.missing is False:
        return x
    markers = [] if group.missing is True else group.missing
    return AbsentParticles(markers, name=f"{name}-absent")(x)


def _together(name: str, parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(name=f"{name}-of_particles")(parts)


def _lorentz_boost(
    name: str, group: FourVectorsInput, momenta: tuple[Any, Any], energies: Moments, seeds: Iterator[int]
) -> Any:
    """Build the Lorentz Boost Network: learned features have no constants, so batches scale them, as in its paper."""
    section = group.lorentz_boost
    layer = LorentzBoost(
        section.particles,
        section.features,
        scale=float(energies.mean[0]),
        seed=next(seeds),
        name=f"{name}-lorentz-boost",
    )
    x = MaskedBatchNormalisation(name=f"{name}-lorentz-boost-normalisation")(layer(*momenta))
    if group.noise:
        x = keras.layers.GaussianNoise(group.noise, seed=next(seeds), name=f"{name}-lorentz-boost-noise")(x)
    return MissingPlace([_MISSING_PLACE] * x.shape[-1], name=f"{name}-lorentz-boost-missing")(x)
