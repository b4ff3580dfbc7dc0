"""Text tables whose first line says how many rows are signal and how many background, as MiniBooNE's."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.config import CsvSection
from netwright.data import read
from netwright.errors import DataError
from netwright.progress import silent
from netwright.workflow.proposals.opened_files import open_files

ROWS = ["0.5 1.5 -999", "0.25  1e-2 3", " 7 8 9"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))


def write(folder: Path, *lines: str) -> Path:
    path = folder / "pid.txt"
    path.write_text("\n".join([*lines, ""]))
    return path


def test_rows_know_their_class(tmp_path: Path) -> None:
    path = write(tmp_path, " 1  2", *ROWS)
    result = open_files([str(path)], None, key=None, csv=CsvSection(), progress=silent)
    assert result.csv.counts
    assert result.dataset.names == ["column_1", "column_2", "column_3", "is_signal"]
    assert result.dataset.column("is_signal").tolist() == [1, 0, 0]
    assert result.dataset.column("column_2").tolist() == [1.5, 0.01, 8.0]
    assert "1 signal and 2 background rows, as the first line says" in result.dataset.remarks[0]


def test_names_may_follow_the_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "2 1", "a b c", *ROWS)
    result = open_files([str(path)], None, key=None, csv=CsvSection(), progress=silent).dataset
    assert result.names == ["a", "b", "c", "is_signal"]
    assert result.column("is_signal").tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("first", "csv", "message"),
    [
        ("1 2", {}, r"pid.txt: the first line, '1 2', seems to say .* Set data.csv: \{counts: true, names"),
        ("1 1", {"counts": True}, r"the first line says 1 signal and 1 background rows, and 3 follow: the file is"),
        (
            "x y",
            {"counts": True},
            r"counts is true, and the first line holds something else .*: 'x y'. Leave counts out",
        ),
        ("1 2", {"counts": True, "names": ["a", "is_signal", "b"]}, r'make a column "is_signal": give another name to'),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, first: str, csv: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write(tmp_path, first, *ROWS), csv={"names": ["a", "b", "c"]} | csv)
