"""Which rows a network was fitted to, after every kind of division."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.data import Rows, divide
from netwright.errors import DataError, RunError
from netwright.evaluation import Membership, membership_of
from netwright.evaluation.needed import with_derived
from netwright.lab import read_membership, write_membership


def rows_of(identity):
    n = len(identity)
    return Rows({}, {}, np.ones(n), identity, np.arange(n, dtype=np.int32))


@pytest.mark.parametrize(
    "split",
    [
        {"kind": "shares"},
        {"kind": "folds", "folds": 3},
        {"kind": "cross", "folds": 3},
        {"kind": "reversed"},
    ],
)
def test_a_row_is_what_it_is_to_the_members_that_judge_it(experiment_of, split):
    experiment = experiment_of(split=split)
    identity = np.random.default_rng(1).integers(0, 2**63, 500).astype(np.uint64)
    division = divide(identity, experiment.split)
    membership = membership_of(experiment, rows_of(identity), division)
    names = np.array(membership.names())[membership.parts_of(identity)]
    for name, roles in zip(names, np.array(division.roles)[division.group], strict=True):
        if split["kind"] in {"cross", "reversed"}:
            assert name == "test"
        else:
            assert name == ("train" if "train" in roles else roles[0])
    assert set(np.array(membership.names())[membership.parts_of(identity + np.uint64(1))]) == {"unseen"}
    assert sum(membership.counts(membership.parts_of(identity)).values()) == 500


def test_rows_of_one_identity_in_several_parts_count_as_fitted(experiment_of):
    experiment = experiment_of(split={"kind": "files", "train": ["a"], "valid": ["b"], "test": ["c"]})
    identity = np.array([5, 7, 5, 9, 7], np.uint64)
    division = divide(identity, experiment.split, np.array([2, 2, 0, 2, 1]))
    membership = membership_of(experiment, rows_of(identity), division)
    assert membership.identity.tolist() == [5, 7, 9]
    assert membership.part.tolist() == [0, 1, 2]


def test_no_rows_are_known_to_nobody():
    nothing = Membership(np.zeros(0, np.uint64), np.zeros(0, np.uint8))
    assert nothing.parts_of(np.arange(2, dtype=np.uint64)).tolist() == [3, 3]


def test_what_was_written_is_read_and_disorder_is_said(tmp_path):
    path = tmp_path / "identity.npy"
    assert read_membership(path) is None
    write_membership(path, Membership(np.array([1, 8], np.uint64), np.array([0, 2], np.uint8)))
    membership = read_membership(path)
    assert membership is not None
    assert (membership.identity.tolist(), membership.part.tolist()) == ([1, 8], [0, 2])
    for identity, part in (([8, 1], [0, 0]), ([1, 8], [0, 3])):
        write_membership(path, Membership(np.array(identity, np.uint64), np.array(part, np.uint8)))
        with pytest.raises(RunError, match=r"identity\.npy cannot be read \(its identities are out of order"):
            read_membership(path)
    np.save(path, np.zeros(3, np.uint64))
    with pytest.raises(RunError, match="it holds no identities with their parts"):
        read_membership(path)


def test_only_what_is_needed_is_derived(dataset_of):
    data = dataset_of({"a": [1.0, 2.0], "dot.ted": [3.0, 4.0]})
    derived = {"b": "a + 1", "c": "missing + 1", "d": 'b * 2 + "dot.ted"', "bb": "missing"}
    assert with_derived(data, derived, ["d"]).column("d").tolist() == [7.0, 10.0]
    assert with_derived(data, derived, ["a"]) is data
    assert with_derived(data, derived, expressions=["sqrt(b) > 1"]).names == ["a", "dot.ted", "b"]
    with pytest.raises(
        DataError, match=r'derived column "b": the rows have .* itself, as a \+ 1\. Leave the column out'
    ):
        with_derived(dataset_of({"a": [1.0], "b": [2.0]}), derived, ["b"])
