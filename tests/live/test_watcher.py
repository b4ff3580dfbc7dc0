"""What the live page knows: read block by block, also where files are cut short, replaced, removed or very many."""

from __future__ import annotations

import base64
import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.live.conftest import EXPERIMENT, line

from netwright.errors import RunError
from netwright.finding import Finding
from netwright.lab import warnings_writer
from netwright.live import Watcher
from netwright.live.epoch_columns import read_epochs
from netwright.live.following import LinesFollower, records_of
from netwright.live.series import Series


def curves(part: dict[str, Any]) -> dict[str, np.ndarray]:
    values = np.frombuffer(base64.b64decode(part["data"]), "<f4").reshape(len(part["keys"]), part["n"])
    return dict(zip(part["keys"], values, strict=True))


def news(watcher: Watcher, seen: dict[str, dict[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, content in watcher.updates(seen):
        result.setdefault(name, []).extend(content)
    return result


def test_a_new_page_gets_everything_and_then_what_is_new(folder: Path) -> None:
    watcher, seen = Watcher(folder), {}
    watcher.poll()
    first = news(watcher, seen)
    assert {one["id"]: (one["state"], one["epoch"], one["epochs"]) for one in first["runs"]} == {
        "done": ("complete", 5, 20), "now": ("training", 5, 20),
    }  # fmt: skip
    assert curves(first["curves"][0])["valid_loss"].tolist() == pytest.approx([1, 0.5, 1 / 3, 0.25, 0.2])
    assert "valid_head_losses.b" in first["curves"][0]["keys"]
    assert news(watcher, seen) == {}
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write(line(6))
    watcher.poll(everything=False)
    (part,) = news(watcher, seen)["curves"]
    assert (part["id"], part["from"], part["n"]) == ("now", 5, 1)
    other = news(watcher, {})  # a second page has it all
    assert {part["id"]: part["n"] for part in other["curves"]} == {"done": 5, "now": 6}


def test_time_left_is_that_of_all_epochs_at_the_speed_so_far(folder: Path) -> None:
    watcher = Watcher(folder)
    watcher.poll()
    assert watcher.runs["now"].seconds_left() == pytest.approx(15 * 2.0)
    assert watcher.runs["done"].seconds_left() is None
    # a second network that follows the first: 10 epochs of 40 took 20 s
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write("".join(line(epoch, 1) for epoch in range(1, 6)))
    (folder / "now" / "plan.json").write_text('{"teams": [[0], [1]], "workers": 1}')
    watcher.poll()
    assert watcher.runs["now"].seconds() == pytest.approx(20.0)
    assert watcher.runs["now"].seconds_left() == pytest.approx(30 * 2.0)
    assert watcher.runs["now"].rows_per_second() == pytest.approx(0.2)  # of the second alone


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    follower = LinesFollower(path)
    assert follower.read() == (False, [])
    path.write_text(line(1) + line(2)[:20])
    assert [one["epoch"] for one in follower.read()[1]] == [1]
    assert follower.read() == (False, [])
    path.write_text(line(1) + line(2) + "broken\n" + "[1]\n" + line(3))
    assert [one["epoch"] for one in follower.read()[1]] == [2, 3]


def test_a_history_that_goes_back_is_read_again(folder: Path) -> None:
    watcher, seen = Watcher(folder), {}
    watcher.poll()
    news(watcher, seen)
    (folder / "now" / "history.jsonl").write_text(line(1) + line(2))
    watcher.poll()
    result = news(watcher, seen)
    assert [(part["from"], part["n"], part["generation"]) for part in result["curves"]] == [(0, 2, 1)]
    (folder / "now" / "history.jsonl").unlink()
    watcher.poll()
    assert next(news_item for news_item in news(watcher, seen)["runs"] if news_item["id"] == "now")["epoch"] == 0


def test_runs_come_and_go_while_they_are_watched(folder: Path) -> None:
    watcher, seen = Watcher(folder), {}
    watcher.poll()
    news(watcher, seen)
    shutil.copytree(folder / "now", folder / "new")
    shutil.rmtree(folder / "done")
    watcher.poll()
    result = news(watcher, seen)
    assert (result["gone"], [one["id"] for one in result["runs"]]) == (["done"], ["new"])
    shutil.rmtree(folder)
    watcher.poll()
    assert set(news(watcher, seen)["gone"]) == {"new", "now"}


def test_no_run_one_run_and_no_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    watcher = Watcher(tmp_path / "empty")
    watcher.poll()
    assert news(watcher, {}) == {}
    assert list(Watcher(folder / "now").runs) == ["now"]
    with pytest.raises(RunError, match=r"gone does not exist"):
        Watcher(tmp_path / "gone")


def test_of_very_many_runs_the_newest_are_read_and_others_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netwright.live.watcher._READ", 3)
    for number in range(6):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "experiment.yaml").write_text(EXPERIMENT)
        (tmp_path / str(number) / "history.jsonl").write_text(line(1))
    watcher = Watcher(tmp_path)
    watcher.poll()
    unread = [name for name, run in watcher.runs.items() if not run.read_once]
    assert len(unread) == 3
    assert len(news(watcher, {})["runs"]) == 6
    watcher.run(unread[0])
    watcher.poll(everything=False)
    assert watcher.runs[unread[0]].read_once
    assert watcher.run("../secret") is None


def test_what_is_no_number_is_missing() -> None:
    series = Series()
    series.extend(
        [{"epoch": 1, "valid_loss": math.inf, "loss": "x", "best": True}, {"epoch": 2, "loss": True}, {"loss": 10**400}]
    )
    result = curves({**series.packed(0, 10)})
    assert result["valid_loss"][0] == math.inf
    assert np.isnan(result["loss"]).all()
    assert (series.best, series.best_epoch) == (math.inf, 1)


def test_numbers_that_none_can_be_do_not_end_the_page(folder: Path) -> None:
    history = folder / "done" / "history.jsonl"
    history.write_text(f'{history.read_text()}{{"member": 0, "epoch": {10**400}, "best": true}}\n')
    seen: dict[str, dict[str, Any]] = {}
    watcher = Watcher(folder)
    watcher.poll()
    assert {"done", "now"} == {summary["id"] for summary in news(watcher, seen)["runs"]}


def test_thinning_keeps_spikes_and_the_last_point() -> None:
    series = Series()
    records = [{"epoch": epoch, "valid_loss": 1.0 + 1e-6 * epoch, "best": False} for epoch in range(1, 5001)]
    records[1234]["valid_loss"], records[4321]["valid_loss"] = 50.0, 0.001
    series.extend(records)
    result = curves(series.packed(0, 100))
    assert len(result["epoch"]) <= 101
    assert {1235.0, 4322.0, 5000.0} <= set(result["epoch"].tolist())


def test_warnings_of_the_doctor_are_seen_before_the_end(folder: Path, tmp_path: Path) -> None:
    write = warnings_writer(folder / "now" / "warnings.jsonl")
    for evidence in ("It grows.", "It grows more."):
        write(Finding("learning rate too high", "WARN", evidence))
    warnings_writer(tmp_path / "gone" / "warnings.jsonl")(Finding("x", "WARN", "y"))
    watcher = Watcher(folder)
    watcher.poll()
    assert [finding["evidence"] for finding in watcher.runs["now"].findings()] == ["It grows more."]
    assert watcher.runs["done"].findings()[0]["symptom"] == "overtraining"
    (folder / "done" / "findings.json").write_text(json.dumps({"findings": 3}))
    assert watcher.runs["done"].findings() == []


def test_a_damaged_experiment_is_no_end(folder: Path) -> None:
    (folder / "now" / "experiment.yaml").write_text("training: [")
    watcher = Watcher(folder)
    watcher.poll()
    assert watcher.runs["now"].summary()["epochs"] is None


def test_the_thread_looks_by_itself(folder: Path) -> None:
    watcher = Watcher(folder)
    watcher.start()
    before = time.monotonic()
    while not watcher.runs["now"].read_once and time.monotonic() - before < 20:
        time.sleep(0.01)
    watcher.stop()
    assert watcher.runs["now"].read_once


def test_a_search_counts_its_trials_and_says_when_its_figures_are_drawn_again(folder: Path) -> None:
    path = folder / "x-search"
    (path / "batches" / "0000").mkdir(parents=True)
    (path / "experiment.yaml").write_text(EXPERIMENT)
    (path / "batches" / "0000" / ".lock").write_text("")
    operations = [{"op_code": 4}, {"op_code": 6, "trial_id": 0, "state": 1}, {"op_code": 6, "trial_id": 1, "state": 0}]
    (path / "study.journal").write_text("".join(json.dumps(operation) + "\n" for operation in operations))
    watcher, seen = Watcher(folder), {}
    watcher.poll()
    (search,) = (news_item for news_item in news(watcher, seen)["runs"] if news_item["id"] == "x-search")
    assert (search["kind"], search["state"], search["trials"]) == ("search", "training", 1)
    for content in (b"first", b"again"):
        time.sleep(0.002)
        (path / "figures").mkdir(exist_ok=True)
        (path / "figures" / "search-history.png").write_bytes(content)
        watcher.poll(everything=False)
        assert [news_item["id"] for news_item in news(watcher, seen)["runs"]] == ["x-search"]
    with (path / "study.journal").open("a") as file:
        file.write(json.dumps({"op_code": 6, "trial_id": 1, "state": 2}) + "\n")
    watcher.poll(everything=False)
    assert news(watcher, seen)["runs"][0]["trials"] == 2
    (path / "study.journal").unlink()
    watcher.poll()
    assert watcher.runs["x-search"].summary()["trials"] == 0


MANY = "".join(line(epoch, member=epoch % 3, best=epoch == 7) for epoch in range(1, 40))


@pytest.mark.parametrize(
    ("lines", "at_once"),
    [
        (MANY, True),
        (line(1) + line(2, valid_loss=math.nan, monitored=math.inf, learning_rate=1) + line(3, loss=None), True),
        (line(1) + line(2, valid_loss=None, monitored=None, valid_head_losses={"a": 1, "b": None}), True),
        (line(1, head_losses={"a": 1, "c": 2.5}) + line(2, valid_head_losses={}), True),
        (line(1) + "broken\n" + line(3), False),
        (line(1) + line(2, loss="x"), False),
        (line(1) + '{"epoch": 2}\n', False),
    ],
)
def test_epochs_read_at_once_are_those_read_one_by_one(lines: str, at_once: bool) -> None:  # noqa: FBT001
    result = read_epochs(lines.encode())
    assert (result is not None) == at_once
    records = records_of(lines.encode())
    for member, epochs in (result or {}).items():
        one, other = Series(), Series()
        one.append(epochs)
        other.extend([record for record in records if record["member"] == member])
        assert one.columns.keys() == other.columns.keys()
        for name, values in one.columns.items():
            np.testing.assert_array_equal(values, other.columns[name])
        assert (one.best, one.best_epoch) == (other.best, other.best_epoch)


def test_a_long_history_is_read_at_once_and_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.live.watched_run._MANY", 1000)
    (folder / "now" / "history.jsonl").write_text(MANY)
    watcher = Watcher(folder)
    watcher.poll()
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write(line(40, member=0, best=True))
    watcher.poll()
    series = watcher.runs["now"].series
    assert {member: len(one) for member, one in series.items()} == {0: 14, 1: 13, 2: 13}
    assert (series[0].best_epoch, series[1].best_epoch) == (40, 7)
