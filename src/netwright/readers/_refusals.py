"""Why a file cannot be read, as errors and messages that all readers share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netwright.errors import DataError
from netwright.readers._contract import Request

__all__ = ["damaged", "only_in_order", "reason_of", "refuse_key", "too_much_memory"]


@contextmanager
def damaged(path: Path, kind: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn the errors of a library that cannot read a file into a DataError that names the file.

    Args:
        path: the file.
        kind: name of the format.
        errors: the exceptions of the library.

    Yields:
        Nothing.

    Raises:
        DataError: one of `errors` was raised inside, or a MemoryError.
    """
    try:
        yield
    except FileNotFoundError as error:
        msg = f"{path}: there is no such file. Check the path."
        raise DataError(msg) from error
    except PermissionError as error:
        msg = f"{path}: cannot be read (permission denied). Ask its owner for permission, or copy it."
        raise DataError(msg) from error
    except MemoryError as error:
        raise DataError(too_much_memory(path, error)) from error
    except errors as error:
        if path.is_file() and not path.stat().st_size:
            msg = f"{path}: is empty (0 bytes). Leave the file out, or write it again."
            raise DataError(msg) from error
        reason = reason_of(error)
        if isinstance(error, NotImplementedError):
            msg = (
                f"{path}: cannot be read as {kind}: the library for {kind} does not support its contents ({reason}). "
                "Write it in another way."
            )
            raise DataError(msg) from error
        msg = (
            f"{path}: cannot be read as {kind}: the file is truncated, damaged or of another format "
            f"({reason}). Copy it or write it again."
        )
        raise DataError(msg) from error


def reason_of(error: Exception) -> str:
    r"""Return an exception as one line of text.

    Args:
        error: the exception.

    Returns:
        Its class and the beginning of its message.

    Example:
        >>> reason_of(ValueError("some\n reason"))
        'ValueError: some reason'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def only_in_order(path: Path, reason: str) -> str:
    """Return the message for a file whose rows cannot be read without those before them.

    Args:
        path: the file.
        reason: why, as sentences.

    Returns:
        The message.

    Example:
        >>> only_in_order(Path("jets.csv"), "It is a text table.")[:66]
        'jets.csv: data.cache: false reads blocks of files in any order, an'
    """
    return (
        f"{path}: data.cache: false reads blocks of files in any order, and this file does not allow it. {reason} Or "
        "leave data.cache out: the file is then converted once."
    )


def refuse_key(request: Request, kind: str) -> None:
    """Refuse a key for a file that is one table.

    Args:
        request: may have a key.
        kind: name of the format, with its article.

    Raises:
        DataError: the request has a key.
    """
    if request.key is not None:
        msg = (
            f"{request.path}: {kind} is one table and takes no key. Received: --key {request.key} (in Python key=, in "
            "an experiment data.key). Leave it out."
        )
        raise DataError(msg)


def too_much_memory(path: Path, error: MemoryError) -> str:
    """Return the message for a file that takes more memory than is available.

    Args:
        path: the file.
        error: the exception.

    Returns:
        The message.

    Example:
        >>> too_much_memory(Path("jets.root"), MemoryError("unable to allocate 8 GiB"))[:60]
        'jets.root: reading it takes more memory than there is (unabl'
    """
    reason = " ".join(str(error).split())[:200] or "out of memory"
    return (
        f"{path}: reading it takes more memory than there is ({reason}). If the file is not large, it is damaged: copy "
        f"it or write it again. Otherwise free some memory, or request more."
    )
