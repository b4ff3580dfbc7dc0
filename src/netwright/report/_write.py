"""From content to one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
import os
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from netwright.errors import RunError
from netwright.report._content import Picture, ReportContent
from netwright.report._evaluation import evaluation_lines

__all__ = ["write_report"]

MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def write_report(report: ReportContent, path: Path) -> Path:
    """Write a report as one HTML file with everything in it.

    The file loads nothing and runs nothing: a Content-Security-Policy forbids it, figures are inside, and
    every text is escaped. It appears under its name only when it is complete.

    Args:
        report: what the report says.
        path: the file to write; an older one is replaced.

    Returns:
        The path of the file.

    Raises:
        RunError: if a figure is missing or is neither a PNG nor an SVG file.
    """
    style = _resource("report.css")
    lines = evaluation_lines(report.evaluation, report.units)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(_resource("report.html.j2")).render(
        report=report,
        lines=lines,
        of_members=any(line.members for line in lines),
        pictures=[(picture, _inline(picture)) for picture in report.pictures],
        style=Markup(style),  # noqa: S704 - our own file, and escaping would break its selectors
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(html, encoding="utf-8")
    unfinished.replace(path)
    return path


def _resource(name: str) -> str:
    return files("netwright.report").joinpath(name).read_text(encoding="utf-8")


def _inline(picture: Picture) -> str:
    """Return a figure as a data URL."""
    media_type = MEDIA_TYPES.get(picture.path.suffix.lower())
    if media_type is None:
        msg = f"A figure of a report must be a PNG or SVG file. Received: {picture.path}. Save it with plots.save."
        raise RunError(msg)
    if not picture.path.is_file():
        msg = f"The figure {picture.path} is missing. Run netwright report again to draw the figures anew."
        raise RunError(msg)
    return f"data:{media_type};base64,{base64.b64encode(picture.path.read_bytes()).decode()}"
