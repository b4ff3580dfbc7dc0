"""Source and documentation are in plain English: words of a translated style are refused, with file and line."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFUSED = re.compile(
    r"\b(nobody|somebody|anybody|whoever|shall|wish|wishes|wished|anew|heed|heeds|told of)\b|"
    r"\bthe school\b|\bthe school's|seed of the project",
    re.IGNORECASE,
)


def pages() -> list[Path]:
    source = [path for path in (ROOT / "src").rglob("*") if path.suffix in {".py", ".pyi", ".j2", ".html", ".css"}]
    return [*sorted(source), *sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def lines_with_refused_words(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if REFUSED.search(line)]


def test_no_page_has_a_refused_word() -> None:
    result = [line for path in pages() for line in lines_with_refused_words(path)]
    assert not result, "say it in plain English:\n" + "\n".join(result)


def test_words_are_found() -> None:
    assert REFUSED.search("Somebody who is told how a training goes")
    assert not REFUSED.search("the marshalling of shallow networks")


def test_paths_in_commands_to_copy_have_quotes_where_a_shell_needs_them() -> None:
    unquoted = re.compile(r"netwright [a-z-]+ (?:--[a-z]+ )?\{(?!in_command\(|shlex\.quote\(|written\}|'search' if)")
    found = [f"{path.name}: {line.strip()}" for path in sorted((ROOT / "src").rglob("*.py"))
             for line in path.read_text(encoding="utf-8").splitlines() if unquoted.search(line)]  # fmt: skip
    assert not found, "use netwright.file_names.in_command:\n" + "\n".join(found)
