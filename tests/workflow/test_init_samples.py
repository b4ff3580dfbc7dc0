"""Init without a target: samples by the names of files, classes given by name, and text tables without a header."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from tests.sample_files import write_samples
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.config import columns_of
from netwright.errors import DataError, ExperimentError
from netwright.workflow.proposals.samples import samples_of_classes, samples_of_files


def table(path: Path, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    np.savez(path, pt=rng.exponential(1 + seed, 150), eta=rng.normal(size=150), event=np.arange(150))
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, name in enumerate(("ttH", "qcd_a", "qcd_b", "data_2018")):
        table(tmp_path / f"{name}.npz", seed)
    monkeypatch.chdir(tmp_path)


def test_files_without_a_label_are_samples() -> None:
    proposal = nw.init(["ttH.npz", "qcd_*.npz", "data_2018.npz"], output="out/e.yaml")
    text = proposal.path.read_text()
    assert "files: [../qcd_*.npz]" in text
    experiment = nw.check(proposal.path).experiment
    assert list(experiment.data.samples) == ["ttH", "qcd", "data_2018"]
    assert experiment.data.recorded == ["data_2018"]
    head = experiment.targets["is_ttH"]
    assert (head.kind, head.column, head.labels) == ("binary", "sample", {"qcd": "qcd", "ttH": "ttH"})
    assert (head.signal_name, head.class_balance) == ("ttH", "weights")
    sentences = " ".join(finding.sentence for finding in proposal.findings)
    assert (
        "ttH is taken as the signal, because its file is the first. Recorded collisions, which are only scored"
        in sentences
    )


@pytest.mark.parametrize("sums", [{"SumWeights": np.full(80, 3.5e8, "f4")}, {}])
def test_cross_sections_in_columns_are_those_of_the_samples(sums: dict[str, np.ndarray]) -> None:
    """As in files of ATLAS Open Data; without a column of the sum of weights, it is that of the files."""
    for name, cross_section in (("ggH", 28.3), ("ZZ", 1254.0)):
        rng = np.random.default_rng(len(name))
        constant = {"XSection": np.full(80, cross_section, "f4"), **sums}
        np.savez(
            f"{name}.npz", **constant, mcWeight=rng.normal(1, 0.1, 80), pt=rng.exponential(50, 80), n=np.arange(80)
        )
    proposal = nw.init(["ggH.npz", "ZZ.npz"], output="e.yaml")
    data = nw.check(proposal.path).experiment.data
    assert [str(sample.cross_section) for sample in data.samples.values()] == ["28.3 pb", "1254 pb"]
    assert [sample.sum_of_weights for sample in data.samples.values()] == ([3.5e8, 3.5e8] if sums else [None, None])
    assert (data.luminosity, data.weight) == ("1 fb-1", "mcWeight")
    said = " ".join(finding.sentence for finding in proposal.findings)
    found = "Cross sections and sums of weights" if sums else "Cross sections"
    assert f"{found} are those in the files, taken as pb: ggH 28.3 pb, ZZ 1254 pb." in said
    assert ("If rows were left out when the files were written, give each sample its sum_of_weights." in said) != bool(
        sums
    )
    assert "as the samples have no cross section" not in said


def test_sums_of_weights_in_a_table_of_their_own() -> None:
    """As in skims of NanoAOD with a branch for the cross section."""
    for name, shift in (("TT", 0.5), ("DY", 0.0)):
        rng = np.random.default_rng(len(name))
        events = {"run": np.ones(80, int), "luminosityBlock": np.arange(80), "event": np.arange(80)}
        events |= {
            "genWeight": rng.normal(1, 0.1, 80),
            "xsec": np.full(80, 88.0),
            "MET_pt": rng.exponential(30 + shift, 80),
        }
        with uproot.recreate(f"{name}.root") as file:
            file["Events"] = events
            file["Runs"] = {"genEventSumw": np.array([100.0, 150.0])}
    proposal = nw.init(["TT.root", "DY.root"], output="e.yaml")
    checked = nw.check(proposal.path)
    sums = [sample.sum_of_weights for sample in checked.experiment.data.samples.values()]
    assert [(one.key, one.column) for one in sums] == [("Runs", "genEventSumw")] * 2
    assert not [finding for finding in checked.findings if finding.symptom == "sum of weights"]
    by_hand = nw.check("e.yaml", ["data.samples.TT.sum_of_weights=null"])
    (said,) = [finding.sentence for finding in by_hand.findings if finding.symptom == "sum of weights"]
    assert re.search(r"samples\.TT: .* over the rows of the files, 8\d\.\d+, and genEventSumw of Runs .* 250\.", said)
    with uproot.recreate("TT2.root") as file:
        file["Events"] = events
    files = 'data.samples.TT={files: ["TT.root", "TT2.root"], cross_section: 88 pb}'
    (finding,) = [one for one in nw.check("e.yaml", [files]).findings if one.symptom == "sum of weights"]
    assert finding.severity == "NOTE"
    assert "cannot be compared with genEventSumw of Runs: " in finding.evidence


def test_recorded_samples_are_known_by_their_names() -> None:
    recorded = ["data15_periodD", "data2018", "SingleMuon_Run2016B", "Run2018A", "muon_data"]
    simulated = ["TTJets_Run2017", "data1", "dataset"]
    assert samples_of_files([f"{name}.root" for name in (*recorded, *simulated)]).recorded == tuple(recorded)


@pytest.mark.parametrize("option", [["--classes"], []])
def test_classes_by_name_on_the_command_line(option: list[str]) -> None:
    words = ["init", *option, "sig=ttH.npz", "bkg=qcd_a.npz,qcd_b.npz"]
    assert CliRunner().invoke(app, words).exit_code == 0
    experiment = nw.check("experiment.yaml").experiment
    (head,) = experiment.targets.values()
    assert head.labels == {"bkg": ["bkg_qcd_a", "bkg_qcd_b"], "sig": "sig"}
    assert head.signal_name == "sig"


def test_tables_of_one_file_with_the_same_columns_are_classes() -> None:
    rng = np.random.default_rng(1)
    with h5py.File("events.h5", "w") as file:
        for place, key in enumerate(("background", "sig/all")):
            file[f"{key}/pt"], file[f"{key}/eta"] = rng.exponential(1 + place, 150), rng.normal(size=150)
    proposal = nw.init("events.h5")
    checked = nw.check(proposal.path)
    samples = checked.experiment.data.samples
    assert {name: one.key for name, one in samples.items()} == {"background": "background", "sig_all": "sig/all"}
    assert (checked.rows, checked.experiment.targets["is_sig_all"].signal_name) == (300, "sig_all")
    assert any(
        "by the names of the tables. To read one table alone: --key" in finding.sentence
        for finding in proposal.findings
    )
    with h5py.File("events.h5", "a") as file:
        file.move("background", "train")
        file.move("sig", "test")
    with pytest.raises(DataError, match=r"holds 2 tables: .*Choose one with --key"):
        nw.init("events.h5", output="parts.yaml")


@pytest.mark.parametrize("label", [np.arange(150) % 2, np.array(["top", "qcd", "qcd"] * 50)])
def test_files_with_a_label_are_one_data_set(label: np.ndarray) -> None:
    """As of a pattern that the shell has expanded: jets-*.npz."""
    for seed in (1, 2):
        x = np.random.default_rng(seed).normal(size=150)
        pq.write_table(pa.table({"x": x, "truth_label": label}), f"jets-{seed}.parquet")
    experiment = nw.check(nw.init(["jets-1.parquet", "jets-2.parquet"]).path).experiment
    assert not experiment.data.samples
    assert list(experiment.targets) == ["truth_label"]


def test_files_with_flags_of_classes_are_no_samples() -> None:
    for seed in (1, 2):
        flag = np.arange(150) % 2
        np.savez(f"f{seed}.npz", x=np.random.default_rng(seed).normal(size=150), label_A=flag, label_B=1 - flag)
    experiment = nw.check(nw.init(["f1.npz", "f2.npz"]).path).experiment
    assert not experiment.data.samples
    assert experiment.targets["label"].labels == {"A": "label_A", "B": "label_B"}


@pytest.mark.parametrize(
    ("files", "classes", "signal"),
    [
        (["a/signal.root", "b/qcd.root", "w.root"], {"background": ["qcd", "w"], "signal": ["signal"]}, "signal"),
        (["tt.root", "bkg_1.root", "bkg_2.root"], {"background": ["bkg_1", "bkg_2"], "tt": ["tt"]}, "tt"),
        (["a.h5", "b.h5", "7.h5"], {"b": ["b"], "n_7": ["n_7"], "a": ["a"]}, "a"),
        (["x/a.h5", "y/a.h5"], {"y": ["y"], "x": ["x"]}, "x"),
        (["x/a.h5", "x/a.h5"], {"a_2": ["a_2"], "a": ["a"]}, "a"),
        (["bkg/*.root", "sig/*.root"], {"bkg": ["bkg"], "sig": ["sig"]}, "sig"),
        (["b/o_1.root", "b/o_2.root", "sig/o_1.root", "sig/o_2.root"], {"b": ["b"], "sig": ["sig"]}, "sig"),
        (["class=b", "class=s.5"], {"s_5": ["s_5"], "b": ["b"]}, "b"),
        (["year=1/is_signal=0", "year=1/is_signal=1"], {"background": ["background"], "signal": ["signal"]}, "signal"),
        (
            ["mc_345060.ggH.root", "363490.ll.root"],
            {"n_363490_ll": ["n_363490_ll"], "mc_345060_ggH": ["mc_345060_ggH"]},
            "mc_345060_ggH",
        ),
        (["DAOD.tt._01.pool.root.1", "DAOD.Z.root"], {"DAOD_Z": ["DAOD_Z"], "DAOD_tt": ["DAOD_tt"]}, "DAOD_tt"),
    ],
)
def test_classes_by_the_names_of_files(files: list[str], classes: dict[str, list[str]], signal: str) -> None:
    samples = samples_of_files(files)
    assert (samples.classes, samples.signal) == (classes, signal)
    assert list(samples.classes)[-1] == signal


def test_folders_below_one_are_samples() -> None:
    """As Spark and pandas write partitions."""
    rng = np.random.default_rng(1)
    for year, flag in product((2017, 2018), (0, 1)):
        folder = Path(f"hive/year={year}/is_signal={flag}")
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"x": rng.normal(flag, 1, 60), "z": rng.normal(size=60)}), folder / "part-0.parquet")
    experiment = nw.check(nw.init("hive", output="hive.yaml").path).experiment
    assert {name: len(sample.files) for name, sample in experiment.data.samples.items()} == {
        "background": 2,
        "signal": 2,
    }
    assert columns_of(experiment.inputs["features"]) == ["x", "z"]
    with pytest.raises(DataError, match=r"Name the folders in it that do: hive/year=2017/is_signal=0, "):
        nw.read("hive")


def test_what_cannot_be_classes() -> None:
    with pytest.raises(ExperimentError, match=r"two or more files of simulated samples are needed.*data\.root"):
        samples_of_files(["tt.root", "data.root"])
    with pytest.raises(ExperimentError, match="classes: there must be two or more, received s"):
        samples_of_classes({"s": ["a.root"]})
    for files in ([], ["ttH.npz"]):
        with pytest.raises(ExperimentError, match=r"class bkg has no files\. Write bkg=FILES\."):
            nw.init(classes={"bkg": [], "sig": files})
    with pytest.raises(DataError, match=r"qcd_c\.npz: there is no such file\. .*qcd_a\.npz"):
        nw.init(classes={"sig": ["ttH.npz"], "bkg": ["qcd_c.npz"]})
    with pytest.raises(ExperimentError, match=r"a class is NAME=FILES .* received 'a b'"):
        samples_of_classes({"a b": ["a.root"], "c": ["b.root"]})
    with pytest.raises(ExperimentError, match=r"give either files .* or classes"):
        nw.init(["a.root"], classes={"s": ["a.root"], "b": ["b.root"]})


def test_text_tables_without_a_header() -> None:
    rng = np.random.default_rng(1)
    np.savetxt("plain.txt", np.column_stack([rng.integers(0, 2, 200), rng.normal(size=(200, 2))]), fmt="%.5f")
    proposal = nw.init("plain.txt")
    experiment = nw.check(proposal.path).experiment
    assert experiment.data.csv.names == ["column_1", "column_2", "column_3"]
    assert experiment.targets["column_1"].labels == {"background": 0, "signal": 1}
    assert (
        "column_1 is taken as the target, as the only one at an end of the row with few values"
        in proposal.path.read_text()
    )
    Path("words.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no rows"):
        nw.init("words.csv", output="w.yaml")


def test_files_without_rows_and_files_that_cannot_be_used() -> None:
    """The first file is not the one to go by."""
    for name, rows in (("tt_0", 0), ("tt_1", 200), ("qcd_0", 0), ("qcd_1", 200)):
        events = {"pt": np.linspace(1, 2, rows), "eta": np.linspace(-1, 1, rows), "genWeight": np.ones(rows)}
        with uproot.recreate(f"{name}.root") as file:
            file["Runs"] = {"genEventSumw": np.ones(3)}
            file["Events"] = events
    proposal = nw.init(["tt_*.root", "qcd_*.root"], output="e.yaml")
    sentences = " ".join(finding.sentence for finding in proposal.findings)
    assert "1 of 2 files has no rows: tt_0.root" in sentences
    assert "1 of 2 files has no rows: qcd_0.root" in sentences
    assert "Give each a cross_section, sum_of_weights: {key: Runs, column: genEventSumw}, and" in sentences
    checked = nw.check(proposal.path)
    assert (checked.rows, checked.experiment.data.key) == (400, "Events")
    for name in ("tt_2", "qcd_2"):
        Path(f"{name}.root").touch()
    with pytest.raises(DataError, match=r"2 of 6 files .*:\n  tt_2\.root: is empty.*\n  qcd_2\.root: is empty"):
        nw.init(["tt_*.root", "qcd_*.root"], output="f.yaml")
    with pytest.raises(
        DataError, match=r"\n  data\.samples\.tt: .*tt_2\.root: .*\n  data\.samples\.qcd: .*qcd_2\.root: "
    ):
        nw.check("e.yaml")


@pytest.mark.parametrize("target", [None, "label"])
def test_a_file_with_further_columns_is_a_friend(target: str | None) -> None:
    pq.write_table(pa.table({"event": range(200), "pt": np.sin(range(200)), "label": [0, 1] * 100}), "main.parquet")
    pq.write_table(pa.table({"event": range(200), "iso": np.cos(range(200)), "d0": np.ones(200)}), "more.parquet")
    proposal = nw.init(["main.parquet", "more.parquet"], target, output="e.yaml")
    assert "more.parquet has as many rows as the first file and other columns" in proposal.path.read_text()
    experiment = nw.check(proposal.path).experiment
    assert [Path(file).name for friend in experiment.data.friends for file in friend.files] == ["more.parquet"]
    assert columns_of(experiment.inputs["features"]) == ["pt", "iso"]
    pq.write_table(pa.table({"event": range(1, 201), "iso": np.ones(200)}), "shifted.parquet")
    with pytest.raises(DataError, match=r"shifted\.parquet: has other columns than main\.parquet"):
        nw.init(["main.parquet", "shifted.parquet"], target, output="f.yaml")


def test_further_tables_and_weights_of_both_sides_are_variations() -> None:
    write_samples(Path())
    proposal = nw.init(["tt.root", "qcd.root", "data.root"], output="v.yaml")
    experiment = nw.check(proposal.path).experiment
    data = experiment.data
    assert (data.key, data.weight) == ("Events", "w")
    assert {name: one.key or one.weight for name, one in data.variations.items()} == {
        "mu_down": "w_mu_down",
        "mu_up": "w_mu_up",
        "jes_down": "Events_jesDown",
        "jes_up": "Events_jesUp",
    }
    assert not {"w_mu_up", "w_mu_down"} & {name for group in experiment.inputs.values() for name in columns_of(group)}
    sentences = [finding.sentence for finding in proposal.findings]
    assert any("Events is read, of 4 tables in a file" in one for one in sentences)
    assert any("systematic variations: mu_down, mu_up, jes_down, jes_up" in one for one in sentences)


def test_columns_beside_others_are_variations_of_events_that_have_numbers() -> None:
    rng = np.random.default_rng(1)
    for name, scale in {"s": 2.0, "b": 1.0}.items():
        pt = rng.exponential(scale, 120)
        columns = {"pt_NOSYS": pt, "pt_JER_1__1up": 1.1 * pt, "pt_JER_1__1down": 0.9 * pt, "eta": rng.normal(size=120)}
        numbers = {"eventNumber": rng.permutation(10**6)[:120], "eta_up": columns["eta"], "eta_down": columns["eta"]}
        pq.write_table(pa.table({**numbers, **columns}), f"{name}.parquet")
    experiment = nw.check(nw.init(["s.parquet", "b.parquet"], output="c.yaml").path).experiment
    assert {name: one.columns for name, one in experiment.data.variations.items()} == {
        "eta_up": {"eta": "eta_up"},
        "eta_down": {"eta": "eta_down"},
        "JER_1_up": {"pt_NOSYS": "pt_JER_1__1up"},
        "JER_1_down": {"pt_NOSYS": "pt_JER_1__1down"},
    }
    assert [columns_of(group) for group in experiment.inputs.values()] == [["pt_NOSYS", "eta"]]


def test_a_variation_that_one_sample_has_is_its_own() -> None:
    rng = np.random.default_rng(1)
    for name, tables in {"s": ("nominal", "jes_up"), "b": ("nominal", "jes_up", "pileup_up")}.items():
        with h5py.File(f"{name}.h5", "w") as file:
            for table in tables:
                rows = np.zeros(120, [("pt", "f4"), ("eta", "f4")])
                rows["pt"], rows["eta"] = rng.exponential(1 + (name == "s"), 120), rng.normal(size=120)
                file[table] = rows
    data = nw.check(nw.init(["s.h5", "b.h5"], output="h.yaml").path).experiment.data
    assert (data.key, list(data.variations), list(data.samples["b"].variations)) == (
        "nominal",
        ["jes_up"],
        ["pileup_up"],
    )
    assert not data.samples["s"].variations
