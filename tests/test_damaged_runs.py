"""Any file of a run that is damaged: a message that names it, in every command, and never a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright import models
from netwright.errors import NetwrightError, RunError
from netwright.evaluation import by_part as evaluated
from netwright.evaluation import chunks
from netwright.exporting import ExportCheck
from netwright.lab import open_run
from netwright.models import load_model, make_forward
from netwright.workflow import _export

pytestmark = pytest.mark.usefixtures("without_figures")

FILES = [
    "experiment.yaml", "environment.json", "split.json", "history.jsonl", "training.json", "evaluation.json",
    "findings.json",
    "predictions.parquet", "identity.npy", "model.keras", "plan.json", "notes.md", "report.html",
]  # fmt: skip
FOLDERS = ["figures", "checkpoints"]
NEVER_READ = {"notes.md", "report.html"}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def garbled(path: Path) -> None:
    path.write_bytes(np.random.default_rng(3).bytes(max(path.stat().st_size, 64)))


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x41
    path.write_bytes(bytes(content))


def a_list(path: Path) -> None:
    path.write_text("[1, 2, 3]\n")


def a_mapping(path: Path) -> None:
    path.write_text('{"a": {"b": null}}\n')


def a_number(path: Path) -> None:
    path.write_text("7\n")


def deeply_nested(path: Path) -> None:
    path.write_text("[" * 100_000)


def other_table(path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), path)


def other_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros((2, 2)))


def pickled(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([{}], dtype=object), allow_pickle=True)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


def gone(path: Path) -> None:
    path.unlink()


ANY = (cut, emptied, garbled, a_folder, dangling, gone)
OF_JSON = (a_list, a_mapping, a_number, deeply_nested)
OF_KIND: dict[str, tuple[Callable[[Path], None], ...]] = {
    ".json": OF_JSON,
    ".jsonl": OF_JSON,
    ".yaml": OF_JSON,
    ".parquet": (flipped, other_table),
    ".npy": (flipped, other_array, pickled),
    ".keras": (flipped, other_table),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("sound")
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 300)
    np.savez(folder / "rows.npz", a=random.normal(size=300) + label, y=label, event=np.arange(300))
    content = {
        "name": "toy",
        "data": {"files": [str(folder / "rows.npz")], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [2]}},
        "training": {"epochs": 1, "batch_size": 128},
    }
    return nw.train(nw.parse_experiment(content), run=folder / "run")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what reads no file of a run and takes long: the graph of ONNX, as figures by `without_figures`."""

    def written(_model: object, _experiment: object, path: Path, **_more: Any) -> ExportCheck:
        return ExportCheck(path, 0, 0.0)

    monkeypatch.setattr(_export, "export_onnx", written)
    monkeypatch.setattr(models, "load_model", _load_once)
    monkeypatch.setattr(chunks, "make_forward", cache(make_forward))
    monkeypatch.setattr(evaluated, "make_forward", cache(make_forward))


_loaded: dict[bytes, Any] = {}


def _load_once(path: Path, **more: Any) -> Any:
    """Load a network once: the same bytes are the same network, compiled once."""
    content = path.read_bytes() if path.is_file() else b""
    if content not in _loaded:
        _loaded[content] = load_model(path, **more)
    return _loaded[content]


def commands(run: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return everything that opens a run."""
    data = [folder / "rows.npz"]
    return {
        "evaluate": lambda: nw.evaluate(run),
        "evaluate files": lambda: nw.evaluate(run, data),
        "predict": lambda: nw.predict(run, data, run.parent / "scores.parquet"),
        "export": lambda: nw.export(run, run.parent / "model.onnx"),
        "export unchecked": lambda: nw.export(run, run.parent / "model.onnx", check=False),
        "report": lambda: nw.report(run),
        "resume": lambda: nw.resume(run),
        "load": lambda: nw.load_model(run),
    }


def damages_of(name: str) -> tuple[Callable[[Path], None], ...]:
    """Return what may happen to a file."""
    return (*ANY, *OF_KIND.get(Path(name).suffix, ()))


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_in_every_command(original: nw.Run, tmp_path: Path, name: str) -> None:
    """Every file meets every command, and every damage meets every command, in a third of all combinations."""
    run = tmp_path / "run"
    for number, damage in enumerate(damages_of(name), start=FILES.index(name)):
        for command, act in list(commands(run, original.path.parent).items())[number % 3 :: 3]:
            shutil.copytree(original.path, run, ignore=shutil.ignore_patterns("figures"))
            damage(run / name)
            if command == "resume" and name != "report.html":
                (run / "report.html").unlink()
            try:
                act()
            except NetwrightError as error:
                message = str(error)
                named = name in message and (
                    name not in NEVER_READ or damage in {a_folder, dangling} or command == "resume"
                )
            else:
                message, named = "", True
            shutil.rmtree(run)
            assert named, f"{command}, {name} {damage.__name__}: {message}"


def test_what_is_needed_is_missed(original: nw.Run, tmp_path: Path) -> None:
    needed = {
        "predict": ["experiment.yaml", "model.keras", "identity.npy"],
        "report": ["history.jsonl", "evaluation.json", "predictions.parquet", "training.json", "environment.json"],
        "export": ["split.json", "environment.json", "model.keras"],
    }
    for command, names in needed.items():
        for name in names:
            run = tmp_path / "run"
            shutil.copytree(original.path, run)
            garbled(run / name)
            with pytest.raises(RunError, match=name.replace(".", r"\.")):
                commands(run, original.path.parent)[command]()
            shutil.rmtree(run)


def test_one_changed_bit_of_a_network_or_its_identities_is_noticed(original: nw.Run, tmp_path: Path) -> None:
    for name in ("model.keras", "identity.npy"):
        run = tmp_path / name
        shutil.copytree(original.path, run)
        flipped(run / name)
        with pytest.raises(RunError, match=rf"{name} is not what was written: its SHA-256 differs"):
            nw.predict(run, [original.path.parent / "rows.npz"], tmp_path / "scores.parquet")


def test_scores_that_are_no_numbers_are_refused(original: nw.Run, tmp_path: Path) -> None:
    shutil.copytree(original.path, tmp_path / "run")
    path = tmp_path / "run" / "predictions.parquet"
    table = pq.read_table(path)
    scores = table["y"].to_numpy().copy()
    scores[3] = np.nan
    pq.write_table(table.set_column(table.column_names.index("y"), "y", pa.array(scores)), path)
    with pytest.raises(RunError, match=r"predictions\.parquet cannot be read \(column y holds scores"):
        nw.report(tmp_path / "run")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_is_a_file_is_named(original: nw.Run, tmp_path: Path, name: str) -> None:
    run = tmp_path / "run"
    for command in ("report", "resume"):
        shutil.copytree(original.path, run)
        shutil.rmtree(run / name, ignore_errors=True)
        (run / name).write_text("no folder")
        if command == "resume":
            (run / "report.html").unlink()
            (run / "training.json").unlink()
        if (command, name) == ("report", "checkpoints"):
            commands(run, original.path.parent)[command]()
        else:
            with pytest.raises(RunError, match=rf"run/{name}"):
                commands(run, original.path.parent)[command]()
        shutil.rmtree(run)


def test_the_way_out_depends_on_how_far_the_run_came(original: nw.Run, tmp_path: Path) -> None:
    shutil.copytree(original.path, tmp_path / "run")
    emptied(tmp_path / "run" / "environment.json")
    with pytest.raises(RunError, match=r"(?s)environment\.json cannot be read.*Restore the file.*netwright train "):
        open_run(tmp_path / "run").read_json("environment.json")
    (tmp_path / "run" / "report.html").unlink()
    with pytest.raises(RunError, match="netwright train --resume"):
        open_run(tmp_path / "run").read_json("environment.json")
    emptied(tmp_path / "run" / "evaluation.json")
    with pytest.raises(RunError, match=r"evaluation\.json cannot be read.*Remove it, and write it again"):
        open_run(tmp_path / "run").evaluation  # noqa: B018
    emptied(tmp_path / "run" / "findings.json")
    with pytest.raises(RunError, match=r"findings\.json cannot be read.*Remove it, and write it again with: netwright"):
        open_run(tmp_path / "run").findings  # noqa: B018


def test_what_a_training_goes_on_from_is_named(original: nw.Run, tmp_path: Path) -> None:
    def copy() -> Path:
        run = tmp_path / "run"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(original.path, run)
        (run / "report.html").unlink()
        (run / "training.json").unlink()
        return run

    run = copy()
    deeply_nested(run / "history.jsonl")
    with pytest.raises(RunError, match=r"history\.jsonl: has 0 epochs of member 0"):
        nw.resume(run)
    run = copy()
    (run / "plan.json").unlink()
    with pytest.raises(RunError, match=r"plan\.json is missing: it says which members the checkpoints belong to"):
        nw.resume(run)
    for name in ("state.json", "state.safetensors"):
        for damage in (deeply_nested, a_folder):
            run = copy()
            for place in run.glob("checkpoints/team-0/step-*"):
                damage(place / name)
            with pytest.raises(RunError, match=r"no checkpoint is complete\n.*is not complete"):
                nw.resume(run)
