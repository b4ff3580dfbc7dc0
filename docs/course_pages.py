"""Run the pages of the course: their code, from top to bottom, and write its output and figures into them.

python docs/course_pages.py                     # all pages, in full: outputs and figures are written again
python docs/course_pages.py 1-gradients 5       # some of them, by the beginning of their names
python docs/course_pages.py --short             # nothing is written; lines with "# in tests: VALUE" have that value
python docs/course_pages.py --notebooks FOLDER  # the pages as Jupyter notebooks (needs the extra "course")
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("course")
FIGURES = FOLDER / "figures"
_BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)
_SHORT = re.compile(r"^(\s*\w+ = ).*  # in tests: (.*)$", re.MULTILINE)
_STYLE = {"figure.dpi": 72, "savefig.dpi": 72, "figure.figsize": (7, 4), "figure.constrained_layout.use": True}


def main() -> None:
    """Run pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="beginnings of names; all pages if not given")
    parser.add_argument("--short", action="store_true", help="small numbers, and nothing is written")
    parser.add_argument("--notebooks", type=Path, help="write notebooks into this folder instead")
    options = parser.parse_args()
    results = [page for page in pages() if not options.pages or page.stem.startswith(tuple(options.pages))]
    if not results:
        sys.exit(f"there is no such page in {FOLDER}: {', '.join(options.pages)}")
    for page in results:
        if options.notebooks:
            write_notebook(page, options.notebooks)
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            outputs = run_page(page, Path(folder), short=options.short)
            if not options.short:
                page.write_text(with_outputs(page, outputs), encoding="utf-8")
                keep_figures(page, Path(folder))
        sys.stdout.write(f"{page.stem}: {time.monotonic() - began:.0f} s\n")


def pages() -> list[Path]:
    """Return the chapters in their order."""
    return sorted(FOLDER.glob("[0-9]-*.md"))


def run_page(page: Path, folder: Path, *, short: bool = False) -> list[str]:
    """Run the code of a page in a folder, where it leaves its figures.

    Args:
        page: the page.
        folder: for figures and files.
        short: whether lines that say so get the value of the tests.

    Returns:
        What each block printed.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE), _inside(folder):
        mpl.use("Agg")
        return _run_blocks(page, short=short)


def _run_blocks(page: Path, *, short: bool) -> list[str]:
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__"}
    outputs = []
    for number, (code, _) in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")), start=1):
        text = _SHORT.sub(r"\1\2", code) if short else code
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            exec(compile(text, f"{page.name}, block {number}", "exec"), names)  # noqa: S102  # the page is ours
        outputs.append(stdout.getvalue())
        plt.close("all")
    return outputs


def keep_figures(page: Path, folder: Path) -> None:
    """Copy the figures that a page shows from where its code has left them.

    Args:
        page: the page.
        folder: where it was run.
    """
    FIGURES.mkdir(exist_ok=True)
    for name in figures_of(page):
        (FIGURES / name).write_bytes((folder / name).read_bytes())


def figures_of(page: Path) -> list[str]:
    """Return the names of the figures that a page shows."""
    return re.findall(r"\]\(figures/([^)]+)\)", page.read_text(encoding="utf-8"))


def with_outputs(page: Path, outputs: list[str]) -> str:
    """Return the text of a page with the output of each block below it.

    Args:
        page: the page.
        outputs: what each block printed.

    Returns:
        Its text.
    """
    remaining = iter(outputs)

    def block(found: re.Match[str]) -> str:
        output = "\n".join(line.rstrip() for line in next(remaining).splitlines())
        return f"```python\n{found[1]}```\n" + (f"\n```text\n{output}\n```\n" if output else "")

    return _BLOCK.sub(block, page.read_text(encoding="utf-8"))


def write_notebook(page: Path, folder: Path) -> Path:
    """Write a page as a notebook, with its figures beside it.

    Args:
        page: the page.
        folder: where to.

    Returns:
        The notebook.
    """
    try:
        import jupytext
    except ModuleNotFoundError:
        sys.exit('notebooks need the extra "course": pip install "netwright[course]"')
    folder.mkdir(parents=True, exist_ok=True)
    outputs = re.sub(
        r"(```python\n.*?```\n)\n```text\n.*?```\n", r"\1", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    notebook = jupytext.reads(outputs, "md")
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    path = folder / f"{page.stem}.ipynb"
    jupytext.write(notebook, path)
    (folder / "figures").mkdir(exist_ok=True)
    for figure in figures_of(page):
        (folder / "figures" / figure).write_bytes((FIGURES / figure).read_bytes())
    return path


@contextlib.contextmanager
def _inside(folder: Path) -> Any:  # noqa: ANN401  # a context manager
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    main()
