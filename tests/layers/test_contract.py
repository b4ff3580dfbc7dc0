"""What every layer of netwright keeps to; a new layer is tested by a line in cases.py, and missed without one."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from netwright import layers
from netwright.errors import ExperimentError
from netwright.layers.contract import RULES, check_layer

from .cases import CASES

EACH = [pytest.param(name, case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)]


def maker(name, case):
    """Make the layer with the same weights every time; first values without a seed are drawn by Keras's own."""

    def make():
        keras.utils.set_random_seed(5)
        layer = getattr(layers, name)(**case.arguments)
        layer(*(keras.Input(x.shape[1:], dtype=x.dtype.name) for x in case.inputs))
        return layer

    return make


def arrays(outputs):
    return [ops.convert_to_numpy(x) for x in keras.tree.flatten(outputs)]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))


def model_of(name, case):
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype.name) for x in case.inputs]
    return keras.Model(inputs, maker(name, case)()(*inputs))


def test_every_layer_has_a_case():
    assert sorted(CASES) == sorted(set(layers.__all__) - {"VarianceScaling", "check_layer", "skip_init"})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize(("name", "case"), EACH)
def test_every_layer_keeps_every_rule(name, case, rule):
    rule(maker(name, case), case.inputs)


@pytest.mark.parametrize(("name", "case"), EACH)
def test_layers_have_weights_and_randomness_only_if_their_case_says_so(name, case):
    layer = maker(name, case)()
    assert bool(layer.trainable_weights) == case.trained
    assert layer.count_params() == sum(w.size for w in layer.get_weights())
    once, twice = (layer(*case.inputs, training=True) for _ in range(2))
    assert same(once, twice) == (not case.random)


@pytest.mark.parametrize(("name", "case"), EACH)
def test_a_model_with_it_saves_and_loads_in_safe_mode(name, case, tmp_path):
    model = model_of(name, case)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert same(model(list(case.inputs)), again(list(case.inputs)))


@pytest.mark.parametrize(("name", "case"), EACH)
def test_compiled_and_eager_agree(name, case):
    model = model_of(name, case)
    compiled = model.predict(list(case.inputs), verbose=0)
    for a, b in zip(arrays(compiled), arrays(model(list(case.inputs))), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)  # fused operations round otherwise


# --- the rules find what breaks them ---------------------------------------------------------------------------

FLAT = np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)


class Doubling(keras.layers.Layer):
    """A layer that keeps every rule; the others break one each."""

    def call(self, x):
        return 2.0 * x


class NeverFinite(Doubling):
    def call(self, x):
        return ops.log(x)


class FiniteOutOfTraining(Doubling):
    def call(self, x, *, training=False):
        return x / 0.0 if training else x


class Whole(Doubling):
    def call(self, x):
        return ops.cast(x, "int32")


class OtherShape(Doubling):
    def compute_output_shape(self, shape):
        return (*shape[:-1], 17)


class Summing(Doubling):
    def call(self, x):
        return ops.sum(x, axis=0)


class Refusing(Doubling):
    def call(self, x):
        msg = f"three dimensions, please, not {x.shape}"
        raise ValueError(msg)


class RefusingOneRow(Doubling):
    def call(self, x):
        if x.shape[0] is None:
            return x
        msg = "an unknown number of rows, please"
        raise ValueError(msg)


class AlwaysRandom(Doubling):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.generator)


class Unseeded(Doubling):
    random = np.random.default_rng(1)

    def call(self, x, *, training=False):
        return x + self.random.normal() if training else x


class UnseededWeights(Doubling):
    random = np.random.default_rng(1)

    def build(self, shape):
        start = keras.initializers.Constant(self.random.normal())
        self.kernel = self.add_weight(shape=(shape[-1],), initializer=start)

    def call(self, x):
        return x * self.kernel


class Centring(Doubling):
    def call(self, x):
        return x - ops.mean(x, axis=0)


class Shortening(Doubling):
    def call(self, x):
        return x[:1] if x.shape[0] else x


@keras.saving.register_keras_serializable(package="contract")
class Forgetful(Doubling):
    def __init__(self, factor=3.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return super().get_config()


@keras.saving.register_keras_serializable(package="contract")
class Drifting(Doubling):
    def __init__(self, factor=3.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor + 1}


@keras.saving.register_keras_serializable(package="contract")
class Growing(Doubling):
    """Makes as many weights as there were layers of it before."""

    made = 0

    def build(self, shape):
        type(self).made += 1
        self.kernels = [self.add_weight(shape=(shape[-1],), initializer="ones") for _ in range(type(self).made)]

    def call(self, x):
        return x * self.kernels[0]


class Rooting(Doubling):
    def call(self, x):
        return ops.sqrt(ops.square(x))


class RootOfWeights(Doubling):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return ops.stop_gradient(x) * ops.sqrt(self.kernel)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (NeverFinite, r"NeverFinite \(.*\) gives outputs that are not finite with training=False. Look for a division"),
        (FiniteOutOfTraining, "not finite with training=True"),
        (Whole, "outputs of types int32 instead of float32. Cast with"),
        (OtherShape, r"outputs of shapes \[\(6, 3\)\], but Keras computes \[\(6, 17\)\]. Correct compute_output_shape"),
        (Summing, r"outputs of shapes \[\(3,\)\] for an unknown number of rows .* Keep the first dimension"),
        (Refusing, r"an error for inputs of shapes \[\(6, 3\)\]: .*three dimensions, please"),
        (RefusingOneRow, r"an error for inputs of shapes \[\(6, 3\)\]: .*unknown number of rows, please"),
        (AlwaysRandom, "other outputs when asked again with training=False. Use randomness only if training"),
        (UnseededWeights, "other first weights from the same seed. Draw numbers from keras.random"),
        (Unseeded, "other outputs with training=True from the same seed. Draw numbers from keras.random"),
        (Centring, "outputs of a row that change with the other rows of the batch. Take means"),
        (Shortening, "outputs of shapes"),
        (Forgetful, "other outputs after it was made again from its config. Let get_config return every argument"),
        (Drifting, "another config after it was made again from its config. Let get_config"),
        (Growing, "other weights after it was made again from its config"),
        (Doubling, "a config that it cannot be made again from .*Let get_config"),  # it is not registered
        (Rooting, "gradients by its inputs that are not finite. Look for a root"),
        (RootOfWeights, "gradients by its weights that are not finite"),
    ],
)
def test_a_broken_rule_is_named_with_what_to_do(kind, message):
    arguments = {"factor": 5.0} if kind is Forgetful else {}
    inputs = np.zeros_like(FLAT) if kind is Rooting else FLAT
    if kind in {Rooting, RootOfWeights}:
        keras.saving.register_keras_serializable(package="contract")(kind)
    with pytest.raises(ExperimentError, match=f"(?s){message}"):
        check_layer(lambda: kind(**arguments), inputs)


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.Dense(4, kernel_initializer=keras.initializers.HeNormal(seed=1)),
        lambda: keras.layers.Dropout(0.3, seed=1),
        keras.layers.BatchNormalization,
        lambda: keras.layers.GaussianNoise(0.3, seed=1),
    ],
    ids=["Dense", "Dropout", "BatchNormalization", "GaussianNoise"],
)
def test_layers_of_keras_keep_the_rules(make):
    check_layer(make, FLAT)


def test_a_lambda_is_refused():
    with pytest.raises(ExperimentError, match="a config that it cannot be made again from"):
        check_layer(lambda: keras.layers.Lambda(lambda x: x), FLAT)
