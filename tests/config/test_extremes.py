"""Experiment files that are too much, too little or something else: an answer within seconds, with the key's path."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.config import load_experiment
from netwright.errors import ExperimentError

DIGITS = "9" * 5_000
BASE = """
data: {files: toy.csv, identity: event}
inputs: {f: {kind: numeric, columns: x}}
targets: {label: {kind: binary, column: label}}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def test_one_text_needs_no_brackets(base: Path) -> None:
    experiment = load_experiment(base, ["data.files=other.csv"])
    assert [Path(file).name for file in experiment.data.files] == ["other.csv"]
    assert experiment.data.identity == ["event"]
    assert experiment.inputs["f"].columns == ["x"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (f"training.epochs={DIGITS}", r"training\.epochs: .*size.*received '9999"),
        (f"model.body=a{DIGITS}", r"model\.body: expected keys with values below it, received .{200} \.\.\.$"),
        (f"training.learning_rate={DIGITS}", r"training\.learning_rate: Input should be a finite number"),
        (f"training.seed=-{DIGITS}", r"training\.seed: "),
        (f"name={DIGITS}.", r"name: "),
        (f"inputs.f.missing=[{DIGITS}]", r"inputs\.f\.missing\.0: Input should be a finite number"),
        ("targets.label.classes={a: 0, b: 1" + "0" * 30 + "}", r"classes\.b: Input should be less than 184467"),
        ("training.epochs=1" + "0" * 30, r"training\.epochs: Input should be a whole number of 64 bits"),
        ("model.body={kind: dense, units: [1000000000]}", r"model\.body\.units\.0: .*less than or equal to 1000000,"),
        (f"model.body={{kind: dense, units: {[64] * 3000}}}", r"model\.body\.units: List should have at most 200"),
        ("split={kind: folds, folds: 10000}", r"split\.folds: .*less than or equal to 100,"),
        ("ensemble.members=1000000", r"ensemble\.members: .*less than or equal to 1000,"),
        ("training.learning_rate=.nan", r"training\.learning_rate: Input should be a finite number"),
        ("inputs.f.missing=[.inf]", r"inputs\.f\.missing\.0: Input should be a finite number"),
        ("training.batch_size=-1", r"training\.batch_size: .*greater than or equal to 1"),
        ("x=" + "[" * 10_000, r"the value is not valid YAML: it is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_refused_with_the_path_of_its_key(base: Path, change: str, match: str) -> None:
    with pytest.raises(ExperimentError, match=match) as refused:
        load_experiment(base, [change])
    assert len(str(refused.value)) < 3_000


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ("epochs=3", "training.epochs"),
        ("Epochs=3", "training.epochs"),
        ("epoch=3", "training.epochs"),
        ("files=a.csv", "data.files"),
        ("patience=3", "training.schedule.patience or training.early_stopping.patience"),
        ("training.folds=3", "split.folds or search.folds"),
        ("training.Epochs=3", "epochs"),
        ("data.selecton=x", "selection"),
    ],
)
def test_a_key_that_belongs_elsewhere_is_named_with_its_path(base: Path, change: str, path: str) -> None:
    with pytest.raises(ExperimentError, match=rf'unknown key\. Did you mean "{path}"'):
        load_experiment(base, [change])


def test_the_home_of_nobody_is_no_traceback(base: Path) -> None:
    assert load_experiment(base, ["data.files=~nosuchuser/a.npz"]).data.files[0].endswith("~nosuchuser/a.npz")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("toy.npz", b"", r"is a file of data, .*netwright init .*toy\.npz --target NAME"),
        ("toy.csv.gz", b"", "is a file of data"),
        ("empty.yaml", b" ", "the experiment file is empty"),
        ("large.yaml", b"#" * (2**22 + 1), "is larger than 4,194,304 bytes"),
        ("deep.yaml", "\n".join(" " * depth + "a:" for depth in range(2_000)).encode(), "nested too deeply"),
    ],
)
def test_files_of_another_kind_say_what_to_do(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExperimentError, match=match):
        load_experiment(tmp_path / name)


def test_folders_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"is a folder, and the command .* Write one with: netwright init"):
        load_experiment(tmp_path)
    (tmp_path / "experiment.yaml").write_text(BASE)
    with pytest.raises(ExperimentError, match=r"is a folder, .* Name .*experiment\.yaml"):
        load_experiment(tmp_path)


def test_a_mark_of_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_text(BASE, encoding="utf-8-sig")
    assert load_experiment(tmp_path / "bom.yaml").targets
