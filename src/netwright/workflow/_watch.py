"""Watch: the live page of runs, for the browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from netwright.live import Watcher, live_routes
from netwright.pages import serve

__all__ = ["watch"]


def watch(
    folder: str | Path = "runs",
    *,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], None] | None = None,
) -> None:
    """Show the runs of a folder in the browser, live, until Ctrl-C.

    The page only reads, but for notes. It is served to this machine only, to a browser that has the token.

    Args:
        folder: a run directory, or a folder of them; runs may be trained by other processes.
        port: the port; if not given, the first free one from 8790.
        browser: whether to open the browser, where there is a desktop.
        say: shows the address to the user; if not given, standard output.

    Raises:
        RunError: it is not a folder.
        MissingExtraError: the extra "watch" is not installed.
        PageError: the port is in use.

    Example:
        >>> import netwright as nw
        >>> nw.watch("runs")  # doctest: +SKIP
    """
    watcher = Watcher(Path(folder))
    watcher.start()
    try:
        serve(lambda: live_routes(watcher), feature="netwright watch", port=port, browser=browser, say=say or _say)
    finally:
        watcher.stop()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
