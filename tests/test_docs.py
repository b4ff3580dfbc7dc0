"""Documentation that is tested: pages made from code are up to date, and every experiment in them is valid."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from netwright.cli._app import app
from netwright.config import parse_experiment
from netwright.metrics._registry import METRICS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_page_on_experiment_files_is_that_of_the_code() -> None:
    spec = importlib.util.spec_from_file_location("experiment_page", ROOT / "docs/experiment_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "write it again: python docs/experiment_page.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_experiment_in_a_page_is_valid(page: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        parse_experiment(yaml.safe_load(block))


def test_every_metric_is_explained() -> None:
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    assert [metric.name for metric in METRICS if f"`{metric.name.partition('{')[0]}" not in text] == []


def commands_of(page: Path) -> list[list[str]]:
    """Return the words of every command of netwright that a page shows."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = "\n".join(
        [*re.findall(r"```\w*\n(.*?)```", text, re.DOTALL), *re.findall(r"^ {4}(.*)$", text, re.MULTILINE)]
    )
    shown = re.findall(r"^netwright .*$", blocks, re.MULTILINE) + re.findall(r"`(netwright [^`]+)`", text)
    return [shlex.split(command, comments=True)[1:] for command in shown]


def test_every_command_in_a_page_has_the_options_that_it_shows() -> None:
    netwright = get_command(app)
    pages = [*PAGES, *(ROOT / "examples").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]
    shown = [(page, words) for page in pages for words in commands_of(page)]
    assert len(shown) > 150
    for page, words in shown:
        name = "" if words[0].startswith("-") else words[0]
        command = netwright.commands.get(name) if name else netwright  # type: ignore[attr-defined]
        assert command is not None, f"{page.name}: netwright {name}"
        options = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= options | {"-h", "--help"}, f"{page.name}: netwright {name} has no {used - options}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def headings_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    result = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in result}


def test_every_link_to_a_heading_finds_it() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "examples").rglob("README.md")]:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*\.md|)#([^)]+)\)", prose):
            to = page.parent / target if target else page
            assert anchor in headings_of(to), f"{page.name} links to {target}#{anchor}"


def test_every_public_name_is_in_the_reference() -> None:
    spec = importlib.util.spec_from_file_location("api_pages", ROOT / "docs/api_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    packages = module.packages()
    assert {"netwright", "netwright.layers", "netwright.training"} < set(packages)
    for package in packages:
        headings = set(re.findall(r"^## (\w+)$", module.page_of(package), re.MULTILINE))
        assert headings == set(importlib.import_module(package).__all__)
