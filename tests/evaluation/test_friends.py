"""Friends of the files that are scored or evaluated: the right rows, or a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netwright.config import Experiment, parse_experiment
from netwright.errors import DataError
from netwright.evaluation import open_data
from netwright.workflow._moved_samples import files_now

ROWS = 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of rows and their friends, and another file with as many rows."""
    path = tmp_path_factory.mktemp("friends")
    for k in range(3):
        event = np.arange(ROWS) + 1000 * k
        np.savez(path / f"ev{k}.npz", x=event / 7, event=event, y=event % 2)
        np.savez(path / f"fr{k}.npz", s=event * 2.0, event=event)
    return path


def experiment_of(folder: Path, **friend: Any) -> Experiment:
    data = {
        "files": [str(folder / f"ev{k}.npz") for k in range(2)],
        "friends": [{"files": [str(folder / f"fr{k}.npz") for k in range(2)], **friend}],
    }
    inputs = {"f": {"kind": "numeric", "columns": ["x", "s"]}}
    return parse_experiment({"data": data, "inputs": inputs, "targets": {"t": {"kind": "binary", "column": "y"}}})


@pytest.mark.parametrize("on", [[], ["event"]])
@pytest.mark.parametrize("names", [["ev1"], ["ev0"], ["ev1", "ev0"], ["ev0", "ev1"]])
def test_each_file_has_the_rows_of_its_friend(folder: Path, names: list[str], on: list[str]) -> None:
    data = open_data(experiment_of(folder, on=on), [folder / f"{name}.npz" for name in names])
    assert data.rows == ROWS * len(names)
    np.testing.assert_array_equal(data.column("s"), 2.0 * data.column("event"))


def test_rows_of_other_files_are_not_guessed(folder: Path) -> None:
    with pytest.raises(DataError, match=r"data\.friends: .*fr0\.npz, .*those of ev2\.npz are not known\. Join it by"):
        open_data(experiment_of(folder), folder / "ev2.npz")


def test_moved_files_are_those_of_the_data_or_of_a_friend(folder: Path) -> None:
    data = experiment_of(folder).data
    result = [folder / name for name in ("ev1.npz", "fr1.npz", "ev0.npz", "fr0.npz")]
    moved = data.model_copy(update=files_now(data, result))
    assert [Path(file).name for file in moved.files] == ["ev1.npz", "ev0.npz"]
    assert [Path(file).name for file in moved.friends[0].files] == ["fr1.npz", "fr0.npz"]
    assert files_now(data, result[::2])["friends"] == data.friends
