"""Files by URL as local files: downloaded once into the cache, and again when they change at their source."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from filelock import FileLock

from netwright.atomic_files import flush
from netwright.data.cache._checksum import digest_of
from netwright.data.cache.contents import note_growth
from netwright.data.cache.folder import cache_folder, writable
from netwright.data.cache.usage import DOWNLOADS, note_use, use
from netwright.errors import DataError, UnreachableError, UnusableFilesError
from netwright.file_names import shown_url
from netwright.progress import Progress, silent
from netwright.readers import Files, RemoteState, download, find_files, reader_for, remote_state

__all__ = ["local_files"]


def local_files(files: Files, *, cache: str | Path | None = None, progress: Progress = silent) -> list[Path]:
    """Return the files that names stand for, each once, as local files.

    Args:
        files: paths, patterns, folders, lists or URLs, as for `find_files`.
        cache: the cache folder; None for the default.
        progress: callback for progress updates.

    Returns:
        Paths, in the order of `find_files`; remote files are downloaded if they are not in the cache as they are now.

    Raises:
        UnusableFilesError: names match no file, URLs are refused, or servers do not give files. It names all of them.
        DataError: a server cannot be reached, or the cache cannot be written.
        MissingExtraError: the library for a URL is not installed.
    """
    folder, found = cache_folder(cache), find_files(files)
    states = _states(found)
    return [_downloaded(file, states[file], folder, progress) if isinstance(file, str) else file for file in found]


def _states(files: Sequence[Path | str]) -> dict[str, RemoteState]:
    """Return the states of remote files, or name all that cannot be read, before the first is downloaded."""
    states, reasons = {}, []
    for url in files:
        if isinstance(url, str):
            try:
                reader_for(Path(_name(url)))
                states[url] = remote_state(url)
            except UnreachableError:  # the others are on the same server, as a rule
                raise
            except DataError as error:
                reasons.append(str(error))
    if reasons:
        raise UnusableFilesError(reasons, len(files))
    return states


def _downloaded(url: str, state: RemoteState, folder: Path, progress: Progress) -> Path:
    """Return the local copy of a remote file in its present state."""
    key = hashlib.sha256(json.dumps([url, state.size, state.version]).encode()).hexdigest()[:40]
    target = folder / DOWNLOADS / key / _name(url)
    with writable(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        use(target, folder)
        with FileLock(folder / DOWNLOADS / f"{key}.lock"):
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                partial = target.with_name(f"{target.name}.{os.getpid()}.part")
                try:
                    download(url, state, partial, progress)
                    flush(partial)
                    note_use(target, {"source": shown_url(url), "digest": digest_of(partial)})
                    os.replace(partial, target)  # noqa: PTH105  Path.replace is the same; os.replace says "atomic"
                finally:
                    partial.unlink(missing_ok=True)
                note_growth(folder)
        note_use(target, {"source": shown_url(url)})
    return target


def _name(url: str) -> str:
    """Return the name of a file for its local copy."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return "".join(sign if sign.isprintable() and sign not in '\\/:*?"<>|' else "_" for sign in name)[-200:] or "file"
