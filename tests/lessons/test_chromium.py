"""The playground in a real Chromium: make test-page."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from netwright.lessons import Playground, make_routes
from netwright.pages import in_background


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the playground."""
    with in_background(make_routes(Playground(None, tmp_path_factory.mktemp("home")))) as result:
        yield result


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Open an empty page; nothing may be said on the console, by the policy for example."""
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    result = context.new_page()
    messages: list[str] = []
    result.on(
        "console", lambda message: messages.append(message.text) if "400 (Bad Request)" not in message.text else None
    )
    result.on("pageerror", lambda error: messages.append(str(error)))
    result.set_default_timeout(60_000)
    yield result
    context.close()
    assert not messages


def opened(page: Any, address: str) -> Any:
    page.goto(address)
    page.wait_for_selector("body[data-epoch='0']")
    return page


def wait_until(page: Any, expression: str) -> None:
    """Ask from outside: the policy of the page forbids what Playwright would run in it to wait."""
    stop = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < stop, expression
        page.wait_for_timeout(20)


def keep(page: Any, name: str) -> None:
    if folder := os.environ.get("NETWRIGHT_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_the_six_steps_with_the_controls(page: Any, address: str) -> None:
    """As a person moves them; the solution in chapter 5 of the course."""
    opened(page, f"{address}#data=xor&noise=0.3&rows=200&train_share=0.3&layers=8,8&learning_rate=0.03")
    page.select_option("#speed", "20")

    def train_to(step: str) -> None:
        page.click("#play")
        page.wait_for_selector(f"#steps li.reached[data-name='{step}']")
        page.click("#play")

    train_to("drastic")
    keep(page, "playground")
    page.fill("#layers", "3")
    page.press("#layers", "Enter")
    page.select_option("#l2", "0.03")
    train_to("cure")
    page.select_option("#train_share", "0.8")
    train_to("statistics")
    page.select_option("#noise", "0.4")
    train_to("noise")
    page.select_option("#data", "gauss")
    page.select_option("#noise", "0")
    train_to("another")
    assert page.locator("#steps li.reached").count() == 6
    assert "data=gauss" in page.url
    page.select_option("#initial", "small")
    page.click("#home")
    page.wait_for_selector("text=Train it: netwright train")
    assert "does not say how large initial weights are" in page.inner_text("#message")


def test_a_training_that_is_stopped_in_the_middle(page: Any, address: str) -> None:
    """Paused, changed while it runs, and left by a reload: each time the page goes on."""
    opened(page, f"{address}#rows=100")
    page.click("#play")
    wait_until(page, "document.body.dataset.epoch > 50")
    page.select_option("#activation", "relu")  # while it trains: from the beginning, with the new one
    wait_until(page, "document.body.dataset.epoch <= 50")
    wait_until(page, "document.body.dataset.epoch > 5")
    page.click("#play")
    wait_until(page, "document.querySelector('#play').textContent === 'Train'")
    page.wait_for_timeout(300)  # what was asked for has come
    stopped = page.evaluate("document.body.dataset.epoch")
    page.wait_for_timeout(300)
    assert page.evaluate("document.body.dataset.epoch") == stopped
    page.click("#step")
    page.wait_for_selector(f"body[data-epoch='{int(stopped) + 1}']")
    page.click("#play")
    page.reload()
    page.wait_for_selector("body[data-epoch='0']")
    assert page.input_value("#activation") == "relu"
    assert page.inner_text("#play") == "Train"


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("data=<img src=x onerror=alert(1)>", "data: Input should be 'circle'"),
        ("layers=1e9,8", "layers.0: Input should be less than or equal to 16"),
        ("rows=NaN&activation=%22%3E%3Cscript%3E", "rows: Input should be"),
        ("features=__proto__,x", "features.0: Input should be 'x'"),
    ],
)
def test_hostile_text_in_the_address(page: Any, address: str, state: str, message: str) -> None:
    page.goto(f"{address}#{state}")
    page.wait_for_selector(f'#message:has-text("{message}")')
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0


def test_pictures_and_lines_show_the_network(page: Any, address: str) -> None:
    opened(page, f"{address}#data=plane&layers=5,3&members=3&features=x,y,x2")
    assert page.locator("#graph path").count() == 3 * 5 + 5 * 3 + 3
    assert page.locator("#graph rect").count() == 3 + 5 + 3 + 1
    assert page.locator("#graph path title").first.evaluate("one => one.textContent").startswith("weight ")
    before = page.evaluate("document.querySelector('#units').toDataURL()")
    page.click("#step")
    page.wait_for_selector("body[data-epoch='1']")
    assert page.evaluate("document.querySelector('#units').toDataURL()") != before
    assert page.locator("#norms .norm").count() == 3
    page.emulate_media(color_scheme="dark")
    page.select_option("#body", "residual")
    wait_until(page, "document.querySelectorAll('#graph path').length === 0")
    keep(page, "playground-dark")
