"""A limit of the address space is told before XLA would abort."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.errors import NetwrightError

resource = pytest.importorskip("resource", reason="Windows has no limits of address space")


def test_a_small_address_space_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (2 * 2**30, resource.RLIM_INFINITY))
    with pytest.raises(NetwrightError, match=r"ulimit -v leaves 2\.0 GiB of address space, .* needs 3\.2 GiB"):
        CliRunner().invoke(app, ["train", "x.yaml"], catch_exceptions=False)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with pytest.raises(NetwrightError, match="cannot be read"):
        CliRunner().invoke(app, ["train", "x.yaml"], catch_exceptions=False)
