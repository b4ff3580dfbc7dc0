"""Words of a command line like ``NAME=FILES``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["are_named", "by_name"]


def are_named(words: Iterable[str]) -> bool:
    """Return whether a word says for what its files are, rather than being the path of one.

    Args:
        words: of the command line.

    Returns:
        True if one begins with a name and ``=``, and is no file.

    Example:
        >>> are_named(["ttbar=new/*.root"]), are_named(["year=2018/a.root", "b.root"]), are_named(["./a=b.root"])
        (True, True, False)
    """
    return any(re.match(r"[A-Za-z]\w*=", word) and not Path(word).exists() for word in words)


def by_name(words: Iterable[str]) -> dict[str, list[str]]:
    """Return files by name from words like ``signal=a*.root,b.root``.

    Args:
        words: of the command line.

    Returns:
        The files of each name, in order.

    Example:
        >>> by_name(["signal=a.root,b.root", "background=c.root", "signal=d.root"])
        {'signal': ['a.root', 'b.root', 'd.root'], 'background': ['c.root']}
    """
    found: dict[str, list[str]] = {}
    for word in words:
        name, _, files = word.partition("=")
        found.setdefault(name, []).extend(one for one in files.split(",") if one)
    return found
