"""Encoding particles as features of particles and of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from netwright.config import FourVectors, FourVectorsInput, ParticleParts, ParticlesInput, parts_of_particles
from netwright.data import Description, Moments, categories_of, rest_of
from netwright.layers import (
    AbsentParticles,
    Components,
    ConstituentFeatures,
    FourMomenta,
    JetFeatures,
    LorentzBoost,
    MaskedBatchNormalisation,
    MissingPlace,
    ObjectFeatures,
    PairFeatures,
    RawFeatures,
    ReflectEta,
    RotatePhi,
    ShuffleParticles,
)
from netwright.models._particles import Particles
from netwright.models.encode_categorical import encode_categorical
from netwright.models.encode_numeric import centred, encode_numeric, present
from netwright.models.scale import scaled

__all__ = ["EncodedParticles", "encode_particles"]

_SYMMETRIES = {"rotate-phi": RotatePhi, "reflect-eta": ReflectEta, "permute": ShuffleParticles}
_OF_PARTICLES, _OF_ROWS = ("raw", "constituents", "objects"), ("jet", "pairs")  # kinds of features
_GEV = {"GeV": 1.0, "MeV": 1e-3}
_MISSING_PLACE = -5.0  # standard deviations; only rows without any particle get this value


@dataclass(frozen=True)
class EncodedParticles:
    """Features of a group of particles.

    Attributes:
        particles: particles with their features; None if the experiment has no features of particles.
        flat: scaled features of the row as a whole, one tensor (rows, features) per kind.
    """

    particles: Particles | None
    flat: tuple[Any, ...]


def encode_particles(
    name: str,
    group: FourVectorsInput | ParticlesInput,
    inputs: Mapping[str, Any],
    description: Description,
    seeds: Iterator[int],
) -> EncodedParticles:
    """Build the preprocessing of a group of particles.

    Args:
        name: name of the group.
        group: its section of the experiment.
        inputs: by name, the input of the group, shape (rows, P, 4 + k) with four-vectors and k numbers (1 + k without
            four-vectors), in raw units; and those of the remainders of fine columns and of categories.
        description: constants computed from the training rows.
        seeds: iterator over seeds for random layers and initialisers.

    Returns:
        Features of particles and rows.
    """
    parts, moments = parts_of_particles(group), description.particles[name]
    further = _numbers(name, parts, inputs, description) | _categories(name, parts, inputs, description, seeds)
    leading = _components(f"{name}-four_vectors-of_input", inputs[name], 0, parts.first)
    if parts.four_vectors is None:
        vector_features, p4, mask, gev = [], None, leading, 1.0
    else:
        leading, further = _augmented(name, parts.four_vectors, leading, further, seeds)
        p4, excess, mask = FourMomenta(parts.four_vectors.basis, name=f"{name}-momenta")(leading)
        vectors = _Vectors(name, parts.four_vectors, leading, p4, excess, mask)
        vector_features, gev = vectors.features(_OF_PARTICLES, moments, seeds), _GEV[parts.four_vectors.unit]
    numbers = [
        encode_numeric(
            f"{name}-{key}", section, RawFeatures(name=f"{name}-{key}")(further[key], mask), moments[key], seeds
        )
        for key, section in parts.numbers.items()
    ]
    categories = [keras.layers.Multiply(name=f"{name}-{key}-there")([further[key], mask]) for key in parts.categories]
    flat = [] if parts.four_vectors is None else vectors.row_features(moments, seeds)
    particle_features = [*vector_features, *numbers, *categories]
    if not particle_features:
        return EncodedParticles(None, tuple(flat))
    particles = Particles(name, _concatenate(name, particle_features), mask, _typical(moments), p4, gev)
    return EncodedParticles(particles, tuple(flat))


def _typical(moments: Mapping[str, Moments]) -> float:
    """Return a typical number of particles in a row."""
    counted = moments["jet"] if "jet" in moments else moments["count"]
    return float(np.exp(counted.mean[counted.names.index("log_n")]))


def _numbers(name: str, parts: ParticleParts, inputs: Mapping[str, Any], description: Description) -> dict[str, Any]:
    """Return the numbers of each section, NaN where a value is missing; fine ones as distances from their centres."""
    by_section, start = {}, parts.first
    centres = description.centres.get(name, {})
    for key, section in parts.numbers.items():
        x = _components(f"{name}-{key}-of_input", inputs[name], start, start + len(section.columns))
        start += len(section.columns)
        section_centres = {column: centre for column, centre in centres.items() if column in section.columns}
        if section_centres:
            indices = [list(centres).index(column) for column in section_centres]
            remainders = _components(f"{name}-{key}-of_rest", inputs[rest_of(name)], indices[0], indices[-1] + 1)
            by_section[key] = centred(f"{name}-{key}", section, x, remainders, section_centres)
        else:
            by_section[key] = present(f"{name}-{key}", section, x)
    return by_section


def _categories(
    name: str, parts: ParticleParts, inputs: Mapping[str, Any], description: Description, seeds: Iterator[int]
) -> dict[str, Any]:
    """Return the features of each section of categories, also where there is no particle."""
    by_section, start = {}, 0
    for key, section in parts.categories.items():
        stop = start + len(section.columns)
        x = _components(f"{name}-{key}-of_input", inputs[categories_of(name)], start, stop, dtype="int32")
        vocabulary = description.vocabulary[name][start:stop]
        by_section[key], start = encode_categorical(f"{name}-{key}", section, x, vocabulary, seeds), stop
    return by_section


def _components(layer: str, x: Any, start: int, stop: int, dtype: str | None = None) -> Any:
    return x if (start, stop) == (0, x.shape[-1]) else Components(start, stop, dtype=dtype, name=layer)(x)


def _augmented(
    name: str, group: FourVectors, x: Any, further: Mapping[str, Any], seeds: Iterator[int]
) -> tuple[Any, dict[str, Any]]:
    """Return four-vectors and further features, after the symmetries that training applies to them."""
    x = _present(name, group, x)
    for symmetry in group.augment:
        layer = _SYMMETRIES[symmetry](group.basis, seed=next(seeds), name=f"{name}-{symmetry}")
        if symmetry != "permute" or not further:
            x = layer(x)
            continue
        concatenated = layer(keras.layers.Concatenate(name=f"{name}-permuted")([x, *further.values()]))
        x, start = Components(0, 4, name=f"{name}-four_vectors-permuted")(concatenated), 4
        permuted = {}
        for key, values in further.items():
            stop = start + values.shape[-1]
            permuted[key] = Components(start, stop, name=f"{name}-{key}-permuted")(concatenated)
            start = stop
        further = permuted
    return x, dict(further)


@dataclass(frozen=True)
class _Vectors:
    """Four-vectors inside a network: as in the file, as E, px, py, pz, what E - |p| is, and where they are."""

    name: str
    group: FourVectors
    raw: Any
    p4: Any
    excess: Any
    mask: Any

    def features(self, kinds: Sequence[str], moments: Mapping[str, Moments], seeds: Iterator[int]) -> list[Any]:
        """Return the scaled features of these kinds that the group asks for."""
        makers: dict[str, Callable[[str], Any]] = {
            "raw": lambda layer: RawFeatures(name=layer)(self.raw, self.mask),
            "constituents": lambda layer: ConstituentFeatures(name=layer)(self.p4),
            "objects": lambda layer: ObjectFeatures(name=layer)(self.p4, self.excess),
            "jet": lambda layer: JetFeatures(name=layer)(self.p4),
            "pairs": lambda layer: PairFeatures(self.group.pairs_of, name=layer)(self.p4, self.excess),
        }
        scaled_features = []
        for kind in (kind for kind in kinds if kind in self.group.features):
            layer = f"{self.name}-{kind}"
            x = scaled(layer, makers[kind](layer), moments[kind], self.group.scaling, self.group.noise, next(seeds))
            scaled_features.append(keras.layers.Flatten(name=f"{layer}-flat")(x) if kind == "pairs" else x)
        return scaled_features

    def row_features(self, moments: Mapping[str, Moments], seeds: Iterator[int]) -> list[Any]:
        """Return the scaled features of the row as a whole."""
        scaled_features = self.features(_OF_ROWS, moments, seeds)
        if "lorentz-boost" in self.group.features:
            momenta = (self.p4, self.excess)
            scaled_features.append(_lorentz_boost(self.name, self.group, momenta, moments["lorentz-boost"], seeds))
        return scaled_features


def _present(name: str, group: FourVectors, x: Any) -> Any:
    """Replace missing particles by zeros."""
    if group.missing is False:
        return x
    markers = [] if group.missing is True else group.missing
    return AbsentParticles(markers, name=f"{name}-absent")(x)


def _concatenate(name: str, features: list[Any]) -> Any:
    return features[0] if len(features) == 1 else keras.layers.Concatenate(name=f"{name}-of_particles")(features)


def _lorentz_boost(
    name: str, group: FourVectors, momenta: tuple[Any, Any], energies: Moments, seeds: Iterator[int]
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
