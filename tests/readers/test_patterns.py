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


def test_files_of_the_grid_of_atlas_are_found(tmp_path: Path) -> None:
    for name in ("DAOD_PHYSLITE._000001.pool.root.1", "DAOD_PHYSLITE._000002.pool.root.12", "job.log.1"):
        (tmp_path / name).touch()
    assert [path.name[-7:] for path in find_files(tmp_path)] == [".root.1", "root.12"]


def test_a_loop_of_links_is_walked_once(tree: Path) -> None:
    (tree / "one" / "loop").symlink_to(tree)
    assert len(find_files(str(tree / "**/*.npz"))) == 3


def test_too_many_folders_are_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "_MAX_FOLDERS", 2)
    with pytest.raises(DataError, match=r"matches more than 2 folders\. Name fewer"):
        find_files(str(tree / "**/*.npz"))


def test_the_home_of_nobody_is_no_traceback() -> None:
    with pytest.raises(DataError, match=r"~nosuchuser/a\.npz: there is no such file"):
        find_files("~nosuchuser/a.npz")


def test_an_empty_name_is_not_the_whole_folder() -> None:
    with pytest.raises(DataError, match=r"a path, pattern or URL is expected\. Received: an empty text\."):
        find_files(["a.npz", " "])


def test_a_list_names_files_line_by_line(tree: Path) -> None:
    (tree / "lists").mkdir()
    names = f"# jets\n../*.npz\n\n{tree / 'one'}\n"
    (tree / "lists/files.txt").write_text(names, encoding="utf-8")
    whole = find_files([str(tree / "*.npz"), str(tree / "one")])
    assert [path.resolve() for path in find_files(f"@{tree / 'lists/files.txt'}")] == [path.resolve() for path in whole]
    assert len(whole) > 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# nothing\n\n", "list.txt: names no files. Write one path, pattern, folder or URL a line"),
        (b"@other.txt\n", "list.txt: names another list, @other.txt. Write the names of its files here"),
        (b"a\x00b", "list.txt: is not a list of files: a line is 'a.x00b'"),
        (b"\xff\xfe\xff", "list.txt: cannot be read as a list of files"),
        (b"none.npz\n", "none.npz: there is no such file"),
        (b"file:///etc/passwd\n", "URLs may begin with"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(DataError, match=message):
        find_files(f"@{tmp_path / 'list.txt'}")
    with pytest.raises(DataError, match=r"nolist.txt: there is no such file"):
        find_files(f"@{tmp_path / 'nolist.txt'}")
