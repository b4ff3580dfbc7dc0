"""CONTRIBUTING says how many files an extension takes: a package of throw-away extensions is held to that."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.plugin_packages import HUBER_HEAD, install_package

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Extension:
    """What a package adds: its files by the name of the module, and its entry points by group."""

    files: dict[str, str]
    points: dict[str, dict[str, str]]


LAYER = '''
import keras
from keras import ops


@keras.saving.register_keras_serializable(package="toys")
class SumOfEnergies(keras.layers.Layer):
    """ln(1 + Σ E), E in GeV, shape (rows, 1)."""

    def call(self, momenta, exists):
        return ops.log(1 + ops.sum(momenta[:, :, :1] * exists, axis=1))
'''

SECTION = '''
from typing import ClassVar, Literal

from pydantic import Field

from netwright.config import BodySection


class SummingBody(BodySection):
    """A dense layer on the sum of all energies."""

    needs_particles: ClassVar[bool] = True

    kind: Literal["summing"]
    units: int = Field(4, ge=1, description="Of the dense layer.")
'''

BODY = """
import keras

from netwright.models import BodyKind
from toy_layer import SumOfEnergies
from toy_section import SummingBody


def summing(name, section, encoded, seeds):
    [particles] = encoded.particles
    x = SumOfEnergies(name=f"{name}-sum")(particles.momenta, particles.mask)
    first = keras.initializers.GlorotNormal(seed=next(seeds))
    return keras.layers.Dense(section.units, kernel_initializer=first, name=f"{name}-dense")(x)


BODY = BodyKind(SummingBody, summing, permutation_invariant=True)
"""

READER = """
import json
from contextlib import contextmanager

import pyarrow as pa

from netwright.readers import Contents, Reader

READER = Reader("toy", (".toy",), module=__name__)


@contextmanager
def open_file(request):
    table = pa.table(json.loads(request.path.read_text()))
    yield Contents(table.schema, table.num_rows, iter(table.to_batches()))
"""

METRIC = """
import numpy as np

from netwright.metrics import Measured, Metric, RegressionHead


def largest(head):
    yield {}, Measured(float(np.abs(head.rows.residuals).max()), float("inf"))


LARGEST = Metric("largest_residual", "largest residual", "smaller", largest, of=(RegressionHead,), unit="target")
"""

EXTENSIONS = {
    "a layer": Extension(
        {"toy_layer": LAYER}, {"netwright.layers": {"SumOfEnergies": "toy_layer:SumOfEnergies"}}
    ),
    "a body": Extension(
        {"toy_section": SECTION, "toy_body": BODY},
        {
            "netwright.body_sections": {"summing": "toy_section:SummingBody"},
            "netwright.bodies": {"summing": "toy_body:BODY"},
        },
    ),
    "a kind of head": Extension({"toy_head": HUBER_HEAD}, {"netwright.tasks": {"huber": "toy_head:TASK"}}),
    "a metric": Extension({"toy_metric": METRIC}, {"netwright.metrics": {"largest_residual": "toy_metric:LARGEST"}}),
    "a file format": Extension({"toy_reader": READER}, {"netwright.readers": {"toy": "toy_reader:READER"}}),
}  # fmt: skip

USED = """
import sys

import numpy as np

import netwright
from netwright.config import load_experiment
from netwright.layers import added_layers, check_layer
from netwright.models import check_body, load_model
from netwright.models.bodies.registry import body_kinds
from netwright.plots import of_run

if __name__ == "__main__":
    of_run.save = lambda *_: None  # as the fixture without_figures
    experiment = load_experiment("experiment.yaml")
    body = experiment.model.body
    check_body(body_kinds()[body.kind], body)
    exists = np.tril(np.ones((5, 4), np.float32), -1)[:, :, None]
    momenta = np.random.default_rng(0).uniform(1, 9, (5, 4, 4)).astype(np.float32) * exists
    check_layer(added_layers()["SumOfEnergies"], momenta=momenta, exists=exists)
    run = netwright.train(experiment, run="run")
    print(run.evaluation["test"]["sum"]["largest_residual"]["value"] > 0)
    print(type(load_model(run.path / "model.keras").get_layer("body-sum")).__name__)
"""


def table():
    """Return what the page says of packages: by extension, the number of files and the groups of entry points."""
    rows = re.findall(r"^\| (an? [a-z ]+) \| (\d+) \| (.+) \|$", PAGE, flags=re.MULTILINE)
    return {what: (int(files), set(re.findall(r"`(netwright\.\w+)`", groups))) for what, files, groups in rows}


def test_the_page_says_how_many_files_and_which_entry_points_a_package_needs():
    result = {what: (len(one.files), set(one.points)) for what, one in EXTENSIONS.items()}
    assert {what: said for what, said in table().items() if what in result} == result


def test_the_files_that_the_page_names_exist():
    section = PAGE.partition("## How to add")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+(?:/|\.pyi?))`", section))
    assert len(named) > 8
    places = [ROOT, ROOT / "src" / "netwright"]
    missing = {name for name in named if not any((place / name).exists() for place in places)}
    assert not missing, missing


@pytest.fixture
def installed(tmp_path):
    """Install all extensions as one package, and write data in its format with an experiment of its body."""
    (tmp_path / "site").mkdir()
    points = {group: names for extension in EXTENSIONS.values() for group, names in extension.points.items()}
    modules = {name: source for extension in EXTENSIONS.values() for name, source in extension.files.items()}
    install_package(tmp_path / "site", "toys", points, modules)
    random = np.random.default_rng(2)
    label = random.integers(0, 2, 300)
    momenta = random.normal(0, 20 + 20 * label[:, None, None], (300, 2, 3))
    energies = np.linalg.norm(momenta, axis=2)
    columns = {f"{key}_{i}": momenta[:, i, k].tolist() for i in range(2) for k, key in enumerate("xyz")}
    columns |= {f"E_{i}": energies[:, i].tolist() for i in range(2)} | {"label": label.tolist()}
    columns["sum"] = energies.sum(axis=1).tolist()
    (tmp_path / "events.toy").write_text(json.dumps(columns))
    experiment = {
        "data": {"files": ["events.toy"]},
        "inputs": {"jet": {"kind": "four-vectors", "columns": [f"{key}_{{i}}" for key in "Exyz"]}},
        "targets": {
            "is_signal": {"kind": "binary", "column": "label"},
            "sum": {"kind": "huber", "column": "sum", "unit": "GeV"},
        },
        "model": {"body": {"kind": "summing", "units": 3}},
        "training": {"epochs": 1},
    }
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(experiment))
    (tmp_path / "use.py").write_text(USED)
    return tmp_path


def test_a_package_adds_them_and_they_are_used(installed):
    """In a process of its own, from the file in the package's format to a network with its body and layer."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(installed / "site"), *sys.path])}
    command = [sys.executable, "use.py"]
    done = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().splitlines()[-2:] == ["True", "SumOfEnergies"]
