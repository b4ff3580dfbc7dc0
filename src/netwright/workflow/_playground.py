"""The command `playground`: small networks that learn while one looks, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["playground"]


def playground(
    file: str | Path | None = None,
    *,
    port: int | None = None,
    browser: bool = True,
    folder: str | Path = "playground",
    say: Callable[[str], None],
) -> None:
    """Serve the playground on this machine until Ctrl-C: a page on which small networks learn points of a plane.

    Args:
        file: points of your own: two columns of numbers and a label of two values.
        port: port of the page; the first free one from 8790 if not given.
        browser: whether to open the browser.
        folder: where experiments are written that are taken home.
        say: shows a line to the user: the address.

    Raises:
        DataError: the file cannot be used.
        MissingExtraError: starlette or uvicorn is not installed.
        PageError: the port is in use, or may not be used.

    Example:
        >>> import netwright as nw
        >>> nw.playground("points.csv", say=print)  # doctest: +SKIP
    """
    from netwright.lessons import Playground, make_routes, read_points
    from netwright.pages import serve

    points = None if file is None else read_points(Path(file))
    lessons = Playground(points, Path(folder))
    serve(lambda: make_routes(lessons), feature="netwright playground", port=port, browser=browser, say=say)
