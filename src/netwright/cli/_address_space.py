"""A check of the address space limit (`ulimit -v`), below which XLA would abort the process without a message."""

from __future__ import annotations

from netwright.errors import NetwrightError

__all__ = ["check_address_space"]

_NEEDED = 3.2 * 2**30  # bytes; on 2 cores XLA aborts at 2.5e9 and works at 3.6e9


def check_address_space() -> None:
    """Refuse to start if the address space is too small for XLA.

    Raises:
        NetwrightError: it is too small; the message says how to raise the limit.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _NEEDED:
        msg = (
            f"ulimit -v leaves {limit / 2**30:.1f} GiB of address space, but the compiler for networks needs "
            f"{_NEEDED / 2**30:.1f} GiB to start, although it uses little of it. Raise it: ulimit -v unlimited"
        )
        raise NetwrightError(msg)
