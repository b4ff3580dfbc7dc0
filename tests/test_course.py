"""The chapters of the course run from top to bottom, shortened, and show what their code draws."""

from __future__ import annotations

import codeop
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def course_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("course_pages", ROOT / "docs/course_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = course_pages()
EXACT = {"1-gradients"}  # not shortened, and the same on every machine


@pytest.mark.usefixtures("without_figures")  # those of the pages are drawn by their own code
@pytest.mark.parametrize("page", PAGES.pages(), ids=lambda page: page.stem)
def test_a_chapter_runs(page: Path, tmp_path: Path) -> None:
    outputs = PAGES.run_page(page, tmp_path, short=True)
    for figure in PAGES.figures_of(page):
        assert (tmp_path / figure).exists(), "the page shows a figure that its code does not draw"
        assert (PAGES.FIGURES / figure).exists(), f"write it: python docs/course_pages.py {page.stem}"
    if page.stem in EXACT:
        assert PAGES.with_outputs(page, outputs) == page.read_text(encoding="utf-8")


def test_netwright_comes_before_keras() -> None:
    """`import keras` alone looks for TensorFlow: a student who pastes the blocks would end there."""
    programs = {
        page.name: ["\n".join(block for block, _ in PAGES._BLOCK.findall(page.read_text(encoding="utf-8")))]
        for page in PAGES.pages()
    } | {
        page.name: re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    }
    for page, blocks in programs.items():
        for code in blocks:
            keras = re.search(r"^(import|from) (.*, *)?keras", code, re.MULTILINE)
            own = re.search(r"^(import|from) netwright", code, re.MULTILINE)
            assert keras is None or (own is not None and own.start() < keras.start()), page


def test_chapter_1_can_be_pasted_into_python() -> None:
    """Line by line, as its prompt takes them: a block that is indented ends with an empty line, and has none inside."""
    compiled, pending = codeop.CommandCompiler(), []
    for block, _ in PAGES._BLOCK.findall(PAGES.pages()[0].read_text(encoding="utf-8")):
        for line in [*block.splitlines(), ""]:
            pending.append(line)
            if compiled("\n".join(pending), "pasted", "single") is not None:
                pending = []
    assert not any(pending)


def test_there_are_nine_chapters_and_the_first_page_names_all() -> None:
    names = [page.name for page in PAGES.pages()]
    assert len(names) == 9
    assert re.findall(r"\]\((\d-[^)]+)\)", (ROOT / "docs/course/index.md").read_text(encoding="utf-8")) == names


def test_a_chapter_as_a_notebook(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("jupytext")
    page = PAGES.pages()[0]
    path = PAGES.write_notebook(page, tmp_path)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [text.strip("\n") for text, _ in PAGES._BLOCK.findall(page.read_text(encoding="utf-8"))]
    assert (tmp_path / "figures/1-graph.svg").exists()
