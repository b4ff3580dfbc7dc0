"""A page as one self-contained file: it loads and runs nothing, and appears only when it is complete."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from netwright.atomic_files import make_folder, write_text
from netwright.errors import RunError
from netwright.reporting._content import Picture

__all__ = ["write_page"]

MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def write_page(
    path: Path,
    template: str,
    pictures: Sequence[Picture],
    values: dict[str, Any],
    filters: dict[str, Callable[..., str]] | None = None,
) -> Path:
    """Fill in a template of this package, with the style of all pages and its figures embedded, and write it.

    Args:
        path: the file to write; an existing one is replaced.
        template: name of the template.
        pictures: its figures, in reading order.
        values: values of the template's variables, by name; every text is escaped.
        filters: functions that the template uses, by name.

    Returns:
        The path of the file.

    Raises:
        RunError: if a figure is missing or is neither a PNG nor an SVG file.
    """
    style = _resource("report.css")
    page = _environment(tuple((filters or {}).items())).get_template(template)
    html = page.render(
        **values,
        pictures=[(picture, _inline(picture)) for picture in pictures],
        style=Markup(style),  # noqa: S704 - our own file, and escaping would break its selectors
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
    make_folder(path.parent)
    write_text(path, html)
    return path


@cache
def _environment(filters: tuple[tuple[str, Callable[..., str]], ...]) -> Environment:
    """Return the environment of pages with these filters; it keeps the templates that it has compiled."""
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    return environment


def _resource(name: str) -> str:
    return files("netwright.reporting").joinpath(name).read_text(encoding="utf-8")


def _inline(picture: Picture) -> str:
    """Return a figure as a data URL."""
    media_type = MEDIA_TYPES.get(picture.path.suffix.lower())
    if media_type is None:
        msg = f"A figure of a report must be a PNG or SVG file. Received: {picture.path}. Save it with plots.save."
        raise RunError(msg)
    if not picture.path.is_file():
        msg = f"The figure {picture.path} is missing. Run netwright report again to redraw the figures."
        raise RunError(msg)
    return f"data:{media_type};base64,{base64.b64encode(picture.path.read_bytes()).decode()}"
