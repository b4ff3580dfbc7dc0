"""Number of trainable parameters of a network, counted from its experiment before the network is built."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count, pairwise

import keras

from netwright.config import (
    BodySection,
    CategoricalInput,
    Experiment,
    FourVectorsInput,
    HiddenLayers,
    InputGroup,
)
from netwright.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, OBJECT_FEATURES, PAIR_FEATURES
from netwright.models._particles import Particles
from netwright.models.bodies.registry import body_output
from netwright.models.encode import Encoded
from netwright.tasks import task_of

__all__ = ["count_parameters"]

Vocabulary = Mapping[str, Sequence[Sequence[int]]]

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
    found, flat, particles = {}, 0, {}
    for name, group in experiment.inputs.items():
        values = (vocabulary or {}).get(name, [[0]] * len(group.columns))
        found[f"inputs.{name}"] = _of_input(group, values)
        flat += _flat_features(group, values)
        if isinstance(group, FourVectorsInput) and (features := _particle_features(group)):
            particles[name] = (group.at_most, features)
    widths = {}
    for name, body in experiment.model.bodies.items():
        path = "model.body" if name == "body" else f"model.more_bodies.{name}"
        found[path], widths[name] = _of_body(name, body, flat, particles)
    for name, target in experiment.targets.items():
        body = experiment.model.bodies[target.body]
        outputs = task_of(target).output(target).units
        width = target.units[-1] if target.units else widths[target.body]
        found[f"targets.{name}"] = _chain(body.style, [widths[target.body], *target.units]) + (width + 1) * outputs
    return found


def _of_body(name: str, body: BodySection, flat: int, particles: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return the number of parameters of a body, for flat features and (particles, features), and of its outputs.

    The body is built without allocating weights, which takes little time and memory.
    """
    if body.user_code is not None:
        return 0, 1
    with keras.StatelessScope(initialize_variables=False):
        encoded = _encoded(flat, particles)
        output = body_output(name, body, encoded, count(1))
        built = keras.Model(dict(encoded.inputs), output, name=name)
    return sum(math.prod(variable.shape) for variable in built.trainable_variables), output.shape[1]


def _encoded(flat: int, particles: Mapping[str, tuple[int, int]]) -> Encoded:
    """Return symbolic inputs of a body with the given numbers of features."""
    inputs = {"flat": keras.Input((flat,), name="flat")} if flat else {}
    groups = []
    for group, (number, features) in particles.items():
        shapes = {"features": features, "mask": 1, "p4": 4}
        of_group = {key: keras.Input((number, n), name=f"{group}-{key}") for key, n in shapes.items()}
        groups.append(Particles(group, typical=1.0, **of_group))
        inputs |= {f"{group}-{key}": x for key, x in of_group.items()}
    return Encoded(inputs, (inputs["flat"],) if flat else (), tuple(groups))


def _chain(body: HiddenLayers, widths: Sequence[int]) -> int:
    return sum(_layer(body, before, units) for before, units in pairwise(widths))


def _layer(body: HiddenLayers, features: int, units: int) -> int:
    bias = body.batch_normalisation != "before"
    normalised = body.batch_normalisation != "none"
    return units * (features + bias + 2 * normalised)


def _of_input(group: InputGroup, values: Sequence[Sequence[int]]) -> int:
    """Return the number of parameters of a group's preprocessing: embeddings, normalisation, particle combinations."""
    if isinstance(group, CategoricalInput):
        return sum(len(one) + 1 for one in values) * group.embedding_size if group.encoding == "embedding" else 0
    found, normalised = 0, len(group.columns)
    if isinstance(group, FourVectorsInput):
        of_rows = {"jet": len(JET_FEATURES), "pairs": len(PAIR_FEATURES)}
        normalised = _particle_features(group) + sum(of_rows.get(kind, 0) for kind in group.features)
        if "lorentz-boost" in group.features:
            found = 2 * group.at_most * group.lorentz_boost.particles + 2 * _boosted(group)
    return found + (2 * normalised if group.scaling == "batch-normalisation" else 0)


def _flat_features(group: InputGroup, values: Sequence[Sequence[int]]) -> int:
    """Return the number of features per row that a group gives to a body, not counting those of particles."""
    if isinstance(group, CategoricalInput):
        if group.encoding == "embedding":
            return len(values) * group.embedding_size
        return sum(len(one) + 1 if group.encoding == "one-hot" else len(one).bit_length() for one in values)
    if not isinstance(group, FourVectorsInput):
        return len(group.columns) * (2 if group.indicator else 1)
    first = min(group.pairs_of, group.at_most)
    numbers = {
        "jet": len(JET_FEATURES),
        "pairs": first * (first - 1) // 2 * len(PAIR_FEATURES),
        "lorentz-boost": _boosted(group),
    }
    return sum(numbers.get(kind, 0) for kind in group.features)


def _particle_features(group: FourVectorsInput) -> int:
    return sum(_PARTICLES.get(kind, 0) for kind in group.features) + len(group.properties)


def _boosted(group: FourVectorsInput) -> int:
    """Return the number of features of a Lorentz Boost Network: per particle, with φ as cos and sin, and per pair."""
    number = group.lorentz_boost.particles
    numbers = {"phi": 2 * number, "pair_cos": number * (number - 1) // 2}
    return sum(numbers.get(feature, number) for feature in group.lorentz_boost.features)
