"""The playground: what its page asks for, and the exercise as it is measured."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

import netwright as nw
from netwright.errors import DataError, PageError
from netwright.lessons import Exercise, Frame, Playground, Settings, make_routes
from netwright.pages import protected

SMALL = {"data": "gauss", "rows": 40, "layers": [2]}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    playground = Playground(None, tmp_path_factory.mktemp("home"))
    client = TestClient(protected(make_routes(playground), "secret", "cookie"), "http://127.0.0.1")
    client.get("/?token=secret")
    client.headers["origin"] = "http://127.0.0.1"
    return client


def ask(served: TestClient, path: str = "/frame", **request: Any) -> dict[str, Any]:
    return served.post(path, json={"tab": "a", "settings": SMALL} | request).json()


def test_frames_go_on_and_begin_anew(served: TestClient) -> None:
    first = ask(served, epochs=0)
    assert (first["fresh"], first["epoch"], len(first["points"]["x"])) == (True, 0, 40)
    later = ask(served, epochs=5)
    assert (later["fresh"], later["epoch"]) == (False, 5)
    assert "points" not in later
    assert len(base64.b64decode(later["boundary"])) == later["grid"] ** 2
    assert [len(one) for one in later["units"].values()] == [2]
    assert ask(served, epochs=0, restart=True)["epoch"] == 0


def test_a_training_that_goes_wrong_is_still_shown(served: TestClient) -> None:
    wild = {"data": "plane", "activation": "relu", "initial": "large", "optimizer": "sgd", "learning_rate": 10.0}
    frame = ask(served, settings=SMALL | wild, epochs=20)
    assert frame["train"] is None
    assert set(np.ravel(frame["weights"]["label-raw"])) == {0.0}


def test_a_request_trains_for_as_long_as_there_is_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that Ctrl-C and a change of the settings are heard in the middle of a training; the next request goes on."""
    monkeypatch.setattr("netwright.lessons.routes._SECONDS", -1.0)
    playground = Playground(None, tmp_path)
    asked = {"tab": "a", "settings": SMALL, "epochs": 200}
    assert [playground.frame(asked)["epoch"] for _ in range(3)] == [1, 2, 3]


def test_what_is_taken_home_is_the_same_division(served: TestClient) -> None:
    written = Path(ask(served, "/take-home")["written"])
    experiment = nw.load_experiment(written)
    dataset, rows = nw.load_rows(experiment)
    split = nw.divide_rows(dataset, rows, experiment).split(0)
    train = np.isin(np.arange(40), split.train)
    assert train.tolist() == ask(served, restart=True)["points"]["train"]
    assert experiment.model.bodies["body"].model_dump()["units"] == [2]


def test_initial_weights_stay_here(served: TestClient) -> None:
    assert ask(served, "/take-home")["remark"] == ""
    remark = ask(served, "/take-home", settings=SMALL | {"initial": "large"})["remark"]
    assert "does not say how large initial weights are" in remark


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"settings": {"layers": [0]}}, r"layers\.0: Input should be greater than or equal to 1"),
        ({"settings": {"data": "<script>"}}, "data: Input should be 'circle'"),
        ({"settings": {"wrong": 1}}, "wrong: Extra inputs are not permitted"),
        ({"epochs": 10_000}, "from 0 to 200 epochs"),
        ({"tab": None}, r"A request has a tab \(text\)"),
    ],
)
def test_requests_that_are_refused(request_: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(PageError, match=message):
        Playground(None, tmp_path).frame({"tab": "a", "settings": {}} | request_)


def test_refusals_are_answers(served: TestClient) -> None:
    assert served.post("/frame", content=b"{").json() == {"error": "The request is not JSON."}
    assert served.post("/frame", content=b"[" * 3000).json() == {"error": "The request is not JSON."}
    assert served.post("/frame", content=b" " * 30_000).status_code == 413
    assert "start with netwright playground FILE" in ask(served, settings={"data": "own"})["error"]
    assert served.get("/begin").json()["defaults"]["data"] == "circle"
    assert "<title>netwright playground" in served.get("/").text


def frame(epoch: int, train: float, test: float) -> Frame:
    return Frame(epoch, train, test, np.zeros((2, 2)), {}, {}, {}, 0)


def test_the_six_steps_in_their_order() -> None:
    exercise = Exercise()
    few, many = Settings(data="xor"), Settings(data="xor", train_share=0.8)
    exercise.begin(0.69)
    assert exercise.update(few, frame(5, 0.001, 0.001)) == {}
    assert exercise.update(few, frame(10, 1e-4, 0.004)) == {}  # four times its smallest, and still nearly 0
    exercise.begin(0.69)
    exercise.update(few, frame(10, 0.3, 0.3))
    assert exercise.update(few, frame(20, 0.2, 0.45)) == {"overtrain": 20}
    assert set(exercise.update(few, frame(40, 0.1, 0.9))) == {"overtrain", "drastic"}
    for settings, now in ((few, frame(90, 0.3, 0.35)), (few, frame(100, 0.5, 0.6)), (many, frame(100, 0.3, 0.35))):
        exercise.begin(0.69)
        assert "cure" not in exercise.update(settings, now)  # too early; not reasonable; other data
    cured = Settings(data="xor", l2=0.1)
    exercise.begin(0.69)
    assert exercise.update(cured, frame(110, 0.3, 0.4))["cure"] == 110
    exercise.begin(0.69)
    assert exercise.update(many, frame(100, 0.3, 0.35))["statistics"] == 100
    noisy = Settings(data="xor", train_share=0.8, noise=0.4)
    assert exercise.update(noisy, frame(120, 0.5, 0.9))["noise"] == 120
    assert "another" not in exercise.update(Settings(data="circle"), frame(60, 0.3, 0.4))
    assert len(exercise.update(Settings(data="circle"), frame(60, 0.2, 0.3))) == 6


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv"):
        nw.playground(tmp_path / "nothing.csv", say=print)
