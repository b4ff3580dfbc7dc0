"""The history: whole lines from any thread, and back to the checkpoints after a crash."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from netwright.errors import RunError
from netwright.lab import history_writer, read_history
from netwright.lab.history import rewind_history
from netwright.lab.lines import kept_lines
from netwright.training import EpochRecord


def record(member: int, epoch: int) -> EpochRecord:
    values: dict[str, Any] = dict.fromkeys(
        ("steps", "loss", "valid_loss", "gradient_norm", "learning_rate", "seconds", "rows_per_second", "monitored"),
        1.0,
    )
    heads = {"head_losses": {"y": 1.0}, "valid_head_losses": {"y": 2.0}}
    return EpochRecord(member=member, epoch=epoch, best=True, halvings=0, **values, **heads)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def places(records: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(one["member"], one["epoch"]) for one in records]


def test_history_is_appended_line_by_line(path: Path) -> None:
    writer = history_writer(path)
    for epoch in (1, 2):
        writer.on_epoch(record(3, epoch))
        assert len(path.read_text().splitlines()) == epoch
    history = read_history(path)
    assert places(history) == [(3, 1), (3, 2)]
    assert list(history[0])[:2] == ["member", "epoch"]
    assert history[0]["valid_head_losses"] == {"y": 2.0}
    with path.open("a") as file:
        file.write('{"epoch": ')
    with pytest.raises(RunError, match=r"history.jsonl, line 3: not JSON"):
        read_history(path)


def test_numbers_that_json_does_not_know_come_back(path: Path) -> None:
    """An infinite rejection is the best there is; a loss without rows is no number."""
    epoch = replace(record(0, 1), monitored=math.inf, valid_head_losses={"y": 1.0, "z": math.nan})
    history_writer(path).on_epoch(epoch)
    history_writer(path).on_epoch(replace(record(0, 2), monitored=math.nan, best=False))
    assert [from_json(line, allow_inf_nan=False)["monitored"] for line in path.read_text().splitlines()] == [None, None]
    with path.open("a") as file:
        file.write(json.dumps(asdict(replace(record(0, 3), monitored=math.inf))) + "\n")  # as older versions wrote it
    for history in (read_history(path), rewind_history(path, {0: 3})):
        np.testing.assert_array_equal([one["monitored"] for one in history], [math.inf, math.nan, math.inf])
        assert history[0]["valid_head_losses"] == {"y": 1.0, "z": pytest.approx(math.nan, nan_ok=True)}


def test_members_may_write_from_many_threads(path: Path) -> None:
    writer = history_writer(path)

    def train(member: int) -> None:
        for epoch in range(1, 51):
            writer.on_epoch(record(member, epoch))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(train, range(8)))
    result = places(read_history(path))
    assert len(result) == 400
    for member in range(8):
        assert [epoch for one, epoch in result if one == member] == list(range(1, 51))


def test_a_history_that_cannot_be_written_is_said(path: Path) -> None:
    path.mkdir()
    with pytest.raises(RunError, match=r"history.jsonl: an epoch cannot be written .*netwright train --resume "):
        history_writer(path).on_epoch(record(0, 1))


def test_a_history_goes_back_to_the_checkpoints_of_each_member(path: Path) -> None:
    writer = history_writer(path)
    for epoch in (1, 2, 3):
        for member in (0, 1, 2):
            writer.on_epoch(record(member, epoch))
    with path.open("ab") as file:
        file.write(b'{"member": 0, "epoch": 4, "lo\0\0\xff')
    assert places(rewind_history(path, {0: 3, 1: 1})) == [(0, 1), (1, 1), (0, 2), (0, 3)]
    assert places(read_history(path)) == [(0, 1), (1, 1), (0, 2), (0, 3)]
    before = path.stat().st_ino
    rewind_history(path, {0: 3, 1: 1})
    assert path.stat().st_ino == before  # nothing to do, nothing written
    writer.on_epoch(record(1, 2))
    assert places(read_history(path))[-1] == (1, 2)
    assert rewind_history(path, {}) == []
    assert path.read_text() == ""


def test_a_last_line_without_its_end_gets_one(path: Path) -> None:
    path.write_text('{"member": 0, "epoch": 1}')
    rewind_history(path, {0: 1})
    assert path.read_text() == '{"member": 0, "epoch": 1}\n'


def test_a_history_that_is_not_there_is_an_empty_one(path: Path) -> None:
    assert rewind_history(path, {}) == []
    with pytest.raises(RunError, match=r"has 0 epochs of member 1, but its checkpoint has 2: lines are missing"):
        rewind_history(path, {1: 2})


def test_a_history_that_cannot_be_read_is_said(path: Path) -> None:
    path.mkdir()
    with pytest.raises(RunError, match=r"cannot be taken back to its checkpoints .*Is a directory"):
        rewind_history(path, {})


@given(
    trained=st.dictionaries(st.integers(0, 3), st.integers(0, 5)),
    lost=st.dictionaries(st.integers(0, 3), st.integers(0, 5)),
    cut=st.integers(0, 20),
    order=st.randoms(),
)
def test_a_training_that_went_back_writes_the_history_of_one_that_did_not(trained, lost, cut, order) -> None:
    """Whatever was written after the checkpoints, in whatever order, is dropped, and nothing else."""
    lines = []
    left = {member: iter(range(1, trained.get(member, 0) + lost.get(member, 0) + 1)) for member in range(4)}
    while left:
        member = order.choice(sorted(left))
        epoch = next(left[member], None)
        if epoch is None:
            del left[member]
        else:
            lines.append(json.dumps({"member": member, "epoch": epoch, "loss": float("nan")}))
    torn = json.dumps({"member": 0, "epoch": 99})[:cut]
    kept = places([json.loads(line) for line in kept_lines([*lines, torn], trained)])
    for member in range(4):
        assert [epoch for one, epoch in kept if one == member] == list(range(1, trained.get(member, 0) + 1))
