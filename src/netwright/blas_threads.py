"""One thread for products of small matrices."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["one_blas_thread"]


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread, where threadpoolctl is installed.

    For a few hundred rows more gain nothing, and where other programs use the cores, each waits for the others: 256
    rows then took 3 s rather than 13 ms.

    Yields:
        Nothing, with the number of threads limited.

    Example:
        >>> import numpy as np
        >>> with one_blas_thread():
        ...     print(np.eye(2) @ np.ones(2))
        [1. 1.]
    """
    pools = _thread_pools("scipy.linalg" in sys.modules)
    if pools is None:
        yield
        return
    with pools.limit(limits=1):
        yield


@cache
def _thread_pools(with_scipy: bool) -> Any:  # noqa: ANN401, FBT001  # threadpoolctl has no types
    """Return what sets the numbers of threads; to find it takes 4 ms, and 20 ms among the libraries of TensorFlow.

    SciPy brings a BLAS of its own, so that it is looked for again once that is imported.
    """
    del with_scipy
    if importlib.util.find_spec("threadpoolctl") is None:
        return None
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
