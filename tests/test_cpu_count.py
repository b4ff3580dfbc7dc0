"""How many cores there are: those that this process was given, on every system."""

from __future__ import annotations

import os

import pytest

from netwright.cpu_count import cpu_count


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system gives a process all cores")
def test_only_the_cores_of_this_process_count():
    given = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(given)})
        assert cpu_count() == 1
    finally:
        os.sched_setaffinity(0, given)
    assert cpu_count() == len(given)


@pytest.mark.parametrize(("known", "expected"), [(8, 8), (None, 1)])
def test_where_the_system_does_not_say_all_count(monkeypatch, known, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: known)
    assert cpu_count() == expected
