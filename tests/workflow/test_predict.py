"""Scores beside the files of an analysis, with columns of the input, compared with those of the exported graph."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import uproot
from tests.sample_files import ROWS as ROWS_OF
from tests.sample_files import samples_experiment, samples_section, write_samples
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, ExportError, UnusableFilesError
from netwright.workflow._predict import _score_all
from netwright.workflow._rows_to_score import outputs_of_samples

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 300


def events(first: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(first)
    label = np.arange(ROWS) % 2
    x = random.normal(size=(ROWS, 2)) + label[:, None]
    return {"a": x[:, 0], "b": x[:, 1], "label": label, "event": np.arange(first, first + ROWS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two ROOT files of events."""
    folder = tmp_path_factory.mktemp("events")
    for name, first in (("one", 0), ("two", ROWS)):
        with uproot.recreate(folder / f"{name}.root") as file:
            file.mktree("Events", {key: values.dtype for key, values in events(first).items()})
            file["Events"].extend(events(first))
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    """Return a run whose exported graph picks the member of each row by the row's identity."""
    content = {
        "name": "events",
        "data": {"files": [str(folder / "one.root")], "identity": ["event"], "derived": {"sum": "a + b"}},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_signal": {"kind": "binary", "column": "label"}},
        "split": {"kind": "cross", "folds": 3, "unseen": "ensemble"},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 1, "batch_size": 64},
    }
    return nw.train(nw.parse_experiment(content), run=folder / "run")


def test_each_file_gets_its_friend(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    written = nw.predict_each(run, [folder / "one.root", folder / "two.root"], tmp_path / "scores", columns=["sum"])
    assert written == [tmp_path / "scores" / "one.root", tmp_path / "scores" / "two.root"]
    for path, first in zip(written, (0, ROWS), strict=True):
        friend, tree = uproot.open(path)["scores"], uproot.open(folder / path.name)["Events"]
        assert friend.num_entries == tree.num_entries
        assert friend["event"].array().tolist() == tree["event"].array().tolist()
        values = events(first)
        np.testing.assert_array_equal(friend["sum"].array().to_numpy(), values["a"] + values["b"])
        together = nw.predict(run, [folder / path.name], tmp_path / "all.parquet")
        np.testing.assert_array_equal(friend["is_signal"].array().to_numpy(), together["is_signal"].to_numpy())


def test_files_without_rows_have_scores_without_rows_and_others_are_named(run: nw.Run, tmp_path: Path) -> None:
    for name, rows in (("a", 0), ("c", 5)):
        pq.write_table(
            pa.table({key: values[:rows] for key, values in events(0).items()}), tmp_path / f"{name}.parquet"
        )
    pq.write_table(pa.table({"b": np.ones(3)}), tmp_path / "b.parquet")
    (tmp_path / "d.parquet").touch()
    with pytest.raises(
        DataError, match=r"^2 of 4 files .*:\n.*b\.parquet: there is no column.*\n.*d\.parquet: is empty"
    ):
        nw.predict_each(run, tmp_path / "*.parquet", tmp_path / "scores")
    tables = [pq.read_table(tmp_path / "scores" / f"{name}.parquet") for name in "ac"]
    assert [table.num_rows for table in tables] == [0, 5]
    assert tables[0].schema.equals(tables[1].schema)
    answer = CliRunner().invoke(app, ["predict", str(run.path), f"{tmp_path}/a.parquet", "-o", f"{tmp_path}/s.parquet"])
    assert (answer.exit_code, "0 rows" in answer.output, "part in the training" in answer.output) == (0, True, False)


@pytest.mark.parametrize(
    ("files", "said"),
    [(3, "3 of 3 files .*:\n  no column"), (12, "10 of 12 .*\n  no column\n  The other 2 were not tried")],
)
def test_files_refused_for_one_reason_are_all_counted(files: int, said: str) -> None:
    def score(*_: Any) -> None:
        message = "no column"
        raise DataError(message)

    with pytest.raises(UnusableFilesError, match=f"^{said}"):
        _score_all([(None, Path("a"))] * files, score)


def test_files_of_several_folders_keep_their_place(run: nw.Run, tmp_path: Path) -> None:
    paths = [tmp_path / "2017" / "a.parquet", tmp_path / "2018" / "a.parquet", tmp_path / "2018" / "b.txt"]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        table = pa.table(events(0))
        if path.suffix == ".txt":
            path.write_text(table.to_pandas().to_csv(index=False))
        else:
            pq.write_table(table, path)
    written = nw.predict_each(run, paths, tmp_path / "scores")
    assert [str(path.relative_to(tmp_path / "scores")) for path in written] == [
        "2017/a.parquet",
        "2018/a.parquet",
        "2018/b.parquet",
    ]
    pq.write_table(pa.table(events(0)), tmp_path / "2018" / "b.parquet")
    message = r"b\.parquet: would hold the scores of .*b\.txt and of .*b\.parquet\. Score them one after the other"
    with pytest.raises(DataError, match=message):
        nw.predict_each(run, [*paths, tmp_path / "2018" / "b.parquet"], tmp_path / "scores")


def test_another_table_of_files_is_scored_with_its_key(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "both.root") as file:
        for tree, first in (("Events", 0), ("Varied", ROWS)):
            file.mktree(tree, {key: values.dtype for key, values in events(first).items()})
            file[tree].extend(events(first))
    expected = nw.predict(run, [folder / "two.root"], tmp_path / "two.parquet")["is_signal"].to_numpy()
    for output in ("s.parquet", "out/"):
        words = ["predict", str(run.path), str(tmp_path / "both.root"), "--key", "Varied", "-o", f"{tmp_path}/{output}"]
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0, answer.output
    np.testing.assert_array_equal(pq.read_table(tmp_path / "s.parquet")["is_signal"].to_numpy(), expected)
    np.testing.assert_array_equal(uproot.open(tmp_path / "out" / "both.root")["scores"]["is_signal"].array(), expected)


def test_columns_that_cannot_be_written(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'there is no column "sun"\. Choose from: a, b, event, label'):
        nw.predict(run, [folder / "one.root"], tmp_path / "s.parquet", columns=["sun"])
    taken = r"columns: is_signal_spread is the name of a column of the scores\. Take the input's from its file, by"
    with pytest.raises(DataError, match=taken):
        nw.predict(run, [folder / "one.root"], tmp_path / "s.parquet", columns=["is_signal_spread"])
    table = pa.table(events(0)).append_column("lists", pa.array([[1.0, 2.0]] * ROWS))
    pq.write_table(table, tmp_path / "lists.parquet")
    for ending in (".root", ".csv"):
        with pytest.raises(
            DataError, match=r"column lists holds several values in each row .*only Parquet and Feather can store"
        ):
            nw.predict(run, [tmp_path / "lists.parquet"], tmp_path / f"s{ending}", columns=["lists"])
    scores = nw.predict(run, [tmp_path / "lists.parquet"], tmp_path / "s.parquet", columns=["lists", "event"])
    assert scores["lists"].to_pylist() == [[1.0, 2.0]] * ROWS
    assert scores.column_names.count("event") == 1


def test_scores_are_compared_with_the_exported_graph(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    """By members that never saw the rows of the first file, and by all members for those of the second."""
    files = [folder / "one.root", folder / "two.root"]
    with pytest.raises(ExportError, match=r"model\.onnx: there is no exported network to compare with\. Write it"):
        nw.predict(run, files, tmp_path / "s.parquet", check_onnx=True)
    nw.export(run)
    checked = nw.predict(run, files, tmp_path / "s.parquet", check_onnx=True)
    assert checked.equals(nw.predict(run, files, tmp_path / "t.parquet"))
    answer = CliRunner().invoke(
        app,
        [
            "predict",
            str(run.path),
            str(files[0]),
            "-o",
            f"{tmp_path}/out/",
            "--with",
            "a",
            "--with",
            "sum",
            "--check-onnx",
        ],
    )
    assert answer.exit_code == 0, answer.output
    written = "Wrote the scores of 1 file to .*: one.root. Each score agrees with that of model.onnx"
    assert re.search(written.replace(" ", r"\s*"), answer.output)
    assert {"a", "sum", "is_signal"} <= set(uproot.open(tmp_path / "out" / "one.root")["scores"].keys())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("weights", r"model\.onnx: the exported network differs from the network by .*No scores were written"),
        ("not a number", r"model\.onnx: the exported network differs from the network by nan .*No scores were written"),
        ("inputs", r"model\.onnx: the exported network takes event, seen, y, and this run has event, seen, x"),
        ("damaged", r"model\.onnx: cannot be loaded by onnxruntime"),
    ],
)
def test_a_graph_of_another_run_is_noticed(
    run: nw.Run, folder: Path, tmp_path: Path, change: str, message: str
) -> None:
    import onnx

    nw.export(run)
    path = run.path / "model.onnx"
    if change == "damaged":
        path.write_bytes(path.read_bytes()[:200])
    else:
        proto = onnx.load(path)
        if change in {"weights", "not a number"}:
            kernel = next(one for one in proto.graph.initializer if len(one.dims) >= 2 and one.data_type == 1)
            values = onnx.numpy_helper.to_array(kernel) * np.float32(1.01 if change == "weights" else np.nan)
            kernel.CopyFrom(onnx.numpy_helper.from_array(values, kernel.name))
        else:
            for node in proto.graph.node:
                for place, name in enumerate(node.input):
                    node.input[place] = "y" if name == "x" else name
            next(one for one in proto.graph.input if one.name == "x").name = "y"
        onnx.save(proto, path)
    with pytest.raises(ExportError, match=message):
        nw.predict(run, [folder / "one.root"], tmp_path / "s.parquet", check_onnx=True)
    assert not (tmp_path / "s.parquet").exists()


def test_every_sample_and_variation_is_scored_at_once(tmp_path: Path) -> None:
    folder = write_samples(tmp_path)
    run = nw.train(nw.parse_experiment(samples_experiment(folder)), run=tmp_path / "run")
    written = nw.predict_each(run, None, tmp_path / "scores", columns=["a"])
    variations = ["", "_jes_up", "_jes_down", "_mu_up", "_mu_down"]
    simulated = [f"{name}{variation}.root" for name in ("tt", "qcd", "w") for variation in variations]
    assert [path.name for path in written] == [*simulated, "data.root"]
    scores = {path.stem: uproot.open(path)["scores"].arrays(library="np") for path in written}
    own = run.predictions().filter(pc.equal(run.predictions()["sample"], "tt"))
    kept = scores["tt"]["selected"] == 1
    assert [len(values["a"]) for name, values in scores.items() if name in ROWS_OF] == list(ROWS_OF.values())
    np.testing.assert_allclose(scores["tt"]["event_weight"][kept].sum(), np.asarray(own["weight"]).sum(), rtol=1e-12)
    np.testing.assert_array_equal(np.sort(scores["tt"]["signal"][kept]), np.sort(own["signal"].to_numpy()))
    for name, shift in (("qcd_jes_up", 0.2), ("qcd_jes_down", -0.2), ("qcd_mu_up", 0.0)):
        np.testing.assert_allclose(scores[name]["a"], scores["qcd"]["a"] + shift, rtol=1e-12)
    up = scores["w_mu_up"]["event_weight"] / scores["w"]["event_weight"]
    np.testing.assert_allclose(up, 1.1, rtol=1e-12)
    assert set(scores["data"]["sample"]) == {"data"}
    with pytest.raises(DataError, match=r"key: the samples of .* set their tables\. Name files to score"):
        nw.predict_each(run, None, tmp_path / "scores", key="Events")
    answer = CliRunner().invoke(app, ["predict", str(run.path), "-o", "all.parquet"])
    assert answer.exit_code == 2
    assert "Add -o FOLDER/" in " ".join(answer.output.split())
    answer = CliRunner().invoke(app, ["predict", str(run.path), "a.root", "-o", "a.parquet", "--cluster", "local"])
    assert answer.exit_code == 2
    assert "workers of a cluster score file by file" in " ".join(answer.output.replace("│", "").split())


def test_samples_whose_scores_would_share_a_file(tmp_path: Path, experiment_of: Any) -> None:
    section = samples_section(tmp_path, tt_mu_up={"files": ["other.root"], "cross_section": "1 pb"})
    experiment = experiment_of(**samples_experiment(tmp_path, data=section))
    with pytest.raises(DataError, match=r"tt_mu_up\.root: would hold the scores of two samples or variations"):
        outputs_of_samples(experiment.data, tmp_path)


def test_generated_rows_are_not_scored_again(tmp_path: Path) -> None:
    content = {
        "data": {"generate": {"kind": "four-vectors", "rows": 300}},
        "inputs": {"p": {"kind": "numeric", "columns": ["E", "px", "py", "pz"]}},
        "targets": {"mass": {"kind": "regression", "column": "mass"}},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 1},
    }
    run = nw.train(nw.parse_experiment(content), run=tmp_path / "run")
    with pytest.raises(DataError, match=r"rows of this experiment are generated, new ones each time\. Name files"):
        nw.predict_each(run, None, tmp_path / "scores")
