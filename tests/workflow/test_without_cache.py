"""Trainings on files that stay as they are (`data.cache: false`)."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from pydantic import ValidationError

import netwright as nw
from netwright.config import DataSection, Experiment
from netwright.data import StreamedRows, describe_folds
from netwright.data.rows import file_inputs, streamed
from netwright.data.streamed import columns
from netwright.errors import DataError, TrainingInterruptedError
from netwright.evaluation import open_samples
from netwright.progress import silent
from netwright.training import Callbacks, EpochRecord, Hooks, train_members
from netwright.training.feed import order
from netwright.training.feed.arrays import make_row_arrays
from netwright.training.feed.kept_rows import kept_in_memory
from netwright.workflow._data import load_data
from netwright.workflow.inspections.of_experiment import request_of_experiment
from netwright.workflow.members.prepare import member_arrays, members_of_division, prepare_member

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("without-cache")
    random = np.random.default_rng(1)
    x = random.standard_normal((ROWS, 6)).astype(np.float32)
    table = {f"x{place}": x[:, place] for place in range(6)}
    table |= {"y": (x[:, 0] + random.standard_normal(ROWS) > 0).astype(np.int8), "event": np.arange(ROWS)}
    pq.write_table(pa.table(table), folder / "rows.parquet", row_group_size=100)
    return folder


def experiment_of(folder: Path, *, cache: bool, **data: Any) -> Experiment:
    return nw.parse_experiment(
        {
            "name": "streamed",
            "data": {"files": [str(folder / "rows.parquet")], "identity": ["event"], "cache": cache} | data,
            "inputs": {"x": {"kind": "numeric", "columns": [f"x{place}" for place in range(6)]}},
            "targets": {"y": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "dense", "units": [8]}},
            "training": {"epochs": 2, "batch_size": 50},
            "ensemble": {"members": 2},
        }
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks of 200 rows and windows of 400, of which less than half of the rows fit in memory."""
    monkeypatch.setattr(columns, "_BLOCK_BYTES", 200 * 24)
    monkeypatch.setattr(streamed, "_WINDOW_BYTES", 400 * 24)
    monkeypatch.setattr(streamed, "_WINDOW_BLOCKS", 2)
    monkeypatch.setattr(file_inputs, "_SHARE", 0.1)
    monkeypatch.setattr(order, "_WINDOW_BYTES", 50 * 24)
    monkeypatch.setattr(order, "_WINDOW_ROWS", 50)


def trained_weights(experiment: Experiment) -> set[bytes]:
    """Train both members, without evaluation and report."""
    data = load_data(experiment, silent)
    members = members_of_division(experiment, data.rows, data.division)
    descriptions = describe_folds(data.rows, data.division, experiment)
    prepared = [prepare_member(member, data.rows, descriptions[member.fold]) for member in members]
    trained = train_members(prepared, member_arrays(members, data.rows), Hooks())
    return {values.tobytes() for run in trained for values in run.model.get_weights()}


def interrupt(record: EpochRecord) -> None:
    """Send a signal after the first epoch."""
    if record.epoch == 1:
        os.kill(os.getpid(), signal.SIGTERM)


def test_few_rows_train_like_those_of_the_cache(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    cached, streamed = (trained_weights(experiment_of(folder, cache=cache)) for cache in (True, False))
    assert cached == streamed


@pytest.mark.optimised
@pytest.mark.usefixtures("small")
def test_streamed_rows_train_like_rows_in_memory_and_are_taken_up_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    experiment = experiment_of(folder, cache=False)
    in_memory = trained_weights(experiment)
    monkeypatch.setenv("NETWRIGHT_MEMORY", "600000")
    with pytest.raises(TrainingInterruptedError):
        nw.train(experiment, run=tmp_path / "run", observers=[Callbacks(on_epoch=interrupt)])
    run = nw.resume(tmp_path / "run")
    assert isinstance(load_data(experiment, silent).rows.inputs["x"], StreamedRows)
    assert in_memory <= {values.tobytes() for values in run.model.get_weights()}
    predictions = pq.read_table(run.path / "predictions.parquet").sort_by("event")
    scores = nw.predict(run.path, folder / "rows.parquet", output=tmp_path / "scores.parquet")
    np.testing.assert_allclose(scores["y"].to_numpy(), predictions["y"].to_numpy(), rtol=1e-6)
    assert not list((tmp_path / "cache").glob("*.arrow"))


@pytest.mark.usefixtures("small")
def test_validation_rows_are_read_once_where_they_fit_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_MEMORY", "600000")
    data = load_data(experiment_of(folder, cache=False), silent)
    arrays = make_row_arrays(data.rows, [{"y": np.arange(len(data.rows), dtype=np.float32)}])
    rows = np.flatnonzero(np.arange(len(data.rows)) % 7 == 0)
    kept = kept_in_memory(arrays, rows)
    assert kept is not None
    np.testing.assert_array_equal(kept.inputs["x"], arrays.inputs["x"][rows])
    np.testing.assert_array_equal(kept.values["y"], arrays.values["y"][rows])
    np.testing.assert_array_equal(kept.weights["y"][:, : len(rows)], rows[None])
    assert not np.any(kept.weights["y"][:, len(rows) :])
    assert kept_in_memory(kept, np.arange(9)) is None  # these are in memory
    monkeypatch.setenv("NETWRIGHT_MEMORY", str(4 * kept.inputs["x"].nbytes - 4))
    assert kept_in_memory(arrays, rows) is None


@pytest.mark.usefixtures("small")
def test_a_file_that_changes_ends_a_training_with_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_MEMORY", "600000")
    path = tmp_path / "rows.parquet"
    path.write_bytes((folder / "rows.parquet").read_bytes())

    def change(record: EpochRecord) -> None:
        if record.epoch == 1:
            path.write_bytes((folder / "rows.parquet").read_bytes())

    with pytest.raises(DataError, match=r"rows\.parquet: has changed while it was in use"):
        nw.train(experiment_of(tmp_path, cache=False), run=tmp_path / "run", observers=[Callbacks(on_epoch=change)])
    assert list((tmp_path / "run" / "checkpoints").glob("*/step-*"))


def test_an_inspection_reads_all_columns_into_memory(folder: Path) -> None:
    dataset = request_of_experiment(experiment_of(folder, cache=False)).dataset
    assert dataset.streamed is None
    assert dataset.table.num_columns == 8


@pytest.mark.parametrize("given", ["friends", "samples.ttbar.friends"])
def test_friends_need_the_cache(given: str) -> None:
    section = {"files": ["jets.root"], "friends": [{"files": ["other.root"]}]}
    data = section if given == "friends" else {"samples": {"ttbar": section}}
    with pytest.raises(ValidationError, match=rf"cache: false does not go with {given}\. Leave cache out"):
        DataSection.model_validate({"cache": False, **data})


@pytest.fixture(scope="module")
def samples(folder: Path) -> Path:
    """Return a folder with two samples in files of two formats and other columns, and recorded rows."""
    table = pq.read_table(folder / "rows.parquet")
    random = np.random.default_rng(2)
    more = {"w": random.choice([1.0, 1.0, -0.5], ROWS), "mu": random.uniform(0.9, 1.1, ROWS)}
    more["x0_up"] = table["x0"].to_numpy() + np.float32(0.1)
    for name, values in more.items():
        table = table.append_column(name, pa.array(values))
    pq.write_table(table.append_column("sample", table["y"]), folder / "sig.parquet", row_group_size=100)
    pq.write_table(
        table.select([f"x{place}" for place in range(6)] + ["event"]), folder / "data.parquet", row_group_size=100
    )
    with uproot.recreate(folder / "bkg.root") as file:
        arrays = {name: table[name].to_numpy() for name in reversed(table.column_names)}
        file.mktree("Events", {name: values.dtype for name, values in arrays.items()})
        for start in range(0, ROWS, 100):
            file["Events"].extend({name: values[start : start + 100] for name, values in arrays.items()})
        file["Runs"] = {"sum": np.array([900.0, 1200.0])}
    return folder


def samples_of(folder: Path, *, cache: bool) -> Experiment:
    head = {"kind": "binary", "column": "sample", "classes": {"signal": "sig", "background": "bkg"}}
    experiment = experiment_of(folder, cache=cache, weight="w * mu", derived={"both": "x1 + x2"}, selection="x0 > -1")
    content = experiment.model_dump(exclude_unset=True) | {"targets": {"y": head}, "ensemble": {"members": 1}}
    content["inputs"]["x"]["columns"] += ["both"]
    content["training"]["epochs"] = 1
    del content["data"]["files"]
    content["data"]["luminosity"] = "10 fb-1"
    content["data"]["samples"] = {
        "sig": {"files": [str(folder / "sig.parquet")], "cross_section": "1 pb"},
        "bkg": {
            "files": [str(folder / "bkg.root")],
            "key": "Events",
            "cross_section": "20 pb",
            "selection": "y = 0",
            "sum_of_weights": {"key": "Runs", "column": "sum"},
            "variations": {"mu_up": {"weight": "w * mu * mu"}},
        },
        "data": {"files": [str(folder / "data.parquet")], "recorded": True},
    }
    content["data"]["variations"] = {"jes_up": {"columns": {"x0": "x0_up"}}}
    return nw.parse_experiment(content)


def test_samples_are_those_of_the_cache(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    cached = samples_of(samples, cache=True)
    expected = {name: open_samples(cached, variation=name) for name in ("nominal", "jes_up", "mu_up")}
    rows = load_data(cached, silent)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "other"))
    experiment = samples_of(samples, cache=False)
    for name, (dataset, yields) in expected.items():
        here, yields_here = open_samples(experiment, variation=name)
        assert yields_here == yields
        assert sorted(here.names) == sorted(dataset.names)
        assert here.streamed is not None
        assert {"x3", "x4", "x5"} <= set(here.streamed.schema.names)
        for column in ("x0", "x5", "both", "event_weight"):
            np.testing.assert_array_equal(here.column(column), dataset.column(column))
    recorded, _ = open_samples(experiment, ["data"])
    assert recorded.streamed is not None
    assert recorded.rows < ROWS
    small_rows = load_data(experiment, silent)
    np.testing.assert_array_equal(small_rows.rows.inputs["x"], rows.rows.inputs["x"])
    np.testing.assert_array_equal(small_rows.rows.weights, rows.rows.weights)
    assert len(list((tmp_path / "other").glob("*.arrow"))) == 1  # the table of sums of weights


@pytest.mark.usefixtures("small")
def test_samples_are_read_block_by_block_and_scored(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NETWRIGHT_MEMORY", "950000")
    experiment = samples_of(samples, cache=False)
    assert isinstance(load_data(experiment, silent).rows.inputs["x"], StreamedRows)
    run = nw.train(experiment, run=tmp_path / "run")
    nw.predict_each(run.path, None, tmp_path / "scores")
    written = sorted(path.name for path in (tmp_path / "scores").iterdir())
    assert written == [
        *("bkg.root", "bkg_jes_up.root", "bkg_mu_up.root", "data.parquet", "sig.parquet", "sig_jes_up.parquet")
    ]
    scores = pq.read_table(tmp_path / "scores" / "sig.parquet", filters=[("selected", "=", True)]).sort_by("event")
    trained = pq.read_table(run.path / "predictions.parquet", filters=[("sample", "=", "sig")]).sort_by("event")
    np.testing.assert_allclose(scores["y"].to_numpy(), trained["y"].to_numpy(), rtol=1e-6)
    np.testing.assert_array_equal(scores["event_weight"].to_numpy(), trained["weight"].to_numpy())


def test_a_column_of_other_types_in_two_samples_is_refused_without_the_cache(samples: Path, tmp_path: Path) -> None:
    table = pq.read_table(samples / "sig.parquet")
    wide = table.set_column(table.column_names.index("x5"), "x5", table["x5"].cast(pa.float64()))
    pq.write_table(wide, tmp_path / "sig.parquet")
    section = samples_of(samples, cache=False)
    section.data.samples["sig"].files[0] = str(tmp_path / "sig.parquet")
    with pytest.raises(
        DataError, match=r'data\.samples\.bkg: column "x5" has the type float, and double in the sample sig'
    ):
        load_data(section, silent)
