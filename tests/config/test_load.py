"""Reading experiment files: every mistake at once, with its path and a hint; overrides; files; round trips."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from netwright.config import dump_experiment, load_experiment, parse_experiment
from netwright.errors import ExperimentError

SMALL = """
data: {files: [jets.npz]}
inputs: {x: {kind: numeric, columns: [a]}}
targets: {y: {kind: binary, column: label}}
"""


def content(**changes):
    return yaml.safe_load(SMALL) | changes


def mistakes(said):
    """What the message says of the file, one line a mistake, without the heading."""
    with pytest.raises(ExperimentError) as caught:
        parse_experiment(said)
    heading, *lines = str(caught.value).split("\n")
    assert heading == f"experiment: {len(lines)} mistake{'s' if len(lines) > 1 else ''}"
    return {line.strip() for line in lines}


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "experiment.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_every_mistake_is_said_at_once_with_its_path():
    said = content(
        name="a/b",
        inputs={"x": {"kind": "numeric", "columns": []}, "z": {"kind": "categorical", "columns": 3}},
        targets={"y": {"kind": "binary", "column": "label", "classes": {"a": 0, "b": "zero"}}},
        split={"kind": "shares", "train": "much"},
        training={"epochs": 0, "schedule": {"kind": "plateau", "factor": 2}},
    )
    del said["data"]
    assert mistakes(said) == {
        "data: required, but missing. Add it",
        "name: Input should be letters, digits, '.', '_' and '-', the first a letter or digit, received 'a/b'",
        "inputs.x.columns: List should have at least 1 item after validation, not 0, received []",
        "inputs.z.columns: Input should be a valid list, received 3",
        "targets.y: the values of classes are whole numbers or words, not both, received {'a': 0, 'b': 'zero'}",
        "split.train: Input should be a valid number, unable to parse string as a number, received 'much'",
        "training.epochs: Input should be greater than or equal to 1, received 0",
        "training.schedule.factor: Input should be less than 1, received 2",
    }


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("trainin", "training"),
        ("data.fils", "files"),
        ("inputs.x.colums", "columns"),
        ("targets.y.clases", "classes"),
        ("split.trian", "train"),
        ("model.bod", "body"),
        ("model.body.unit", "units"),
        ("training.learning_rat", "learning_rate"),
        ("training.schedule.patince", "patience"),
        ("training.early_stopping.min_improvment", "min_improvement"),
    ],
)
def test_unknown_keys_get_a_hint_at_every_depth(path, hint):
    said = content(
        model={"body": {"kind": "dense"}}, split={"kind": "shares"}, training={"schedule": {"kind": "plateau"}}
    )
    *sections, key = path.split(".")
    place = said
    for section in sections:
        place = place.setdefault(section, {})
    place[key] = 1
    assert f'{path}: unknown key. Did you mean "{hint}"?' in mistakes(said)


@pytest.mark.parametrize(
    ("section", "value", "line"),
    [
        ("inputs", {"x": {"kind": "numerc"}}, 'inputs.x.kind: unknown kind "numerc". Did you mean "numeric"?'),
        (
            "inputs",
            {"x": {}},
            "inputs.x.kind: required, but missing. Choose from: categorical, four-vectors, numeric, particles.",
        ),
        ("targets", {"y": {"kind": "binry"}}, 'targets.y.kind: unknown kind "binry". Did you mean "binary"?'),
        (
            "model",
            {"body": {"kind": "deepsets"}},
            'model.body.kind: unknown kind "deepsets". Did you mean "deep-sets"?',
        ),
        (
            "model",
            {"body": {"units": [2]}},
            (
                "model.body.kind: required, but missing. Choose from: custom, deep-sets, dense, "
                "densely-connected, residual, tabular."
            ),
        ),
    ],
)
def test_unknown_kinds_get_a_hint(section, value, line):
    assert line in mistakes(content(**{section: value}))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"inputs": "x"}, "inputs: expected keys with values below it, received 'x'"),
        ({"inputs": {"x": 3}}, "inputs.x: expected keys with values below it, received 3"),
        ({"split": "folds"}, "split: expected keys with values below it, received 'folds'. Write {kind: folds}"),
        (
            {"training": {"early_stopping": None}},
            (
                "training.early_stopping: expected keys with values below it, received None. Its keys: patience, "
                "min_improvement"
            ),
        ),
        ({"inputs": {}}, "inputs: Dictionary should have at least 1 item after validation, not 0"),
        (
            {"training": {"epochs": True}},
            "training.epochs: Input should be a number; YAML reads yes, no, on and off as booleans, received True",
        ),
        (
            {"training": {"learning_rate": float("inf")}},
            "training.learning_rate: Input should be a finite number, received inf",
        ),
        (
            {"split": {"kind": "shares", "train": 0.5}},
            "split: train + valid + test must be 1, received 0.5 + 0.15 + 0.15 = 0.8. Change one of them by +0.2",
        ),
        (
            {"split": {"kind": "shares", "seed": -1}},
            "split.seed: Input should be greater than or equal to 0, received -1",
        ),
        (
            {"targets": {"y": {"kind": "binary", "column": "l", "classes": {"a": 1, "b": 1}}}},
            "targets.y: every class needs a different value, received {'a': 1, 'b': 1}",
        ),
        (
            {"targets": {"y": {"kind": "multiclass", "column": "l", "classes": {"a": 0, "b": 1, "rest": 2}}}},
            "targets.y: rest stands for all other classes in roc_auc_A_vs_rest; call the class other, for instance",
        ),
        (
            {"targets": {"1y": {"kind": "regression", "column": "l"}}},
            "targets.1y: Input should be a name of letters, digits and _ that begins with a letter, received '1y'",
        ),
        (
            {"targets": {"y": {"kind": "binary", "column": "l", "classes": {"a:0": None, "b": 1}}}},
            (
                "targets.y.classes.a:0: Input should be a name of letters, digits and _ that begins with a letter, "
                "received 'a:0'; YAML needs a blank after the colon: a: 0"
            ),
        ),
        (
            {"inputs": {"x": {"kind": "numeric", "columns": ["a", False]}}},
            (
                "inputs.x.columns.1: Input should be a valid string, received False; "
                "YAML reads yes, no, on and off as booleans: put quotes around it"
            ),
        ),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": ["E", "px", "py"]}}},
            (
                "inputs.x: columns must be one name or the four names of E,px,py,pz, received 3. Other columns of each "
                "particle belong in properties"
            ),
        ),
        (
            {"inputs": {"x": {"kind": "four-vectors", "columns": ["E_{i}", "px", "py", "pz"]}}},
            (
                "inputs.x: either all four columns are numbered, with {i} in their names, or none. "
                "Choose four of one kind"
            ),
        ),
        (
            {"data": {"files": ""}},
            "data.files.0: Input should name a file; ./ is the folder of the experiment file, received ''",
        ),
        ({1: 2}, "1: Keys should be strings, received 1"),
    ],
)
def test_wrong_types_and_values(changes, line):
    assert line in mistakes(content() | changes)


def test_long_values_are_cut_in_messages():
    (line,) = mistakes(content(inputs={"x": ["a"] * 10_000}))
    assert line.endswith(" ...")
    assert len(line) < 300


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("training.epochs=5", ("training", "epochs"), 5),
        ("training.learning_rate=1e-2", ("training", "learning_rate"), 0.01),  # YAML 1.1 reads 1e-2 as text
        ("model.body={kind: dense, units: [3, 4]}", ("model", "body", "units"), [3, 4]),
        ("data.weight=", ("data", "weight"), None),
        ("data.selection=pt > 20 AND q = 1", ("data", "selection"), "pt > 20 AND q = 1"),
        ("inputs.x.columns=[u, v]", ("inputs", "x", "columns"), ["u", "v"]),
        ("name=other", ("name",), "other"),
    ],
)
def test_overrides(write, override, path, value):
    result = load_experiment(write(SMALL), [override]).model_dump()
    for key in path:
        result = result[key]
    assert result == value


def test_later_overrides_win(write):
    assert load_experiment(write(SMALL), ["training.epochs=5", "training.epochs=6"]).training.epochs == 6


@pytest.mark.parametrize(
    ("override", "match"),
    [
        ("training.epochs", r"--set training.epochs: expected SECTION.KEY=VALUE, for example training.epochs=5"),
        ("=5", "expected SECTION.KEY=VALUE"),
        ("training..epochs=5", "expected SECTION.KEY=VALUE"),
        (
            "data.files.0=a",
            '--set data.files.0=a: "files" is a value and has no keys below it. Set it as a whole: files=VALUE',
        ),
        ("training.epochs=[1", r"--set training.epochs=\[1: the value is not valid YAML"),
        ("training.epoch=5", 'training.epoch: unknown key. Did you mean "epochs"'),
        ("training.epochs=many", "training.epochs: Input should be a valid integer"),
    ],
)
def test_bad_overrides(write, override, match):
    with pytest.raises(ExperimentError, match=match):
        load_experiment(write(SMALL), [override])


def test_an_empty_section_can_be_overridden(write):
    path = write(SMALL + "training:\n")
    assert load_experiment(path, ["training.epochs=5"]).training.epochs == 5


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "- a\n- b\n",
            r"an experiment file is a mapping of sections \(data, inputs, targets ...\), received \['a', 'b'\]",
        ),
        ("", "the experiment file is empty. Write one with: netwright init"),
        ("data: [", "not valid YAML: .*line 1"),
        ("\tdata: 1", "not valid YAML"),
        (b"\xff\xfe\xfa", "the experiment file cannot be read .*UTF-8"),
        (b"name: a\x00b", "not valid YAML"),
    ],
)
def test_files_that_are_no_experiment(write, text, match):
    with pytest.raises(ExperimentError, match=rf"(?s)experiment.yaml: {match}"):
        load_experiment(write(text))


def test_a_missing_file_says_how_to_write_one(tmp_path):
    with pytest.raises(ExperimentError, match=r"cannot be read .*netwright init FILES --target NAME"):
        load_experiment(tmp_path / "none.yaml")
    (tmp_path / "experiment.yaml").write_text(SMALL)
    with pytest.raises(
        ExperimentError, match=r"No such file or directory\)\. Did you mean .*/experiment\.yaml.\? Write"
    ):
        load_experiment(tmp_path / "experimnt.yaml")


def test_what_is_no_path_of_an_experiment_says_what_is(tmp_path):
    with pytest.raises(ExperimentError, match=r"Received: dict\. For a mapping .*netwright\.parse_experiment"):
        load_experiment({"data": {}})
    (tmp_path / "jets").mkdir()
    (tmp_path / "jets" / "experiment.yaml").write_text(SMALL)
    with pytest.raises(ExperimentError, match=r"is a folder of runs.* netwright train .*jets --set"):
        load_experiment(tmp_path)


def test_files_start_at_the_folder_of_the_experiment(write, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    path = write(
        SMALL.replace("[jets.npz]", '["jets.npz", "more/*.h5", "/data/a.root", "~/b.csv", "@all.txt", "s3://b/a.h5"]')
    )
    folder = tmp_path.resolve()
    expected = [f"{folder}/jets.npz", f"{folder}/more/*.h5", "/data/a.root", "/home/someone/b.csv"]
    expected += [f"@{folder}/all.txt", "s3://b/a.h5"]
    assert load_experiment(path).data.files == expected


@pytest.mark.parametrize(("given", "read"), [(-999, [-999.0]), (0, [0.0]), ([0, 1], [0.0, 1.0]), (True, True)])
def test_one_marker_of_missing_values_needs_no_brackets(given, read):
    """As a boolean, 0 was false: no value counted as missing."""
    group = {"kind": "numeric", "columns": ["a"], "missing": given}
    assert parse_experiment(content() | {"inputs": {"x": group}}).inputs["x"].missing == read


def test_a_folder_with_brackets_is_no_pattern(tmp_path):
    folder = tmp_path / "run[1]"
    folder.mkdir()
    for name in ("a.csv", "experiment.yaml"):
        (folder / name).write_text(SMALL.replace("[jets.npz]", '["*.csv"]'))
    (pattern,) = load_experiment(folder / "experiment.yaml").data.files
    assert [path.name for path in Path("/").glob(pattern.removeprefix("/"))] == ["a.csv"]


def test_without_a_folder_files_start_where_we_are():
    assert parse_experiment(content()).data.files == [str(Path.cwd() / "jets.npz")]


def test_what_is_dumped_has_every_default_and_loads_back(write):
    experiment = load_experiment(write(SMALL))
    text = dump_experiment(experiment)
    assert "learning_rate: 0.001" in text
    assert load_experiment(write(text)) == experiment


def test_the_earlier_name_of_select_is_read(experiment_of):
    earlier = experiment_of(training={"early_stopping": {"monitor": "is_signal.roc_auc", "patience": 3}})
    assert earlier == experiment_of(training={"select": "is_signal.roc_auc", "early_stopping": {"patience": 3}})


def test_a_wrong_scaling_is_answered_with_all_there_are() -> None:
    inputs = {"x": {"kind": "numeric", "columns": ["a"], "scaling": "bth"}}
    with pytest.raises(ExperimentError, match=r"inputs\.x\.scaling: .*'quantiles', 'both', .*received 'bth'"):
        parse_experiment({"name": "toy", "data": {"files": ["toy.npz"]}, "inputs": inputs, "targets": {}})
