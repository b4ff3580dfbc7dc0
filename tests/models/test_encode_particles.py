"""Particles inside a network: a slow twin of the encoding, order and padding, saved and exported."""

from __future__ import annotations

import itertools
import math

import keras
import numpy as np
import pyarrow as pa
import pytest

from netwright.config import ParticlesInput, parse_experiment
from netwright.data import Description, Rows, choose_fine_columns, describe, divide, input_rows, prepare
from netwright.data import missing_positions as places_of
from netwright.errors import DataError, ExperimentError
from netwright.models import build, forms_of
from netwright.models._particles import Particles
from netwright.models.bodies._call_arguments import call_arguments
from netwright.models.encode import Encoded, encode, inputs_of
from netwright.models.encode_particles import encode_particles
from netwright.models.parameters import count_parameters

TRACKS = {
    "kind": "particles",
    "numbers": {
        "impact": {"columns": ["d0", "z0"], "missing": [-999], "indicator": True},
        "momentum": {"columns": ["pt"], "log": ["pt"], "scaling": "quantiles", "unit": "GeV"},
    },
    "categories": {
        "kind": {"columns": ["name"]},
        "charge": {"columns": ["charge"], "encoding": "bits"},
        "layer": {"columns": ["layer"], "encoding": "embedding", "embedding_size": 3},
    },
    "at_most": 5,
}
JETS = {
    "kind": "particles",
    "four_vectors": {"columns": ["jpt", "jeta", "jphi", "jm"], "basis": "pt,eta,phi,m", "features": ["objects", "jet"]},
    "numbers": {"tag": {"columns": ["btag"]}},
    "at_most": 3,
    "sort_by": "jpt",
}


def jagged(random, counts, values):
    return [values(random, count).tolist() for count in counts]


def columns(rows=200):
    random = np.random.default_rng(7)
    tracks, jets = random.integers(0, 7, rows), random.integers(0, 5, rows)
    tracks[0], tracks[1] = 0, 6

    def numbers(scale):
        return lambda random, count: random.normal(0, scale, count)

    of_tracks = {
        "d0": numbers(0.1),
        "z0": lambda random, count: np.where(random.uniform(size=count) < 0.2, -999, random.normal(1, 5, count)),
        "pt": lambda random, count: random.exponential(3, count) + 0.5,
        "name": lambda random, count: random.choice(["e", "mu", "h"], count),
        "charge": lambda random, count: random.choice([-1, 0, 1], count),
        "layer": lambda random, count: random.integers(0, 4, count),
    }
    of_jets = {
        "jpt": lambda random, count: random.exponential(30, count) + 20,
        "jeta": numbers(1),
        "jphi": lambda random, count: random.uniform(-3, 3, count),
        "jm": lambda random, count: random.exponential(5, count) + 1,
        "btag": lambda random, count: random.uniform(size=count),
    }
    result = {name: jagged(random, tracks, make) for name, make in of_tracks.items()}
    return (
        result
        | {name: jagged(random, jets, make) for name, make in of_jets.items()}
        | {"y": random.integers(0, 2, rows), "event": np.arange(rows)}
    )


def experiment_of(body="deep-sets", **inputs):
    content = {
        "data": {"files": ["f"], "identity": ["event"]},
        "inputs": inputs or {"tracks": TRACKS, "jets": JETS},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": body, "units": [6]} | ({"constituent_units": [5]} if body == "deep-sets" else {})},
    }
    return parse_experiment(content)


def described(data, experiment) -> tuple[Rows, Description]:
    rows = prepare(data, experiment)
    return rows, describe(rows, divide(rows.identity, experiment.split).split(0), experiment)


def padded(rows):
    return {name: values[:] for name, values in rows.inputs.items()}


@pytest.fixture
def problem(dataset_of):
    experiment = experiment_of()
    return experiment, *described(dataset_of(columns()), experiment)


def slow_tracks(x, categories, description, embeddings):
    """Encode the tracks of one row, number by number."""
    moments = description.particles["tracks"]
    impact, momentum = moments["numbers-impact"], moments["numbers-momentum"]
    vocabulary = [list(one) for one in description.vocabulary["tracks"]]
    collected = []
    for (exists, d0, z0, pt), (name, charge, layer) in zip(x, categories, strict=True):
        features = []
        gone = [exists == 0 or value == -999 for value in (d0, z0)]
        for k, value in enumerate((d0, z0)):
            features.append(places_of(impact)[k] if gone[k] else (value - impact.mean[k]) / impact.std[k])
        features += [float(one) for one in gone]
        if exists:
            z = np.interp(
                math.log(max(pt, math.exp(momentum.minimum[0]))),
                momentum.quantiles.knots[0],
                momentum.quantiles.normal[0],
            )
            features.append(float(z))
        else:
            features.append(places_of(momentum)[0])
        at = vocabulary[0].index(name) + 1 if name in vocabulary[0] else 0
        one_hot = [float(at == k) for k in range(len(vocabulary[0]) + 1)]
        at = vocabulary[1].index(charge) + 1 if charge in vocabulary[1] else 0
        bits = [float(at >> k & 1) for k in range(len(vocabulary[1]).bit_length())]
        at = vocabulary[2].index(layer) + 1 if layer in vocabulary[2] else 0
        collected.append([*features, *(exists * np.array([*one_hot, *bits, *embeddings[at]]))])
    return np.array(collected)


def test_the_slow_twin_gives_the_same_features(problem):
    experiment, rows, description = problem
    group = experiment.inputs["tracks"]
    inputs = inputs_of("tracks", group, description)
    result = encode_particles("tracks", group, inputs, description, itertools.count(1))
    model = keras.Model(inputs, result.particles.features)
    values = {name: x[:] for name, x in rows.inputs.items() if name.startswith("tracks")}
    values["tracks-categories"][:3, 0, 2] = 77  # an unknown category
    features = model.predict(values, verbose=0)
    embeddings = model.get_layer("tracks-categories-layer-embedding").get_weights()[0]
    for row in range(20):
        twin = slow_tracks(values["tracks"][row], values["tracks-categories"][row], description, embeddings)
        np.testing.assert_allclose(features[row], twin, rtol=2e-4, atol=2e-4)
    number = rows.inputs["tracks"].counts
    train = divide(rows.identity, experiment.split).split(0).train
    number = number[train]
    assert result.particles.typical == pytest.approx(np.exp(np.log(number[number > 0]).mean()))
    assert not result.flat


@pytest.mark.parametrize("body", ["deep-sets", "dense"])
def test_order_and_padding(problem, body):
    experiment = experiment_of(body)
    _, rows, description = problem
    model = build(experiment, description)
    before = model.predict(padded(rows), verbose=0)["y"]
    assert np.isfinite(before).all()
    turned = {name: x[:, ::-1] for name, x in padded(rows).items()}
    after = model.predict(turned, verbose=0)["y"]
    same = np.allclose(after, before, rtol=1e-5, atol=1e-6)
    assert same == (body == "deep-sets")
    garbage = padded(rows)
    for group, exists in (("tracks", garbage["tracks"][..., 0] > 0), ("jets", garbage["jets"].any(axis=-1))):
        garbage[group][..., 4 if group == "jets" else 1 :][~exists] = 1e6
    garbage["tracks-categories"][garbage["tracks"][..., 0] == 0] = 1
    np.testing.assert_array_equal(model.predict(garbage, verbose=0)["y"], before)
    if body == "deep-sets":  # the same weights, with more padding
        more = experiment_of(body, tracks=TRACKS | {"at_most": 9}, jets=JETS | {"at_most": 9})
        wide = {name: np.pad(x, [(0, 0), (0, 9 - x.shape[1]), (0, 0)]) for name, x in padded(rows).items()}
        shapes = {name: x.shape[1:] for name, x in wide.items()}
        wider = build(more, Description(**(vars(description) | {"shapes": shapes})))
        wider.set_weights(model.get_weights())
        np.testing.assert_allclose(wider.predict(wide, verbose=0)["y"], before, rtol=1e-5, atol=1e-6)


def test_lists_in_another_order_are_the_same_events_if_sorted(dataset_of):
    table = columns(60)
    random = np.random.default_rng(2)
    orders = [random.permutation(len(row)) for row in table["jpt"]]
    jets = ["jpt", "jeta", "jphi", "jm", "btag"]
    shuffled = table | {
        name: [np.asarray(x)[o].tolist() for x, o in zip(table[name], orders, strict=True)] for name in jets
    }
    one, other = (input_rows(dataset_of(t), experiment_of().inputs)["jets"][:] for t in (table, shuffled))
    np.testing.assert_array_equal(one, other)


def test_parameters_are_counted_before_they_exist(problem):
    experiment, _, description = problem
    counted = count_parameters(experiment, description.vocabulary)
    assert sum(counted.values()) == build(experiment, description).count_params() - sum(
        int(np.prod(w.shape)) for w in build(experiment, description).non_trainable_weights
    )


def test_every_particle_keeps_its_numbers_when_particles_are_permuted(problem):
    _, rows, description = problem
    jets = JETS | {"four_vectors": JETS["four_vectors"] | {"features": ["raw"], "augment": ["permute"]}}
    group = ParticlesInput.model_validate(jets)
    experiment = experiment_of(jets=jets)
    description = describe(rows, divide(rows.identity, experiment.split).split(0), experiment)
    inputs = inputs_of("jets", group, description)
    model = keras.Model(
        inputs, encode_particles("jets", group, inputs, description, itertools.count(1)).particles.features
    )
    values = {"jets": rows.inputs["jets"][:]}
    before, after = (np.asarray(model(values, training=training)) for training in (False, True))
    three = (values["jets"][..., 0] > 0).all(axis=1)
    assert not np.array_equal(before[three], after[three])
    for old, new in zip(before[three], after[three], strict=True):
        np.testing.assert_allclose(sorted(map(tuple, old)), sorted(map(tuple, new)), rtol=1e-5)


def test_fine_numbers_of_particles_are_resolved(dataset_of):
    table = columns()
    random = np.random.default_rng(1)
    table["time"] = [(1.7e9 + random.uniform(-50, 50, len(x))).tolist() for x in table["d0"]]
    group = {"kind": "particles", "numbers": {"a": {"columns": ["d0", "time"]}}, "at_most": 5}
    experiment, data = experiment_of(tracks=group), dataset_of(table)
    assert choose_fine_columns(data, experiment.inputs) == {"tracks": ("time",)}
    rows, description = described(data, experiment)
    encoded = encode(experiment.inputs, description, itertools.count(1))
    features = keras.Model(dict(encoded.inputs), encoded.particles[0].features).predict(padded(rows), verbose=0)
    moments = description.particles["tracks"]["numbers-a"]
    first = np.array([x[0] for x in table["time"] if x])
    expected = (first - description.centres["tracks"]["time"] - moments.mean[1]) / moments.std[1]
    np.testing.assert_allclose(features[rows.inputs["tracks"].counts > 0, 0, 1], expected, atol=1e-4)
    assert forms_of(build(experiment, description), experiment).fine == {"tracks": ("time",)}


@pytest.mark.parametrize(
    ("jets", "message"),
    [
        ({"four_vectors": None, "numbers": {}}, r"particles need four_vectors, numbers or categories. Name columns in"),
        ({"numbers": {"a": {"columns": ["jpt"]}}}, r"jpt: a column may appear only once in a group"),
        ({"sort_by": "p_{i}"}, r"either all columns of the group are numbered, with \{i\} in their names, or none"),
        ({"at_most": 1, "four_vectors": JETS["four_vectors"] | {"features": ["pairs"]}}, r"pairs need at_most to be 2"),
        ({"mask": "y"}, r"inputs\.jets: the network may not see column y"),
        ({"numbers": {"a": {"columns": ["q"], "log": ["r"]}}}, r"log names r, which is not among the columns"),
    ],
)
def test_what_a_group_may_not_be(jets, message):
    with pytest.raises(ExperimentError, match=message):
        experiment_of(jets=JETS | jets)


def test_a_layer_of_momenta_needs_four_vectors():
    class Summing(keras.layers.Layer):
        def call(self, momenta):
            return momenta

    x = keras.Input((5, 2))
    encoded = Encoded({"tracks": x}, (), (Particles("tracks", x, x[..., :1], 1.0),))
    with pytest.raises(
        ExperimentError, match=r"m:L: its call takes `momenta`, but the particles of tracks have no four"
    ):
        call_arguments("body", Summing, "m:L", encoded)


def test_categories_without_any_particle_are_refused(dataset_of):
    table = columns(40)
    table["name"] = pa.array([[] for _ in table["name"]], pa.list_(pa.string()))
    group = {"kind": "particles", "categories": {"kind": {"columns": ["name"]}}}
    with pytest.raises(DataError, match=r"inputs\.tracks: there is no particle in the training rows\. Leave the group"):
        described(dataset_of(table), experiment_of(tracks=group))


def test_empty_columns_and_impossible_logarithms_are_refused(dataset_of):
    table = columns(60)
    lost = {"kind": "particles", "numbers": {"a": {"columns": ["pt"], "missing": True}}, "at_most": 5}
    data = dataset_of(table | {"pt": [[float("nan")] * len(x) for x in table["pt"]]})
    with pytest.raises(
        DataError, match=r"inputs\.tracks: the weights of the training rows with a value of pt add up to 0"
    ):
        described(data, experiment_of(tracks=lost))
    steep = {"kind": "particles", "numbers": {"a": {"columns": ["d0"], "log": ["d0"]}}, "at_most": 5}
    with pytest.raises(DataError, match=r"inputs\.tracks: column d0, row \d+ \(particle \d\): -.* is not positive"):
        described(dataset_of(table), experiment_of(tracks=steep))
