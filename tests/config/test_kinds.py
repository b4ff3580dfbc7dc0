"""Sections of other packages: found by their kind, read like ours, and refused with the name of their package."""

from __future__ import annotations

from typing import Literal

import pytest
import yaml
from tests.plugin_packages import install_package

from netwright.config import BODY_SECTIONS, ModelSection, dump_experiment, key_paths, parse_experiment
from netwright.errors import ExperimentError, PluginError

SECTION = '''
from typing import Literal

from pydantic import Field

from netwright.config import BodySection


class GraphBody(BodySection):
    """Edge convolutions."""

    kind: Literal["graph"]
    neighbours: int = Field(8, ge=1, description="Of each particle.")


class NamelessBody(BodySection):
    """Has no kind."""


class Strange:
    pass
'''


@pytest.fixture
def install(package_folder):
    """Return the maker of a package whose class is the section of the kind graph."""

    def install(name="GraphBody", kind="graph"):
        points = {"netwright.body_sections": {kind: f"graph_bodies:{name}"}}
        install_package(package_folder, "graph-bodies", points, {"graph_bodies": SECTION})
        key_paths.cache_clear()

    yield install
    key_paths.cache_clear()


def content(**body):
    return {
        "data": {"files": ["jets.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "column": "label"}, "z": {"kind": "binary", "column": "l", "body": "more"}},
        "model": {"body": body, "more_bodies": {"more": {"kind": "graph"}}},
    }


def test_a_section_of_a_package_is_read_and_written_like_ours(install):
    install()
    experiment = parse_experiment(content(kind="graph", neighbours=3))
    assert type(experiment.model.body) is BODY_SECTIONS.sections()["graph"]
    dumped = yaml.safe_load(dump_experiment(experiment))
    assert dumped["model"]["body"] == {"kind": "graph", "neighbours": 3}
    assert dumped["model"]["more_bodies"]["more"]["neighbours"] == 8
    assert parse_experiment(dumped) == experiment.model_copy(update={"data": experiment.data})
    assert "model.body.neighbours" in key_paths()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "graph", "neighbours": 0}, r"model\.body\.neighbours: .* greater than or equal to 1, received 0"),
        ({"kind": "graph", "neighbour": 3}, r'model\.body\.neighbour: unknown key\. Did you mean "neighbours"\?'),
        ({"kind": "grpah"}, r'model\.body\.kind: unknown kind "grpah"\. Did you mean "graph"\?'),
        ({"neighbours": 3}, r"model\.body\.kind: required, but missing\. Choose from: .* graph"),
    ],
)
def test_mistakes_in_it_are_said_like_those_in_ours(install, body, message):
    install()
    with pytest.raises(ExperimentError, match=message):
        parse_experiment(content(**body))


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("GraphBody", "dense", "netwright already has one of this name"),
        (
            "GraphBody",
            "graphs",
            r'GraphBody must have the field kind: Literal\["graphs"\], as its entry point is called',
        ),
        ("NamelessBody", "graph", r'NamelessBody must have the field kind: Literal\["graph"\]'),
        ("Strange", "graph", r"Strange must derive from netwright\.config\.BodySection"),
        ("Missing", "graph", "cannot be imported"),
    ],
)
def test_what_is_no_section_names_its_package(install, name, kind, message):
    install(name, kind)
    with pytest.raises(PluginError, match=rf"The package graph-bodies 1\.0 adds .*{message}"):
        parse_experiment(content(kind="graph"))


def test_a_section_of_no_package_is_refused():
    """In Python, where sections may be given as objects, a kind is not looked up again."""
    kinds = [section.model_fields["kind"].annotation for section in BODY_SECTIONS.built_in]
    assert kinds[0] == Literal["dense"]
    with pytest.raises(ValueError, match="Unable to extract tag"):
        ModelSection(body=BODY_SECTIONS.base())
