"""The vitals of a run: whole lines, read back, and taken back to the checkpoints after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.doctor import LayerVitals, VitalsRecord
from netwright.errors import RunError
from netwright.lab import vitals_writer
from netwright.lab.lines import rewind_lines
from netwright.lab.vitals import read_vitals


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three looks at each of two members."""
    write = vitals_writer(tmp_path / "vitals.jsonl")
    for epoch in range(3):
        for member in (0, 1):
            distributions = {"quantiles": (-1.0, 0.0, 1.0), "gradient_quantiles": (0.5,)}
            layer = LayerVitals("body-hidden-0", gradient=0.5, dead=0.25, **distributions)
            write(VitalsRecord(member, epoch, 10 * epoch, (layer,)))
    return tmp_path / "vitals.jsonl"


def test_what_is_written_is_read(path: Path) -> None:
    records = read_vitals(path)
    assert len(records) == 6
    (layer,) = records[-1]["layers"]
    assert (layer["gradient"], layer["dead"], layer["quantiles"]) == (0.5, 0.25, [-1.0, 0.0, 1.0])
    assert layer["gradient_quantiles"] == [0.5]
    assert layer["mean"] is None  # not measured


def test_of_two_looks_at_a_step_the_last_counts(path: Path) -> None:
    vitals_writer(path)(VitalsRecord(1, 2, 20, ()))
    records = read_vitals(path)
    assert len(records) == 6
    assert records[-1]["layers"] == []


def test_it_goes_back_to_checkpoints_as_the_history_does(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"member": 1, "ep')  # cut short by a crash
    rewind_lines(path, {0: 1})
    assert [(record["member"], record["epoch"]) for record in read_vitals(path)] == [(0, 0), (0, 1)]
    rewind_lines(path.with_name("none.jsonl"), {0: 1})
    assert read_vitals(path.with_name("none.jsonl")) == []


def test_a_damaged_line_is_named(path: Path) -> None:
    path.write_text(path.read_text() + "{}\n")
    with pytest.raises(RunError, match=r"vitals.jsonl, line 7: not the vitals of a network \(member: Field required\)"):
        read_vitals(path)
    path.write_text("[\n")
    with pytest.raises(RunError, match=r"vitals.jsonl, line 1: not JSON \(Expecting value"):
        read_vitals(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match=r"vitals.jsonl: cannot be read .* Restore the file"):
        read_vitals(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match=r"cannot be taken back to its checkpoints"):
        rewind_lines(path, {0: 1})
