"""The doctor at work in ``fit``: it finds, it leaves no trace, and it never ends a training. Runs under any backend."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest

from netwright.doctor import DoctorCallback, examine_model
from netwright.doctor.quantities.pairing import class_for_all, mixes_rows, upside_down

RNG = np.random.default_rng(3)
X = RNG.normal(size=(192, 4)).astype("float32")
Y = (X[:, 0] * X[:, 1] + 0.5 * X[:, 2] > 0).astype("float32")
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32"), np.array([0, 1, 1, 0], "float32")


def network(activation="sigmoid", hidden="relu", dropout=0.0, form="sequential"):
    keras.utils.set_random_seed(7)
    layers = [
        keras.layers.Dense(16, activation=hidden),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(1, activation=activation),
    ]
    if form == "sequential":
        model = keras.Sequential(layers)
    elif form == "functional":
        inputs = keras.Input((4,))
        outputs = inputs
        for layer in layers:
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
    else:
        model = Subclassed(layers)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return model


class Subclassed(keras.Model):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def call(self, inputs, training=None):
        for part in self.parts[:2]:
            inputs = part(inputs)
        return self.parts[3](self.parts[2](inputs, training=training))


class Batches(keras.utils.PyDataset):
    """Batches with noise from a generator of its own, which reading one twice would move on."""

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = slice(32 * index, 32 * index + 32)
        return X[rows] + self.rng.normal(size=(32, 4)).astype("float32"), Y[rows]


def generator():
    while True:
        for start in range(0, 192, 32):
            yield X[start : start + 32], Y[start : start + 32]


def dataset():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(192).batch(50)


def two_heads(wrong="linear", weight=1.0):
    keras.utils.set_random_seed(7)
    inputs = keras.Input((4,))
    inner = keras.layers.Dropout(0.1)(keras.layers.Dense(16, activation="relu")(inputs))
    top = keras.layers.Dense(1, activation="sigmoid", name="top")(inner)
    mass = keras.layers.Dense(1, activation=wrong, name="mass")(inner)
    model = keras.Model(inputs, {"top": top, "mass": mass})
    losses = {"top": "binary_crossentropy", "mass": "mse"}
    model.compile(keras.optimizers.Adam(0.01), loss=losses, loss_weights={"top": weight, "mass": 1.0})
    return model


HEADS = {"mass": 3 * X[:, 3] + X[:, 2], "top": Y}  # in another order than the outputs
SOURCES = {
    "arrays": lambda: {"x": X, "y": Y, "validation_split": 0.2},
    "weights": lambda: {"x": X, "y": Y, "sample_weight": np.linspace(0, 1, 192)},
    "PyDataset": lambda: {"x": Batches()},
    "generator": lambda: {"x": generator(), "steps_per_epoch": 6, "shuffle": False},
    "tf.data": lambda: {"x": dataset(), "validation_data": (X, Y)},
}


def weights(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


@pytest.mark.parametrize(
    ("form", "source"), [*(("sequential", source) for source in SOURCES), ("subclassed", "arrays")]
)
def test_it_leaves_no_trace_in_the_weights(source, form):
    with_it, without = network(dropout=0.3, form=form), None
    arguments = SOURCES[source]()
    doctor = DoctorCallback()
    with_it.fit(**arguments, epochs=2, verbose=0, callbacks=[doctor])
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    without = network(dropout=0.3, form=form)
    arguments = SOURCES[source]()
    without.fit(**arguments, epochs=2, verbose=0)
    for one, other in zip(weights(with_it), weights(without), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert doctor.case.rows is not None
    assert len(doctor.case.rows) >= 96
    assert doctor.case.vitals[-1].outputs is not None
    if form == "sequential":  # TensorFlow builds others in the first step
        assert [finding.evidence for finding in doctor.findings if finding.symptom == "not measured"] == []


def test_the_end_of_a_subclassed_network_is_judged_with_its_loss():
    model = Subclassed([*network().layers[:3], keras.layers.Dense(1, activation="relu")])
    model.compile(optimizer="adam", loss="mse")
    doctor = DoctorCallback()
    model.fit(X, X[:, :1] - 1, epochs=1, verbose=0, callbacks=[doctor])
    assert doctor.findings[0].symptom == "output and loss"
    assert "relu gives nothing below 0" in doctor.findings[0].evidence


def with_and_without(make, **arguments):
    """Train the same network twice, the first time under the eyes of the doctor, who must leave no trace."""
    doctor, ends = DoctorCallback(), []
    for callbacks in ([doctor], []):
        model = make()
        model.fit(X, verbose=0, callbacks=callbacks, **arguments)
        ends.append(weights(model))
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [finding.evidence for finding in doctor.findings if finding.symptom == "not measured"] == []
    return doctor


def test_the_noise_of_gradients_is_measured_where_batches_are_small():
    def slow():
        model = network()
        model.optimizer.learning_rate = 1e-5
        return model

    doctor = with_and_without(slow, y=Y, batch_size=2, epochs=1)
    assert doctor.case.vitals[-1].noise > 0


def test_a_drowned_head_is_named():
    doctor = with_and_without(lambda: two_heads(weight=1e-6), y=HEADS, epochs=25)
    named = [finding for finding in doctor.findings if finding.symptom == "drowned head"]
    assert [one.cause for one in named] == ["Another head drowns this one."]
    assert "top has 0.00% of the gradient" in named[0].evidence


def test_each_head_is_judged():
    model = two_heads(wrong="sigmoid")
    doctor = DoctorCallback()
    model.fit(X, HEADS, epochs=1, verbose=0, callbacks=[doctor])
    first = doctor.findings[0]
    assert (first.cause, first.where) == ("The output activation is wrong.", ("mass",))
    assert first.evidence.startswith("mass: Targets go from")
    assert examine_model(model, X, HEADS)[0] == first


@pytest.mark.parametrize("same", [False, True])
def test_batches_of_a_generator_are_taken_as_they_come(same):
    order = np.argsort(Y)

    def batches():
        while True:
            for start in np.zeros(6, int) if same else range(0, 192, 32):
                rows = order[start : start + 32]
                yield X[rows], Y[rows]

    doctor = DoctorCallback()
    network().fit(batches(), steps_per_epoch=6, epochs=1, shuffle=False, verbose=0, callbacks=[doctor])
    in_order = [finding.evidence for finding in doctor.findings if finding.symptom == "rows in order"]
    assert len(in_order) == (not same)
    assert (doctor.case.plan.repeats, doctor.case.rows.total) == (same, 32 if same else 0)
    assert len(doctor.case.rows) == (32 if same else 192)


def test_a_healthy_training_is_silent():
    model = network()
    doctor = DoctorCallback()
    model.fit(X, Y, epochs=30, verbose=0, callbacks=[doctor])
    assert [finding for finding in doctor.findings if finding.severity in {"WARN", "FAIL"}] == []


def test_a_fault_is_the_first_finding_of_both():
    model = network(activation="linear")
    doctor = DoctorCallback()
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[doctor])
    assert doctor.findings[0].symptom == "output and loss"
    assert examine_model(model, X, Y)[0].symptom == "output and loss"


class _Squares(keras.losses.Loss):
    """Without a look at the shapes, as beginners write it."""

    def call(self, target, output):
        return keras.ops.square(target - output)


def test_a_loss_that_compares_each_output_with_the_targets_of_all_rows_is_named():
    x = np.random.default_rng(3).normal(size=(60, 2)).astype("float32")
    y = x @ [1.0, -1.0]
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=_Squares())
    doctor = DoctorCallback()
    model.fit(x, y, epochs=5, verbose=0, callbacks=[doctor])
    assert doctor.findings[0].cause == "The loss function is wrong."
    assert "y.reshape(-1, 1)" in doctor.findings[0].remedy
    assert not mixes_rows(model, y[:, None])


def test_losses_that_tell_two_classes_apart_want_no_class_for_all():
    """Also those of raw outputs, of distances, and with unequal weights; not one that forgets a class."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    y, ops = np.array([0.0, 1.0, 1.0, 0.0, 0.0]), keras.ops
    collected = []
    for loss in (
        keras.losses.BinaryCrossentropy(from_logits=True),
        lambda y, d: y * d**2 + (1 - y) * ops.maximum(1.5 - d, 0) ** 2,  # contrastive: 0 for rows of class 1
        lambda y, p: -9 * y * ops.log(p) - (1 - y) * ops.log(1 - p),
        lambda y, p: ops.maximum(1 - y * p, 0),  # a hinge, which wants -1 and 1
    ):
        model.compile(loss=loss)
        collected.append(class_for_all(model, y))
    assert collected == [None, None, None, 1]


def test_a_loss_that_wants_others_targets_is_upside_down_where_outputs_are_the_targets():
    ops, one_hot, numbers = keras.ops, np.eye(3)[[0, 1, 2, 2]], np.array([0.0, 2.0, 5.0])
    found = []
    for loss, target in (
        (lambda y, p: ops.sum(y * ops.log(p), -1), one_hot),
        (lambda y, p: -ops.sum(y * ops.log(p), -1), one_hot),
        (lambda y, p: -ops.square(y - p), numbers),
        (lambda y, p: ops.maximum(0.9 * (y - p), 0.1 * (p - y)), numbers),  # a quantile
        (lambda y, d: y * d**2 + (1 - y) * ops.maximum(1.5 - d, 0) ** 2, numbers > 1),  # a distance
        (lambda y, p: y[:, 0] * ops.log(p[:, 1]) + p[:, 0], 1 + np.arange(6.0).reshape(3, 2)),  # other quantities
    ):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(target.reshape(len(target), -1).shape[1])])
        model.compile(loss=loss)
        found.append(upside_down(model, target))
    assert found == [True, False, True, False, False, False]


def test_a_rate_that_is_too_low_is_named_with_a_number_to_try():
    model = network()
    model.compile(optimizer=keras.optimizers.Adam(1e-6), loss="binary_crossentropy")
    doctor = DoctorCallback()
    model.fit(X, Y, epochs=5, verbose=0, callbacks=[doctor])
    assert doctor.findings[0].cause == "The learning rate is too low."
    assert "learning rate of 0.001" in doctor.findings[0].remedy


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("loss", "max", ("EarlyStopping takes the largest loss for the best",)),
        ("loss", "min", ()),
        ("accuracy", "min", ("EarlyStopping takes the smallest accuracy for the best",)),
        ("accuracy", "auto", ()),
    ],
)
def test_early_stopping_in_the_wrong_direction_is_named(name, mode, said):
    model = network()
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    doctor = DoctorCallback()
    stop = keras.callbacks.EarlyStopping(name, mode=mode)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[stop, doctor])
    assert (doctor.case.plan.planned, doctor.case.plan.backwards) == (2, said)


def test_four_rows_are_enough():
    model = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(1e-5), loss="binary_crossentropy")
    doctor = DoctorCallback()
    model.fit(*XOR, epochs=3, verbose=0, callbacks=[doctor])
    assert doctor.findings[0].cause == "The learning rate is too low."


class OwnStep(keras.Model):
    """A model with a training step of its own that needs no targets."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=None):  # noqa: ARG002
        return keras.ops.mean(keras.ops.square(y_pred))


def test_a_model_without_targets_trains_and_is_told_what_is_not_known():
    model = OwnStep()
    model.compile(optimizer="sgd")
    doctor = DoctorCallback()
    model.fit(X, epochs=1, verbose=0, callbacks=[doctor])
    assert "Not measured: the targets" in " ".join(finding.evidence for finding in doctor.findings)


@pytest.mark.parametrize(
    "rows",
    [(X[:1], Y[:1]), (X, np.ones(192)), (X, Y * np.nan), (X * np.inf, Y)],
    ids=["one row", "one class", "targets of NaN", "infinite inputs"],
)
def test_odd_rows_end_no_training(rows):
    model = network()
    model.compile(optimizer="sgd", loss="mse")  # PyTorch's cross entropy ends such a training by itself
    doctor = DoctorCallback()
    history = model.fit(*rows, epochs=2, verbose=0, callbacks=[doctor])
    assert len(history.history["loss"]) == 2
    assert isinstance(doctor.findings, list)


def test_weights_of_zero_and_a_metric_of_nan_end_no_training():
    model = network()
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=[lambda _, p: keras.ops.mean(p) * float("nan")])
    doctor = DoctorCallback()
    model.fit(X, Y, sample_weight=np.zeros(192), epochs=2, verbose=0, callbacks=[doctor])
    assert isinstance(doctor.findings, list)


class Stopping(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        if epoch == 1:
            raise KeyboardInterrupt


def test_an_interrupted_training_has_findings_too():
    model = network(activation="linear")
    doctor = DoctorCallback()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=5, verbose=0, callbacks=[doctor, Stopping()])
    assert doctor.findings[0].cause == "The output activation is wrong."


def test_a_second_fit_begins_anew():
    doctor = DoctorCallback()
    network(activation="linear").fit(X, Y, epochs=1, verbose=0, callbacks=[doctor])
    network().fit(X, Y, epochs=25, verbose=0, callbacks=[doctor])
    assert [finding for finding in doctor.findings if finding.severity in {"WARN", "FAIL"}] == []
    assert doctor.case.history.epochs == 25


def test_it_can_be_pickled_before_and_after():
    doctor = pickle.loads(pickle.dumps(DoctorCallback()))  # noqa: S301
    network(activation="linear").fit(X, Y, epochs=1, verbose=0, callbacks=[doctor])
    again = pickle.loads(pickle.dumps(doctor))  # noqa: S301
    assert again.findings[0].cause == "The output activation is wrong."


def test_what_goes_wrong_inside_is_a_note(monkeypatch):
    def broken(*_, **__):
        msg = "the reason"
        raise RuntimeError(msg)

    monkeypatch.setattr("netwright.doctor.callback.case_before", broken)
    doctor = DoctorCallback()
    network().fit(X, Y, epochs=1, verbose=0, callbacks=[doctor])
    assert "RuntimeError: the reason" in doctor.findings[0].evidence
    assert doctor.findings[0].severity == "NOTE"


def test_a_training_loop_of_ones_own_may_pass_the_rows():
    model = network(activation="linear")
    doctor = DoctorCallback(x=X, y=Y)
    doctor.set_model(model)
    model.build((None, 4))
    doctor.on_train_begin()
    doctor.on_epoch_end(0, {"loss": 1.0})
    doctor.on_train_end()
    assert doctor.findings[0].cause == "The output activation is wrong."


@pytest.mark.parametrize(
    ("model", "rows", "text"),
    [
        (lambda: keras.Sequential([keras.layers.Dense(1)]), (X, Y), "the model is not compiled"),
        (network, (X, None), "the targets"),
        (network, (X[:0], Y[:0]), "the rows"),
        (network, (np.array([["a"], ["b"]]), Y[:2]), "the rows"),
        (network, (X, np.array(["a", "b"] * 96)), "the targets"),
        (network, ([[1.0], [1.0, 2.0]], Y[:2]), "the rows"),
    ],
)
def test_what_cannot_be_examined_is_named(model, rows, text):
    findings = examine_model(model(), *rows)
    assert any(text in finding.evidence for finding in findings if finding.symptom == "not measured")


def test_what_fails_in_every_epoch_is_said_once():
    doctor = DoctorCallback()
    for _ in range(3):
        with doctor._guarded("the outputs"):
            int("no number")
    (note,) = doctor._notes
    assert note.sentence.startswith("Not measured: the outputs, because ValueError: invalid literal")
