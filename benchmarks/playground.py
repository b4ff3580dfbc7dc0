"""The playground in Chromium: pictures of the boundary per second while a network of 3 x 8 units learns.

    make .venv/.page
    .venv/bin/python benchmarks/playground.py [--seconds 6] [--rounds 5] [--keep FOLDER]

A frame is what the page does for every picture: it asks for epochs, the engine trains them and looks at the network,
and boundary, units, weights, losses and gradients are drawn. Beside it, what the server alone does without a browser.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.lessons import Playground, make_routes
from netwright.pages import in_background

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
SETTINGS = {"data": "xor", "noise": 0.3, "layers": [8, 8, 8], "rows": 200, "train_share": 0.2, "learning_rate": 0.03}
STEPS = 4  # of an epoch: 40 training points in batches of 10
SPEEDS = (1, 5, 20)  # epochs of a frame


def address_of(settings: dict[str, Any]) -> str:
    """Return the state of the page as it stands in its address."""
    return "&".join(f"{key}={str(value).strip('[]').replace(' ', '')}" for key, value in settings.items())


@contextmanager
def served() -> Iterator[str]:
    """Serve the playground, and give its address."""
    with tempfile.TemporaryDirectory() as folder, in_background(make_routes(Playground(None, Path(folder)))) as address:
        yield f"{address}#{address_of(SETTINGS)}"


def server_alone(epochs: int, seconds: float) -> float:
    """Return the frames per second that the server makes for nobody."""
    playground = Playground(None, Path())
    asked = {"tab": "a", "settings": SETTINGS, "epochs": epochs}
    playground.frame(asked)
    frames, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        playground.frame(asked)
        frames += 1
    return frames / (time.monotonic() - began)


def in_browser(page: Page, epochs: int, seconds: float) -> float:
    """Return the frames per second that the page draws."""
    page.select_option("#speed", str(epochs))
    page.click("#play")
    page.wait_for_timeout(1000)
    before, began = int(page.evaluate("document.body.dataset.frames")), time.monotonic()
    page.wait_for_timeout(1000 * seconds)
    speed = (int(page.evaluate("document.body.dataset.frames")) - before) / (time.monotonic() - began)
    page.click("#play")
    page.click("#restart")
    return speed


def main() -> None:
    """Measure, and print."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for a picture of the page")
    options = parser.parse_args()
    with served() as address, sync_playwright() as manager:
        browser = manager.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.goto(address)
        page.wait_for_selector("body[data-frames]", timeout=60_000)
        for epochs in SPEEDS:
            speeds = [in_browser(page, epochs, options.seconds) for _ in range(options.rounds)]
            frames = statistics.median(speeds)
            print(
                f"{epochs:>2} epochs a frame: {frames:.0f} frames/s ({min(speeds):.0f} to {max(speeds):.0f}), "
                f"{frames * epochs * STEPS:.0f} steps/s"
            )
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            page.click("#play")
            page.wait_for_timeout(1000)
            page.click("#play")
            page.screenshot(path=options.keep / "playground.png", full_page=True)
        browser.close()
    for epochs in SPEEDS:
        speed = server_alone(epochs, options.seconds)
        print(
            f"{epochs:>2} epochs a frame, the server alone: {speed:.0f} frames/s, {speed * epochs * STEPS:.0f} steps/s"
        )


if __name__ == "__main__":
    main()
