from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from netwright.config import TrainingSection
from netwright.data import Ragged
from netwright.errors import DataError
from netwright.training.feed import loader as loader_module
from netwright.training.feed import streamed_loader
from netwright.training.feed.arrays import RowArrays, head_weights
from netwright.training.feed.loader import make_loader
from netwright.training.feed.order import plain_order, stacked
from netwright.training.feed.resident_loader import ResidentLoader
from netwright.training.feed.streamed_loader import StreamedLoader


def test_weights_make_the_mean_a_weighted_mean(toy) -> None:
    case = toy()
    arrays, train = case.arrays, case.split.train
    loss = np.random.default_rng(1).uniform(size=len(case.rows))
    for head in case.rows.heads:
        counts = case.rows.heads[head].counts[train]
        expected = np.average(loss[train][counts], weights=case.rows.weights[train][counts])
        result = np.mean(np.asarray(arrays.weights[head][0], np.float64)[train] * loss[train])
        assert result == pytest.approx(expected, rel=1e-6)  # the weights are float32


def test_weights_that_add_up_to_nothing_are_refused(toy) -> None:
    case = toy()
    rows = replace(case.rows, weights=-np.ones(len(case.rows)))
    with pytest.raises(DataError, match=r"targets.is_signal: the weights of the training rows that count add up to -"):
        head_weights(rows, case.split.train, case.experiment.targets)
    weights = np.zeros(len(case.rows))
    weights[case.split.train[:3]] = 0.1, 0.2, -0.3  # but for rounding
    with pytest.raises(DataError, match=r"targets.is_signal: the weights of the training rows .* add up to 5\.55"):
        head_weights(replace(case.rows, weights=weights), case.split.train, case.experiment.targets)


def test_balance_reaches_validation_rows_too(toy) -> None:
    case = toy()
    target = case.experiment.targets["is_signal"].model_copy(update={"balance": "weights"})
    weights = head_weights(case.rows, case.split.train, {**case.experiment.targets, "is_signal": target})
    labels, plain = case.rows.heads["is_signal"].values, case.rows.weights
    ratio = np.asarray(weights["is_signal"], np.float64) / plain
    train = case.split.train
    sums = [plain[train][labels[train] == c].sum() for c in (0, 1)]
    of_class = [np.unique(ratio[labels == c].round(5)) for c in (0, 1)]
    assert [len(result) for result in of_class] == [1, 1]  # one factor a class, in train, valid and test
    assert of_class[0][0] / of_class[1][0] == pytest.approx(sums[1] / sums[0], rel=1e-4)
    np.testing.assert_array_equal(weights["size"], case.arrays.weights["size"][0, : len(case.rows)])


def test_ragged_rows_are_padded_batch_by_batch() -> None:
    random = np.random.default_rng(3)
    ends = np.append(0, np.cumsum(random.integers(0, 5, 40)))
    ragged = Ragged(random.normal(size=(int(ends[-1]), 2)).astype(np.float32), ends, at_most=4)
    arrays = RowArrays({"p": ragged}, {"y": np.arange(40.0)}, {"y": np.ones((1, 40), np.float32)})
    order = stacked([plain_order(random.permutation(40), 8)])
    for loader in (StreamedLoader(arrays), ResidentLoader(arrays)):
        for chunk in loader.chunks(order, [0]):
            rows = np.asarray(chunk.indices.rows)[0, : chunk.count].reshape(-1)
            number = np.asarray(chunk.arrays.values["y"])[rows].astype(int)
            np.testing.assert_array_equal(np.asarray(chunk.arrays.inputs["p"])[rows], ragged.padded()[number])


def test_large_paddings_are_streamed(monkeypatch) -> None:
    ragged = Ragged(np.zeros((1, 2), np.float32), np.array([0, 1]), at_most=4)
    arrays = RowArrays({"p": ragged}, {}, {})
    section = TrainingSection()
    assert isinstance(make_loader(arrays, section), ResidentLoader)
    monkeypatch.setattr(loader_module, "_PADDING_BYTES", 31)
    assert isinstance(make_loader(arrays, section), StreamedLoader)


def test_rows_of_a_chunk_stay_while_the_next_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its steps may still run then; the memory is used again with the chunk after that."""
    monkeypatch.setattr(streamed_loader, "STEPS_AT_ONCE", 2)
    values = np.arange(640.0, dtype=np.float32)
    arrays = RowArrays({"x": values[:, None]}, {"y": values}, {"y": np.ones((1, 640), np.float32)})
    chunks = StreamedLoader(arrays).chunks(stacked([plain_order(np.arange(640), 32, window=20)]), [0])
    before = next(chunks)
    for chunk in chunks:
        time.sleep(0.002)  # the thread that gathers may write meanwhile
        result = np.asarray(before.arrays.inputs["x"])[:, 0]
        np.testing.assert_array_equal(result, np.arange(64.0) + 32 * before.start)
        before = chunk
