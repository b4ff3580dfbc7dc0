"""The report: complete, valid, self-contained, and safe with hostile names."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.html_pages import HOSTILE, Page, check_page

from netwright.config import parse_experiment
from netwright.errors import RunError
from netwright.finding import Finding
from netwright.metrics import Measured, roc_curve
from netwright.plots import roc, save
from netwright.reporting import (
    FIGURES,
    ColumnFacts,
    Headline,
    LayerFacts,
    PartFacts,
    Picture,
    ReportContent,
    write_report,
)
from netwright.reporting._figures import pictures_in
from netwright.reporting.of_run import _choice, _training_facts


@pytest.fixture(scope="module")
def png(tmp_path_factory):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    figure = roc({"test": roc_curve(labels, labels + rng.normal(size=200))})
    return save(figure, tmp_path_factory.mktemp("figures"), "roc")[1]


@pytest.fixture
def content(png):
    measured = {
        "is_top": {"roc_auc": Measured(0.97123, 0.0031), "background_rejection_0.3": Measured(412.3, 55.0)},
        "energy": {"bias": Measured(-1.2, 0.4), "resolution": Measured(31.0, 0.3)},
    }
    seen = {**measured, "is_top": {**measured["is_top"], "roc_auc": Measured(0.9912, 0.001)}}
    return ReportContent(
        title="top-or-qcd",
        purpose="Tells top jets from QCD jets and measures the energy of the top.",
        state="caution",
        verdict="Sound on test rows, with signs of overtraining.",
        headlines=[Headline("AUC of is_top, test rows", "0.9712 ± 0.0031")],
        findings=[Finding("overtraining", "WARN", "Training rows are better."), Finding("<b>", "NOTE", HOSTILE)],
        files=["jets_0.h5 (20,000 rows)"],
        parts=[
            PartFacts("train", 12_000, 11_873.5, 0.0213, {"QCD": 6000, "top": 6000}),
            PartFacts("test", 4, 4.0, 0.0),
        ],
        inputs=[ColumnFacts("constituents", "four-vectors", "GeV", "at most 100, ordered by pT")],
        targets=[ColumnFacts("is_top", "binary"), ColumnFacts("energy", "regression", "GeV", "where is_top = 1")],
        layers=[
            LayerFacts("standardise", "Standardise", "(100, 7)", 0),
            LayerFacts("dense", "Dense", "(128,)", 90_240),
        ],
        settings={"optimizer": "Adam, learning rate 0.001", "batch size": "256 rows"},
        training={"epochs": "25, best 19", "time": "61 s, 41,000 rows/s"},
        evaluation={"train": seen, "valid": measured, "test": measured},
        units={"energy": "GeV"},
        pictures=[Picture(png, "Rejection against efficiency", FIGURES["roc"].caption)],
        experiment="name: top-or-qcd\ntargets:\n  is_top: {kind: binary}\n",
        environment={"netwright": "0.1.0", "git commit": "0123abc", "seed": "1"},
        commands=["netwright train experiment.yaml", "netwright report runs/top-or-qcd"],
        limits=["Trained on simulation only."],
    )


@pytest.fixture
def html(content, tmp_path):
    return write_report(content, tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_is_well_formed_and_loads_and_runs_nothing(html):
    page = check_page(html)
    assert "a" in {tag for tag, _ in page.tags}


def test_its_policy_allows_only_its_own_style_and_inlined_figures(html):
    page = Page(html)
    (policy,) = (a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_says_what_a_colleague_asks_first(html, content):
    text = Page(html).text
    for words in (
        *("Look closer", content.verdict, "0.9712 ± 0.0031", "jets_0.h5 (20,000 rows)", "12,000", "2.13%"),
        *("QCD 6,000 (50.0%), top 6,000 (50.0%)", "at most 100, ordered by pT", "90,240 trained parameters"),
        *("Adam, learning rate 0.001", "25, best 19", "1/ε_B at ε_S = 0.3", "resolution [GeV]", "412 ± 55"),
        *("netwright train experiment.yaml", "0123abc", "is_top: {kind: binary}", "Trained on simulation only."),
        *(FIGURES["roc"].caption[:40], "Rejection against efficiency."),
    ):
        assert words in text


def test_points_at_metrics_that_differ_between_train_and_test(html):
    assert "+6.1 σ (apart)" in Page(html).text  # (0.9912 - 0.97123) / √(0.001² + 0.0031²)
    assert html.count("(apart)") == 1


def test_figures_are_inside_the_file(html, content):
    (source,) = (attributes["src"] for tag, attributes in Page(html).tags if tag == "img")
    assert base64.b64decode(source.removeprefix("data:image/png;base64,")) == content.pictures[0].path.read_bytes()


def test_every_figure_of_a_run_is_in_its_report(tmp_path):
    """The names that `netwright.plots` and `netwright.workflow` give them."""
    heads = ("roc", "discriminant", "calibration", "likelihood-ratio", "protected", "confusion", "response", "coverage")
    results = ("templates", "cls", "cuts", "pulls", "recorded")
    names = {"loss", "vitals", "features-jets-1", *(f"{kind}-y" for kind in (*heads, *results))}
    for name in names:
        (tmp_path / f"{name}.png").touch()
    titles = {picture.path.stem: picture.title for picture in pictures_in(tmp_path, members=1)}
    assert titles.keys() == names
    assert (titles["coverage-y"], titles["features-jets-1"], titles["loss"]) == (
        "Intervals of y",
        "Inputs: jets-1",
        "Loss",
    )


def test_hostile_names_are_shown_and_not_obeyed(content, tmp_path):
    spoiled = replace(
        content,
        title=HOSTILE,
        purpose=HOSTILE,
        verdict=HOSTILE,
        headlines=[Headline(HOSTILE, HOSTILE)],
        files=[HOSTILE],
        parts=[PartFacts(HOSTILE, 0, 0.0, 0.0, {HOSTILE: 0})],
        inputs=[ColumnFacts(HOSTILE, HOSTILE, HOSTILE, HOSTILE)],
        layers=[LayerFacts(HOSTILE, HOSTILE, HOSTILE, 1)],
        settings={HOSTILE: HOSTILE},
        evaluation={"test": {HOSTILE: {HOSTILE: Measured(1.0, 0.1)}}},
        pictures=[replace(content.pictures[0], title=HOSTILE, caption=HOSTILE)],
        experiment=HOSTILE,
        environment={HOSTILE: HOSTILE},
        commands=[HOSTILE],
        limits=[HOSTILE],
    )
    html = write_report(spoiled, tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script" not in html
    assert page.text.count(HOSTILE) >= 15


def test_numbers_that_are_not_known_are_said_to_be_so(content, tmp_path):
    infinite = float("inf")
    measured = {
        "background_rejection_0.3": Measured(infinite, infinite),
        "roc_auc": Measured(0.5, infinite),
        "bias": Measured(float("nan"), 0.0),
    }
    report = replace(content, evaluation={"test": {"is_top": measured}}, pictures=[], headlines=[])
    text = Page(write_report(report, tmp_path / "report.html").read_text(encoding="utf-8")).text
    for words in ("∞ (no background left)", "0.5 (uncertainty not known)", "not defined", "This run has no figures"):
        assert words in text


def test_replaces_an_older_report_and_leaves_no_other_file(content, tmp_path):
    path = tmp_path / "new" / "report.html"
    write_report(content, path)
    assert write_report(replace(content, title="second"), path) == path
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert "<h1>second</h1>" in path.read_text(encoding="utf-8")


def test_refuses_a_figure_that_is_missing_or_of_another_kind(content, tmp_path):
    for path, message in (
        (tmp_path / "none.png", r"The figure .*none\.png is missing. Run netwright report again"),
        (
            content.pictures[0].path.with_suffix(".pdf"),
            r"must be a PNG or SVG file. Received: .*roc\.pdf. Save it with",
        ),
    ):
        with pytest.raises(RunError, match=message):
            write_report(replace(content, pictures=[Picture(path, "x", "y")]), tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(("teams", "time"), [([[0, 1]], "30 s"), ([[0], [1]], "60 s")])
def test_the_time_of_a_training_is_that_of_all_members(teams: list[list[int]], time: str) -> None:
    epoch = {"seconds": 30.0, "rows_per_second": 5.0, "learning_rate": 0.1, "valid_loss": 1.0}
    members = [{"member": member, "best_epoch": 1, "stopped": "last epoch"} for member in (0, 1)]
    training = {"members": members, "plan": {"teams": teams, "workers": 1}}
    run = SimpleNamespace(
        read_json=lambda _: training,
        history=[{"member": member, **epoch} for member in (0, 1)],
        experiment=SimpleNamespace(targets={}),
    )
    assert _training_facts(run)["time"] == time


def test_the_report_says_how_rows_were_chosen_weighted_and_divided(content, tmp_path):
    samples = {"tt": {"files": ["tt.root"], "weight": "w_tt"}, "qcd": {"files": ["qcd.root"], "selection": "ht > 300"}}
    sections = {
        "data": {"samples": samples, "weight": "w", "selection": "n >= 4", "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "classes": {"background": ["qcd"], "top": ["tt"]}}},
    }
    choice = _choice(parse_experiment(sections))
    assert choice["weight"] == "w, w_tt"
    assert choice["selection"] == "(n >= 4) (data.samples.tt); (n >= 4) AND (ht > 300) (data.samples.qcd)"
    assert choice["identity"] == "event, sample"
    assert choice["split"].startswith("kind shares, train 0.7")
    page = write_report(replace(content, choice=choice), tmp_path / "report.html").read_text()
    assert "How rows were chosen, weighted and divided." in page
    assert "event, sample" in page
