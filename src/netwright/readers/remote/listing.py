"""The files of a folder or pattern on a server."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from netwright.errors import DataError
from netwright.file_names import check_url, shown_url
from netwright.readers.registry import plain_ending
from netwright.readers.remote.server import persistently, server_of

__all__ = ["find_urls"]


def find_urls(url: str, endings: Sequence[str]) -> list[str]:
    """Return the files that a URL stands for.

    Args:
        url: of one file; a pattern with ``*``; or a folder, ending with ``/``.
        endings: of the files that are taken of a folder.

    Returns:
        The URLs of the files, sorted; that of one file as it is, without asking the server.

    Raises:
        DataError: the URL is refused, nothing matches, or the server cannot be reached or lists no files.
        MissingExtraError: the library for this scheme is not installed.
    """
    check_url(url)
    is_folder = urlsplit(url).path.endswith("/")
    if not is_folder and "*" not in url:
        return [url]
    system, path = server_of(url)

    def list_files() -> list[str]:
        system.invalidate_cache()
        try:
            entries = system.ls(path, detail=True) if is_folder else list(system.glob(path, detail=True).values())
        except FileNotFoundError as error:
            if error.__cause__ is not None:  # the reason why a web server gave no page
                raise
            return []
        return [system.unstrip_protocol(entry["name"]) for entry in entries if entry["type"] == "file"]

    urls = persistently(url, list_files)
    if is_folder:
        urls = [address for address in urls if plain_ending(urlsplit(address).path).endswith(tuple(endings))]
    if not urls:
        fault = f"has no file that ends with {', '.join(endings)}" if is_folder else "no file matches"
        msg = f"{shown_url(url)}: {fault}, or the server does not list its files. Name the files."
        raise DataError(msg)
    for address in urls:
        check_url(address)
        if urlsplit(address)[:2] != urlsplit(url)[:2]:
            msg = f"{shown_url(url)}: its list of files leads to another server ({shown_url(address)}). Name the files."
            raise DataError(msg)
    return sorted(set(urls))
