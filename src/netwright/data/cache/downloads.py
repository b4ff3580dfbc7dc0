"""Files by URL as local files: downloaded once into the cache, and again when they change at their source."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from filelock import FileLock

from netwright.atomic_files import flush
from netwright.data.cache._checksum import digest_of
from netwright.data.cache.contents import note_growth
from netwright.data.cache.folder import cache_folder, writable
from netwright.data.cache.usage import DOWNLOADS, note_use, use
from netwright.file_names import shown_url
from netwright.progress import Progress, silent
from netwright.readers import Files, download, find_files, reader_for, remote_state

__all__ = ["local_files"]


def local_files(files: Files, *, cache: Path | None = None, progress: Progress = silent) -> list[Path]:
    """Return the files that names stand for, each once, as local files.

    Args:
        files: paths, patterns, folders, lists or URLs, as for `find_files`.
        cache: the cache folder; None for the default.
        progress: callback for progress updates.

    Returns:
        Paths, in the order of `find_files`; remote files are downloaded if they are not in the cache as they are now.

    Raises:
        DataError: a name matches no file, a URL is refused, a server cannot be reached, or the cache cannot be written.
        MissingExtraError: the library for a URL is not installed.
    """
    folder = cache_folder(cache)
    return [_downloaded(file, folder, progress) if isinstance(file, str) else file for file in find_files(files)]


def _downloaded(url: str, folder: Path, progress: Progress) -> Path:
    """Return the local copy of a remote file in its present state."""
    reader_for(Path(_name(url)))  # before a large file of an unknown format is downloaded
    state = remote_state(url)
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
