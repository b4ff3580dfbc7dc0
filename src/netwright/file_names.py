"""How files are named: by path, by URL, or by a list of names in a text file, as ``@files.txt``."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from netwright.errors import DataError

__all__ = ["LIST_MARK", "SCHEMES", "check_url", "from_folder", "in_command", "is_url", "shown_url", "with_path"]

LIST_MARK = "@"
SCHEMES = ("https", "http", "s3", "root")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(//|:)")  # two letters at least: C:/ is a drive
_SECRET = re.compile(r"signature|token|password|passwd|secret|credential|authz|^sig$|^key$|api_?key", re.IGNORECASE)
_INSTEAD = (
    "Credentials belong where the system keeps them: ~/.netrc (https), ~/.aws/credentials or AWS_PROFILE (s3), "
    "a proxy certificate, a Kerberos ticket or BEARER_TOKEN (root)."
)


def in_command(path: str | Path) -> str:
    """Return a path as it stands in a command to copy: with quotes where a shell would divide it.

    Args:
        path: of a file or a folder.

    Returns:
        The word.

    Example:
        >>> in_command(Path("runs/jets")), in_command("my runs/jets")
        ('runs/jets', "'my runs/jets'")
    """
    return shlex.quote(str(path))


def is_url(name: object) -> bool:
    """Return whether a file is named by a URL, of a known scheme or not.

    Args:
        name: of a file.

    Returns:
        True for a text such as ``https://host/file``.

    Example:
        >>> is_url("root://host//store/jets.root"), is_url("C:/jets.root"), is_url("jets.root")
        (True, False, False)
    """
    return isinstance(name, str) and _SCHEME.match(name) is not None


def check_url(url: str) -> None:
    """Refuse a URL that netwright does not open: another scheme, no host, or credentials in it.

    A URL enters messages, experiment files and runs, which are shared; so it must not hold a secret.

    Args:
        url: for which `is_url` holds.

    Raises:
        DataError: it is refused; the message repeats no credentials.

    Example:
        >>> check_url("https://zenodo.org/records/1/files/train.h5?download=1")
    """
    try:
        parts = urlsplit(url)
        host, user, password = parts.hostname, parts.username, parts.password
    except ValueError as error:
        msg = f"{shown_url(url)}: is not a valid URL. Correct it."
        raise DataError(msg) from error
    if parts.scheme.lower() not in SCHEMES or "::" in url.partition("//")[0]:
        schemes = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        advice = "Name a file of this machine by its path." if parts.scheme.lower() == "file" else "Copy the file."
        msg = f"{shown_url(url)}: URLs may begin with {schemes}. Received: {parts.scheme}:. {advice}"
        raise DataError(msg)
    if not host:
        msg = f"{shown_url(url)}: names no host. Write {parts.scheme}://HOST/PATH."
        raise DataError(msg)
    secret = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True) if _SECRET.search(key)]
    if password is not None or (user is not None and parts.scheme != "root") or secret:
        secret_text = f'the parameter "{secret[0]}"' if secret else "a user name or password"
        msg = f"{shown_url(url)}: holds {secret_text}, which would be stored with each run. {_INSTEAD}"
        raise DataError(msg)


def shown_url(url: str) -> str:
    """Return a URL for messages: without user, password, parameters and fragment.

    Args:
        url: any text.

    Returns:
        The scheme, the host and the path.

    Example:
        >>> shown_url("https://me:secret@host/jets.h5?token=1")
        'https://host/jets.h5'
    """
    location = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, slashes, remainder = location.partition("//")
    authority, slash, path = remainder.partition("/")
    return f"{scheme}{slashes}{authority.rpartition('@')[2]}{slash}{path}"


def with_path(name: str, change: Callable[[str], str]) -> str:
    """Return the name of a file with another path; a URL has none and stays as it is.

    Args:
        name: a path, pattern, folder, URL, or a list (``@files.txt``).
        change: from one path to another.

    Returns:
        The new name, with the mark of a list if it had one.

    Example:
        >>> [with_path(name, "/data/{}".format) for name in ("a.h5", "@files.txt", "s3://bucket/a.h5")]
        ['/data/a.h5', '@/data/files.txt', 's3://bucket/a.h5']
    """
    if is_url(name):
        return name
    if name.startswith(LIST_MARK):
        return LIST_MARK + change(name[1:])
    return change(name)


def from_folder(name: str, folder: Path) -> str:
    """Resolve the name of a file against a folder; a `*` in the folder's own name is not a wildcard.

    The home directory of an unknown user is left as written: there is no such file.

    Args:
        name: as for `with_path`.
        folder: which relative paths start at.

    Returns:
        The name, whose path starts at the folder.

    Example:
        >>> from_folder("@files.txt", Path("/data")), from_folder("*.h5", Path("/a[1]"))
        ('@/data/files.txt', '/a[[]1]/*.h5')
        >>> from_folder("../jets.h5", Path("/data/runs"))
        '/data/jets.h5'
    """

    def place(path: str) -> str:
        is_pattern = any(mark in path for mark in "*?[")
        full = str(Path(glob.escape(str(folder)) if is_pattern else folder) / os.path.expanduser(path))  # noqa: PTH111
        if ".." not in Path(full).parts or "\0" in full:
            return full
        plain = os.path.normpath(full)  # of a link to a folder, ".." is not the folder that the link is in
        return plain if os.path.realpath(plain) == os.path.realpath(full) else full

    return with_path(name, place)
