"""Number of trainable parameters of a network, counted from its experiment before the network is built."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count, pairwise

import jax
import keras

from netwright.config import (
    BodySection,
    Categories,
    Experiment,
    FourVectors,
    FourVectorsInput,
    HiddenLayers,
    Numbers,
    ParticleParts,
    ParticlesInput,
    category_columns_of,
    parts_of_particles,
)
from netwright.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, OBJECT_FEATURES, PAIR_FEATURES
from netwright.models._particles import Particles
from netwright.models.bodies.registry import body_output
from netwright.models.encode import Encoded
from netwright.tasks import task_of

__all__ = ["count_parameters"]

Vocabulary = Mapping[str, Sequence[Sequence[int]]]

_OF_TRAINING = {"dropout", "l1", "l2"}  # keys of bodies that change no shape
_PARTICLES = {"raw": 4, "constituents": len(CONSTITUENT_FEATURES), "objects": len(OBJECT_FEATURES)}


def count_parameters(experiment: Experiment, vocabulary: Vocabulary | None = None) -> dict[str, int]:
    """Count the trainable parameters of one member, by the part of the experiment that they belong to.

    A dense layer from n features to u units has (n + 1) u, without a bias n u; a batch normalisation of u has 2 u.

    Args:
        experiment: the experiment that defines the network.
        vocabulary: values of each column, by categorical group; if not given, one value per column, which gives
            the smallest possible count.

    Returns:
        Numbers of parameters by path of a key: ``inputs.NAME``, ``model.body``, ``model.more_bodies.NAME``,
        ``targets.NAME``. The parameters of a custom body are unknown, and not counted.
    """
    counts, flat, particles = {}, 0, {}
    for name, group in experiment.inputs.items():
        values = (vocabulary or {}).get(name, [[0]] * len(category_columns_of(group)))
        if isinstance(group, FourVectorsInput | ParticlesInput):
            parts = parts_of_particles(group)
            counts[f"inputs.{name}"] = _particle_parameters(parts, group.at_most, values)
            flat += _flat_particle_features(parts.four_vectors, group.at_most)
            if features := _particle_features(parts, values):
                particles[name] = (group.at_most, features)
            continue
        counts[f"inputs.{name}"] = _input_parameters(group, values)
        flat += _flat_features(group, values)
    shapes = {}
    for name, body in experiment.model.bodies.items():
        path = "model.body" if name == "body" else f"model.more_bodies.{name}"
        counts[path], shapes[name] = _body_parameters(name, body, flat, particles)
    for name, target in experiment.targets.items():
        body = experiment.model.bodies[target.body]
        outputs = task_of(target).output(target).units
        *networks, width = shapes[target.body]
        units = [width, *target.units]
        output_parameters = math.prod(networks) * (units[-1] + 1) * outputs
        counts[f"targets.{name}"] = _chain(body.style, units) + output_parameters
    return counts


def _body_parameters(
    name: str, body: BodySection, flat: int, particles: Mapping[str, tuple[int, int]]
) -> tuple[int, tuple[int, ...]]:
    """Return the number of parameters of a body, and the shape of its output without rows."""
    if body.user_code is not None:
        return 0, (1,)
    return _built_parameters(
        name, body.model_dump_json(exclude=_OF_TRAINING), type(body), flat, tuple(particles.items())
    )


@lru_cache(64)  # a search asks for each of its trials, most of which differ in other numbers only
def _built_parameters(
    name: str, content: str, kind: type[BodySection], flat: int, particles: tuple[tuple[str, tuple[int, int]], ...]
) -> tuple[int, tuple[int, ...]]:
    """Build a body without allocating weights, which takes little time and memory, and count them."""
    body, results = kind.model_validate_json(content), []

    def build() -> None:
        encoded = _encoded_inputs(flat, dict(particles))
        output = body_output(name, body, encoded, count(1))
        variables = keras.Model(dict(encoded.inputs), output, name=name).trainable_variables
        results.append((sum(math.prod(variable.shape) for variable in variables), output.shape[1:]))

    jax.eval_shape(
        build
    )  # weights are drawn as shapes; Keras draws those that a scope leaves without a value in the next
    return results[0]


def _encoded_inputs(flat: int, particles: Mapping[str, tuple[int, int]]) -> Encoded:
    """Return symbolic inputs of a body with the given numbers of features."""
    inputs = {"flat": keras.Input((flat,), name="flat")} if flat else {}
    groups = []
    for group, (number, features) in particles.items():
        shapes = {"features": features, "mask": 1, "p4": 4}
        group_inputs = {key: keras.Input((number, n), name=f"{group}-{key}") for key, n in shapes.items()}
        groups.append(Particles(group, typical=1.0, **group_inputs))
        inputs |= {f"{group}-{key}": x for key, x in group_inputs.items()}
    return Encoded(inputs, (inputs["flat"],) if flat else (), tuple(groups))


def _chain(body: HiddenLayers, widths: Sequence[int]) -> int:
    return sum(_layer(body, before, units) for before, units in pairwise(widths))


def _layer(body: HiddenLayers, features: int, units: int) -> int:
    bias = body.batch_normalisation != "before"
    normalised = body.batch_normalisation != "none"
    return units * (features + bias + 2 * normalised)


def _input_parameters(section: Numbers | Categories, values: Sequence[Sequence[int]]) -> int:
    """Return the number of parameters of the preprocessing of numbers or categories: embeddings, normalisation."""
    if isinstance(section, Categories):
        return (
            sum(len(column_values) + 1 for column_values in values) * section.embedding_size
            if section.encoding == "embedding"
            else 0
        )
    return 2 * len(section.columns) if section.scaling == "batch-normalisation" else 0


def _flat_features(section: Numbers | Categories, values: Sequence[Sequence[int]]) -> int:
    """Return the number of features that columns of numbers or categories give, for each row or particle."""
    if isinstance(section, Categories):
        if section.encoding == "embedding":
            return len(values) * section.embedding_size
        return sum(
            len(column_values) + 1 if section.encoding == "one-hot" else len(column_values).bit_length()
            for column_values in values
        )
    return len(section.columns) * ((2 if section.scaling == "both" else 1) + section.indicator)


def _particle_parameters(parts: ParticleParts, at_most: int, values: Sequence[Sequence[int]]) -> int:
    """Return the number of parameters of the preprocessing of particles."""
    total = sum(_input_parameters(section, section_values) for section, section_values in _sections(parts, values))
    group = parts.four_vectors
    if group is None:
        return total
    if group.scaling == "batch-normalisation":
        row_features = {"jet": len(JET_FEATURES), "pairs": len(PAIR_FEATURES)}
        total += 2 * sum(_PARTICLES.get(kind, 0) + row_features.get(kind, 0) for kind in group.features)
    if "lorentz-boost" in group.features:
        total += 2 * at_most * group.lorentz_boost.particles + 2 * _boosted(group)
    return total


def _sections(
    parts: ParticleParts, values: Sequence[Sequence[int]]
) -> Iterator[tuple[Numbers | Categories, Sequence[Sequence[int]]]]:
    """Yield the sections of particles, each with the values of its columns of categories."""
    for numbers in parts.numbers.values():
        yield numbers, ()
    start = 0
    for categories in parts.categories.values():
        yield categories, values[start : start + len(categories.columns)]
        start += len(categories.columns)


def _flat_particle_features(group: FourVectors | None, at_most: int) -> int:
    """Return the number of features per row that four-vectors give, not counting those of particles."""
    if group is None:
        return 0
    first = min(group.pairs_of, at_most)
    numbers = {
        "jet": len(JET_FEATURES),
        "pairs": first * (first - 1) // 2 * len(PAIR_FEATURES),
        "lorentz-boost": _boosted(group),
    }
    return sum(numbers.get(kind, 0) for kind in group.features)


def _particle_features(parts: ParticleParts, values: Sequence[Sequence[int]]) -> int:
    of_vectors = () if parts.four_vectors is None else parts.four_vectors.features
    of_sections = sum(_flat_features(section, own) for section, own in _sections(parts, values))
    return sum(_PARTICLES.get(kind, 0) for kind in of_vectors) + of_sections


def _boosted(group: FourVectors) -> int:
    """Return the number of features of a Lorentz Boost Network: per particle, with φ as cos and sin, and per pair."""
    number = group.lorentz_boost.particles
    numbers = {"phi": 2 * number, "pair_cos": number * (number - 1) // 2}
    return sum(numbers.get(feature, number) for feature in group.lorentz_boost.features)
