"""Resolve paths, patterns, folders, lists and URLs to files."""

from __future__ import annotations

import difflib
import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from netwright.errors import DataError, UnusableFilesError, first_few
from netwright.file_names import LIST_MARK, is_url, shown_url
from netwright.readers._file_lists import names_in_list
from netwright.readers.registry import known_readers, plain_ending
from netwright.readers.remote.listing import find_urls

__all__ = ["Files", "find_files", "folders_of_files"]

Files = str | Path | Sequence[str | Path]
"""One path, pattern, folder, list (``@files.txt``) or URL, or several."""

_MAX_FOLDERS = 10_000
_WILD = frozenset("*?[")


def find_files(files: Files) -> list[Path | str]:
    """Return the files that names stand for, each once.

    Args:
        files: one or several paths, patterns (``*``, ``**``, ``?``, ``[...]``), folders, lists (``@files.txt``, a text
            file with one name a line) or URLs; a folder stands for all of its files of known formats.

    Returns:
        The paths of local files and the URLs of remote ones, in the order of the arguments; those of a pattern or
        folder are sorted by name.

    Raises:
        UnusableFilesError: some match no file, or URLs are refused. It names all of them.
        DataError: a list of files cannot be read.
        MissingExtraError: a folder or pattern on a server, and the library for it is not installed.
    """
    named: list[Any] = [files] if isinstance(files, (str, Path)) else list(files)
    table = isinstance(files, Mapping) or hasattr(files, "columns")
    strange = files if table else next((name for name in named if not isinstance(name, str | Path)), None)
    if strange is not None:
        msg = (
            f"files: paths, patterns or URLs are expected. Received: {type(strange).__name__}. Of data in memory, the "
            "predict of a run takes columns; to train on them, write a file: DataFrame.to_parquet or numpy.savez."
        )
        raise DataError(msg)
    if not named:
        msg = "files: name at least one file. Received: an empty list."
        raise DataError(msg)
    if any(not str(name).strip() for name in named):
        msg = "files: a path, pattern or URL is expected. Received: an empty text. All files of this folder are ./"
        raise DataError(msg)
    once: dict[Path | str, Path | str] = {}
    refused = []
    names = list(chain.from_iterable(map(_listed, named)))
    for name in names:
        try:
            for file in _matches(name):
                once.setdefault(file.resolve() if isinstance(file, Path) else file, file)
        except DataError as error:
            refused.append(str(error))
    if refused:
        raise UnusableFilesError(refused, len(names))
    return list(once.values())


def folders_of_files(name: str) -> list[str]:
    """Return the folders below one that holds no file of a known format itself.

    Args:
        name: a path, pattern, list or URL.

    Returns:
        The folders with such files, sorted by name; only the name itself where it has files or is no folder.
    """
    folder = Path(os.path.expanduser(name))  # noqa: PTH111
    if is_url(name) or not folder.is_dir() or _known_files(folder):
        return [name]
    below = [Path(path) for path, _, _ in islice(os.walk(folder), _MAX_FOLDERS)]
    return sorted(str(path) for path in below if _known_files(path)) or [name]


def _listed(name: str | Path) -> Sequence[str | Path]:
    """Return the names in a list of files; another name alone."""
    if str(name).startswith(LIST_MARK):
        return names_in_list(Path(os.path.expanduser(str(name)[len(LIST_MARK) :])))  # noqa: PTH111
    return [name]


def _matches(name: str | Path) -> list[Path] | list[str]:
    if isinstance(name, str) and is_url(name):
        return find_urls(name, _known_endings())
    path = Path(os.path.expanduser(name))  # noqa: PTH111  # leaves the home of an unknown user unchanged
    if path.is_dir():
        return _in_folder(path)
    if path.exists() or not _WILD & set(str(path)):
        if not path.exists():
            msg = f"{path}: there is no such file.{_as_url(path) or _near(path)}"
            raise DataError(msg)
        return [path]
    files = sorted(_matching_files(str(path)))
    if not files:
        msg = f'no file matches "{path}".{_near(path)}'
        raise DataError(msg)
    return files


def _matching_files(pattern: str) -> Iterator[Path]:
    """Yield the files that match a pattern, and give up if it matches far too many folders.

    ``**`` matches a folder and everything below it except hidden entries; a loop of links is walked once.
    """
    base, deep, remainder = pattern.partition("**")
    if not deep:
        yield from (Path(match) for match in glob.iglob(pattern) if Path(match).is_file())  # noqa: PTH207
        return
    seen: set[tuple[int, int]] = set()
    for start in glob.glob(base or ".", include_hidden=True):  # noqa: PTH207
        for folder, subfolders, _ in os.walk(start, followlinks=True):
            state = os.stat(folder) if os.path.isdir(folder) else None  # noqa: PTH112, PTH116  # /proc: may have vanished
            new = state is not None and (state.st_dev, state.st_ino) not in seen
            if state is not None:
                seen.add((state.st_dev, state.st_ino))
            subfolders[:] = [name for name in subfolders if new and not name.startswith(".")]
            if len(seen) > _MAX_FOLDERS:
                msg = f'"{pattern}" matches more than {_MAX_FOLDERS:,} folders. Name fewer.'
                raise DataError(msg)
            if new:
                yield from _matching_files(str(Path(glob.escape(folder)) / (remainder.lstrip("/") or "*")))


def _in_folder(folder: Path) -> list[Path]:
    files = _known_files(folder)
    if not files:
        below = folders_of_files(str(folder))
        hint = "Name the files." if below == [str(folder)] else f"Name the folders in it that do: {first_few(below)}."
        msg = f"{folder}: the folder holds no file that ends with {', '.join(_known_endings())}. {hint}"
        raise DataError(msg)
    return files


def _known_files(folder: Path) -> list[Path]:
    """Return the files of known formats in a folder, sorted by name."""
    endings = _known_endings()
    return sorted(entry for entry in folder.iterdir() if entry.is_file() and plain_ending(entry.name).endswith(endings))


def _known_endings() -> tuple[str, ...]:
    return tuple(ending for reader in known_readers() for ending in reader.suffixes)


def _near(path: Path) -> str:
    """Return a hint with the most similar file names in the same folder."""
    folder = path.parent
    if not folder.is_dir():
        return f' There is no folder "{folder}" either.' if not _WILD & set(str(folder)) else " Check the pattern."
    names = _visible(folder)
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5) or names[:3]
    if not near:
        return f' The folder "{folder}" is empty.'
    return f' In "{folder}" there is, for example: {", ".join(near)}.'


def _as_url(path: Path) -> str:
    """Return a hint if a path was a URL before it became a path, which takes one of two slashes away."""
    url = str(path).replace(":/", "://", 1)
    return f' Give a URL as text, not as a path: "{shown_url(url)}".' if is_url(url) else ""


def _visible(folder: Path) -> list[str]:
    entries: Iterable[Path] = folder.iterdir()
    return sorted(entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
