"""The live page in a real Chromium: make test-page."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from tests.live.conftest import line

from netwright.live import Watcher, live_routes
from netwright.pages import in_background

LONG = "is_signal_of_the_search_for_resonances_in_the_all_hadronic_final_state"  # a head


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Serve the page of a folder."""
    watcher = Watcher(folder)
    watcher.start()
    with in_background(live_routes(watcher)) as result:
        yield result
    watcher.stop()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Any]:
    """Open the page; nothing may be said on the console, by the policy for example."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(address)
    page.wait_for_selector("html[data-drawn='2']", state="attached")
    yield page
    context.close()
    assert messages == []


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


def test_an_axis_over_less_than_two_powers_of_ten_has_numbers_all_along_it(opened: Any) -> None:
    """From 0.43 to 4.4 they stood at 2 and 4 alone."""
    marks = "([low, high]) => import('/static/chart.js').then((chart) => chart.ticks(low, high, true, 5))"
    assert opened.evaluate(marks, [0.43, 4.4]) == [0.5, 1, 2]
    assert opened.evaluate(marks, [0.02, 0.5]) == [0.02, 0.05, 0.1, 0.2, 0.5]
    assert opened.evaluate(marks, [0.08, 12]) == [0.1, 1, 10]


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
    page.evaluate(
        "name => document.querySelectorAll('#tiles dt, #head option').forEach(one => one.textContent = name)", LONG
    )
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


def test_the_roc_goes_through_the_epochs(opened: Any, folder: Path) -> None:
    opened.wait_for_selector("#roc-card:not([hidden])")
    assert opened.is_hidden("#slider")  # of one look
    path = folder / "now" / "separation.jsonl"
    look = json.loads(path.read_text().splitlines()[0])
    path.write_text("".join(json.dumps(look | {"epoch": epoch}) + "\n" for epoch in (2, 4, 5)))
    with (folder / "now" / "history.jsonl").open("a") as file:
        file.write(line(6))
    opened.wait_for_selector("#slider:not([hidden])")
    assert opened.inner_text("#epoch-shown") == "epoch 5"
    opened.focus("#epoch")
    opened.keyboard.press("Home")
    opened.wait_for_selector("#epoch-shown:text-is('epoch 2')")
    opened.keyboard.press("Escape")
    opened.keyboard.press("p")  # plays to the end
    opened.wait_for_selector("#epoch-shown:text-is('epoch 5')")
    opened.wait_for_selector("#play[aria-pressed='false']")
    assert "AUC 0.8" in opened.inner_text("#aucs")


def test_the_page_of_a_search_draws_its_figures_again(opened: Any, folder: Path) -> None:
    path = folder / "x-search"
    (path / "batches" / "0000").mkdir(parents=True)
    (path / "experiment.yaml").write_text((folder / "now" / "experiment.yaml").read_text())
    (path / "batches" / "0000" / ".lock").write_text("")
    opened.click("#list button:text-is('x-search')")
    opened.wait_for_selector("#sentences p:has-text('as soon as they are drawn')")
    assert opened.is_hidden("#loss")
    (path / "figures").mkdir()
    for colour in ("red", "blue"):
        opened.wait_for_timeout(20)
        figure = Figure(figsize=(1, 1), facecolor=colour)
        figure.savefig(path / "figures" / "search-history.png")
        version = (path / "figures" / "search-history.png").stat().st_mtime_ns // 10**6
        opened.wait_for_selector(f"#figures img[src$='version={version}']")
    (path / "study.journal").write_text('{"op_code": 6, "trial_id": 0, "state": 1}\n')
    tile(opened, "1")
    (path / "search.json").write_text('{"sentences": ["Trial 0 is the best."]}')
    (path / "report.html").write_text("")
    opened.wait_for_selector("#sentences p:text-is('Trial 0 is the best.')")
