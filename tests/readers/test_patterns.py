"""Patterns of files: folders below folders, loops of links, and what is far too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.errors import DataError
from netwright.readers import _find_files as _files
from netwright.readers._find_files import find_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.npz", "one/b.npz", "one/two/c.npz", "one/two/c.txt", ".hidden/d.npz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*.npz", ["a.npz", "one/b.npz", "one/two/c.npz"]),
        ("**/two/*", ["one/two/c.npz", "one/two/c.txt"]),
        ("one/**", ["one/b.npz", "one/two/c.npz", "one/two/c.txt"]),
        ("o*/**/c.*", ["one/two/c.npz", "one/two/c.txt"]),
        ("**/**/b.npz", ["one/b.npz"]),
        ("*/*.npz", ["one/b.npz"]),
    ],
)
def test_two_stars_stand_for_a_folder_and_all_below(tree: Path, pattern: str, names: list[str]) -> None:
    assert [str(path.relative_to(tree)) for path in find_files(str(tree / pattern))] == names


def test_a_loop_of_links_is_walked_once(tree: Path) -> None:
    (tree / "one" / "loop").symlink_to(tree)
    assert len(find_files(str(tree / "**/*.npz"))) == 3


def test_too_many_folders_are_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "_FOLDERS_AT_MOST", 2)
    with pytest.raises(DataError, match=r"stands for more than 2 folders\. Name fewer"):
        find_files(str(tree / "**/*.npz"))


def test_the_home_of_nobody_is_no_traceback() -> None:
    with pytest.raises(DataError, match=r"~nosuchuser/a\.npz: there is no such file"):
        find_files("~nosuchuser/a.npz")
