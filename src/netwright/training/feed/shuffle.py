"""Row numbers in random order, epoch after epoch, found a window at a time: an order of all would be large."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.training.feed.latest_windows import LatestWindows

__all__ = ["Shuffled"]

Numbers = npt.NDArray[np.int32]

_BLOCKS = 512  # of consecutive numbers, which a window is made of


class Shuffled:
    """The numbers from 0 to n - 1 in a random order, then in another one, and so on; each can be found alone.

    Up to a window, an order is a permutation in which every order is as likely. Beyond, blocks of consecutive numbers
    are shuffled, 512 of them make a window, which a disk reads at once, and each window is permuted. Where classes lie
    in files of their own, their share then differs from window to window by 1 / sqrt(512) of a deviation of a row, 2%
    for two equal classes.

    Args:
        count: n.
        window: numbers that are permuted together.
        key: two numbers that alone decide the order, with the stream.
        stream: of several orders of one key.
        needed: how many numbers will be asked for; n if not given.

    Source: definition; the generator is Philox (doi:10.1145/2063384.2063405), which finds any of its numbers at once.

    Example:
        >>> numbers = Shuffled(5, window=10, key=(1, 1))
        >>> sorted(numbers.between(0, 5).tolist()), numbers.between(3, 5).tolist() == numbers.between(0, 5)[3:].tolist()
        ([0, 1, 2, 3, 4], True)
    """

    def __init__(
        self, count: int, window: int, key: tuple[int, int], *, stream: int = 0, needed: int | None = None
    ) -> None:
        self.count, self.key, self.stream = count, key, stream
        cycles = -(-(needed or count) // count)
        self.size = min(window // count, cycles) * count or window  # small sets are gone through more than once
        self.windows = -(-count // self.size)  # of one time through
        self._windows = LatestWindows()
        self._begun: tuple[int, Numbers] = -1, np.empty(0, np.int32)  # number of a time through, and its blocks

    def between(self, start: int, stop: int) -> Numbers:
        """Return the numbers at some positions of the order.

        Args:
            start: the first position.
            stop: the one after the last.

        Returns:
            The numbers, shape (stop - start,).
        """
        windows = []
        while start < stop:
            number, first = self._window_at(start)
            windows.append(self._windows.get(number, self._make_window)[start - first : stop - first])
            start += len(windows[-1])
        return windows[0] if len(windows) == 1 else np.concatenate([np.empty(0, np.int32), *windows])

    def _window_at(self, position: int) -> tuple[int, int]:
        """Return the number of the window of a position, and its first position."""
        cycle_size = max(self.count, self.size)
        cycle, offset = divmod(position, cycle_size)
        window = offset // self.size
        return cycle * self.windows + window, cycle * cycle_size + window * self.size

    def _make_window(self, number: int) -> Numbers:
        random = self._random(number, 0)
        if self.size >= self.count:
            numbers = np.tile(np.arange(self.count, dtype=np.int32), (self.size // self.count, 1))
            return random.permuted(numbers, axis=1, out=numbers).ravel()
        cycle, window = divmod(number, self.windows)
        numbers = self._block_numbers(cycle, window * self.size, min((window + 1) * self.size, self.count))
        random.shuffle(numbers)
        return numbers

    def _block_numbers(self, cycle: int, start: int, stop: int) -> Numbers:
        """Return the numbers at some positions of the shuffled blocks, one of which is shorter than the others."""
        starts = self._starts(cycle)
        length, short = self._block_length(), int(starts.argmax())
        missing = -self.count % length
        end = (short + 1) * length - missing  # of the short block
        first, last = ((position + missing * (position >= end)) // length for position in (start, stop - 1))
        numbers: Numbers = np.add.outer(starts[first : last + 1], np.arange(length, dtype=np.int32)).ravel()
        if first <= short <= last:
            numbers = numbers[numbers < self.count]
        begin = first * length - missing * (first > short)
        return numbers[start - begin : stop - begin]

    def _starts(self, cycle: int) -> Numbers:
        """Return the first numbers of all blocks, shuffled."""
        cached_cycle, starts = self._begun
        if cached_cycle != cycle:
            starts = self._random(cycle, 1).permutation(np.arange(0, self.count, self._block_length(), dtype=np.int32))
            self._begun = cycle, starts
        return starts

    def _block_length(self) -> int:
        return -(-self.size // _BLOCKS)

    def _random(self, number: int, purpose: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self.key, counter=[0, number, self.stream, purpose]))
