"""The site of the documentation, by Sphinx and MyST: make docs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from api_pages import write_pages  # beside this file

project = "netwright"
author = copyright = "The netwright developers"  # noqa: A001  # names of Sphinx
extensions = ["myst_parser"]
exclude_patterns = ["_build", "course/notebooks"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "netwright"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["wide.css"]  # the graphs of chapter 1
# diagrams are shown as text, by the forge as drawings; code in other languages than Pygments knows is plain
suppress_warnings = ["misc.highlighting_failure"]


def links_to_the_checkout(app: Any, name: str, source: list[str]) -> None:  # noqa: ANN401, ARG001  # of Sphinx
    """Name what lies outside of this folder instead of linking to it: the site has no copy of it."""
    import re

    depth = name.count("/")
    outside = r"\[([^\]]+)\]\(((?:\.\./){" + str(depth + 1) + r"}[^).][^)]*)\)"
    source[0] = re.sub(outside, lambda found: f"{found[1]} (`{found[2].lstrip('./')}`)", source[0])


def setup(app: Any) -> None:  # noqa: ANN401  # the application of Sphinx
    """Write the reference, and fix links."""
    write_pages()
    app.connect("source-read", links_to_the_checkout)
