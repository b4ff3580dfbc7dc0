"""The commands of the lab book, as a user types them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.html_pages import check_page
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError, RunError
from netwright.plots import overlaid_losses, overlaid_outputs


@pytest.fixture
def runs(run_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run_of(tmp_path / "runs", "a", seed=1)
    run_of(tmp_path / "runs", "b", seed=2, noise=0.5, parent="../a", training={"epochs": 7})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path / "runs"


def output_of(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_lab_shows_a_table_and_writes_the_page(runs: Path) -> None:
    text = output_of("lab", "--sort", "-metric")
    assert text.index(" b ") < text.index(" a ")
    assert "training.epochs: 100 → 7" in text
    assert "Lab book: runs/lab.md" in text
    assert (runs / "lab.md").read_text().index("## a") < (runs / "lab.md").read_text().index("## b")
    (runs / "lab.md").write_text("mine")
    assert "was not written by netwright lab" in output_of("lab")
    assert "no run matches the filter" in output_of("lab", "--filter", "metric>2")
    assert "Lab book" not in output_of("lab", "runs/a")
    assert output_of("lab", "runs/a", "--as", "html") == "Written: lab.html\n"
    assert not list((runs / "a").glob("lab.*"))


def test_lab_has_other_forms(runs: Path) -> None:
    assert output_of("lab", "--as", "csv").startswith("started,run,")
    assert output_of("lab", "--as", "md", "--output", "x.md") == "Written: x.md\n"
    assert "## a" in Path("x.md").read_text()
    output_of("lab", "--output", "y.html")
    assert Path("y.html").read_text().startswith("<!DOCTYPE html>")  # it was Markdown
    for words in (("lab", "--output", "x.parquet"), ("compare", "runs/a", "runs/b", "--output", "x.yaml")):
        with pytest.raises(RunError, match=r"is written as \.csv|ends with \.html"):
            output_of(*words)
    assert output_of("lab", "--as", "html") == "Written: runs/lab.html\n"
    page = (runs / "lab.html").read_text()
    check_page(page)
    assert page.count('<th scope="row">') == 2
    assert "2 runs" in page
    (runs / "empty").mkdir()
    assert "no run yet" in output_of("lab", "runs/empty")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["lab"], "lab.md"),
        (["lab", "--as", "html"], "lab.html"),
        (["compare", "runs/a", "runs/b"], "compare-a-b.html"),
    ],
)
def test_nothing_is_written_through_links_out_of_a_folder_of_runs(runs: Path, words: list[str], name: str) -> None:
    output_of("lab", "--as", "md", "--output", "mine.md")
    before = Path("mine.md").read_text()
    for target in ("mine.md", "new"):
        (runs / name).unlink(missing_ok=True)
        (runs / name).symlink_to(Path(target).absolute())
        result = CliRunner().invoke(app, words)
        assert "is a symbolic link to" in result.output + str(result.exception)
    assert Path("mine.md").read_text() == before
    assert not Path("new").exists()


@pytest.mark.usefixtures("runs")
def test_a_note_is_written_and_shown() -> None:
    assert output_of("note", "runs/b", "shorter is enough").startswith("runs/b/notes.md: - 20")
    assert "shorter is enough" in output_of("lab")
    with pytest.raises(RunError, match=r"runs/c is not a run directory: .* Runs in runs: a, b"):
        nw.note("runs/c", "x")


@pytest.mark.usefixtures("runs")
def test_compare_says_what_differs() -> None:
    text = output_of("compare", "runs/a", "runs/b")
    for words in ("training.epochs: 100 → 7", "DeLong", "better", "Report: runs/compare-a-b.html"):
        assert words in text
    assert Path("runs/compare-a-b.html").is_file()


@pytest.mark.usefixtures("runs")
def test_a_run_is_trained_again_with_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def train(experiment: nw.Experiment, **more: Any) -> None:
        given.update(more, experiment=experiment)
        msg = "enough"
        raise RunError(msg)

    monkeypatch.setattr("netwright.workflow.train", train)
    Path("runs/toy.csv").touch()  # data that is not there is refused before the training
    with pytest.raises(RunError, match="enough"):
        output_of("train", "runs/a", "--set", "training.epochs=3")
    assert (given["parent"], given["experiment"].training.epochs) == (Path("runs/a"), 3)
    with pytest.raises(ExperimentError, match=r"say what is changed: netwright train runs/a --set training"):
        output_of("train", "runs/a")


def test_figures_need_a_run() -> None:
    with pytest.raises(DataError, match=r"Argument `histories` must contain at least one run"):
        overlaid_losses({})
    with pytest.raises(DataError, match=r"Argument `outputs` must contain at least one run"):
        overlaid_outputs({}, None, None, class_names={}, name="x")
