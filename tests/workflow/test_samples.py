"""Runs made from samples: training, evaluation, moved files, and the scale of the yields."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
import yaml
from tests.sample_files import ROWS, columns_of, samples_experiment, samples_section, write_samples
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.config import parse_experiment
from netwright.data import importance, kept_rows
from netwright.errors import DataError, ExperimentError
from netwright.evaluation import open_to_score, score_table
from netwright.finding import Finding
from netwright.progress import silent
from netwright.training import head_weights
from netwright.workflow import evaluate, limit, load_rows, predict, train
from netwright.workflow._evaluate_files import evaluate_files
from netwright.workflow._open_recorded import open_recorded
from netwright.workflow._predict import _score
from netwright.workflow._recorded import draw_recorded
from netwright.workflow._rows_to_score import as_one_table, rows_of_files
from netwright.workflow._run_data import load_run_data
from netwright.workflow.findings.identity import identity_findings_of_rows
from netwright.workflow.inference.section import expected_section
from netwright.workflow.inference.variations import read_variations
from netwright.workflow.scans.scanned_value import ScannedValue

SIGMAS = {"tt": 0.8, "qcd": 20.0, "w": 3.0}


@pytest.fixture(scope="module", autouse=True)
def _only_recorded_figures() -> Iterator[None]:
    """Write no files of other figures, which take most of the time of a training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netwright.plots.of_run.save", lambda *_: None)
        patch.setattr("netwright.workflow._limit.draw_inference", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    return train(parse_experiment(samples_experiment(folder)), run=folder / "run")


def scaled(folder: Path, power: int) -> Any:
    changes = {name: {"cross_section": f"{sigma * 2.0**power!r} pb"} for name, sigma in SIGMAS.items()}
    return parse_experiment(samples_experiment(folder, data=samples_section(folder, **changes)))


def test_training_does_not_depend_on_the_scale_of_the_yields(
    folder: Path, run: nw.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Powers of two are exact in floating point, so that weights agree bit for bit."""
    monkeypatch.setattr("netwright.workflow._recorded.save", lambda *_: None)
    sums = Finding("sum of weights", "WARN", "Another sum.", see="docs/samples.md")
    monkeypatch.setattr("netwright.workflow._train_and_evaluate.sum_findings", lambda *_: iter([sums]), raising=False)
    for power in (-24, 24):
        warned: list[Finding] = []
        other = train(scaled(folder, power), run=folder / f"run{power}", warn=warned.append)
        # What check warns of is said before the training, not only in the report behind it.
        assert [one.symptom for one in warned[:2]] == ["sum of weights", "recorded rows and expected events"]
        assert sums in other.findings
        for one, same in zip(run.model.get_weights(), other.model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, same)
        ratio = other.read_json("split.json")["samples"][0]["expected_events"]
        assert ratio == run.read_json("split.json")["samples"][0]["expected_events"] * 2.0**power


def test_the_run_writes_yields_and_names_the_sample_of_each_row(run: nw.Run) -> None:
    yields = run.read_json("split.json")["samples"]
    assert [sample_yield["sample"] for sample_yield in yields] == ["tt", "qcd", "w", "data"]
    table = run.predictions()
    assert set(table["sample"].to_pylist()) == {"tt", "qcd", "w"}
    total = sum(sample_yield["expected_events"] for sample_yield in yields[:3])
    assert np.asarray(table["weight"]).sum() == pytest.approx(total, rel=1e-12)
    names, truth = np.array(table["sample"].to_pylist()), np.asarray(table["signal_true"])
    assert (truth == (names == "tt")).all()


def test_importance_of_a_sample_is_a_factor_before_the_balance_of_classes(folder: Path) -> None:
    plain = parse_experiment(samples_experiment(folder))
    section = samples_section(folder, w={"importance": 5})
    changed = parse_experiment(samples_experiment(folder, data=section))
    (dataset, before), (_, after) = load_rows(plain), load_rows(changed)
    np.testing.assert_array_equal(before.weights, after.weights)
    names, everything = np.array(dataset.arrow("sample").to_pylist()), np.arange(len(before))
    old, new = (head_weights(rows, everything, plain.targets)["signal"] for rows in (before, after))
    assert old[names != "tt"].sum() == pytest.approx(old[names == "tt"].sum(), rel=1e-5)
    assert new[names != "tt"].sum() == pytest.approx(new[names == "tt"].sum(), rel=1e-5)
    ratios = [new[names == name][0] / old[names == name][0] for name in ("qcd", "w", "tt")]
    assert ratios[1] == pytest.approx(5 * ratios[0], rel=1e-5)
    assert ratios[2] == pytest.approx(1, rel=1e-5)
    unbalanced = {"signal": plain.targets["signal"].model_copy(update={"balance": "none"})}
    factors = importance(after, kept_rows(after, everything, unbalanced), unbalanced)["signal"]
    assert factors.tolist() == np.where(names == "w", 5.0, 1.0).tolist()


def test_evaluating_again_gives_the_same_numbers(run: nw.Run) -> None:
    again = evaluate(run)
    assert again.path == run.path / "evaluation.json"
    assert again.remarks == []
    assert again.measured["signal"]["roc_auc"].value == pytest.approx(
        run.evaluation["test"]["signal"]["roc_auc"]["value"], rel=1e-6
    )


def test_other_files_are_evaluated_as_the_samples_that_they_are_of(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    own = evaluate(run)
    again = evaluate(run, [folder / f"{name}.root" for name in ("tt", "qcd", "w")])
    assert (again.total, again.selected) == (own.total, own.selected)
    assert again.fitted["train"]["signal"]["roc_auc"].value == own.fitted["train"]["signal"]["roc_auc"].value
    assert "Event weights of w are divided by the sum_of_weights of the experiment's own files." in again.remarks
    shutil.copy(folder / "qcd.root", tmp_path / "other.root")
    some = evaluate(run, {"tt": folder / "tt.root", "qcd": [tmp_path / "other.root"]})
    assert some.total == ROWS["tt"] + ROWS["qcd"]
    assert some.parts["unseen"] == 0  # recognised by identity, with the sample's name
    every = evaluate(run, {"tt": folder / "tt.root", "qcd": folder / "qcd.root"}, selection=False)
    assert every.selected == every.total == some.total > some.selected
    with pytest.raises(DataError, match=r"class background \(sample = qcd or w\) has no rows in .*tt\.root"):
        evaluate(run, folder / "tt.root")


def test_files_by_sample_are_for_runs_with_samples(run: nw.Run, folder: Path) -> None:
    plain = parse_experiment(samples_experiment(folder, data={"files": [str(folder / "tt.root")]}, result=None))
    with pytest.raises(DataError, match=r"it was not trained on samples\. Name files without NAME=\."):
        evaluate_files(run, plain, {"tt": folder / "tt.root"}, progress=nw.progress.silent)


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ("data.root", r"samples of .* are tt, qcd, w; data is recorded, and has no class\."),
        ({"ww": "tt.root"}, r"samples of .* are tt, qcd, w; ww is not one of them\."),
        ("else.root", r"else\.root: cannot be assigned to a sample of .*is none of its files"),
    ],
)
def test_files_of_no_sample_cannot_be_evaluated(run: nw.Run, folder: Path, files: Any, match: str) -> None:
    (folder / "else.root").write_bytes(b"root")
    named = {k: folder / v for k, v in files.items()} if isinstance(files, dict) else folder / files
    with pytest.raises(DataError, match=match):
        evaluate(run, named)


def test_files_of_samples_are_found_where_they_have_moved(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    for name in ROWS:
        shutil.copy(folder / f"{name}.root", tmp_path / ("renamed.root" if name == "w" else f"{name}.root"))
    data, changes = load_run_data(run, tmp_path, nw.progress.silent)
    assert changes == []
    assert len(data.dataset.sources) == 3
    shutil.copy(folder / "w.root", tmp_path / "qcd.root")
    with pytest.raises(DataError, match=r"none of the files belongs to the sample qcd of .*Name a folder"):
        load_run_data(run, tmp_path, nw.progress.silent)
    (tmp_path / "else.root").write_bytes(b"other")
    with pytest.raises(DataError, match=r"else\.root: cannot be assigned to a sample of .*is none of its files"):
        load_run_data(run, tmp_path, nw.progress.silent)


def test_a_missing_file_of_a_sample_says_how_to_name_it(run: nw.Run, folder: Path) -> None:
    (folder / "w.root").rename(folder / "away.root")
    try:
        with pytest.raises(DataError, match=r"w\.root.* name it: --files"):
            load_run_data(run, None, nw.progress.silent)
    finally:
        (folder / "away.root").rename(folder / "w.root")


def test_files_of_a_sample_are_scored_like_it(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    table = predict(run, [folder / "qcd.root"], tmp_path / "scores.parquet")
    assert set(table["sample"].to_pylist()) == {"qcd"}
    own = run.predictions().to_pylist()
    before = {one["event"]: one["signal"] for one in own if one["sample"] == "qcd"}
    scores = {value["event"]: value["signal"] for value in table.to_pylist()}
    assert [scores[event] for event in before] == pytest.approx(list(before.values()), rel=1e-5)
    assert set(table["split"].to_pylist()) >= {"train", "valid", "test"}
    assert predict(run, [folder / "data.root"], tmp_path / "data.parquet").num_rows == ROWS["data"]
    with pytest.raises(DataError, match=r"the files are of several samples \(qcd, w\)"):
        predict(run, [folder / "qcd.root", folder / "w.root"], tmp_path / "both.parquet")


def test_files_of_samples_are_scored_like_them_wherever_they_are(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    """By place, content, name, or as said: rows that the network was fitted to are not taken as unseen."""
    own = predict(run, folder / "tt.root", tmp_path / "own.parquet").drop_columns(["file"])
    assert own["selected"].to_pylist() == [
        bool(kept) for kept in (columns_of("tt")["a"] > -1) & (columns_of("tt")["b"] > -2)
    ]  # the selections of data and of the sample
    for name in ("tt.root", "renamed.root", "changed.root"):
        shutil.copy(folder / "tt.root", tmp_path / name)
    with uproot.update(tmp_path / "changed.root") as file:
        file["more"] = {"x": np.zeros(1)}
    for files in (tmp_path / "tt.root", tmp_path / "renamed.root", {"tt": tmp_path / "changed.root"}):
        assert predict(run, files, tmp_path / "s.parquet").drop_columns(["file"]).equals(own)
    text = " ".join(
        CliRunner()
        .invoke(app, ["predict", str(run.path), f"{tmp_path}/changed.root", "-o", f"{tmp_path}/s.csv"])
        .output.split()
    )
    assert "unseen 600." in text
    assert "Note: the files belong to no sample of the run" in text
    assert CliRunner().invoke(
        app, ["predict", str(run.path), f"tt={tmp_path}/changed.root", "-o", f"{tmp_path}/out/"]
    ).exit_code == 0  # fmt: skip
    scores = uproot.open(tmp_path / "out" / "changed.root")["scores"]["signal"].array(library="np")
    np.testing.assert_array_equal(scores, own["signal"])
    with pytest.raises(
        DataError, match=r"ww: not a sample of .*: samples of .* are tt, qcd, w, data\. Name other files"
    ):
        predict(run, {"ww": tmp_path / "tt.root"}, tmp_path / "s.parquet")


def test_a_file_of_a_sample_has_its_derived_columns(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    """Also a file of its own of a variation; a file that several samples share has to be said to be of one."""
    shutil.copy(folder / "qcd.root", folder / "qcd_jes.root")
    section = samples_section(folder, qcd={"derived": {"total": "a - 2 * b"}, "variations": {
        "jes_up": {"files": [str(folder / "qcd_jes.root")], "key": "Events_jesUp"}}})  # fmt: skip
    section["samples"]["tt_low"] = section["samples"]["tt"] | {"selection": "a <= -1"}
    experiment = parse_experiment(samples_experiment(folder, data=section))
    other = SimpleNamespace(
        path=run.path, experiment=experiment, model=run.model, known=run.known, membership=run.membership,
        read_json=run.read_json, predict=run.predict,
    )  # fmt: skip
    for file, tree in (("qcd", "Events"), ("qcd_jes", "Events_jesUp")):
        what = as_one_table(rows_of_files(other, folder / f"{file}.root", nw.progress.silent))
        _score(other, what, tmp_path / "s.parquet", ["total"], nw.progress.silent, key=None, check_onnx=False)
        values = columns_of("qcd", tree)
        table = pq.read_table(tmp_path / "s.parquet")
        np.testing.assert_array_equal(table["total"], values["a"] - 2 * values["b"])
        assert table["split"].to_pylist().count("unseen") < 100
    with pytest.raises(
        DataError, match=r"tt\.root: may be of several samples of .* \(tt, tt_low\)\. Say which: NAME=tt"
    ):
        rows_of_files(other, folder / "tt.root", nw.progress.silent)


def test_the_limit_has_the_events_of_the_samples_and_their_variations(
    run: nw.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netwright.workflow.inference.sample_shares._SHIFT", 0.0)
    monkeypatch.setattr("netwright.workflow.inference.sample_shares._CLEAR", 0.0)
    result = limit(run)
    yields = {entry["sample"]: entry["expected_events"] for entry in run.read_json("split.json")["samples"]}
    channel = result.inference.channel
    assert channel.signal.total == pytest.approx(yields["tt"], rel=1e-9)
    assert channel.background.total == pytest.approx(yields["qcd"] + yields["w"], rel=1e-9)
    for process in channel.processes:
        low, high = process.shapes["mu_shape"]
        np.testing.assert_allclose(high.values, 1.1 * process.yields.values, rtol=1e-9)
        np.testing.assert_allclose(low.values, 0.9 * process.yields.values, rtol=1e-9)
    modifiers = result.inference.workspace["channels"][0]["samples"][0]["modifiers"]
    assert {"jes", "mu_shape"} <= {modifier["name"] for modifier in modifiers if modifier["type"] == "histosys"}
    assert result.section.luminosity == "2 fb-1"
    table = run.predictions(["split", "sample", "weight"]).to_pandas()
    shares = [rows.groupby("sample")["weight"].sum() for rows in (table[table["split"] == "test"], table)]
    factors = [(of_part / (of_part["qcd"] + of_part["w"])).to_dict() for of_part in shares]
    shifts = "; ".join(f"{name} counts {factors[0][name] / factors[1][name]:.3g} times" for name in ("qcd", "w"))
    (remark,) = [remark for remark in result.inference.remarks if "scaled together" in remark]
    assert remark.replace(" its expected events", "").startswith(f"background: among test rows, {shifts}")


def test_varied_templates_are_those_of_test_events_by_hand(run: nw.Run) -> None:
    channel = limit(run).inference.channel
    own = [value for value in run.predictions().to_pylist() if value["split"] == "test" and value["sample"] == "tt"]
    events = {one["event"] for one in own}
    total = {entry["sample"]: entry["expected_events"] for entry in run.read_json("split.json")["samples"]}["tt"]
    factor = total / sum(one["weight"] for one in own)
    data, settings = open_to_score(run.experiment, "tt", "jes_up")
    scores = score_table(run.model, settings, data)["signal"].to_numpy()
    kept = data.condition(settings.data.selection or "TRUE")
    # which rows are test rows is known from nominal events; of those that a variation brings in, from the split
    known = {value["event"] for value in run.predictions().to_pylist() if value["sample"] == "tt"}
    event = data.column("event")
    brought = [e for e in event[kept] if e not in known]
    test = kept & np.isin(event, list(events))
    by_hand = np.histogram(scores[test], channel.edges, weights=factor * data.column("event_weight")[test])[0]
    process = next(one for one in channel.processes if one.name == "top")
    result = process.shapes["jes"][1].values
    assert (
        np.abs(result - by_hand).sum()
        <= factor * 2 * sum(abs(data.column("event_weight")[event == e][0]) for e in brought) + 1e-6 * total
    )


def test_a_variation_without_its_partner_is_one_sided_and_kinematic_ones_need_an_identity(folder: Path) -> None:
    section = samples_section(folder)
    del section["variations"]["mu_down"], section["variations"]["jes_down"], section["variations"]["jes_up"]
    section["identity"] = []
    other = train(parse_experiment(samples_experiment(folder, data=section)), run=folder / "one-sided")
    result = limit(other)
    assert "mu_shape: there is no variation mu_down, so -1σ is the nominal sample." in result.inference.remarks
    section["variations"]["jes_up"] = {"key": "Events_jesUp"}
    changed = parse_experiment(samples_experiment(folder, data=section))
    with pytest.raises(DataError, match=r"data\.identity: variations with another key, other files or columns need"):
        read_variations(changed, other.forms, nw.progress.silent)


def test_a_scan_compares_by_the_statistics_of_limit(run: nw.Run) -> None:
    """Of the same network, results on test rows are those of netwright limit, with the variations of samples."""
    data, _ = load_run_data(run, None, nw.progress.silent)
    section = expected_section(run.experiment, data.rows)
    assert section is not None
    trained: Any = [SimpleNamespace(model=run.model, valid_head_losses={})]
    variations = read_variations(run.experiment, run.forms, nw.progress.silent)
    one = ScannedValue(1.0, run.experiment, section, data, trained, variations, nw.progress.silent)
    assert set(one.events["valid"][0][0].shapes) == {"jes", "mu_shape"}
    result = limit(run).inference.results["limit"].value
    assert one.on_test(nw.progress.silent)["limit"].value == pytest.approx(result, rel=1e-6)


def test_without_a_section_the_events_are_those_of_the_samples(run: nw.Run, folder: Path) -> None:
    plain = parse_experiment(samples_experiment(folder, result=None))
    _, rows = load_rows(plain)
    section = expected_section(plain, rows)
    assert section is not None
    yields = {entry["sample"]: entry["expected_events"] for entry in run.read_json("split.json")["samples"]}
    assert section.expected_events("background") == pytest.approx(yields["qcd"] + yields["w"], rel=1e-12)
    negative = replace(rows, weights=-rows.weights)
    with pytest.raises(DataError, match=r"targets\.signal: -.* events of class background are expected"):
        expected_section(plain, negative)
    with pytest.raises(ExperimentError, match="--merit profit: unknown"):  # no section is missed
        nw.scan(plain, "training.learning_rate", [0.1], merit="profit")


def test_the_report_shows_yields_and_recorded_over_simulated(run: nw.Run) -> None:
    page = (run.path / "report.html").read_text()
    expected = run.read_json("split.json")["samples"][1]["expected_events"]
    assert f"{expected:,.6g}" in page
    assert "Recorded and simulated: signal" in page
    (finding,) = [one for one in run.findings if one.symptom == "recorded rows and expected events"]
    assert finding.evidence.startswith("296 recorded rows (data), and the simulated samples add up to")
    drawn = {path.stem for path in run.figures.glob("recorded-*.png")}
    assert drawn == {"recorded-a", "recorded-b", "recorded-total", "recorded-signal"}


def test_markers_of_missing_values_are_in_no_bin(run: nw.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """-999 and its like stood in the first bin, and made the axis a thousand wide."""
    drawn: dict[str, Any] = {}

    def keep(recorded: Any, simulated: Any, *, name: str, **_: Any) -> None:
        drawn[name] = [recorded, *(values for values, _ in simulated.values())]

    monkeypatch.setattr("netwright.workflow._recorded.data_over_simulation", keep)
    monkeypatch.setattr("netwright.workflow._recorded.save", lambda *_: None)
    data, _ = load_run_data(run, None, silent)
    experiment = run.experiment
    markers = [float(data.dataset.column("a")[3]), float(open_recorded(experiment, silent)[0].column("a")[5])]
    group = experiment.inputs["x"].model_copy(update={"missing": markers})
    draw_recorded(run, experiment.model_copy(update={"inputs": {"x": group}}), data, silent)
    assert [int(np.isnan(values).sum()) for values in drawn["a"]] == [1, 1, 0, 0]
    assert not any(np.isnan(values).any() for values in drawn["b"])


def test_a_recorded_sample_without_an_input_is_refused_before_the_training(folder: Path, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "bare.root") as file:
        file["Events"] = {"b": np.ones(3), "run": np.ones(3, np.int64), "event": np.arange(3)}
    section = samples_section(folder, data={"files": [str(tmp_path / "bare.root")]})
    with pytest.raises(DataError, match=r"data\.samples\.data: .*there is no column \"a\""):
        train(parse_experiment(samples_experiment(folder, data=section)), run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_check_opens_recorded_samples_and_compares_their_rows_with_the_expected_events(
    folder: Path, tmp_path: Path
) -> None:
    checked = nw.check(parse_experiment(samples_experiment(folder)))
    data = checked.yields[-1]
    assert (data.sample, data.recorded, data.rows) == ("data", True, 296)
    expected = sum(sample.expected_events for sample in checked.yields[:-1])
    (finding,) = [one for one in checked.findings if one.symptom == "recorded rows and expected events"]
    assert finding.severity == ("PASS" if 0.5 <= data.rows / expected <= 2 else "WARN")
    with uproot.recreate(tmp_path / "bare.root") as file:
        file["Events"] = {"b": np.ones(3), "run": np.ones(3, np.int64), "event": np.arange(3)}
    section = samples_section(folder, data={"files": [str(tmp_path / "bare.root")]})
    with pytest.raises(DataError, match=r"data\.samples\.data: .*there is no column \"a\""):
        nw.check(parse_experiment(samples_experiment(folder, data=section)))


def test_rows_that_agree_in_identity_and_differ_are_a_finding(folder: Path) -> None:
    plain = parse_experiment(samples_experiment(folder))
    _, rows = load_rows(plain)
    assert identity_findings_of_rows(plain, rows) == []
    section = samples_section(folder) | {"identity_across_samples": True}
    across = parse_experiment(samples_experiment(folder, data=section))
    _, rows = load_rows(across)
    (finding,) = identity_findings_of_rows(across, rows)
    events = np.unique(rows.identity, return_counts=True)[1]
    assert finding.severity == "WARN"
    assert finding.sentence.startswith(f"data.identity: {events[events > 1].sum():,} of {len(rows):,} rows agree")
    same = replace(rows, inputs={name: np.zeros_like(values) for name, values in rows.inputs.items()})
    assert identity_findings_of_rows(across, same) == []


def test_screens_show_the_yields(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(samples_experiment(folder)))
    shown = CliRunner().invoke(app, ["check", str(tmp_path / "experiment.yaml")], env={"COLUMNS": "160"})
    assert shown.exit_code == 0, shown.output
    assert "expected events" in shown.output
