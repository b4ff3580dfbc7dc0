"""Row numbers in random order where rows are read from files block by block: few blocks at a time, each once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.training.feed.latest_windows import LatestWindows

__all__ = ["ShuffledBlocks"]

Numbers = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


class ShuffledBlocks:
    """The numbers from 0 to n - 1 in a random order in which each block of consecutive numbers is needed only once.

    The blocks are put in a random order, in which those that follow one another are spread over all data. So classes in
    files or sections of their own have nearly the same share in all windows: the number of blocks of a class in a
    window differs from its share of them by less than one, as a standard deviation. Each window is then permuted.

    The order of blocks depends on the epoch alone, and that of the numbers in a window also on the seed, so that
    networks that are trained together need the same blocks at the same time.

    Args:
        bounds: the first number of each block, and n, shape (blocks + 1,), not decreasing.
        window: numbers that are permuted together.
        key: seed and epoch, which alone decide the order.

    Source: definition; the order is a van der Corput sequence scrambled as by Owen (doi:10.1007/978-1-4612-2552-2_19).

    Example:
        >>> numbers = ShuffledBlocks(np.array([0, 3, 6, 9, 12]), window=6, key=(1, 1)).between(0, 12)
        >>> sorted(numbers.tolist()) == list(range(12)), len(set(numbers[:6].tolist()) & set(range(6)))
        (True, 3)
    """

    def __init__(self, bounds: Integers, window: int, key: tuple[int, int]) -> None:
        sizes = np.diff(bounds)
        nonempty = np.flatnonzero(sizes)
        order = nonempty[_spread(len(nonempty), key[1])]
        self.window, self.key = window, key
        self.starts: Integers = bounds[:-1][order]
        self.ends: Integers = np.concatenate([[0], np.cumsum(sizes[order])])
        self._windows = LatestWindows()

    def between(self, start: int, stop: int) -> Numbers:
        """Return the numbers at some positions of the order.

        Args:
            start: the first position.
            stop: the one after the last.

        Returns:
            The numbers, shape (stop - start,).
        """
        windows = [np.empty(0, np.int32)]
        for number in range(start // self.window, -(-stop // self.window)):
            first = number * self.window
            windows.append(self._windows.get(number, self._make_window)[max(start - first, 0) : stop - first])
        return np.concatenate(windows)

    def _make_window(self, number: int) -> Numbers:
        start, stop = number * self.window, min((number + 1) * self.window, int(self.ends[-1]))
        first, last = np.searchsorted(self.ends, [start, stop], side="right") - 1
        blocks = np.arange(first, min(last + 1, len(self.starts)))
        begins = np.maximum(self.ends[blocks], start)
        counts = np.minimum(self.ends[blocks + 1], stop) - begins
        offsets = self.starts[blocks] + begins - self.ends[blocks]
        numbers = (np.repeat(offsets - np.cumsum(counts) + counts, counts) + np.arange(stop - start)).astype(np.int32)
        np.random.Generator(np.random.Philox(key=self.key, counter=[0, number, 0, 0])).shuffle(numbers)
        return numbers


def _spread(blocks: int, epoch: int) -> Integers:
    """Return blocks in a random order, of which every few that follow one another are spread over all.

    Of each two neighbours a random one goes to the first half of the order and the other to the second; in each half,
    whose blocks still follow one another as in the data, the same is done again, until each has one block.
    """
    random = np.random.Generator(np.random.Philox(key=(0, epoch), counter=[0, 0, 0, 2]))
    part, rank = np.zeros(blocks, np.int64), np.arange(blocks)  # of the order, and the place of a block in that part
    while rank.any():
        pairs = rank.max() // 2 + 1
        drawn = random.integers(0, 2, (part.max() + 1, pairs))[part, rank // 2]
        part, rank = 2 * part + (drawn ^ rank % 2), rank // 2
    return np.argsort(part)
