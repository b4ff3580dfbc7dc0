"""The live page in a real Chromium: make test-page."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from tests.live.conftest import line

from netwright.live import Watcher, live_routes
from netwright.pages import SHARED, protected

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Serve the page of a folder."""
    watcher = Watcher(folder)
    watcher.start()
    app = protected([*live_routes(watcher), Mount("/shared", StaticFiles(directory=SHARED))], "secret")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/?token=secret"
        server.should_exit = True
        thread.join(10)
    watcher.stop()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Any]:
    """Open the page; nothing may be said on the console, by the policy for example."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_selector("html[data-drawn='2']", state="attached")
    yield page
    context.close()
    assert said == []


def tile(page: Any, text: str) -> None:
    page.wait_for_selector(f"#tiles dd:text-is('{text}')")


def test_an_epoch_appears_as_it_is_written(opened: Any, folder: Path) -> None:
    tile(opened, "5 of 20")  # the run in training is in focus
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write(line(6)[:30])
        file.flush()
        opened.wait_for_timeout(200)
        file.write(line(6)[30:])
    tile(opened, "6 of 20")
    tile(opened, "28 s")  # left
    opened.wait_for_selector("#weights-card:not([hidden])")


def test_runs_come_and_go(opened: Any, folder: Path) -> None:
    shutil.copytree(folder / "now", folder / "third")
    opened.wait_for_selector("#list button:text-is('third')")
    shutil.rmtree(folder)
    opened.wait_for_selector("#empty:not([hidden])")


def test_everything_is_done_by_keys(opened: Any, folder: Path) -> None:
    opened.keyboard.press("/")
    opened.keyboard.type("do")
    opened.wait_for_selector("#list li:only-child button:text-is('done')")
    opened.keyboard.press("Escape")
    opened.keyboard.press("ArrowDown")
    before = opened.is_checked("#list input")
    opened.keyboard.press("Space")
    assert opened.is_checked("#list input") != before
    opened.keyboard.press("l")
    assert opened.get_attribute("#log", "aria-pressed") == "true"
    opened.focus("#loss")
    opened.keyboard.press("ArrowRight")
    opened.wait_for_selector("#spoken:text-matches('now 1')", state="attached")
    opened.keyboard.press("n")
    opened.keyboard.type("by keys")
    opened.keyboard.press("Enter")
    opened.wait_for_selector("#notes li:has-text('by keys')")
    assert (folder / "now" / "notes.md").read_text().endswith(": by keys\n")


def test_a_hostile_name_is_only_text(browser: Any, folder: Path, address: str) -> None:
    shutil.copytree(folder / "done", folder / "<img src=x onerror=alert(1)>")
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("#list button:text-is('<img src=x onerror=alert(1)>')")
    assert page.locator("#list img").count() == 0
    page.close()


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("desktop", 1440, "light"), ("dark", 1440, "dark"), ("phone", 390, "light")]
)
def test_it_fits_the_screen(browser: Any, address: str, name: str, width: int, scheme: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-drawn='2']", state="attached")
    page.wait_for_selector("#weights-card:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shots = Path(os.environ.get("NETWRIGHT_SCREENSHOTS", tmp_path))
    shots.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(shots / f"watch-{name}.png"), full_page=True)
    context.close()


def test_two_pages_watch_the_same_runs(opened: Any, browser: Any, address: str, folder: Path) -> None:
    other = browser.new_page()
    other.goto(address)
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write(line(6))
    for page in (opened, other):
        tile(page, "6 of 20")
    other.close()
