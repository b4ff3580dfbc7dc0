"""Lists of files: a text file with one name a line, named ``@files.txt`` wherever files are named."""

from __future__ import annotations

from pathlib import Path

from netwright.errors import DataError
from netwright.file_names import LIST_MARK, from_folder
from netwright.readers._refusals import damaged

__all__ = ["names_in_list"]


def names_in_list(path: Path) -> list[str]:
    """Return the names in a list of files.

    Args:
        path: a text file with one path, pattern, folder or URL a line; blank lines and those that begin with ``#`` are
            comments.

    Returns:
        The names in their order, relative paths resolved against the folder of the list.

    Raises:
        DataError: there is no such file, it is no text, it names no files, or it names another list.
    """
    with damaged(path, "a list of files", (OSError, UnicodeDecodeError)):
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        msg = f"{path}: names no files. Write one path, pattern, folder or URL a line."
        raise DataError(msg)
    for name in names:
        if name.startswith(LIST_MARK):
            msg = f"{path}: names another list, {name}. Write the names of its files here, or name both lists."
            raise DataError(msg)
        if not name.isprintable():
            msg = f"{path}: is not a list of files: a line is {name[:80]!r}. Name a file of data without {LIST_MARK}."
            raise DataError(msg)
    return [from_folder(name, path.parent) for name in names]
