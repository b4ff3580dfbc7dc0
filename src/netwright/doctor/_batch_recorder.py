"""Batches on their way into the training: recorded where rows come from a generator, a `tf.data` or a `PyDataset`.

Such sources may not be read twice: that would move their shuffling and random numbers on. So the model's
``train_function`` is wrapped until there are rows enough; it gets the same batches in the same order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from netwright.doctor.quantities.rows import join_batches

__all__ = ["BatchRecorder"]

_ROWS = 512  # enough for the baseline of `quantities.baseline`


class BatchRecorder:
    """Collects the first batches that a model is trained on.

    Args:
        model: a Keras model whose ``fit`` begins.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401  # Keras has no types
        self._model = model
        self._batches: list[Any] = []
        self._rows = 0
        self._original: Callable[..., Any] | None = getattr(model, "train_function", None)
        if self._original is not None:
            model.train_function = self._recording

    def close(self) -> None:
        """Give the model its own function back."""
        if self._original is not None and getattr(self._model, "train_function", None) == self._recording:
            self._model.train_function = self._original

    def rows(self) -> tuple[Any, Any, Any]:
        """Return inputs, targets and weights of the rows seen so far; None where there were none."""
        batches = self._batches[:1] if self.repeats else self._batches
        return join_batches(batches) if batches else (None, None, None)

    @property
    def batch_size(self) -> int:
        """Number of rows of the first batch; 0 where there was none."""
        return _length(self._batches[0]) if self._batches else 0

    @property
    def repeats(self) -> bool:
        """Whether each batch has the same rows as the first: then these are all that there are."""
        return len(self._batches) > 1 and all(_are_equal(self._batches[0], batch) for batch in self._batches[1:])

    def _recording(self, *arguments: Any) -> Any:  # noqa: ANN401
        *state, source = arguments
        original = self._original
        if original is None or self._rows >= _ROWS:
            self.close()
            return original(*arguments) if original is not None else None
        return original(*state, self._through(source))

    def _through(self, source: Any) -> Any:  # noqa: ANN401
        """Record the next batch of a source and return a source that still gives it."""
        if isinstance(source, list):
            for batch in source:
                self._record(batch)
            return source
        if hasattr(source, "element_spec"):
            return self._through_tensorflow(source)
        batch = next(source)
        self._record(batch)
        return itertools.chain([batch], source)

    def _through_tensorflow(self, source: Any) -> Any:  # noqa: ANN401
        import tensorflow as tf

        if self._model.steps_per_execution != 1 or type(source).__name__ != "OwnedIterator":
            self._rows = _ROWS  # several steps at once or several devices: left alone
            return source
        batch = next(source)
        self._record(batch)
        restored = tf.data.Dataset.from_generator(lambda: [batch], output_signature=source.element_spec)
        return iter(restored)

    def _record(self, batch: Any) -> None:  # noqa: ANN401
        import keras

        numbers = keras.tree.map_structure(
            lambda leaf: None if leaf is None else keras.ops.convert_to_numpy(leaf), batch, none_is_leaf=True
        )
        self._batches.append(numbers)
        self._rows += _length(numbers)


def _length(batch: Any) -> int:  # noqa: ANN401
    """Return the number of rows of a batch."""
    import keras

    leaf = next((leaf for leaf in keras.tree.flatten(batch) if leaf is not None), None)
    return len(leaf) if leaf is not None and leaf.ndim else 0


def _are_equal(one: Any, other: Any) -> bool:  # noqa: ANN401
    import keras

    return all(map(np.array_equal, keras.tree.flatten(one), keras.tree.flatten(other)))
