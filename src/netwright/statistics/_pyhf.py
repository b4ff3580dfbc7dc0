"""pyhf with its NumPy backend, which is put back afterwards to what it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from netwright.errors import MissingExtraError

__all__ = ["numpy_pyhf"]

_ONE_AT_A_TIME = RLock()  # members that are trained side by side may each ask for a limit


@contextmanager
def numpy_pyhf() -> Iterator[Any]:
    """Lend pyhf with NumPy in double precision and SciPy's minimiser.

    The backend of pyhf is one for the whole program; a caller's own choice stands again afterwards.

    Yields:
        The package.

    Raises:
        MissingExtraError: pyhf is not installed.
    """
    try:
        import pyhf
    except ImportError as error:
        feature = "A likelihood"
        raise MissingExtraError(feature, "statistics") from error
    with _ONE_AT_A_TIME:
        before = pyhf.get_backend()
        pyhf.set_backend("numpy", "scipy", precision="64b")
        try:
            yield pyhf
        finally:
            pyhf.set_backend(*before)
