"""The examples as a reader follows them, in a short form: data, trainings, scripts, and what the pages say."""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright import workflow
from netwright.simulation import generate_top_jets
from netwright.workflow import _train, _train_and_evaluate

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/README.md"))
PAGES = [EXAMPLES / "README.md", *(folder / "README.md" for folder in FOLDERS)]
EXPERIMENTS = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/*.yaml"))

SHORTER = {
    "particle-mass": ["data.generate.rows=2000", "training.epochs=1", "training.warm_up=0"],
    "top-tagging": ["training.epochs=1"],
    "overtraining": ["training.epochs=2"],
    "tabular-search": ["training.epochs=2"],
    "five-folds": ["training.epochs=2", "split.folds=3"],
}
LEARNT = ["cartesian", "cylindrical"]  # of the mass, with many rows
DRAWN = {"overtraining/1-overtrained.yaml", "tabular-search/experiment.yaml"}  # the others' are of the same kinds
ENSEMBLES = {"overtraining/8-ensemble.yaml", "overtraining/9-together.yaml"}

# what each network of the toy has another value of than the first
CHANGES = {
    "2-early-stopping": {"data.files", "split.valid", "training.early_stopping.patience"},
    "3-smaller": {"model.body.units"},
    "4-l2": {"model.body.l2"},
    "5-dropout": {"model.body.dropout"},
    "6-noise": {"inputs.point.noise"},
    "7-more-rows": {"data.files", "split.train", "split.valid"},
    "8-ensemble": {"ensemble.members", "ensemble.bagging"},
}

Make = Callable[[str], Path]
Go = Callable[[str], nw.Run]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a maker of an example's copy, with its data beside it."""
    workshop = tmp_path_factory.mktemp("examples")
    ignore = shutil.ignore_patterns("toy", "jets", "*.parquet", "__pycache__")
    shutil.copytree(EXAMPLES, workshop, ignore=ignore, dirs_exist_ok=True)

    @cache
    def make(name: str) -> Path:
        folder = workshop / name
        if name == "overtraining":
            maker = script(folder / "make_toy.py")
            maker.FILES.update(test=500, many=400)
            maker.main(folder / "toy")
        if name == "tabular-search":
            maker = script(folder / "make_events.py")
            maker.ROWS = 500  # type: ignore[attr-defined]
            maker.main(folder / "events.parquet")
        if name == "five-folds":
            make("tabular-search")
        if name == "top-tagging":
            pytest.importorskip("pythia8mc", reason='generating top jets needs the extra "generate"')
            generate_top_jets(200, seed=2, out=folder / "jets", workers=1)
        return folder

    return make


@pytest.fixture(scope="module")
def trained(copied: Make) -> Go:
    """Return a trainer of an experiment file in its short form; it does so once."""

    @cache
    def go(experiment: str) -> nw.Run:
        name, _, file = experiment.partition("/")
        shorter = [*SHORTER[name], *(["ensemble.members=2"] if experiment in ENSEMBLES else [])]
        loaded = nw.load_experiment(copied(name) / file, shorter)
        with pytest.MonkeyPatch.context() as patch:
            if experiment not in DRAWN:
                patch.setattr(_train_and_evaluate, "draw_features", lambda *_: None)
                patch.setattr(_train, "report", lambda *_, **__: None)
            return workflow.train(loaded, run=copied(name).parent / "runs" / loaded.name)

    return go


def script(path: Path) -> ModuleType:
    """Import a script."""
    spec = importlib.util.spec_from_file_location(f"of_examples_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return nested values by their path in an experiment file."""
    if not isinstance(value, dict):
        return {path: value}
    return {key: v for name, below in value.items() for key, v in flat(below, f"{path}.{name}".strip(".")).items()}


@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if Path(name).stem not in LEARNT])
def test_every_experiment_runs(trained: Go, experiment: str) -> None:
    run = trained(experiment)
    for metrics in run.evaluation["test"].values():
        for metric in ("roc_auc", "resolution"):
            assert metric not in metrics or np.isfinite(metrics[metric]["value"])
    assert (run.path / "report.html").is_file() == (experiment in DRAWN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_page_shows_what_its_files_say(page: Path) -> None:
    for language, ending in (("yaml", "yaml"), ("python", "py")):
        texts = [path.read_text(encoding="utf-8") for path in page.parent.glob(f"*.{ending}")]
        for block in blocks(page, language):
            assert any(block in text for text in texts), f"{page}: no file has\n{block}"
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{page} links to {target}"
    for path in re.findall(r"examples/[\w./-]+\.(?:yaml|py|png)", text):
        assert (ROOT / path).exists(), f"{page} names {path}"


def test_every_example_has_a_page_that_the_list_names() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert {path.parent for path in EXAMPLES.glob("*/*.yaml")} == set(FOLDERS)
    for folder in FOLDERS:
        assert f"({folder.name}/README.md)" in listed
        text = (folder / "README.md").read_text(encoding="utf-8")
        for experiment in folder.glob("*.yaml"):
            assert experiment.name in text, f"{folder.name} does not speak of {experiment.name}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_overrides_in_a_page_fit_an_experiment(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    experiments = sorted(folder.glob("*.yaml"))
    for options in re.findall(r"--set [^`\n]+", text):
        overrides = [word for word in shlex.split(options) if "=" in word]
        assert any(fits(path, overrides) for path in experiments), f"{folder.name}: {options}"


def fits(path: Path, overrides: list[str]) -> bool:
    try:
        nw.load_experiment(path, overrides)
    except nw.NetwrightError:
        return False
    return True


@pytest.mark.parametrize("name", ["overtraining/make_toy.py", "tabular-search/make_events.py"])
def test_made_data_are_the_same_every_time(name: str, tmp_path: Path) -> None:
    for time in ("once", "again"):
        (tmp_path / time).mkdir()
        maker = script(EXAMPLES / name)
        if "toy" in name:
            maker.FILES.update(test=300, many=300)
            maker.main(tmp_path / time)
        else:
            maker.ROWS = 300  # type: ignore[attr-defined]
            maker.main(tmp_path / time / "events.parquet")
    once, again = (sorted((tmp_path / time).iterdir()) for time in ("once", "again"))
    assert [path.name for path in once] == [path.name for path in again]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_the_table_of_events_has_what_its_page_promises(copied: Make) -> None:
    events = pq.read_table(copied("tabular-search") / "events.parquet").to_pandas()
    assert (events.weight < 0).mean() == pytest.approx(0.083, abs=0.03)
    assert ((events.jet1_pt == -999) == (events.n_jets < 1)).all()
    assert ((events.jets_mass == -999) == (events.n_jets < 2)).all()
    assert events.met_significance.isna().any()
    assert events[["run", "event"]].drop_duplicates().shape[0] == len(events)


@pytest.mark.parametrize("name", CHANGES)
def test_each_cure_changes_one_thing(name: str) -> None:
    first, other = (
        flat(nw.load_experiment(EXAMPLES / f"overtraining/{file}.yaml").model_dump(mode="json"))
        for file in ("1-overtrained", name)
    )
    assert {key for key in first if first[key] != other[key]} - {"name"} == CHANGES[name]


def test_the_truth_of_the_toy_is_right(copied: Make) -> None:
    maker = script(copied("overtraining") / "make_toy.py")
    points = maker.draw(20_000, np.random.default_rng(1))
    probability = maker.truth(np.stack([points["x"], points["y"]], axis=1))
    for low in np.linspace(0, 0.9, 10):  # among points of probability p, a share p is signal, within 4 deviations
        exists = (probability >= low) & (probability < low + 0.1)
        tolerance = 4 * np.sqrt(0.25 / exists.sum())
        assert points["label"][exists].mean() == pytest.approx(probability[exists].mean(), abs=tolerance)


def test_networks_of_the_toy_are_compared(
    trained: Go, copied: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [trained(f"overtraining/{name}.yaml").path for name in ("1-overtrained", "9-together")]
    folder = copied("overtraining")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr("sys.argv", ["compare.py", *map(str, runs), "--figure", str(folder / "figure.png")])
    runpy.run_path(str(folder / "compare.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["1-overtrained", "9-together", "the truth"]
    assert (folder / "figure.png").stat().st_size > 10_000


def test_the_run_of_folds_is_used_as_its_page_says(
    trained: Go, copied: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    run = trained("five-folds/experiment.yaml")
    workflow.export(run)
    monkeypatch.setattr("sys.argv", ["use.py", str(run.path)])
    runpy.run_path(str(copied("five-folds") / "use.py"), run_name="__main__")
    output = capsys.readouterr().out
    assert "1,500 rows are test rows" in output
    difference = re.search(r"differs from the predictions by (\S+) at most, in 1,000 rows", output)
    assert difference is not None
    assert float(difference[1]) < 1e-5


@pytest.mark.usefixtures("without_figures")  # of the kinds that other tests draw
@pytest.mark.parametrize("basis", LEARNT)
def test_the_mass_is_learnt(basis: str, tmp_path: Path) -> None:
    overrides = ["data.generate.rows=60000", "training.epochs=4"]
    run = nw.train(nw.load_experiment(EXAMPLES / f"particle-mass/{basis}.yaml", overrides), run=tmp_path / "run")
    resolution = run.evaluation["test"]["mass"]["relative_resolution"]["value"]
    assert resolution is not None
    assert resolution < 0.15  # who knows the mean mass only has 0.7
    measured = run.evaluation["test"]["mass"]
    assert abs(measured["bias"]["value"]) < 0.1 * measured["resolution"]["value"]
