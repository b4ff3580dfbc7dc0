"""The content of a file as a digest, which copies share, kept as long as the file is the same.

Entries of the cache are found by BLAKE3, three times as fast as SHA-256; two contents of one digest cannot be made for
either. Records of runs have SHA-256, which users compare with what other tools say of their files.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, Literal

from blake3 import blake3

from netwright.atomic_files import atomic_write
from netwright.data.cache._checksum import CHECKSUM_BYTES, append_checksum, is_whole
from netwright.data.cache.folder import cache_folder, writable
from netwright.progress import Progress, silent
from netwright.readers import Request, damaged

__all__ = ["content_of", "digest_of_content", "known_digest", "state_of"]

Kind = Literal["blake3", "sha256"]

_SETTLED_NS = 2_000_000_000  # a file modified this recently may change again without a new time stamp
_HASH_BYTES = 2**20


def content_of(path: Path, *, progress: Progress = silent) -> str:
    """Return the SHA-256 of a file, cached until the file changes.

    Args:
        path: the file.
        progress: callback for progress updates.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: the file cannot be read, or the cache cannot be written.
    """
    folder = cache_folder()
    with writable(folder):
        return digest_of_content(Request(path, None, progress), folder, "sha256")


def digest_of_content(request: Request, folder: Path, kind: Kind = "blake3") -> str:
    """Return the digest of a file's content, cached as long as the file's state is the same.

    Args:
        request: the file, and the callback for progress updates.
        folder: the folder of the cache.
        kind: of the digest.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: the file cannot be read.
    """
    digest_before = known_digest(request, folder, kind)
    if digest_before is not None:
        return digest_before
    state = state_of(request.path)
    with damaged(request.path, "data", (OSError,)):
        digest = _hash(request, kind)
    if time.time_ns() - max(state[1], state[2]) > _SETTLED_NS:
        memo = _memo(request, folder, kind)
        memo.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(memo, flushed=False) as partial:  # its checksum shows whether it is whole
            partial.write_text(json.dumps({"path": str(request.path.resolve()), "state": state, "content": digest}))
            append_checksum(partial)
    return digest


def known_digest(request: Request, folder: Path, kind: Kind = "blake3") -> str | None:
    """Return the digest of a file's content if it is cached and the file is the same.

    Args:
        request: the file.
        folder: the folder of the cache.
        kind: of the digest.

    Returns:
        64 hexadecimal digits, or None.
    """
    remembered = _remembered(_memo(request, folder, kind))
    return str(remembered["content"]) if remembered.get("state") == state_of(request.path) else None


def state_of(path: Path) -> list[int]:
    """Return what changes when a file changes: its size, modification and change times, and inode.

    Args:
        path: the file.

    Returns:
        Four numbers.

    Raises:
        OSError: there is no such file.
    """
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _memo(request: Request, folder: Path, kind: Kind) -> Path:
    name = hashlib.sha256(os.fsencode(request.path.resolve())).hexdigest()[:40]
    return folder / "content" / f"{name}.{kind}.json"


def _remembered(memo: Path) -> dict[str, Any]:
    """Return the content of a memo; empty if there is none or it is damaged."""
    try:
        memo_content: dict[str, Any] = json.loads(memo.read_bytes()[:-CHECKSUM_BYTES]) if is_whole(memo) else {}
    except OSError:
        return {}
    return memo_content


def _hash(request: Request, kind: Kind) -> str:
    task, total = f"Checking {request.path.name}", request.path.stat().st_size
    digest, position = blake3() if kind == "blake3" else hashlib.sha256(), 0
    view = memoryview(bytearray(_HASH_BYTES))
    with request.path.open("rb", buffering=0) as file:
        while count := file.readinto(view):
            digest.update(view[:count])
            position += count
            request.progress(task, position / 1e6, total / 1e6, "MB")
    return digest.hexdigest()
