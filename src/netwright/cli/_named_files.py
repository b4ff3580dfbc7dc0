"""Words of a command line like ``NAME=FILES``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["are_named", "by_name"]


def are_named(arguments: Iterable[str]) -> bool:
    """Return whether a word says for what its files are, rather than being the path of one.

    Args:
        arguments: of the command line.

    Returns:
        True if one begins with a name and ``=``, and is no file.

    Example:
        >>> are_named(["ttbar=new/*.root"]), are_named(["year=2018/a.root", "b.root"]), are_named(["./a=b.root"])
        (True, True, False)
    """
    return any(re.match(r"[A-Za-z]\w*=", argument) and not Path(argument).exists() for argument in arguments)


def by_name(arguments: Iterable[str]) -> dict[str, list[str]]:
    """Return files by name from words like ``signal=a*.root,b.root``.

    Args:
        arguments: of the command line.

    Returns:
        The files of each name, in order.

    Example:
        >>> by_name(["signal=a.root,b.root", "background=c.root", "signal=d.root"])
        {'signal': ['a.root', 'b.root', 'd.root'], 'background': ['c.root']}
    """
    files_by_name: dict[str, list[str]] = {}
    for argument in arguments:
        name, _, files = argument.partition("=")
        files_by_name.setdefault(name, []).extend(file for file in files.split(",") if file)
    return files_by_name
