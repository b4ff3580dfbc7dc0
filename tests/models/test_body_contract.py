"""What every kind of body keeps to; a new kind is tested by a line here, and missed without one."""

from __future__ import annotations

from typing import Literal

import keras
import numpy as np
import pytest
from keras import ops
from tests.plugin_packages import install_package

from netwright.config import (
    BodySection,
    CustomBody,
    DeepSetsBody,
    DenseBody,
    DenselyConnectedBody,
    ResidualBody,
    TabularBody,
)
from netwright.errors import ExperimentError, PluginError
from netwright.layers import MaskedSum
from netwright.models import BodyKind, check_body, flat_features
from netwright.models.bodies.registry import body_kinds

DENSE = DenseBody(kind="dense", units=[4, 2], dropout=0.2, batch_normalisation="after")
SECTIONS = [
    DENSE,
    ResidualBody(kind="residual", units=[3, 3], l2=0.1, dropout=0.2),
    DenselyConnectedBody(kind="densely-connected", units=[3, 2], dropout=0.2),
    DeepSetsBody(kind="deep-sets", constituent_units=[3], units=[2], batch_normalisation="before", dropout=0.2),
    TabularBody(kind="tabular", units=[4, 3], networks=3, waves=2, dropout=0.2, l2=0.1),
    CustomBody(kind="custom", layer="keras.layers:Dense", arguments={"units": 3}),
]


def test_every_kind_has_a_section_here():
    assert sorted(section.kind for section in SECTIONS) == sorted(body_kinds())


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.kind)
def test_every_kind_keeps_every_rule(section):
    check_body(body_kinds()[section.kind], section)


# --- the rules find what breaks them ---------------------------------------------------------------------------


class Broken(BodySection):
    kind: Literal["broken"] = "broken"


def kind_of(function, **more):
    """Return a kind of body that needs neither its name nor its section."""
    return BodyKind(Broken, lambda *arguments: function(*arguments[2:]), **more)


def dense_on(x, seeds, *, name="body-layer", **more):
    more = {"kernel_initializer": keras.initializers.GlorotNormal(seed=next(seeds))} | more
    return keras.layers.Dense(3, name=name, **more)(x)


def summed(encoded, *, features=None):
    particles = encoded.particles[0]
    features = particles.features if features is None else features
    return MaskedSum(name="body-sum")(features, particles.mask)


class Exploding(keras.layers.Layer):
    def call(self, x):
        return x / 0.0


class Rooting(keras.layers.Layer):
    def call(self, x):
        return ops.sqrt(ops.square(x - x))


class Drawing(keras.layers.Layer):
    def call(self, x, *, training=False):
        return x + float(np.random.default_rng().normal()) if training else x


@keras.saving.register_keras_serializable(package="body_contract")
class Scaling(keras.layers.Layer):
    """Forgets its factor."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return super().get_config()


BODIES = {
    "shape": lambda encoded, _: keras.layers.Reshape((5, 2, 1), name="body-x")(encoded.particles[0].features),
    "finite": lambda encoded, _: Exploding(name="body-x")(encoded.flat[0]),
    "names": lambda encoded, seeds: dense_on(encoded.flat[0], seeds, name="dense"),
    "ops": lambda encoded, seeds: dense_on(ops.exp(encoded.flat[0]), seeds),
    "unseeded": lambda encoded, seeds: dense_on(
        encoded.flat[0], seeds, kernel_initializer=keras.initializers.GlorotNormal()
    ),
    "drawing": lambda encoded, seeds: dense_on(Drawing(name="body-x")(encoded.flat[0]), seeds),
    "same": lambda encoded, seeds: dense_on(encoded.flat[0], seeds, kernel_initializer="ones"),
    "gradients": lambda encoded, seeds: dense_on(Rooting(name="body-x")(encoded.flat[0]), seeds),
    "forgetful": lambda encoded, _: Scaling(3.0, name="body-x")(encoded.flat[0]),
    "order": lambda encoded, seeds: dense_on(flat_features("body", encoded), seeds),
    "padding": lambda encoded, seeds: dense_on(
        keras.layers.GlobalAveragePooling1D(name="body-mean")(encoded.particles[0].features), seeds
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("shape", r"gives \(None, 5, 2, 1\)\. Return one tensor of shape \(rows, units\), or \(rows, N, units\) of N"),
        ("finite", "gives numbers of float32 that are not all finite. Look for a division by zero"),
        ("names", r'has layers of other names: dense\. Name each layer f"{name}-'),
        ("ops", r"has layers of other names: exp.*use keras.ops only in the call of a layer"),
        ("unseeded", "begins with other weights from the same seeds. Take every seed from `seeds`"),
        ("drawing", "gives other outputs in training from the same seeds"),
        ("same", "begins with the same weights from other seeds"),
        ("gradients", "has gradients that are not finite. Keep roots"),
        ("forgetful", "gives other outputs after it was saved and loaded. Let get_config"),
        ("order", "says that it is permutation invariant, but its output changes with the order of particles"),
        ("padding", "says that it is permutation invariant, but its output changes with the values in the padding"),
    ],
)
def test_a_broken_rule_is_named_with_what_to_do(body, message):
    kind = kind_of(BODIES[body], permutation_invariant=True)
    with pytest.raises(ExperimentError, match=rf"^The body of kind broken {message}"):
        check_body(kind, Broken())


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x


def test_a_body_that_cannot_be_loaded_is_broken():
    kind = kind_of(lambda encoded, _: Unregistered(name="body-x")(encoded.flat[0]))
    with pytest.raises(ExperimentError, match=r"cannot be loaded \(.*deserialized.*Register its layers with Keras"):
        check_body(kind, Broken())


def test_momenta_and_directions_are_there_for_a_body_that_asks():
    """A sum over η, φ and E weighted by features: neither the order nor the padding matters."""

    def build(encoded, seeds):
        particles = encoded.particles[0]
        parts = [particles.eta_phi, particles.momenta, particles.features]
        x = keras.layers.Concatenate(name="body-parts")(parts)
        return dense_on(summed(encoded, features=x), seeds)

    check_body(kind_of(build, permutation_invariant=True), Broken())


# --- kinds of other packages -----------------------------------------------------------------------------------

PACKAGE = """
from typing import Literal
from netwright.config import BodySection
from netwright.models import BodyKind, flat_features

class Flat(BodySection):
    kind: Literal["flat"] = "flat"

class Other(BodySection):
    kind: Literal["flat"] = "flat"

def flat(name, section, encoded, seeds):
    return flat_features(name, encoded)

FLAT = BodyKind(Flat, flat)
"""


@pytest.fixture
def install(package_folder):
    """Return the maker of a package with a section of the kind flat."""

    def install(section="Flat", **bodies):
        points = {"netwright.body_sections": {"flat": f"flat_bodies:{section}"}, "netwright.bodies": bodies}
        install_package(package_folder, "flat-bodies", points, {"flat_bodies": PACKAGE})

    return install


def test_a_body_of_a_package_is_built_by_its_kind(install, body_of):
    install(flat="flat_bodies:FLAT")
    assert body_of(kind="flat").output.shape == (None, 3)


def test_a_section_that_no_package_builds_is_refused(install, body_of):
    install()
    message = "no installed package builds bodies of kind flat. flat_bodies, which adds its section, has to name"
    with pytest.raises(ExperimentError, match=message):
        body_of(kind="flat")


@pytest.mark.parametrize(
    ("section", "bodies", "message"),
    [
        (
            "Other",
            {"flat": "flat_bodies:FLAT"},
            "its section, Flat, must have an entry point of that name in the group",
        ),
        ("Flat", {"round": "flat_bodies:FLAT"}, "its section, Flat, must have an entry point of that name"),
        ("Flat", {"dense": "flat_bodies:FLAT"}, "netwright already has one of this name"),
        ("Flat", {"flat": "flat_bodies:flat"}, "it must be an instance of BodyKind"),
    ],
)
def test_a_body_that_cannot_be_used_names_the_package(install, section, bodies, message):
    install(section, **bodies)
    with pytest.raises(PluginError, match=rf"The package flat-bodies 1\.0 adds .*{message}"):
        body_kinds()
