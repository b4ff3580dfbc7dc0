"""The server: at a free port of this machine, with the complete address said, until Ctrl-C."""

from __future__ import annotations

import builtins
import re
import socket
import webbrowser
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from netwright.errors import MissingExtraError, PageError
from netwright.pages import serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return a list of the addresses that uvicorn was given to serve; it ends by Ctrl-C at once."""
    collected: list[tuple[str, int]] = []

    def run(_: uvicorn.Server, sockets: list[socket.socket]) -> None:
        collected.extend(one.getsockname() for one in sockets)
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", run)
    return collected


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_it_listens_on_this_machine_only_and_says_the_address(served: list[tuple[str, int]]) -> None:
    lines: list[str] = []
    serve(list, feature="netwright watch", browser=False, say=lines.append)
    host, port = served[0]
    assert host == "127.0.0.1"
    assert re.fullmatch(rf"netwright watch: http://127\.0\.0\.1:{port}/\?token=[\w-]{{20,}}", lines[0])
    assert f"ssh -L {port}:" in lines[1]
    assert lines[-1] == "Ended."


def test_a_port_in_use_is_named(served: list[tuple[str, int]], taken: int) -> None:
    with pytest.raises(PageError, match=rf"Port {taken} of this machine cannot be used .* Name another with --port"):
        serve(list, feature="netwright watch", port=taken, browser=False, say=str)
    assert not served


def test_two_servers_get_two_ports(served: list[tuple[str, int]], taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.pages.server._FIRST_PORT", taken)
    serve(list, feature="netwright watch", browser=False, say=str)
    assert served[0][1] != taken


@pytest.mark.parametrize(("display", "opened"), [(":0", 1), ("", 0)])
def test_the_browser_is_opened_where_there_is_a_desktop(
    served: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, display: str, opened: int
) -> None:
    collected: list[str] = []
    monkeypatch.setattr(webbrowser, "open", collected.append)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", "")
    serve(list, feature="netwright watch", say=str)
    assert len(collected) == opened
    assert served


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "uvicorn":
            raise ModuleNotFoundError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'watch needs the extra "watch": pip install "netwright\[watch\]"'):
        serve(list, feature="netwright watch", say=str)
