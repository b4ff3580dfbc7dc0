"""The server of pages: on this machine only, at a free port, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.errors import MissingExtraError, PageError
from netwright.pages.protection import protected

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

__all__ = ["SHARED", "listen", "serve"]

SHARED = Path(__file__).parent / "static"  # style.css, for all pages

_HOST = "127.0.0.1"
_FIRST_PORT, _PORTS = 8790, 20  # the first that is free


def serve(
    make_routes: Callable[[], Sequence[BaseRoute]],
    *,
    feature: str,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], None],
) -> None:
    """Serve pages on this machine until Ctrl-C.

    Args:
        make_routes: makes the routes; called once, when starlette is known to be there.
        feature: what is served, for messages, such as ``netwright watch``.
        port: the port; if not given, the first free one from 8790.
        browser: whether to open the browser, where there is a desktop.
        say: shows a line to the user: the address.

    Raises:
        MissingExtraError: starlette or uvicorn is not installed.
        PageError: the port is in use, or may not be used.
    """
    try:
        import uvicorn
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles
    except ModuleNotFoundError as error:
        raise MissingExtraError(feature, "watch") from error
    routes = [*make_routes(), Mount("/shared", StaticFiles(directory=SHARED))]
    with listen(port) as listening:
        number = listening.getsockname()[1]
        token = secrets.token_urlsafe(16)
        address = f"http://{_HOST}:{number}/?token={token}"
        app = protected(routes, token, f"netwright-{number}")
        say(f"{feature}: {address}")
        say(f"On another machine? There: ssh -L {number}:{_HOST}:{number} HOST, then open the address. Ctrl-C ends it.")
        if browser and _has_desktop():
            webbrowser.open(address)  # the socket listens already, so that nothing is too early
        # streams of events never end by themselves, and to cut them off is no error worth a traceback
        settings = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        try:
            uvicorn.Server(settings).run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn has closed everything, and raises it once more
            say("Ended.")


def listen(port: int | None) -> socket.socket:
    """Return a listening socket at the port, or at the first free one.

    Args:
        port: the port; 0 for any that is free, None for the first one from 8790.

    Returns:
        The socket.

    Raises:
        PageError: there is none.
    """
    tried = [port] if port is not None else [*range(_FIRST_PORT, _FIRST_PORT + _PORTS), 0]
    for number in tried[:-1]:
        try:
            return _socket(number)
        except OSError:
            continue
    try:
        return _socket(tried[-1])
    except OSError as error:
        msg = (
            f"Port {tried[-1]} of this machine cannot be used ({error.strerror}). Name another with --port, or leave "
            "it out to have a free one chosen."
        )
        raise PageError(msg) from error


def _socket(port: int) -> socket.socket:
    """Return a listening socket."""
    listening = socket.socket()
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was left a minute ago is free
        listening.bind((_HOST, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def _has_desktop() -> bool:
    """Return whether a browser can show a window: elsewhere Python would start one in the terminal."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
