"""What a user of Python is promised: commands as functions, networks that load, a loop of their own."""

from __future__ import annotations

import inspect
import os
import pkgutil
import re
import site
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError, GenerationError, RunError
from netwright.metrics import roc_auc

ROOT = Path(__file__).parents[1]
OTHER_NAMES = {"lab": "lab_book"}  # netwright.lab is a package
pytestmark = pytest.mark.usefixtures("without_figures")

COMMANDS = [command.callback.__name__ for command in app.registered_commands]
FUNCTIONS = [*(OTHER_NAMES.get(name, name) for name in COMMANDS), "resume", "load_model"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table that a small network learns at once."""
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 900)
    path = tmp_path_factory.mktemp("api") / "rows.npz"
    np.savez(
        path,
        a=random.normal(size=900) + 2 * label,
        b=random.normal(size=900) - 2 * label,
        event=np.arange(900),
        y=label,
    )
    return path


@pytest.fixture(scope="module")
def experiment(files: Path) -> Path:
    """Return the experiment file that `init` writes for it, with a small network."""
    proposal = nw.init(str(files), "y", output=files.with_name("experiment.yaml"))
    content = yaml.safe_load(proposal.path.read_text(encoding="utf-8"))
    content["model"] = {"body": {"kind": "dense", "units": [8]}}
    content["training"] = {"epochs": 4, "batch_size": 64, "learning_rate": 0.01}
    path = proposal.path.with_name("small.yaml")
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ensemble(experiment: Path) -> nw.Run:
    """Return a run of three folds, each tested by the member that never saw it: all that a saved network can hold."""
    overrides = ["split={kind: cross, folds: 3}", "training.epochs=1"]
    folder = experiment.parent
    return nw.train(nw.load_experiment(experiment, overrides), run=folder / "run", parent=folder / "before")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_command_is_a_documented_function(name: str) -> None:
    function = getattr(nw, name)
    signature = inspect.signature(function)
    assert name in nw.__all__
    assert inspect.isfunction(function)
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert signature.return_annotation is not signature.empty
    assert "nw." in inspect.getdoc(function)


def test_every_function_has_an_example() -> None:
    functions = {name: getattr(nw, name) for name in nw.__all__ if inspect.isfunction(getattr(nw, name))}
    assert [name for name, function in functions.items() if ">>>" not in (inspect.getdoc(function) or "")] == []


def test_every_path_may_be_a_text(experiment: Path, files: Path, tmp_path: Path) -> None:
    functions = [getattr(nw, name) for name in nw.__all__ if inspect.isfunction(getattr(nw, name))]
    annotations = {
        f"{function.__name__}({name})": str(parameter.annotation)
        for function in functions
        for name, parameter in inspect.signature(function).parameters.items()
        if "Path" in str(parameter.annotation)
    }
    assert [where for where, kinds in annotations.items() if "str" not in kinds] == []
    content = yaml.safe_load(experiment.read_text())
    assert nw.parse_experiment(content, folder=str(experiment.parent)) == nw.load_experiment(experiment)
    assert nw.read(str(files), cache=str(tmp_path)).rows
    assert nw.cache(folder=str(tmp_path)).files


def test_no_folder_or_file_of_the_package_has_the_name_of_a_function() -> None:
    """Subpackages for scripts are there after `import netwright`, as the README has them."""
    packages = {"doctor", "gradients", "layers", "metrics", "plots", "statistics"}
    assert {module.name for module in pkgutil.iter_modules(nw.__path__)} & set(nw.__all__) == packages
    assert inspect.isclass(nw.doctor.DoctorCallback)


def test_check_says_what_the_data_are(experiment: Path) -> None:
    result = nw.check(experiment, ["training.epochs=2"])
    assert (result.rows, result.division.folds, result.experiment.training.epochs) == (900, 1, 2)


def test_inspect_takes_files_or_an_experiment(files: Path, experiment: Path, tmp_path: Path) -> None:
    of_files = nw.inspect(files, target="y", out=tmp_path / "files")
    of_experiment = nw.inspect(nw.load_experiment(experiment), out=str(tmp_path / "experiment"))
    assert of_files.found.rows == of_experiment.found.rows == 900
    with pytest.raises(ExperimentError, match="the experiment already names target, weight, key and csv"):
        nw.inspect(str(experiment), target="y")


def test_generate_knows_its_kinds(tmp_path: Path) -> None:
    assert nw.read(nw.generate("four-vectors", 10, str(tmp_path))).rows == 10
    with pytest.raises(GenerationError, match=r"kind must be one of .*'top-jet'. Did you mean \"top-jets\"\?"):
        nw.generate("top-jet", 10, tmp_path)


def test_init_writes_over_nothing(files: Path, experiment: Path) -> None:
    with pytest.raises(ExperimentError, match="exists and is not overwritten"):
        nw.init([files], "y", output=experiment)


def test_init_says_how_files_were_read_where_nothing_can_be_learnt(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("pt;y\n1;0\n2;0\n", encoding="utf-16")
    with pytest.raises(
        DataError, match=r"y: it is 0 in every row(.|\n)*2 rows were read, with the columns pt, y\n.*semicolons.*utf-16"
    ):
        nw.init(tmp_path / "rows.csv", "y", output=tmp_path / "experiment.yaml")


def test_every_command_takes_one_file_or_several(ensemble: nw.Run, files: Path, tmp_path: Path) -> None:
    for named in (files, str(files), [files]):
        assert nw.predict(ensemble, named, tmp_path / "scores.parquet").num_rows == 900
        assert nw.evaluate(ensemble, named).total == 900
        assert nw.evaluate(ensemble, own_files=named).total == 900
    with pytest.raises(DataError, match=r"files: name at least one file\. Received: an empty list"):
        nw.predict(ensemble, [], tmp_path / "scores.parquet")


def test_a_run_knows_the_one_it_began_from(ensemble: nw.Run) -> None:
    assert ensemble.read_json("parent.json") == {"run": "../before"}
    entry = nw.lab_book(ensemble.path)[0]
    assert (entry.state, entry.parent, entry.metric) == ("complete", "before", "roc_auc")


def test_networks_load_by_run_folder_or_file(ensemble: nw.Run, tmp_path: Path) -> None:
    for path in (ensemble, ensemble.path, str(ensemble.path / "model.keras")):
        assert nw.load_model(path).count_params() == ensemble.model.count_params()
    with pytest.raises(RunError, match=r"neither a run directory nor the model\.keras of one"):
        nw.load_model(ensemble.path / "history.jsonl")
    with pytest.raises(RunError, match="is not a run directory"):
        nw.load_model(tmp_path)


def outputs_elsewhere(run: nw.Run, python: Path | str, imports: str, backend: str) -> np.ndarray:
    """Return what another process and backend make of the network of a run, for rows of halves."""
    code = f"""{imports}, numpy
model = keras.models.load_model({str(run.path / "model.keras")!r})
inputs = {{x.name: numpy.full((2, *x.shape[1:]), 0.5, x.dtype) for x in model.inputs}}
outputs = keras.ops.convert_to_numpy(next(iter(model(inputs).values())))
print(keras.backend.backend(), *(f"{{float(y):.5f}}" for y in numpy.ravel(outputs)))"""
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT / "src")}
    outcome = subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert outcome.stdout.split()[0] == backend
    return np.array(outcome.stdout.split()[1:], float)


def outputs_here(run: nw.Run) -> np.ndarray:
    values = {x.name: np.full((2, *x.shape[1:]), 0.5, x.dtype) for x in run.model.inputs}
    return np.ravel(next(iter(run.model(values).values())))


@pytest.mark.parametrize(
    ("imports", "backend"), [("import netwright, keras", "jax"), ("import keras, netwright", "numpy")]
)
def test_plain_keras_loads_every_network(ensemble: nw.Run, imports: str, backend: str) -> None:
    outputs = outputs_elsewhere(ensemble, sys.executable, imports, backend)
    np.testing.assert_allclose(outputs, outputs_here(ensemble), atol=2e-5)


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_keras_loads_networks_under_its_other_backends(ensemble: nw.Run, backend: str) -> None:
    python = os.environ.get("NETWRIGHT_BACKENDS")
    if python is None:
        pytest.skip("an environment with TensorFlow and PyTorch is not named: make test-backends")
    ours = site.getsitepackages()[0]  # what netwright needs, behind what that environment has
    imports = f"import sys; sys.path.append({ours!r}); import keras, netwright"
    np.testing.assert_allclose(outputs_elsewhere(ensemble, python, imports, backend), outputs_here(ensemble), atol=2e-5)


def test_netwright_puts_right_an_import_of_keras_that_found_no_tensorflow(tmp_path: Path) -> None:
    code = """try:
    import keras
except ImportError as error:
    print(error)
import netwright, keras
print(keras.backend.backend(), keras.__spec__.loader.__class__.__name__)"""
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"} | {"KERAS_HOME": str(tmp_path)}
    outcome = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert outcome.stdout.split("\n")[-2] == "jax SourceFileLoader"


@pytest.mark.parametrize("number", [1, 2])
def test_the_loops_of_the_page_learn(experiment: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    loop = blocks[number].replace("experiment.yaml", experiment.name)
    assert len([line for line in loop.splitlines() if line.strip()]) <= 32
    monkeypatch.chdir(experiment.parent)
    names: dict[str, object] = {}
    exec(compile(loop, "docs/python.md", "exec"), names)  # noqa: S102  # the page is ours
    rows, test = names["rows"], names["split"].test  # type: ignore[attr-defined]
    scores = names["model"]({group: values[test] for group, values in rows.inputs.items()})["y"]  # type: ignore[attr-defined]
    assert roc_auc(rows.heads["y"].values[test], np.ravel(scores)) > 0.85  # type: ignore[attr-defined]


def test_the_page_scores_arrays_and_draws(ensemble: nw.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0].replace("runs/NAME", str(ensemble.path))
    code = code.replace('"b": [', '"event": [901, 902], "b": [')  # its members are chosen by the event
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "docs/python.md", "exec"), names)  # noqa: S102  # the page is ours
    assert names["scores"].shape == (2,)  # type: ignore[attr-defined]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"roc.pdf", "roc.png"}
