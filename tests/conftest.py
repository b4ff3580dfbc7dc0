"""What all tests share: the folder of real files, a cache of their own, and patience with first compilations."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings

import netwright  # noqa: F401  # chooses Keras's backend before anybody imports Keras
from netwright import plugins
from netwright.config import Experiment, parse_experiment
from netwright.data import Dataset, Source

ROOT = Path(__file__).parents[1]

settings.register_profile("netwright", deadline=None)  # the first call of a compiled function takes longer
settings.load_profile("netwright")

gc.set_threshold(10_000)  # instead of 700 new objects: collections of garbage took a twelfth of the time

# tests never touch the cache and the state of the user; workers and subprocesses inherit it
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["NETWRIGHT_CACHE"] = tempfile.mkdtemp(prefix="netwright-tests-")
    atexit.register(shutil.rmtree, os.environ["NETWRIGHT_CACHE"], ignore_errors=True)
    os.environ["XDG_STATE_HOME"] = f"{os.environ['NETWRIGHT_CACHE']}/state"  # where trusted modules are remembered


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium, or skip where it or playwright is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as play:
        result = play.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield result
        result.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real files, or skip where it is not beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real files are not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def dataset_of():
    """Return a maker of data sets from columns: arrays of any shape, lists, or what Arrow takes."""

    def make(columns: Mapping[str, Any], name: str = "toy.csv") -> Dataset:
        table = pa.table({key: arrow(values) for key, values in columns.items()})
        return Dataset(table, (Source(Path(name), table.num_rows),))

    return make


@pytest.fixture(scope="session")
def experiment_of():
    """Return a maker of experiments; `inputs` and `targets` are there if not given."""

    def make(**sections: Any) -> Experiment:
        content = {
            "data": {"files": ["toy.csv"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
            "targets": {"is_signal": {"kind": "binary", "column": "y"}},
        }
        return parse_experiment(content | sections)

    return make


@pytest.fixture(scope="module")
def without_figures() -> Iterator[None]:
    """Write no files of figures: they take most of the time of a small training or inspection; other tests do."""
    from netwright.plots import of_run
    from netwright.workflow import _inspect, _recorded

    with pytest.MonkeyPatch.context() as patch:
        for module in (of_run, _recorded):
            patch.setattr(module, "save", lambda *_: None)
        patch.setattr(_inspect, "draw_inspection", lambda *_, **__: {})
        yield


@pytest.fixture
def package_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder on sys.path for packages with entry points; what they add is forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins._loaded.cache_clear()
    before = set(sys.modules)
    yield tmp_path
    plugins._loaded.cache_clear()
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def arrow(values: Any) -> Any:
    """Return values as Arrow has them: further axes of an array as lists of fixed size."""
    if not isinstance(values, np.ndarray):
        return values
    column = pa.array(values.ravel())
    for length in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, length)
    return column
