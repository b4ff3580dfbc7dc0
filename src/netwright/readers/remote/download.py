"""Download a file: streamed into a local file, resumed where a connection was lost, and checked at its end."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from netwright.errors import DataError
from netwright.file_names import shown_url
from netwright.progress import Progress, silent
from netwright.readers.remote.server import RemoteState, persistently, remote_state, server_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["download"]

_BLOCK_BYTES = 2**23


def download(url: str, state: RemoteState, part: Path, progress: Progress = silent) -> None:
    """Write a file of a server to a local file.

    Args:
        url: of the file.
        state: its state, from `remote_state`.
        part: the local file, which is overwritten; after an error it is incomplete.
        progress: callback for progress updates.

    Raises:
        DataError: the connection failed repeatedly, the file changed meanwhile, or a checksum or the size differs.
        OSError: the local file cannot be written.
    """
    system, path = server_of(url)
    task, total = f"Downloading {PurePosixPath(urlsplit(url).path).name}", (state.size or 0) / 1e6
    furthest = [0, 0]  # bytes before the last attempt that failed, and at most
    with part.open("wb") as sink:

        def attempt() -> None:
            for block in _blocks(url, system, path, state, sink):
                _write(sink, block)
                furthest[1] = max(furthest[1], sink.tell())
                progress(task, sink.tell() / 1e6, max(total, sink.tell() / 1e6), "MB")
            _check_end(sink.tell(), state)

        def progressed() -> bool:
            furthest[0], before = furthest[1], furthest[0]
            return furthest[1] > before

        try:
            persistently(url, attempt, progressed)
        except _DiskError as error:
            raise error.reason from None
        size = sink.tell()
    if remote_state(url) != state or (state.size is not None and size != state.size):
        msg = f"{shown_url(url)}: changed while it was downloaded. Wait until it is complete and read it again."
        raise DataError(msg)
    _check_sum(url, system, path, part)


class _DiskError(Exception):
    """The local disk failed: not an error of the connection, which another attempt could repair."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _write(sink: BinaryIO, block: bytes) -> None:
    try:
        sink.write(block)
    except OSError as error:
        raise _DiskError(error) from error


def _blocks(url: str, system: AbstractFileSystem, path: str, state: RemoteState, sink: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file that are not in the sink yet; all, if the server cannot go on in the middle."""
    done = sink.tell()
    if urlsplit(url).scheme.lower() in {"http", "https"}:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
        file = system.open(path, "rb", block_size=0, size=state.size or -1, headers=headers)
        if done and file.r.status != 206:  # all of it again
            sink.seek(0)
            sink.truncate()
    else:
        file = system.open(path, "rb", block_size=_BLOCK_BYTES)
        file.seek(done)
    with closing(file):
        while block := file.read(_BLOCK_BYTES):
            yield block


def _check_end(done: int, state: RemoteState) -> None:
    if state.size is not None and done < state.size:
        msg = f"the stream ended after {done} of {state.size} bytes"
        raise ConnectionError(msg)


def _check_sum(url: str, system: AbstractFileSystem, path: str, part: Path) -> None:
    """Compare the checksum that an XRootD server gives; HTTP and S3 compare the version before and after."""
    if not hasattr(system, "checksum") or urlsplit(url).scheme.lower() != "root":
        return
    try:
        kind, expected = system.checksum(path)
    except OSError:
        return  # this server keeps none
    if kind != "adler32":
        return
    checksum = 1
    with part.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            checksum = zlib.adler32(block, checksum)
    if checksum != int(expected, 16):
        msg = (
            f"{shown_url(url)}: the download has another checksum ({kind} {checksum:08x}) than the server says "
            f"({expected}). Read it again; if that persists, the file is damaged on the server."
        )
        raise DataError(msg)
