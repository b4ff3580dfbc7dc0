"""What the live page may ask for, and what it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from netwright.live import Watcher, live_routes
from netwright.pages import protected
from netwright.workflow import watch

ORIGIN = {"origin": "http://127.0.0.1"}


@pytest.fixture
def page(folder: Path) -> TestClient:
    (folder / "now" / "figures").mkdir()
    (folder / "now" / "figures" / "loss.png").write_bytes(b"png")
    (folder / "now" / "figures" / "link.png").symlink_to("/etc/passwd")
    watcher = Watcher(folder)
    watcher.poll()
    client = TestClient(protected(live_routes(watcher), "secret"), "http://127.0.0.1")
    client.get("/?token=secret")
    return client


def test_the_page_has_no_script_in_it(page: TestClient) -> None:
    html = page.get("/").text
    assert html.count("<script") == 1
    assert 'src="/static/app.js"' in html
    assert "style=" not in html
    for name in ("app.js", "chart.js", "details.js", "layers.js", "scores.js", "store.js", "live.css"):
        assert page.get(f"/static/{name}").status_code == 200


def test_details_of_a_run(page: TestClient) -> None:
    content = page.get("/run?run=now").json()
    assert content["row"][1] == "now"
    assert ([name for name, _ in content["figures"]], content["sentences"], len(content["vitals"])) == (["loss"], [], 3)
    assert page.get("/run?run=done").json()["findings"][0]["symptom"] == "overtraining"
    assert page.get("/scores?run=done").json() == []
    (look,) = page.get("/epochs?run=now").json()
    assert (look["head"], look["part"], look["epoch"]) == ("is_signal", "valid", 4)


@pytest.mark.parametrize(
    ("name", "result"), [("x-scan/training", {"sentence": "It is."}), ("x-search", {"sentences": ["It is."]})]
)
def test_scans_and_searches_show_their_figures_and_what_they_found(folder: Path, name: str, result: Any) -> None:
    path = folder / name
    path.mkdir(parents=True)
    (path / "experiment.yaml").write_text((folder / "now" / "experiment.yaml").read_text())
    scanned = path.name == "training"
    above = path.parent if scanned else path
    (above / "plan.json").write_text("{}")
    (above / "batches").mkdir()
    (above / "figures").mkdir()
    (above / "figures" / "history.png").write_bytes(b"png")
    client = TestClient(protected(live_routes(Watcher(folder)), "secret"), "http://127.0.0.1")
    client.get("/?token=secret")
    content = client.get("/run", params={"run": name}).json()
    assert (content["sentences"], content["figures"][0][0]) == ([], "history")
    (above / ("scan.json" if scanned else "search.json")).write_text(json.dumps(result))
    assert client.get("/run", params={"run": name}).json()["sentences"] == ["It is."]


def test_a_run_of_another_version_is_shown_as_far_as_it_can_be_read(folder: Path) -> None:
    path = folder / "future"
    path.mkdir()
    (path / "experiment.yaml").write_text("name: toy\nfuture: {knob: 3}\ntargets: {y: {kind: quantum, column: y}}\n")
    (path / "history.jsonl").write_text(
        '{"member": 0, "epoch": 1, "valid_loss": 0.5, "spin": [1, 2], "loss": {"a": 1}}\n'
    )
    (path / "vitals.jsonl").write_text('{"member": 0, "epoch": 1, "layers": 3}\n')
    (path / "findings.json").write_text('{"format": 99, "findings": "none"}')
    (path / "predictions.parquet").write_text("another format")
    watcher = Watcher(folder)
    watcher.poll()
    client = TestClient(protected(live_routes(watcher), "secret"), "http://127.0.0.1")
    client.get("/?token=secret")
    content = client.get("/run?run=future").json()
    assert (content["findings"], content["vitals"], content["metric"]) == ([], [], None)
    assert content["settings"]["future.knob"] == "3"
    for name in ("scores", "epochs"):
        assert client.get(f"/{name}?run=future").json() == []
    assert watcher.runs["future"].series[0].last("valid_loss") == 0.5


@pytest.mark.parametrize("name", ["", "..", "../runs", "/etc", "nothing", "now/../done"])
def test_only_names_that_the_page_got_are_runs(page: TestClient, name: str) -> None:
    for path in ("/run", "/scores", "/epochs", "/figure"):
        assert page.get(path, params={"run": name, "name": "loss"}).status_code == 404
    answer = page.post("/note", json={"run": name, "text": "x"}, headers=ORIGIN)
    assert answer.json() == {"error": "There is no such run."}


def test_only_figures_of_the_run_are_served(page: TestClient) -> None:
    assert page.get("/figure?run=now&name=loss").content == b"png"
    for name in ("link", "../history", "loss.png", "..%2f..%2fnow"):
        assert page.get("/figure", params={"run": "now", "name": name}).status_code == 404
    assert page.get("/static/../routes.py").status_code == 404


def test_notes_are_the_only_thing_written(page: TestClient, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert page.post("/note", json={"run": "now", "text": "better"}, headers=ORIGIN).json()["line"].endswith(": better")
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path.name for path in after if after[path] != before.get(path)} == {"notes.md"}
    assert page.get("/run?run=now").json()["notes"][-1].endswith("better")
    for body, code in ((b"[", 400), (b"3", 400), (b'{"run": "now"}', 400), (b"x" * 60_000, 413)):
        assert page.post("/note", content=body, headers=ORIGIN).status_code == code
    empty = page.post("/note", json={"run": "now", "text": " "}, headers=ORIGIN)
    assert "A note has 1 to 10,000 characters" in empty.json()["error"]
    assert page.post("/note", json={"run": "now", "text": "x"}).status_code == 403


def test_a_note_is_not_written_through_a_link_out_of_the_run(page: TestClient, folder: Path) -> None:
    (folder / "now" / "notes.md").unlink(missing_ok=True)
    (folder / "now" / "notes.md").symlink_to(folder.parent / "profile")
    answer = page.post("/note", json={"run": "now", "text": "x"}, headers=ORIGIN)
    assert (answer.status_code, (folder.parent / "profile").exists()) == (400, False)
    assert "notes.md is a symbolic link to" in answer.json()["error"]


def test_watch_serves_the_folder_and_stops(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = {}
    monkeypatch.setattr("netwright.workflow._watch.serve", lambda routes, **more: served.update(more, routes=routes()))
    watch(folder, port=8123, browser=False)
    assert (served["port"], served["browser"], served["feature"]) == (8123, False, "netwright watch")
    served["say"]("the address")
    assert "/events" in {route.path for route in served["routes"]}
