"""Kinds of heads and metrics of other packages, found by their entry points."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import yaml
from tests.plugin_packages import HUBER_HEAD, install_package

from netwright.config import dump_experiment, parse_experiment
from netwright.data import describe, divide, prepare
from netwright.errors import ExperimentError, PluginError
from netwright.metrics import RegressionHead, described, metrics_of
from netwright.models import build, count_parameters
from netwright.tasks import TASKS, task_kinds, task_named, task_of
from netwright.training import make_objective
from netwright.training.monitor import make_monitor

POISSON = '''
from typing import Literal

import jax.numpy as jnp
import numpy as np

from netwright.metrics import Measured, Metric, RegressionHead, as_regressed
from netwright.tasks import Output, TargetSection, Task


class PoissonTarget(TargetSection):
    """A count."""

    kind: Literal["poisson"]


def negative_log_likelihood(raw, truth):
    return jnp.exp(raw) - truth * raw


def rows(target, truth, scores, weights):
    return RegressionHead(as_regressed(truth, scores, weights), np.asarray(truth, float))


def deviance(head):
    rate = head.rows.residuals + head.truth
    logarithm = head.truth * np.log(np.maximum(head.truth, 1) / rate)
    of_rows = 2 * (logarithm - head.truth + rate)
    yield {}, Measured(float(np.average(of_rows, weights=head.rows.weights)), float("inf"))


DEVIANCE = Metric("poisson_deviance", "Poisson deviance", "smaller", deviance, of=(RegressionHead,))
TASK = Task(
    kind="poisson",
    section=PoissonTarget,
    loss=negative_log_likelihood,
    output=lambda target: Output(activation="exponential"),
    rows_type=RegressionHead,
    rows=rows,
    raw_rows=lambda target, truth, raw, weights, summary: rows(target, truth, np.exp(raw), weights),
    headlines=("resolution",),
    combine="median",
    figures="regression",
    purpose=lambda head, target: f"counts {head}",
    onnx_meaning=lambda target: {"meaning": f"expected {target.column}"},
    first_bias=lambda target, truth: float(np.log(truth.mean)),
)
'''
GROUP, METRICS = "netwright.tasks", "netwright.metrics"


@pytest.fixture
def poisson(package_folder):
    points = {
        GROUP: {"poisson": "poisson_head:TASK"},
        METRICS: {"poisson_deviance": "poisson_head:DEVIANCE"},
    }
    install_package(package_folder, "poisson-head", points, {"poisson_head": POISSON})


@pytest.fixture
def huber(package_folder):
    install_package(package_folder, "huber-head", {GROUP: {"huber": "huber_head:TASK"}}, {"huber_head": HUBER_HEAD})


def counts(experiment_of, **target):
    return experiment_of(
        inputs={"x": {"kind": "numeric", "columns": ["a"]}},
        targets={"n": {"kind": "poisson", "column": "hits", **target}},
        training={"select": "n.poisson_deviance"},
    )


@pytest.mark.usefixtures("poisson")
def test_a_head_of_a_package_goes_the_whole_way(experiment_of, dataset_of):
    experiment = counts(experiment_of, units=[3])
    target = experiment.targets["n"]
    random = np.random.default_rng(2)
    hits = random.poisson(4.0, 400)
    rows = prepare(dataset_of({"a": random.normal(size=400), "hits": hits}), experiment)
    description = describe(rows, divide(rows.identity, experiment.split).split(0), experiment)

    network = build(experiment, description)
    predicted = np.asarray(network(rows.inputs)["n"])
    assert predicted.shape == (400, 1)
    assert (predicted > 0).all()
    bias = float(network.get_layer("n-raw").bias[0])
    assert bias == pytest.approx(np.log(description.truth_of("n").mean), rel=1e-6)
    trainable = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    assert sum(count_parameters(experiment).values()) == trainable

    objective = make_objective(experiment.targets, description)["n"]
    raw, truth = jnp.log(predicted), rows.heads["n"].values
    losses = objective.row_losses(raw, truth)
    np.testing.assert_allclose(
        losses, predicted[:, 0] - hits * np.log(predicted[:, 0]), rtol=1e-5, atol=1e-5
    )  # float32
    assert np.isfinite(jax.grad(lambda z: objective.row_losses(z, truth).sum())(raw)).all()

    measured = task_of(target).measure(target, hits, predicted[:, 0], np.ones(400))
    assert list(measured)[-1] == "poisson_deviance"
    monitor = make_monitor(experiment.training.select)
    watched = monitor.measure(objective, np.log(predicted), truth, np.ones(400))
    assert watched == pytest.approx(measured["poisson_deviance"].value, rel=1e-6)
    assert monitor.cost(objective, watched) == watched
    assert described("poisson_deviance", measured)[1] == "Poisson deviance"


@pytest.mark.usefixtures("poisson", "huber")
def test_its_section_is_read_written_and_refused_as_others_are(experiment_of):
    experiment = counts(experiment_of)
    assert parse_experiment(yaml.safe_load(dump_experiment(experiment))) == experiment
    assert task_kinds() == (*TASKS, "huber", "poisson")
    with pytest.raises(ExperimentError, match=r'targets.n.colum: unknown key. Did you mean "column"'):
        counts(experiment_of, colum="hits")
    with pytest.raises(ExperimentError, match=r"targets.n.loss_weight: Input should be greater than or equal to 0"):
        counts(experiment_of, loss_weight=-1)
    with pytest.raises(ExperimentError, match=r'targets.n.kind: unknown kind "poison". Did you mean "poisson"'):
        experiment_of(targets={"n": {"kind": "poison", "column": "hits"}})
    with pytest.raises(ExperimentError, match=r'n has no metric "deviance". Did you mean "poisson_deviance"'):
        experiment_of(
            targets={"n": {"kind": "poisson", "column": "hits"}},
            training={"select": "n.deviance"},
        )


@pytest.mark.usefixtures("huber")
def test_another_loss_is_a_replaced_one(experiment_of):
    target = experiment_of(targets={"m": {"kind": "huber", "column": "mass", "unit": "GeV"}}).targets["m"]
    assert target.model_dump()["unit"] == "GeV"
    assert task_of(target).combine == "median"
    np.testing.assert_allclose(task_of(target).loss(jnp.array([0.5, 3.0]), jnp.zeros(2)), [0.125, 2.5])


@pytest.mark.usefixtures("package_folder")
def test_what_is_not_there_is_said():
    with pytest.raises(ExperimentError, match=r'There is no kind of head "poisson". Choose from: binary, multiclass'):
        task_named("poisson")


@pytest.mark.parametrize(
    ("group", "name", "module", "reason"),
    [
        (GROUP, "counts", POISSON, "it calls itself poisson, and its entry point must have the same name"),
        (GROUP, "binary", POISSON.replace('kind="poisson"', 'kind="binary"'), "netwright already has one of this name"),
        (GROUP, "poisson", "TASK = 1", "must be an instance of Task"),
        (GROUP, "poisson", "import no_such_module", "cannot be imported .*no_such_module"),
    ],
)
def test_a_head_that_cannot_be_used_names_its_package(package_folder, experiment_of, group, name, module, reason):
    install_package(package_folder, "odd-heads", {group: {name: "odd_heads:TASK"}}, {"odd_heads": module})
    with pytest.raises(PluginError, match=f"package odd-heads 1.0.*{reason}"):
        experiment_of()  # even where the experiment has no such head: which one is meant would be a guess


def test_a_metric_that_has_the_name_of_another_names_its_package(package_folder):
    module = POISSON.replace('"poisson_deviance"', '"bias"')
    install_package(package_folder, "odd", {METRICS: {"bias": "odd_metric:DEVIANCE"}}, {"odd_metric": module})
    with pytest.raises(PluginError, match=r'package odd 1\.0 adds "bias" to netwright.metrics.*already has one'):
        metrics_of(RegressionHead)
