"""Starting is light: nothing heavy is imported before it is needed, and the help comes at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "awkward", "duckdb", "fastjet", "h5py", "jax", "keras", "matplotlib", "mplhep", "numpy", "pandas", "pyarrow",
    "pydantic", "pythia8mc", "scipy", "sklearn", "tensorflow", "torch", "uproot", "yaml",
}  # fmt: skip
SECONDS = 0.6  # of processor time; the aim is 0.3 s on a quiet machine
STARTS = [
    "import netwright",
    "import netwright.cli",
    "import netwright.errors",
    "import netwright.progress",
    "import netwright.doctor",
]
EXPERIMENT = """
name: e
data: {files: [none.csv]}
inputs: {x: {kind: numeric, columns: [x]}}
targets: {y: {kind: binary, column: y}}
"""


def run(code, *words):
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("start", STARTS)
def test_nothing_heavy_is_imported_at_the_start(start):
    result = run(f"import sys; {start}; print(*sorted(sys.modules))").split()
    assert not HEAVY & {name.partition(".")[0] for name in result}


def test_a_process_that_reads_files_imports_no_sections():
    modules = run("import sys, netwright.readers._process_loop; print(*sys.modules)").split()
    assert not {"pydantic", "netwright.config"} & set(modules)


def test_init_and_inspect_import_no_network(tmp_path):
    table = tmp_path / "events.csv"
    table.write_text("pt,eta,label\n" + "".join(f"{10 + i}.5,{i % 7 - 3}.25,{i % 2}\n" for i in range(60)))
    code = (
        "import sys; from netwright.workflow import init, inspect\n"
        f"init({str(table)!r}, output={str(tmp_path / 'experiment.yaml')!r})\n"
        f"inspect({str(table)!r}, out={str(tmp_path / 'page')!r}); print(*sorted(sys.modules))"
    )
    assert not {"keras", "jax", "sklearn", "netwright.models"} & set(run(code).split())


def test_what_is_not_there_is_said_without_importing_a_network():
    code = (
        "import sys; from typer.testing import CliRunner; from netwright.cli._app import app\n"
        "runs = 'report', 'predict -o x/', 'export', 'limit', 'examine', 'note x', 'compare', 'evaluate', 'debug'\n"
        "words = [f'{one} none'.split() for one in (*runs, 'evaluate --against trees')]\n"
        "words += [[one, 'none.yaml'] for one in ('check', 'train', 'examine', 'debug', 'find-rate')]\n"
        "print(all(CliRunner().invoke(app, one).exit_code for one in words), *sorted(sys.modules))"
    )
    result = run(code).split()
    assert result[0] == "True"
    assert not {"keras", "jax", "sklearn", "netwright.models"} & set(result)


def test_files_that_are_not_there_are_said_without_importing_a_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    Path("e.yaml").write_text(EXPERIMENT)
    Path("run/experiment.yaml").write_text(EXPERIMENT)
    Path("there.csv").write_text("x,y\n1,0\n")
    of_runs = [f"{one} run" for one in ("evaluate", "evaluate --against trees", "export", "limit", "examine", "debug")]
    of_runs += ["predict run none.csv", "predict run -o x/", "evaluate run none.csv", "export run --files none.csv"]
    of_files = [f"{one} e.yaml" for one in ("check", "train", "inspect", "examine", "debug", "find-rate", "search")]
    of_files += ["scan e.yaml --parameter x --values 1,2", "init none.csv", "inspect none.csv"]
    code = (
        "import sys; from typer.testing import CliRunner; from netwright.cli._app import app\n"
        "words = [one.split() for one in sys.argv[1:]]\n"
        "print(*(CliRunner().invoke(app, one).exception for one in words), sep='\\n'); print(*sorted(sys.modules))"
    )
    *messages, ending, modules = run(code, *of_runs, *of_files, "predict run there.csv -o x.xyz").splitlines()
    assert len(messages) == 20
    assert all("none.csv: there is no such file" in message for message in messages)
    assert "x.xyz: the ending sets the format of the scores" in ending
    assert not {"keras", "jax", "sklearn", "netwright.models"} & set(modules.split())


def test_the_help_comes_at_once():
    command = [sys.executable, "-c", "from netwright.cli import main; main()", "--help"]
    times = []
    for _ in range(3):
        start = _seconds_of_children()
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        times.append(_seconds_of_children() - start)
    assert "netwright" in text
    assert min(times) < SECONDS


def _seconds_of_children() -> float:
    """Return the processor time of all processes that were started here and have ended."""
    used = os.times()
    return used.children_user + used.children_system


def test_the_backend_of_keras_is_chosen_unless_somebody_chose():
    code = "import netwright, os; print(os.environ['KERAS_BACKEND'])"
    for chosen, expected in ((None, "jax"), ("torch", "torch")):
        environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
        environment |= {} if chosen is None else {"KERAS_BACKEND": chosen}
        outcome = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert outcome.stdout.strip() == expected


def test_every_public_name_is_there_and_no_other():
    import netwright

    for name in netwright.__all__:
        assert getattr(netwright, name) is not None
    assert dir(netwright) == sorted(netwright.__all__)
    with pytest.raises(AttributeError, match="No netwright attribute nothing"):
        netwright.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_doctor_needs_neither_jax_nor_arrow():
    """Keras and NumPy alone serve it: the other libraries are hidden from this interpreter."""
    code = (
        "import importlib.util, os, sys; find = importlib.util.find_spec\n"
        "hidden = {'jax', 'pyarrow', 'pydantic', 'duckdb'}\n"
        "importlib.util.find_spec = lambda name, *rest: None if name in hidden else find(name, *rest)\n"
        "import netwright.doctor; print(os.environ.get('KERAS_BACKEND'))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    outcome = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "None", "Keras's own choice of a backend stands where JAX is not installed"
