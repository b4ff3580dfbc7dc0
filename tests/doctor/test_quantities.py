"""What is measured of a model, against slow twins."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, History, Objective, Plan, Rows
from netwright.doctor.quantities.architecture import architecture_of
from netwright.doctor.quantities.heads import by_head, in_order, names_of_heads
from netwright.doctor.quantities.kernel_ridge import leave_one_out, predict_others, standardised
from netwright.doctor.quantities.labels import describe_labels
from netwright.doctor.quantities.losses import chance_loss, row_losses
from netwright.doctor.quantities.objective import objective_of
from netwright.doctor.quantities.passes import make_forward, make_pass
from netwright.doctor.quantities.random_labels import random_share
from netwright.doctor.quantities.reversed_labels import reversed_block
from netwright.doctor.quantities.rows import join_batches, rows_of
from netwright.doctor.quantities.skill import skill_of
from netwright.doctor.quantities.validation_baseline import validation_baseline
from netwright.doctor.quantities.vitals import layer_vitals

RNG = np.random.default_rng(5)


def test_leaving_one_out_at_once_is_leaving_one_out_one_by_one():
    """Closed form against refitting without each row, with the same penalty: to rounding."""
    x, y = RNG.normal(size=(12, 2)), RNG.normal(size=(12, 1))
    z = standardised(x)
    kernel = z @ z.T / 2 + 1.0
    centre = y.mean(0)
    for result, factor in zip(leave_one_out(x, y, "linear"), np.logspace(-4, 2, 7), strict=True):
        penalty = factor * np.linalg.eigvalsh(kernel).mean()
        for row in range(12):
            rest = np.arange(12) != row
            alpha = np.linalg.solve(kernel[rest][:, rest] + penalty * np.eye(11), y[rest] - centre)
            np.testing.assert_allclose(result[row], kernel[row, rest] @ alpha + centre, rtol=1e-6, atol=1e-9)


def test_layers_of_several_networks_have_the_gain_of_one():
    """A kernel for each of 8 networks: not 8 times as many inputs; a convolution's inputs are those of all places."""
    kernel, bias = RNG.normal(size=(8, 16, 4)), np.zeros((8, 4))
    of_each = [layer_vitals("d", None, {"d/kernel": one}, [], activation=None).kernel for one in kernel]
    result = layer_vitals("d", None, {"d/kernel": kernel, "d/bias": bias}, [], activation=None).kernel
    assert result == pytest.approx(np.sqrt(np.mean(np.square(of_each))))
    convolved = layer_vitals("d", None, {"d/kernel": kernel, "d/bias": bias[0]}, [], activation=None).kernel
    assert convolved == pytest.approx(result * np.sqrt(8))


def test_other_rows_are_predicted_by_the_ridge_that_predicts_rows_best_from_each_other():
    x, others = RNG.normal(size=(40, 5)), RNG.normal(size=(7, 5))
    y = x @ np.arange(5.0)[:, None] + 0.1 * RNG.normal(size=(40, 1))  # lines are better than curves
    wide, far = (np.hstack([standardised(z, x) / np.sqrt(5), np.ones((len(z), 1))]) for z in (x, others))
    errors = [((predicted - y) ** 2).mean() for predicted in leave_one_out(x, y, "linear")]
    penalty = np.logspace(-4, 2, 7)[int(np.argmin(errors))] * (wide**2).sum() / len(x)
    slopes = np.linalg.solve(wide.T @ wide + penalty * np.eye(6), wide.T @ (y - y.mean(0)))
    np.testing.assert_allclose(predict_others(x, y, others), y.mean(0) + far @ slopes, rtol=1e-8)


def test_gradients_are_those_of_finite_differences():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x, y = RNG.normal(size=(8, 3)), RNG.normal(size=(8, 1))
    result = make_pass(model)(x, y, None)
    kernel = model.layers[0].kernel
    base, step = keras.ops.convert_to_numpy(kernel).copy(), 1e-2
    slow = np.zeros_like(base)
    for index in np.ndindex(*base.shape):
        values = []
        for sign in (1, -1):
            moved = base.copy()
            moved[index] += sign * step
            kernel.assign(moved)
            values.append(float(((make_forward(model)(x)[0] - y) ** 2).mean()))
        slow[index] = (values[0] - values[1]) / (2 * step)
    np.testing.assert_allclose(result.gradients[kernel.path], slow, rtol=0.01, atol=1e-3)  # single precision


def two_heads(structure):
    inputs = keras.Input((3,))
    inner = keras.layers.Dense(4, activation="tanh", kernel_regularizer="l2")(inputs)
    heads = {"top": keras.layers.Dense(1, name="top")(inner), "mass": keras.layers.Dense(1, name="mass")(inner)}
    model = keras.Model(inputs, heads if structure is dict else list(heads.values()))
    model.compile(loss={"top": "mse", "mass": "mae"} if structure is dict else ["mse", "mae"])
    return model


@pytest.mark.parametrize("structure", [dict, list])
def test_gradients_of_heads_and_of_penalties_add_up_to_that_of_the_whole_loss(structure):
    model = two_heads(structure)
    x, y = RNG.normal(size=(8, 3)), {name: RNG.normal(size=(8, 1)) for name in ("top", "mass")}
    y = y if structure is dict else list(y.values())
    whole, *heads = (make_pass(model, head)(x, y, None) for head in (None, "top", "mass"))
    kernel = model.layers[1].kernel
    penalty = 2 * 0.01 * keras.ops.convert_to_numpy(kernel)
    parts = [head.gradients[kernel.path] for head in heads]
    np.testing.assert_allclose(sum(parts) + penalty, whole.gradients[kernel.path], rtol=1e-4, atol=1e-6)
    assert [head.loss + whole.penalty for head in heads] == pytest.approx([whole.loss] * 2, rel=1e-5)
    outputs = make_forward(model)(x)
    for one, other in zip(outputs, whole.outputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    forward = make_forward(model)
    for rows in (x, x[:3], np.tile(x, (2, 1))):  # fewer and more than at first, by the same compiled function
        np.testing.assert_allclose(forward(rows)[0], np.resize(outputs[0], (len(rows), 1)), rtol=1e-5, atol=1e-6)


def test_heads_go_by_their_names():
    model = two_heads(dict)
    assert names_of_heads(model) == names_of_heads(two_heads(list)) == ("top", "mass")
    assert by_head({"mass": 1}, ("top", "mass")) == {"mass": 1}
    assert by_head([1], ("top", "mass")) == {}
    assert in_order({"mass": 2, "top": 1}, ("top", "mass")) == [1, 2]
    assert in_order([[3]], ()) == [3]
    assert [objective_of(model, name).loss for name in ("top", "mass")] == [
        "mean_squared_error",
        "mean_absolute_error",
    ]


def test_products_and_waves_find_what_lines_do_not():
    """x0 x1 has no linear part; a wave has neither: each method by its share of the variance, on unseen rows."""
    x = RNG.normal(size=(400, 2))

    def explained(y, method):
        return max(1 - ((prediction - y) ** 2).mean() / y.var() for prediction in leave_one_out(x, y, method))

    product, wave = x[:, :1] * x[:, 1:], np.sin(2 * x[:, :1])
    assert explained(product, "linear") < 0.1
    assert explained(product, "quadratic") > 0.99
    assert explained(wave, "quadratic") < 0.8
    assert explained(wave, "fourier") > 0.95


def test_a_block_of_turned_labels_is_found_but_no_order_of_rows():
    random = np.random.default_rng(2)
    x = random.normal(size=(400, 3))
    plain = (x[:, 0] + 0.5 * random.normal(size=400) > 0).astype(float)
    turned = np.where(np.arange(400) < 160, 1 - plain, plain)
    assert reversed_block(x, turned[:, None]) == (0, 160)
    assert reversed_block(x, np.stack([1 - turned, turned], axis=1)) == (0, 160)
    assert reversed_block(x[:90], turned[:90, None]) is None  # too few rows
    for order in (np.argsort(x[:, 0]), np.argsort(plain, kind="stable"), np.arange(400)):
        assert reversed_block(x[order], plain[order, None]) is None
    far = x[np.argsort(np.abs(x[:, 0]))]  # another relation at the end, but the inputs tell where
    beyond = ((far[:, 0] > 0) ^ (np.abs(far[:, 0]) > 0.7)).astype(float)
    assert reversed_block(far[:, :1], beyond[:, None]) is None


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_labels_that_were_drawn_at_random_are_counted(share):
    """The share that was drawn is found to 0.15, the statistics of 1,500 rows; overlap and long tails have none."""
    random = np.random.default_rng(3)
    s = random.normal(size=(1500, 1))
    drawn = random.random((1500, 1)) < share
    y = np.where(drawn, random.permutation(s), s + 0.3 * random.standard_t(3, size=s.shape))
    assert random_share((1 - share) * s, y, classes=False) == pytest.approx(share, abs=0.15)
    inside = random.random((1500, 1)) < 1 / (1 + np.exp(-3 * s))
    inside = np.where(drawn, random.permutation(inside), inside).astype(float)
    both = np.hstack([1 - inside, inside])
    assert random_share(np.hstack([-s, s]), both, classes=True) == pytest.approx(share, abs=0.15)
    assert random_share(np.hstack([-s, s])[:50], both[:50], classes=True) == 0  # too few rows
    assert random_share(0 * both, both, classes=True) == 0
    assert random_share(np.hstack([s, -s]), both, classes=True) == 0  # a method that found nothing, by leaving one out


def test_chance_alone_makes_no_labels_of_numbers_random():
    """In 200 problems of which 10% can be known, where least absolute deviations are steeper by 20% in one of 20."""
    random = np.random.default_rng(0)
    s = random.normal(size=(200, 200, 1))
    y = np.sqrt(0.1) * s + np.sqrt(0.9) * random.normal(size=s.shape)
    shares = [random_share(score, target, classes=False) for score, target in zip(s, y, strict=True)]
    assert sum(share > 0 for share in shares) <= 1


@pytest.mark.parametrize(("kind", "accused"), [("long tail", 1), ("useless column", 8)])
def test_scores_far_out_make_no_labels_of_classes_random(kind, accused):
    """In 20 problems with right labels: a line through a log-normal column, and one to which a Cauchy column adds.

    As they are, all 20 look random, of both kinds.
    """
    random = np.random.default_rng(1)
    inside = random.integers(0, 2, (20, 1000, 1)).astype(float)
    plain = random.normal(size=inside.shape) + 0.8 * inside
    s = np.exp(plain) if kind == "long tail" else plain + 0.1 * random.standard_cauchy(inside.shape)
    shares = [
        random_share(np.hstack([-score, score]), np.hstack([1 - target, target]), classes=True)
        for score, target in zip(s, inside, strict=True)
    ]
    assert sum(share > 0 for share in shares) <= accused


@pytest.mark.parametrize(("rows", "share", "found"), [(500, 0.0, range(1)), (2000, 0.4, range(6, 9))])
def test_two_classes_that_are_alike_have_right_labels_beside_a_clear_one(rows, share, found):
    """Light jets, and those of c and b, by impact parameter and secondary vertices: right labels looked random."""
    count = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        flavour = random.choice(3, rows, p=[0.6, 0.15, 0.25])
        impact, vertices = (
            random.exponential(np.array([1, 3.4, 4])[flavour]),
            random.poisson(np.array([0, 0.8, 1])[flavour]),
        )
        inputs = np.column_stack([impact, vertices, random.normal(size=rows)])
        aim = np.eye(3)[np.where(random.random(rows) < share, random.permutation(flavour), flavour)]
        predicted = [scores for method in ("quadratic", "fourier") for scores in leave_one_out(inputs, aim, method)]
        best = min(predicted, key=lambda scores: float(((scores - aim) ** 2).mean()))
        count += random_share(best, aim, classes=True) >= 0.2
    assert count in found


def test_a_class_without_rows_is_no_class_with_a_clear_end():
    """Four outputs, the last of which no row has: nothing is divided by its share of 0."""
    random = np.random.default_rng(3)
    s = random.normal(size=2000)
    drawn = random.random(2000) < 0.4
    label = np.where(drawn, random.permutation(np.digitize(s, [-0.5, 0.5])), np.digitize(s, [-0.5, 0.5]))
    scores = np.column_stack([-s, -np.abs(s), s, np.full(2000, -1.0) + 0.01 * s])
    with np.errstate(all="raise"):
        assert random_share(scores, np.eye(4)[label], classes=True) == pytest.approx(0.4, abs=0.15)


def test_background_that_looks_like_signal_has_right_labels():
    """A tenth of it is where signal is; elsewhere there is background alone."""
    objective, result = Objective(loss="binary_crossentropy"), []
    for seed in range(8):
        random = np.random.default_rng(seed)
        y = (random.random((400, 1)) < 0.2).astype(float)
        like = np.where(random.random((400, 1)) < 0.1, 1, y)
        x = random.normal(size=(400, 4)) + np.where([True, False, False, False], 4 * like - 2, 0)
        result.append(skill_of(Rows(x, y), np.full((400, 1), 0.5), objective, None).random_labels)
    assert max(result) < 0.2


@pytest.mark.parametrize(
    ("loss", "outputs", "target"),
    [
        ("binary_crossentropy", RNG.random((9, 1)), RNG.integers(0, 2, (9, 1)).astype(float)),
        ("mean_squared_error", RNG.normal(size=(9, 2)), RNG.normal(size=(9, 2))),
        ("mean_absolute_error", RNG.normal(size=(9, 2)), RNG.normal(size=(9, 2))),
        ("categorical_crossentropy", RNG.dirichlet(np.ones(3), 9), np.eye(3)[RNG.integers(0, 3, 9)]),
        ("sparse_categorical_crossentropy", RNG.dirichlet(np.ones(3), 9), RNG.integers(0, 3, (9, 1)).astype(float)),
    ],
)
@pytest.mark.parametrize("logits", [False, True])
def test_losses_of_rows_are_those_of_keras(loss, outputs, target, logits):
    if logits and "mean" in loss:
        pytest.skip("such a loss knows no logits")
    outputs = 100 * (outputs - 0.5) if logits else outputs  # a network that is sure, and wrong, loses 50
    function = getattr(keras.losses, loss)
    expected = function(target, outputs, from_logits=True) if logits else function(target, outputs)
    losses = row_losses(outputs, target, Objective(loss, from_logits=logits))
    np.testing.assert_allclose(losses, keras.ops.convert_to_numpy(expected), rtol=1e-4, atol=1e-6)


def test_numbers_are_judged_by_the_rows_that_their_weights_stand_for():
    """Of steeply falling targets with weights that make them flat, the best network was behind a simple method."""
    random = np.random.default_rng(1)
    y = random.exponential(size=1000)
    x = np.stack([y + random.normal(size=1000), random.normal(size=1000)], axis=1)
    flat = np.linspace(0, 5, 200)
    likelihood = np.exp(-0.5 * (x[:, :1] - flat) ** 2)
    best = (likelihood * flat).sum(1) / likelihood.sum(1)
    weights = np.where(y < 5, np.exp(np.minimum(y, 5)), 0)
    objective = Objective("mean_squared_error")
    rows = Rows(x, y[:, None], weights / weights.mean())
    skill = skill_of(rows, best[:, None], objective, (rows, best[:, None]))
    assert skill.explained > 0.55  # 0.3 of the rows as they are
    assert skill.explained > skill.explained_baseline - 0.05
    assert skill.validation == pytest.approx(skill.explained, abs=1e-6)
    none_left = replace(rows, weight=np.where(np.arange(1000) < 2, 1.0, 1e-9))  # of validation
    assert np.isnan(skill_of(rows, best[:, None], objective, (none_left, best[:, None])).validation)
    assert skill_of(rows, 0 * best[:, None] + 2, objective, None).explained_shortfall > 0.5
    assert (
        skill_of(replace(rows, weight=np.where(np.arange(1000) < 5, 1.0, 1e-6)), best[:, None], objective, None) is None
    )


def test_losses_that_are_not_known_are_none():
    assert row_losses(np.ones((2, 1)), np.ones((2, 1)), Objective("custom")) is None
    assert row_losses(np.ones((2, 2)), np.ones((2, 1)), Objective("mean_squared_error")) is None
    assert row_losses(np.ones((2, 2)), np.full((2, 1), 5.0), Objective("sparse_categorical_crossentropy")) is None


def test_an_autoencoder_is_not_compared_with_methods_that_copy():
    x = RNG.normal(size=(60, 4))
    skill = skill_of(Rows(x, x), 0.5 * x, Objective("mean_squared_error"), None)
    assert skill is not None
    assert np.isnan(skill.baseline)
    assert skill.network == pytest.approx(0.75, abs=0.02)
    case = Case(skill=skill, plan=Plan(finished=True), rows=Rows(x, x, total=60), history=History({"loss": np.ones(3)}))
    assert falls_short(case) is None


def test_the_loss_of_chance_is_the_entropy_of_the_classes():
    labels = describe_labels(np.array([[0.0], [1.0], [2.0], [2.0]] * 3), 3)
    expected = -(0.5 * np.log(0.5) + 2 * 0.25 * np.log(0.25))
    assert chance_loss(labels, Objective("sparse_categorical_crossentropy")) == pytest.approx(expected)
    assert np.isnan(chance_loss(labels, Objective("mean_squared_error")))


def test_a_layer_for_normalisation_says_whether_it_was_adapted():
    scale = keras.layers.Normalization()
    model = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(1)])
    assert not architecture_of(model).layers[0].adapted
    assert architecture_of(model).layers[0].adapted_to is None
    scale.adapt(np.array([[1.0, 5.0], [3.0, 6.0]]))
    assert architecture_of(model).layers[0].adapted
    assert architecture_of(model).layers[0].adapted_to is not None


def test_a_layer_says_for_how_many_places_it_has_its_units_and_whether_it_has_a_bias():
    steps = [keras.Input((5, 2)), keras.layers.Dense(3, use_bias=False), keras.layers.Flatten(), keras.layers.Dense(1)]
    first, _, last = architecture_of(keras.Sequential(steps)).layers
    assert (first.positions, first.bias) == (5, False)
    assert (last.positions, last.bias) == (1, True)


def test_a_loss_of_directions_says_nothing_of_the_size_of_outputs():
    x = RNG.normal(size=(40, 2))
    assert skill_of(Rows(x, x), 3 * x, Objective("cosine_similarity"), None) is None


def test_tags_from_raw_outputs_are_judged_by_their_probabilities():
    x = RNG.normal(size=(100, 3))
    rows = Rows(x, (x > 0).astype(float))
    skills = [
        skill_of(rows, 20 * x, Objective(f"{kind}_crossentropy", from_logits=True), (rows, 20 * x))
        for kind in ("binary", "categorical")
    ]
    assert min(skills[0].network, skills[0].validation) > 0.9
    assert skills[1] is None  # which of the outputs are of one place of a row is not known


@pytest.mark.parametrize("given", [lambda y: y + 3, lambda y: 1 - y])
def test_a_loss_of_ones_own_may_want_a_quantile_or_a_distance(given):
    x = RNG.normal(size=(100, 2))
    y = (x[:, :1] > 0).astype(float)
    rows, own = Rows(x, y), Objective("custom")
    skill = skill_of(rows, given(y), own, (Rows(x[:50], y[:50]), given(y[:50])))
    assert (skill.network, skill.validation) == (1, 1)
    assert skill_of(rows, given(y), Objective("mean_squared_error"), None).network < 1
    assert skill_of(rows, 0 * y, own, None).network < 0.7


@pytest.mark.parametrize(("target", "fits"), [([0, 0, 0, 1], True), ([0, 1, 1, 0], False)])
def test_of_a_few_rows_it_is_known_what_a_straight_line_fits(target, fits):
    rows = Rows(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(target, float)[:, None])
    skill = skill_of(rows, np.full((4, 1), 0.4), Objective("binary_crossentropy"), None)
    assert (skill.linear == 1) is fits
    assert np.isnan(skill.baseline)


def functional():
    inputs = keras.Input((4,))
    left = keras.layers.Dense(3, activation="tanh", name="left")(inputs)
    right = keras.layers.Dropout(0.2)(keras.layers.Dense(3, name="right")(inputs))
    joined = keras.layers.Concatenate(name="joined")([left, right])
    return keras.Model(inputs, [keras.layers.Dense(1, name="a")(joined), keras.layers.Dense(2, name="b")(right)])


def test_the_layers_that_follow_are_known_in_a_functional_model():
    architecture = architecture_of(functional())
    assert architecture.outputs == ("a", "b")
    assert architecture.layer("right").follows == ("joined", "b")
    assert architecture.connected


def test_layers_without_a_kernel_of_their_own_learn_as_well():
    layers = [keras.layers.Embedding(9, 2), keras.layers.GRU(2), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    for layer, shape in zip(layers, [(1, 3), (1, 3, 2), (1, 2), (1, 2)], strict=True):
        layer.build(shape)
    model = keras.Sequential(layers)
    for trainable in (True, False):
        model.trainable = trainable
        assert [layer.learns for layer in architecture_of(model).layers] == [True, True, False, False]


def test_layers_inside_of_models_are_found_and_a_subclass_is_not_connected():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.ReLU()])
    outer = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1, activation="sigmoid")])
    architecture = architecture_of(outer)
    assert [layer.activation for layer in architecture.layers] == ["relu", "relu", "sigmoid"]
    assert architecture.parameters == 4 * 3 + 3 + 3 + 1

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = keras.layers.Dense(2), keras.layers.Dense(1)

        def call(self, inputs):
            return self.second(self.first(inputs))

    own = architecture_of(Own())
    assert not own.connected
    assert len(own.layers) == 2


class Written(keras.Model):
    """A subclassed model: layers by themselves, a model inside, and something else in between where wanted."""

    def __init__(self, between=None):
        super().__init__()
        self.first, self.drop = keras.layers.Dense(4, name="first"), keras.layers.Dropout(0.5, name="drop")
        self.inner = keras.Sequential([keras.layers.Dense(3, activation="tanh", name="second")])
        self.last, self.between = keras.layers.Dense(1, activation="relu", name="last"), between

    def call(self, inputs, training=None):
        values = self.drop(self.first(inputs), training=training)
        return self.last(self.inner(self.between(values) if self.between else values))


def test_the_connections_of_a_subclass_are_seen_while_it_runs():
    x, y = np.ones((5, 2), "float32"), np.ones((5, 1), "float32")
    model = Written()
    model.compile(loss="mse")
    model(x)
    result = make_pass(model)(x, y, None)
    architecture = architecture_of(model, result.wires)
    assert architecture.connected
    assert architecture.outputs == ("last",)
    assert architecture.layer("first").follows == ("second",)  # past the dropout
    assert [layer.name for layer in architecture.hidden] == ["first", "second"]
    assert architecture.parameters == 2 * 4 + 4 + 4 * 3 + 3 + 3 + 1
    assert "call" not in vars(model)
    assert "call" not in vars(model.last)

    other = Written(between=keras.ops.relu)
    other.compile(loss="mse")
    other(x)
    architecture = architecture_of(other, make_pass(other)(x, y, None).wires)
    assert (architecture.outputs, architecture.connected) == (("last",), False)
    assert [layer.name for layer in architecture.hidden] == ["first", "second"]


def test_the_output_of_a_network_around_one_that_is_used_twice_is_known():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    left, right = keras.Input((4,)), keras.Input((4,))
    apart = keras.layers.Subtract()([inner(left), inner(right)])
    dense = keras.layers.Dense(1, activation="relu", name="same")
    assert architecture_of(keras.Model([left, right], dense(apart))).outputs == ("same",)
    handed_on = keras.layers.Activation("sigmoid")(dense(apart))
    assert architecture_of(keras.Model([left, right], handed_on)).outputs == ()


@pytest.mark.parametrize(
    ("loss", "name", "logits"),
    [
        ("mse", "mean_squared_error", False),
        (keras.losses.MeanAbsoluteError(), "mean_absolute_error", False),
        (keras.losses.BinaryCrossentropy(from_logits=True), "binary_crossentropy", True),
        (keras.losses.sparse_categorical_crossentropy, "sparse_categorical_crossentropy", False),
        (lambda y, p: keras.ops.mean(y - p), "custom", False),
        (None, "", False),
    ],
)
def test_the_loss_is_named_however_it_was_given(loss, name, logits):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss=loss, optimizer=keras.optimizers.SGD(0.1, momentum=0.8, clipnorm=0.5), metrics=["mae"])
    objective = objective_of(model)
    assert (objective.loss, objective.from_logits) == (name, logits)
    assert (objective.optimizer, objective.momentum, objective.clipping) == ("sgd", 0.8, 0.5)
    assert objective.learning_rate == pytest.approx(0.1)


def test_rows_come_from_tables_lists_and_dictionaries():
    y = np.arange(3)
    assert rows_of({"a": np.ones((3, 2)), "b": np.zeros((3, 1))}, y).inputs.shape == (3, 3)
    assert rows_of([np.ones((3, 2)), np.zeros((3, 4, 2))], y).inputs.shape == (3, 10)
    column = rows_of(np.ones((3, 2)), y, np.array([[1.0], [2.0], [3.0]]))  # as Keras takes them too
    assert column.weight.tolist() == [1, 2, 3]
    many = rows_of(np.ones((50_000, 1)), np.ones(50_000), np.ones(50_000))
    assert (len(many), many.total, len(many.weight)) == (2000, 50_000, 2000)
    assert len(many.raw[0]) == len(many.raw[1]) == 2000


def test_batches_are_joined_in_their_structure():
    x, y, weight = join_batches([({"a": np.ones((2, 1))}, np.zeros(2), np.ones(2))] * 3)
    assert x["a"].shape == (6, 1)
    assert len(y) == len(weight) == 6
    assert join_batches([np.ones((2, 1))])[1] is None


def test_words_have_a_simple_method_that_counts_them():
    random = np.random.default_rng(3)
    words, label = random.integers(10, 400, (200, 8)), np.arange(200) % 2
    words[:, 2] = np.where(label, random.integers(1, 4, 200), random.integers(4, 7, 200))
    rows, objective = (
        Rows(words.astype(float), label[:, None].astype(float), tokens=True),
        Objective("binary_crossentropy"),
    )
    constant = skill_of(rows, np.full((200, 1), 0.5), objective, None)
    assert constant is not None
    assert constant.baseline > 0.8
    assert falls_short(Case(rows=rows, skill=constant, plan=Plan(finished=True)))
    shuffled = Rows(words.astype(float), random.permutation(rows.target), tokens=True)
    case = Case(rows=shuffled, skill=skill_of(shuffled, np.full((200, 1), 0.5), objective, None))
    assert not falls_short(Case(rows=shuffled, skill=case.skill, plan=Plan(finished=True)))


def test_dead_saturated_and_identical_units_are_counted():
    given = np.array([[0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 3.0, 0.0]])
    assert layer_vitals("x", given, {}, [], activation="relu").dead == 0.25
    assert layer_vitals("x", given, {}, [], activation=None).dead == 0.0
    assert layer_vitals("x", np.array([[0.0, 0.5], [0.999, 0.5]]), {}, [], activation="sigmoid").saturated == 0.5
    same = {"x/kernel": np.ones((3, 2)), "x/bias": np.zeros(2)}
    assert layer_vitals("x", None, same, [], activation=None).identical
    assert not layer_vitals("x", None, {**same, "x/bias": np.arange(2.0)}, [], activation=None).identical
    assert not layer_vitals("x", None, {"x/kernel": np.full((3, 2), np.nan)}, [], activation=None).finite


def test_a_hard_problem_is_no_shortfall():
    """A network at the level of the best that can be had is not behind it, although far from perfect."""
    x = RNG.normal(size=(1000, 3))
    chance = 1 / (1 + np.exp(-0.8 * x[:, :1]))
    y = (RNG.random((1000, 1)) < chance).astype(float)
    skill = skill_of(Rows(x, y), chance, Objective("binary_crossentropy"), None)
    assert skill.network < 0.75
    assert skill.shortfall < 3 * skill.error + 0.04
    assert skill.learnable
    random = skill_of(Rows(x, RNG.permutation(y)), chance, Objective("binary_crossentropy"), None)
    assert not random.learnable


def test_the_noise_scale_is_that_of_a_known_noise():
    """Slow twin: gradients of single rows with mean 0.2 and covariance of trace 8 in 4 dimensions, in batches of 50."""
    from netwright.doctor.quantities.head_gradients import noise_scale

    random = np.random.default_rng(2)
    batches = 0.1 + random.normal(scale=np.sqrt(2.0 / 50), size=(4000, 4))
    expected = 8 / (4 * 0.1**2)
    assert noise_scale(batches, 50) == pytest.approx(expected, rel=0.1)
    assert np.isnan(noise_scale(batches[:1], 50))
    assert noise_scale(np.array([[1.0], [-1.0]]), 50) == np.inf


def test_what_a_simple_method_reaches_is_the_same_beside_networks_that_are_as_good():
    """It is measured on up to 256 rows and on all: where it is ahead on neither, that of all rows is said."""
    random = np.random.default_rng(1)
    x = random.normal(size=(600, 4))
    clear = x[:, :1] * x[:, 1:2] + x[:, 2:3]
    y = (clear + 0.7 * random.normal(size=(600, 1)) > 0).astype(float)
    chance = 1 / (1 + np.exp(-2 * clear))
    nearby = np.clip(chance + 0.1 * random.normal(size=chance.shape), 0, 1)
    skills = [skill_of(Rows(x, y), one, Objective("binary_crossentropy"), None) for one in (chance, nearby, 1 - chance)]
    assert skills[0].baseline == skills[1].baseline
    assert skills[2].shortfall > 2.5 * skills[2].error


def test_validation_rows_count_by_their_classes_as_training_rows_do():
    """Of a rare class that counts nine times as much, half is found: of both sets of rows the same share is right."""
    rare = (np.arange(100) % 10 == 0).astype(float)[:, None]
    outputs = np.where(np.arange(100)[:, None] % 20 == 0, rare, 0.0)
    x = RNG.normal(size=(100, 2))
    rows = Rows(x, rare, weight=1 + 8 * rare[:, 0])
    skill = skill_of(rows, outputs, Objective("binary_crossentropy"), (Rows(x, rare), outputs))
    assert skill.network == pytest.approx(0.75)
    assert skill.validation == pytest.approx(0.75)
    plain = skill_of(Rows(x, rare), outputs, Objective("binary_crossentropy"), (Rows(x, rare), outputs))
    assert plain.validation == pytest.approx(0.95)


def test_a_simple_method_elsewhere_counts_classes_as_the_training_does():
    x = np.linspace(-1, 1, 200)[:, None]
    label = (np.arange(200) % 5 == 0).astype(float)[:, None] * (x > 0)  # a fifth of the rows on one side
    plain = validation_baseline(Rows(x, label), Rows(x, label), Objective("binary_crossentropy"))
    weighted = Rows(x, label, weight=1 + 8 * label[:, 0])
    balanced = validation_baseline(weighted, Rows(x, label), Objective("binary_crossentropy"))
    assert plain == pytest.approx(0.9)  # none of the rare class is found
    assert 0.7 < balanced < 0.85


def test_copies_of_rows_do_not_help_the_simple_method():
    """Rows of a rare class that are drawn several times count as often, and are left out together."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(120, 4)), (np.arange(120) % 6 == 0).astype(float)[:, None]
    often = np.concatenate([np.arange(120), np.tile(np.flatnonzero(y[:, 0] == 1), 4)])
    outputs = np.full((len(often), 1), 0.4)
    objective = Objective(loss="binary_crossentropy")
    skill = skill_of(Rows(x[often], y[often]), outputs, objective, None)
    assert skill.network == pytest.approx(0.5)
    assert skill.trivial == pytest.approx(0.5)
    assert skill.baseline < 0.65  # there is nothing to learn; copies of each other would give 0.9
    weighted = skill_of(Rows(x, y, weight=1 + 4 * y[:, 0]), outputs[:120], objective, None)
    assert skill.baseline == pytest.approx(weighted.baseline)


@pytest.mark.parametrize(
    ("kind", "at_end"),
    [
        (keras.layers.LSTM(3), True),
        (keras.layers.GRU(3, return_sequences=True), False),
        (keras.layers.LSTM(3, go_backwards=True), False),
        (keras.layers.Bidirectional(keras.layers.GRU(3)), False),
        (keras.layers.GlobalMaxPooling1D(), False),
    ],
)
def test_a_recurrent_layer_that_gives_its_last_step_and_a_layer_that_masks_are_known(kind, at_end):
    model = keras.Sequential([keras.layers.Embedding(9, 2, mask_zero=True), kind])
    embedding, after = architecture_of(model).layers
    assert (embedding.masks, after.masks, after.at_end) == (True, False, at_end)


def test_a_frozen_layer_that_was_trained_before_is_known_by_its_biases():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, trainable=False), keras.layers.Dense(1)])
    assert [layer.pretrained for layer in architecture_of(model).layers] == [False, False]
    model.layers[0].bias.assign([0.1, 0.2, 0.3])
    assert [layer.pretrained for layer in architecture_of(model).layers] == [True, False]


def test_the_averages_of_batch_normalisation_are_known():
    model = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization(momentum=0.9), keras.layers.Dense(1)])
    assert [layer.averaging for layer in architecture_of(model).layers] == [0.9, 0.0]


def test_weights_in_half_precision_are_known():
    policies = ("bfloat16", "mixed_bfloat16", "float32")
    model = keras.Sequential([keras.Input((2,)), *(keras.layers.Dense(3, dtype=policy) for policy in policies)])
    assert [layer.half_precision for layer in architecture_of(model).layers] == [True, False, False]


def test_frozen_embeddings_and_recurrent_layers_that_were_trained_before_are_known():
    embedding, lstm = keras.layers.Embedding(9, 2, trainable=False), keras.layers.LSTM(3, trainable=False)
    given = keras.layers.Embedding(9, 2, keras.initializers.Constant(np.ones((9, 2))), trainable=False)
    model = keras.Sequential([keras.Input((4,)), embedding, lstm])
    assert [layer.pretrained for layer in architecture_of(model).layers] == [False, False]
    embedding.embeddings.assign(embedding.embeddings + 0.1)
    lstm.cell.bias.assign(lstm.cell.bias + 0.1 * np.arange(12))
    assert [layer.pretrained for layer in architecture_of(model).layers] == [True, True]
    assert architecture_of(keras.Sequential([keras.Input((4,)), given])).layers[0].pretrained


def test_the_last_of_several_activations_of_an_output_is_known():
    layers = keras.layers
    twice = [layers.Dense(3, activation="softmax"), layers.Dropout(0.1), layers.Softmax()]
    once = [layers.Dense(3), layers.BatchNormalization(), layers.Activation("softmax")]
    ends = [architecture_of(keras.Sequential([keras.Input((2,)), *end])).layers[0] for end in (twice, once)]
    assert [end.last_activation for end in ends] == ["softmax", ""]
