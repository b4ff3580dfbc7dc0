"""Who may see a page: the browser that was given the token, under an address of this machine, and no other page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["protected"]

# the page runs and loads nothing but its own files, and no other page can frame it
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_READING = frozenset({"GET", "HEAD"})


def protected(routes: Sequence[BaseRoute], token: str, name: str = "netwright") -> Starlette:
    """Make an application of routes that answers only to a browser with the token.

    The token comes once in the address, ``/?token=...``, and moves into a cookie. A request under another host name is
    refused (a foreign site that lets its name point to this machine reads nothing), and so is writing that begins on a
    page of another origin. Every answer forbids the page to load or run anything but its own files.

    Args:
        routes: of the pages.
        token: the secret.
        name: of the cookie; two servers of one machine need two.

    Returns:
        The application, for `serve` and for tests.

    Example:
        >>> from starlette.testclient import TestClient
        >>> TestClient(protected([], "secret"), "http://127.0.0.1").get("/").status_code
        403
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware

    return Starlette(routes=list(routes), middleware=[Middleware(_TokenCheck, token=token, name=name)])


class _TokenCheck:
    """Refuses requests without the token; it looks only at the head of a request, so that answers may stream."""

    def __init__(self, app: ASGIApp, token: str, name: str) -> None:
        self._app, self._token, self._name = app, token, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from starlette.requests import Request

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {key for key, _ in message["headers"]}
                added = [(key.encode(), value.encode()) for key, value in _HEADERS.items() if key.encode() not in given]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        answer = self._answer(Request(scope))
        await (self._app if answer is None else answer)(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """Return the answer to a request that does not pass, or None."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        host = request.headers.get("host", "")
        if _host_name(host) not in _HERE:
            return PlainTextResponse(f"This page is not served under the name {host!r}.\n", 421)
        origin = request.headers.get("origin")
        if request.method not in _READING and (origin is None or not _is_of(origin, host)):
            return PlainTextResponse("Only the page itself may write.\n", 403)
        query = parse_qsl(request.url.query, keep_blank_values=True)
        token = dict(query).get("token")
        if token is not None and self._is_token(token) and request.method in _READING:
            remaining = urlencode([(key, value) for key, value in query if key != "token"])
            path = f"/{request.url.path.lstrip('/')}"  # //NAME would lead to another host
            moved = RedirectResponse(f"{path}{f'?{remaining}' if remaining else ''}", 303)
            moved.set_cookie(self._name, self._token, httponly=True, samesite="strict")
            return moved
        if not self._is_token(_cookie(request.headers.get("cookie", ""), self._name)):
            text = "This page needs its token: open the complete address that the command printed.\n"
            return PlainTextResponse(text, 403)
        return None

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(), self._token.encode())


def _host_name(host: str) -> str:
    """Return the name in a Host header without its port, which is another one at the far end of a tunnel."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_of(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value
