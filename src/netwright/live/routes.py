"""What the live page asks for: a stream of events, details of a run, figures; and the one thing it writes: notes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.errors import RunError
from netwright.labbook import Entry, add_note, read_entries, table_row
from netwright.live.scores import epoch_scores, final_scores
from netwright.live.watcher import Watcher
from netwright.strict_json import json_text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from netwright.live.watched_run import WatchedRun

__all__ = ["live_routes"]

_STATIC = Path(__file__).parent / "static"
_EVERY = 0.03  # seconds between looks at what the watcher has
_ALIVE = 10.0  # seconds after which a silent stream says that it lives
_COMPARED = 500  # runs among which the parent of one is looked for
_LONGEST = 50_000  # bytes of a note


def live_routes(watcher: Watcher) -> list[BaseRoute]:
    """Return the routes of the live page.

    Args:
        watcher: of a folder; it has been started.

    Returns:
        The routes, for `netwright.pages.serve`.
    """
    from starlette.responses import FileResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def page(_: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    handlers = _Handlers(watcher)
    return [
        Route("/", page),
        Route("/events", handlers.events),
        Route("/run", handlers.run),
        Route("/scores", handlers.scores),
        Route("/epochs", handlers.epochs),
        Route("/figure", handlers.figure),
        Route("/note", handlers.note, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]


class _Handlers:
    """Answers about the runs of a watcher; a run is known by the name that the page got, never by a path."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    async def events(self, request: Request) -> Response:
        """Stream what is new, from the beginning for each page."""
        from starlette.responses import StreamingResponse

        async def stream() -> AsyncIterator[str]:
            seen: dict[str, dict[str, Any]] = {}
            version, silent = -1, 0.0
            yield _event("hello", {"folder": str(self._watcher.folder)})
            while not await request.is_disconnected():
                silent += _EVERY
                if self._watcher.version != version:
                    version, silent = self._watcher.version, 0.0
                    for name, content in await asyncio.to_thread(lambda: list(self._watcher.updates(seen))):
                        yield _event(name, content)
                elif silent >= _ALIVE:
                    silent = 0.0
                    yield ": alive\n\n"
                await asyncio.sleep(_EVERY)  # what comes meanwhile is sent together, and drawn once

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def run(self, request: Request) -> Response:
        """Return findings, vitals, changes, notes and figures of one run."""
        return await self._of_run(request, self._details)

    async def scores(self, request: Request) -> Response:
        """Return ROC curves and discriminants of one run."""
        return await self._of_run(request, lambda run: final_scores(run.path))

    async def epochs(self, request: Request) -> Response:
        """Return ROC curves and discriminants of one run on validation rows, by epoch."""
        return await self._of_run(request, lambda run: epoch_scores(run.path))

    async def figure(self, request: Request) -> Response:
        """Return a figure of one run or scan."""
        from starlette.responses import FileResponse, PlainTextResponse

        run = self._watcher.run(request.query_params.get("run", ""))
        name = request.query_params.get("name", "")
        found = {} if run is None else run.figures()
        return FileResponse(found[name][0]) if name in found else PlainTextResponse("There is no such figure.\n", 404)

    async def note(self, request: Request) -> Response:
        """Append a note to a run."""
        from starlette.responses import JSONResponse

        body = b""
        async for block in request.stream():
            body += block
            if len(body) > _LONGEST:
                return JSONResponse({"error": "The note is too long."}, 413)
        try:
            note = json.loads(body)
            run, text = self._watcher.run(str(note["run"])), str(note["text"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return JSONResponse({"error": "A note is JSON with run and text."}, 400)
        if run is None:
            return JSONResponse({"error": "There is no such run."}, 404)
        try:
            return JSONResponse({"line": add_note(run.path, text)})
        except RunError as error:
            return JSONResponse({"error": str(error)}, 400)

    async def _of_run(self, request: Request, answer: Any) -> Response:  # noqa: ANN401  # a function of a run
        from starlette.responses import PlainTextResponse, Response

        run = self._watcher.run(request.query_params.get("run", ""))
        if run is None:
            return PlainTextResponse("There is no such run.\n", 404)
        content = await asyncio.to_thread(answer, run)
        return Response(json_text(content), media_type="application/json")

    def _details(self, run: WatchedRun) -> dict[str, Any]:
        compares = len(self._watcher.runs) <= _COMPARED
        try:
            entries = read_entries(self._watcher.folder if compares else run.path)
        except RunError:  # removed while it is watched
            entries = []
        return _details(run, next((item for item in entries if item.path == run.path), None))


def _details(run: WatchedRun, entry: Entry | None) -> dict[str, Any]:
    return {
        "id": run.name,
        "findings": run.findings(),
        "vitals": run.vitals(),
        "sentences": run.sentences(),
        "figures": [[name, drawn] for name, (_, drawn) in run.figures().items()],
        "row": None if entry is None else table_row(entry),
        "metric": None if entry is None or entry.value is None else [entry.metric, entry.head, str(entry.value)],
        "verdict": "" if entry is None else entry.verdict,
        "notes": [] if entry is None else entry.notes,
        "settings": {key: str(value) for key, value in run.settings.items()},
    }


def _event(name: str, content: object) -> str:
    return f"event: {name}\ndata: {json_text(content)}\n\n"
