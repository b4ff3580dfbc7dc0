"""Servers by fsspec: one file system a scheme, the state of a file there, and what failed in plain words."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from netwright.errors import DataError, MissingExtraError, UnreachableError
from netwright.file_names import shown_url
from netwright.readers._refusals import reason_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["RemoteState", "persistently", "remote_state", "server_of"]

T = TypeVar("T")

_EXTRAS = {"https": "http", "http": "http", "s3": "s3", "root": "xrootd"}
_SECONDS = 60  # without an answer of the server
_WAITS = (1.0, 4.0, 15.0)  # seconds between attempts
_ERRORS = (  # beside OSError, by the module that is there only if it is used
    ("aiohttp", "ClientError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
)
_AGAIN = {408, 425, 429}  # answers of a server that is busy; so are all from 500 on
_MISSING = re.compile(r"\[3011\]|no such file", re.IGNORECASE)
_FORBIDDEN = re.compile(r"\[3010\]|permission denied|auth(entication)? failed|NoCredentials", re.IGNORECASE)
_URL = re.compile(r"\w+://[^\s'\")]+")


@dataclass(frozen=True)
class RemoteState:
    """What changes when a file on a server changes.

    Attributes:
        size: in bytes; None if the server does not say.
        version: the entity tag and the time of the last change, as far as the server gives them.
    """

    size: int | None
    version: str


def server_of(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system that opens a URL.

    Args:
        url: for which `netwright.file_names.check_url` raises nothing.

    Returns:
        The file system, and the path in it.

    Raises:
        MissingExtraError: its library is not installed.
    """
    import fsspec.core

    scheme = urlsplit(url).scheme.lower()
    try:
        system, path = fsspec.core.url_to_fs(url, **_options(scheme))
    except ImportError as error:
        feature = f"{shown_url(url)}: reading {scheme}://"
        raise MissingExtraError(feature, _EXTRAS[scheme]) from error
    return system, path


def remote_state(url: str) -> RemoteState:
    """Ask a server for the state of a file.

    Args:
        url: of the file.

    Returns:
        Its size and version.

    Raises:
        DataError: there is no such file, it may not be read, or the server cannot be reached.
        MissingExtraError: the library for this scheme is not installed.
    """
    system, path = server_of(url)

    def request_info() -> dict[str, Any]:
        system.invalidate_cache()
        info: dict[str, Any] = system.info(path)
        return info

    info = persistently(url, request_info)
    if info.get("type") == "directory":
        msg = f"{shown_url(url)}: is a folder. Let its name end with / to read all of its files."
        raise DataError(msg)
    if info.get("mimetype") == "text/html":
        msg = (
            f"{shown_url(url)}: the server answers with a web page and not with a file, as it does before a login or "
            "for a preview. Find the address of the file itself, or download it and name its path."
        )
        raise DataError(msg)
    versions = [info.get(name) for name in ("ETag", "Last-Modified", "LastModified", "mtime")]
    return RemoteState(info.get("size"), " ".join(str(version) for version in versions if version is not None))


def persistently(url: str, action: Callable[[], T], progressed: Callable[[], bool] = lambda: False) -> T:
    """Do something over the network, again after a while if the connection fails.

    Args:
        url: of the file, for messages.
        action: what to do.
        progressed: whether the last attempt got further than all before; then the attempts are counted from zero again.

    Returns:
        What the action returns.

    Raises:
        UnreachableError: the connection failed each time.
        DataError: there is no such file, or it may not be read.
    """
    failed = 0
    while True:
        try:
            return action()
        except _errors() as error:
            _check_worth_another(url, error)
            failed = 0 if progressed() else failed + 1
            if failed > len(_WAITS):
                answered = _status(error) is not None
                fault = "the server answered with an error" if answered else "the connection failed"
                step = "Try again later" if answered else "Check the network and the name of the server, and try again"
                msg = f"{shown_url(url)}: {fault} {failed} times, at last with {_cause(error).rstrip('.')}. {step}."
                raise UnreachableError(msg) from error
        time.sleep(_WAITS[max(0, failed - 1)])


def _options(scheme: str) -> dict[str, Any]:
    """Return the options of a file system: time limits, and credentials from where the system keeps them."""
    if scheme in {"http", "https"}:
        import aiohttp

        limits = aiohttp.ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
        return {"client_kwargs": {"trust_env": True, "timeout": limits}}
    if scheme == "s3":
        import botocore.session

        return {"anon": botocore.session.get_session().get_credentials() is None}
    return {"timeout": _SECONDS}


def _errors() -> tuple[type[Exception], ...]:
    """Return the exceptions of the libraries that are loaded."""
    loaded = [(sys.modules[module], name) for module, name in _ERRORS if module in sys.modules]
    return (OSError, *(getattr(module, name) for module, name in loaded))


def _check_worth_another(url: str, error: Exception) -> None:
    """Refuse what another attempt would not change."""
    chain = list(_chain(error))
    status = _status(error)
    text = " ".join(f"{type(cause).__name__} {cause}" for cause in chain)
    says_missing = isinstance(error, FileNotFoundError) and (len(chain) == 1 or not url.lower().startswith("http"))
    if status in {404, 410} or _MISSING.search(text) or says_missing:
        msg = f"{shown_url(url)}: there is no such file on the server. Check the URL."
        raise DataError(msg) from error
    if status in {401, 403} or _FORBIDDEN.search(text) or isinstance(error, PermissionError):
        msg = (
            f"{shown_url(url)}: may not be read ({_cause(error)}). Log in as this server asks it (docs/reading.md), or "
            "ask its owner for permission."
        )
        raise DataError(msg) from error
    if "Redirect" in text or (status is not None and 400 <= status < 500 and status not in _AGAIN):
        msg = f"{shown_url(url)}: the server does not give the file ({_cause(error)}). Check the URL."
        raise DataError(msg) from error


def _status(error: Exception) -> int | None:
    """Return the number with which the server answered; None if it did not."""
    statuses = [getattr(cause, "status", None) for cause in _chain(error)]
    return next((code for code in statuses if isinstance(code, int)), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _cause(error: Exception) -> str:
    """Return the first cause of an error in one line, with URLs as messages show them: a redirect may hold a secret."""
    first = list(_chain(error))[-1]
    text = reason_of(first) if isinstance(first, Exception) else type(first).__name__
    return _URL.sub(lambda match: shown_url(match[0]), text)
