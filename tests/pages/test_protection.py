"""A page answers to the browser with the token on this machine, and to nothing else."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from netwright.pages import SHARED, protected


async def _page(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {request.url.query}")


def client(host: str = "127.0.0.1:8790") -> TestClient:
    routes = [Route("/", _page, methods=["GET", "POST"]), Mount("/shared", StaticFiles(directory=SHARED))]
    return TestClient(protected(routes, "secret"), f"http://{host}", follow_redirects=False)


def admitted() -> TestClient:
    browser = client()
    browser.get("/?token=secret")
    return browser


def test_the_token_moves_from_the_address_into_a_cookie() -> None:
    browser = client()
    answer = browser.get("/?run=a&token=secret")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?run=a")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.get("/?run=a").text == "GET run=a"


@pytest.mark.parametrize("address", ["/", "/?token=", "/?token=secre", "/?token=gehe%C3%AFm", "/shared/style.css"])
def test_without_the_token_nothing_is_shown(address: str) -> None:
    answer = client().get(address)
    assert answer.status_code == 403
    assert "complete address" in answer.text


@pytest.mark.parametrize("header", ["netwright=other", "=;;", "netwright", "other=secret"])
def test_another_cookie_is_no_token(header: str) -> None:
    assert client().get("/", headers={"cookie": header}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8790", "127.0.0.1.evil.example", "", "[::1"])
def test_a_foreign_name_that_points_to_this_machine_is_refused(host: str) -> None:
    answer = admitted().get("/", headers={"host": host, "cookie": "netwright=secret"})
    assert answer.status_code == 421
    assert "not served under the name" in answer.text


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000"])
def test_a_tunnel_with_another_port_works(host: str) -> None:
    assert admitted().get("/", headers={"host": host, "cookie": "netwright=secret"}).status_code == 200


@pytest.mark.parametrize("origin", [None, "http://evil.example", "http://127.0.0.1:8888", "null", "http://["])
def test_only_the_page_itself_writes(origin: str | None) -> None:
    answer = admitted().post("/", headers={} if origin is None else {"origin": origin})
    assert answer.status_code == 403
    assert "Only the page itself may write" in answer.text
    assert admitted().post("/", headers={"origin": "http://127.0.0.1:8790"}).text == "POST "


def test_the_token_leads_to_no_other_host() -> None:
    answer = client().get("http://127.0.0.1:8790//evil.example/?token=secret", follow_redirects=False)
    assert answer.headers["location"] == "/evil.example/"


def test_the_token_in_the_address_writes_nothing() -> None:
    answer = client().post("/?token=secret", headers={"origin": "http://127.0.0.1:8790"})
    assert answer.status_code == 403


def test_every_answer_forbids_what_does_not_belong_to_the_page() -> None:
    for answer in (admitted().get("/"), admitted().get("/nothing"), client().get("/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/shared/../server.py", "/shared/%2e%2e/server.py", "/shared/..%2fserver.py"])
def test_no_file_beside_the_shared_ones_is_served(path: str) -> None:
    assert admitted().get(path).status_code == 404


def test_the_shared_style_is_served() -> None:
    assert "--curve-0" in admitted().get("/shared/style.css").text
