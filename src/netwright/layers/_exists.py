"""Which values exist."""

from __future__ import annotations

from typing import Any

from keras import ops

__all__ = ["exists"]


def exists(x: Any) -> Any:
    """Return where values are not NaN.

    Written with comparisons, as the test for NaN that every exported graph keeps.

    Args:
        x: shape (...), in any unit.

    Returns:
        Booleans of shape (...), dimensionless.

    Source: IEEE 754: every comparison with NaN is false.

    Example:
        >>> import numpy as np
        >>> exists(np.array([-1.0, np.nan], dtype=np.float32)).tolist()
        [True, False]
    """
    return ops.logical_or(x >= 0, x < 0)
