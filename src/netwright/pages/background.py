"""Pages served from a thread, as long as something else runs: for tests and benchmarks."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netwright.pages.protection import protected
from netwright.pages.server import SHARED, listen

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

__all__ = ["in_background"]


@contextmanager
def in_background(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Serve pages from a thread of this process, at a free port of this machine.

    Args:
        routes: of the pages.

    Yields:
        The address, with the token.
    """
    import uvicorn
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    token = secrets.token_urlsafe(16)
    app = protected([*routes, Mount("/shared", StaticFiles(directory=SHARED))], token)
    with listen(0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/?token={token}"
        finally:
            server.should_exit = True
            thread.join(10)
