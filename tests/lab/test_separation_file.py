"""How networks tell classes apart by epoch, written as it comes: whole lines, also where the disk is full."""

from __future__ import annotations

import json
from pathlib import Path

from netwright.doctor import SeparationRecord
from netwright.lab import separation_writer
from netwright.lab.lines import rewind_lines
from netwright.metrics import class_separation


def test_what_is_written_is_short_and_goes_back_to_checkpoints(tmp_path: Path) -> None:
    separation = class_separation([0, 0, 1, 1], [0.12345678, 0.4, 0.4, 0.8])
    path = tmp_path / "separation.jsonl"
    write = separation_writer(path)
    for epoch in (1, 2):
        write(SeparationRecord(0, epoch, 10 * epoch, {"is_signal": separation}))
    separation_writer(Path("/dev/full"))(SeparationRecord(0, 1, 10, {}))  # costs nothing but the look
    rewind_lines(path, {0: 1})
    (line,) = path.read_text().splitlines()
    line_content = json.loads(line)
    assert (line_content["member"], line_content["epoch"], line_content["step"], list(line_content["heads"])) == (
        0,
        1,
        10,
        ["is_signal"],
    )
    shape = line_content["heads"]["is_signal"]
    assert shape["auc"].startswith("0.88 ±")
    assert shape["signal_efficiency"] == [0, 0.5, 1, 1]
    assert len(shape["edges"]) == len(shape["background_density"]) + 1
