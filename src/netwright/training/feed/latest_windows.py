"""The latest windows of an order: made when they are first asked for, and forgotten when others follow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["LatestWindows"]

Numbers = npt.NDArray[np.int32]

_KEPT = 3  # that of these steps, and the two that a disk may be reading meanwhile


class LatestWindows:
    """Row numbers of windows, of which the latest three are kept; several threads may ask.

    Example:
        >>> windows = LatestWindows()
        >>> windows.get(4, lambda number: np.array([number], np.int32)).tolist()
        [4]
    """

    def __init__(self) -> None:
        self._made: dict[int, Numbers] = {}

    def get(self, number: int, make: Callable[[int], Numbers]) -> Numbers:
        """Return the row numbers of a window.

        Args:
            number: of the window.
            make: makes its row numbers; not kept, since an order that is kept by itself stays in memory.

        Returns:
            Row numbers, shape (n,).
        """
        numbers = self._made.get(number)
        if numbers is None:
            numbers = make(number)
            latest = list(self._made.items())[1 - _KEPT :]
            self._made = {**dict(latest), number: numbers}  # another one, because another thread may ask as well
        return numbers
