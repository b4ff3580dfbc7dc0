"""Routes of the playground's page: a frame after some epochs, and the experiment to take home."""

from __future__ import annotations

import base64
import json
import time
from collections import OrderedDict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from netwright.errors import NetwrightError, PageError
from netwright.lessons.exercise import STEPS, Exercise
from netwright.lessons.lesson import GRID, Frame, Lesson
from netwright.lessons.points import Points
from netwright.lessons.settings import Settings
from netwright.lessons.take_home import take_home

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

__all__ = ["Playground", "make_routes"]

_STATIC = Path(__file__).parent / "static"
_LESSONS = 8  # of different tabs that are kept
_MAX_EPOCHS = 200  # of one request
_SMALL = 20  # points of a side of a unit's picture
_LONGEST = 20_000  # bytes of a request
_SECONDS = 0.5  # of training for one request: the page stays awake, and Ctrl-C is heard
_NO_INITIAL = "An experiment file does not say how large initial weights are: there, they suit the activation."


class Playground:
    """The lessons of all tabs of a browser.

    Args:
        own: the user's points.
        folder: where experiments are written that are taken home.
    """

    def __init__(self, own: Points | None, folder: Path) -> None:
        self.own, self.folder = own, folder
        self._one_by_one = Lock()
        self._lessons: OrderedDict[str, tuple[Lesson, Exercise]] = OrderedDict()

    def frame(self, request: Any) -> dict[str, Any]:  # noqa: ANN401  # what a page sent
        """Train further, and return a frame.

        Args:
            request: has the tab, its settings, how many epochs to train, and whether to start again.

        Returns:
            A frame as JSON takes it.

        Raises:
            PageError: the request is not what the page sends.
        """
        tab, settings, epochs = _request(request)
        with self._one_by_one:
            return self._frame(tab, settings, epochs, restart=bool(request.get("restart")))

    def _frame(self, tab: str, settings: Settings, epochs: int, *, restart: bool) -> dict[str, Any]:
        """Train further, and return a frame."""
        lesson, exercise = self._lessons.get(tab, (None, Exercise()))
        fresh = lesson is None or lesson.settings != settings or restart
        if lesson is None or fresh:
            lesson = Lesson(settings, self.own)
            exercise.begin(_baseline_loss(lesson))
        self._lessons[tab] = (lesson, exercise)
        self._lessons.move_to_end(tab)
        while len(self._lessons) > _LESSONS:
            self._lessons.popitem(last=False)
        frame = _advanced(lesson, epochs).frame()
        answer = _as_json(frame, lesson) | {"reached": exercise.update(settings, frame), "fresh": fresh}
        return answer | ({"points": _points(lesson)} if fresh else {})

    def take_home(self, request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Write the experiment of a tab.

        Args:
            request: has the tab and its settings.

        Returns:
            Where it was written, and a remark on what an experiment file cannot say.

        Raises:
            PageError: the request is not what the page sends.
        """
        tab, settings, _ = _request(request)
        lesson = self._lessons.get(tab, (None,))[0]
        lesson = lesson if lesson is not None and lesson.settings == settings else Lesson(settings, self.own)
        remark = "" if settings.initial == "fitted" else _NO_INITIAL
        return {"written": str(take_home(settings, lesson.points, self.folder)), "remark": remark}


def make_routes(playground: Playground) -> list[BaseRoute]:
    """Make the routes of the page.

    Args:
        playground: the lessons.

    Returns:
        Routes for `netwright.pages.serve`.
    """
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    return [
        Route("/", _page),
        Route("/begin", partial(_begin, playground)),
        Route("/frame", partial(_answer, playground.frame), methods=["POST"]),
        Route("/take-home", partial(_answer, playground.take_home), methods=["POST"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]


async def _page(request: Request) -> Response:  # noqa: ARG001  # of starlette
    from starlette.responses import FileResponse

    return FileResponse(_STATIC / "playground.html")


async def _begin(playground: Playground, request: Request) -> Response:  # noqa: ARG001
    """Say what can be chosen, with the defaults of the settings."""
    from starlette.responses import JSONResponse

    schema = Settings.model_json_schema()["properties"]
    defaults = Settings().model_dump()
    steps = [{"name": name, "text": text} for name, text in STEPS]
    answer = {"defaults": defaults, "schema": schema, "steps": steps, "own": playground.own is not None}
    return JSONResponse(answer)


async def _answer(ask: Any, request: Request) -> Response:  # noqa: ANN401  # a method of the playground
    """Answer a request of the page; what is wrong with it is said in one sentence."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    body = await request.body()
    if len(body) > _LONGEST:
        return JSONResponse({"error": "The request is too long."}, 413)
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return JSONResponse({"error": "The request is not JSON."}, 400)
    try:
        return JSONResponse(await run_in_threadpool(ask, asked))
    except NetwrightError as error:
        return JSONResponse({"error": str(error)}, 400)


def _request(request: Any) -> tuple[str, Settings, int]:  # noqa: ANN401
    """Return tab, settings and epochs of a request."""
    from pydantic import ValidationError

    tab = request.get("tab") if isinstance(request, dict) else None
    epochs = request.get("epochs", 0) if isinstance(request, dict) else None
    if not isinstance(tab, str) or not isinstance(epochs, int) or not 0 <= epochs <= _MAX_EPOCHS:
        msg = f"A request has a tab (text), settings, and from 0 to {_MAX_EPOCHS} epochs."
        raise PageError(msg)
    try:
        return tab, Settings.model_validate(request.get("settings")), epochs
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "settings"
        msg = f"{where}: {first['msg']}."
        raise PageError(msg) from error


def _advanced(lesson: Lesson, epochs: int) -> Lesson:
    """Train for some epochs: at least one, which may have to be compiled, and no more than there is time for."""
    stop = None
    for _ in range(epochs):
        if stop is not None and time.monotonic() > stop:
            break
        lesson.advance()
        stop = stop or time.monotonic() + _SECONDS
    return lesson


def _baseline_loss(lesson: Lesson) -> float:
    """Return the loss of the best constant output on the points, dimensionless."""
    y = lesson.points.y
    if not lesson.points.classes:
        return 1.0  # in squared deviations of the target
    share = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)))


def _points(lesson: Lesson) -> dict[str, Any]:
    train = np.isin(np.arange(len(lesson.points.y)), lesson.train_rows)
    x = lesson.points.x.round(3)
    return {"x": x[:, 0].tolist(), "y": x[:, 1].tolist(), "label": lesson.points.y.round(3).tolist(),
            "train": train.tolist(), "classes": lesson.points.classes}  # fmt: skip


def _as_json(frame: Frame, lesson: Lesson) -> dict[str, Any]:
    """Return a frame with pictures as bytes, in base64: 0 to 255 for -1 to 1."""
    shown = 2 * frame.boundary - 1 if lesson.points.classes else frame.boundary
    picked = np.linspace(0, GRID - 1, _SMALL).astype(int)
    units = {
        name: [_bytes(_centred(picture[np.ix_(picked, picked)])) for picture in pictures]
        for name, pictures in frame.units.items()
    }
    return {
        "epoch": frame.epoch,
        "train": _finite(frame.train_loss),
        "test": _finite(frame.test_loss),
        "grid": GRID,
        "boundary": _bytes(shown),
        "small": _SMALL,
        "units": units,
        "weights": {name: _rounded(weights) for name, weights in frame.weights.items()},
        "norms": {name: _finite(norm) for name, norm in frame.gradient_norms.items()},
        "dead": frame.dead,
    }


def _centred(picture: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return a unit's picture with 0 at its middle and its largest deviation as 1."""
    middle = (picture.max() + picture.min()) / 2
    half = float(picture.max() - middle)
    return (picture - middle) / half if half > 0 else np.zeros_like(picture)


def _bytes(values: npt.NDArray[np.floating]) -> str:
    scaled = np.clip(np.nan_to_num(values, nan=0.0), -1, 1) * 127.5 + 127.5
    return base64.b64encode(scaled.astype(np.uint8).tobytes()).decode()


def _rounded(kernel: npt.NDArray[np.floating]) -> list[list[float]]:
    """Return a kernel as JSON takes it; 0 for what is no number, as after a training that went wrong."""
    rounded: list[list[float]] = np.nan_to_num(kernel, nan=0.0, posinf=0.0, neginf=0.0).round(3).tolist()
    return rounded


def _finite(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
