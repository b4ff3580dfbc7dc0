"""What other packages add is found by entry points, and its errors name the package."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.plugin_packages import install_package

from netwright import plugins
from netwright.errors import PluginError

GROUP = "netwright.tests"
COUNTING = "import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\nVALUE = 3\n"


def test_what_a_package_adds_is_found_by_its_name(package_folder):
    install_package(package_folder, "my-numbers", {GROUP: {"two": "my_numbers:TWO", "one": "my_numbers:ONE"}},
                    {"my_numbers": "ONE, TWO = 1, 2\n"})  # fmt: skip
    assert list(plugins.load(GROUP, int).items()) == [("one", 1), ("two", 2)]
    assert plugins.load("netwright.others", int) == {}


def test_it_is_imported_at_first_use_and_once(package_folder):
    install_package(package_folder, "counting", {GROUP: {"value": "counting:VALUE"}}, {"counting": COUNTING})
    code = (
        "import sys; from netwright import plugins; before = hasattr(sys, 'loads');"
        f"first, second = plugins.load('{GROUP}', int), plugins.load('{GROUP}', int);"
        "print(before, first == second, first is second, sys.loads)"
    )
    path = [str(package_folder), *sys.path]
    run = subprocess.run([sys.executable, "-c", f"import sys; sys.path[:] = {path}; {code}"], capture_output=True,
                         text=True, check=True)  # fmt: skip
    assert run.stdout.split() == ["False", "True", "False", "1"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (None, r"broken:VALUE cannot be imported \(ModuleNotFoundError: No module named 'broken'\)"),
        ("OTHER = 1\n", r"broken:VALUE cannot be imported \(AttributeError: .*VALUE"),
        ("def (\n", r"broken:VALUE cannot be imported \(SyntaxError: "),
        ("raise RuntimeError('no licence')\n", r"broken:VALUE cannot be imported \(RuntimeError: no licence\)"),
        ("VALUE = 'three'\n", r"it must be an instance of int, but broken:VALUE is 'three'"),
    ],
)
def test_what_cannot_be_used_names_the_package(package_folder, source, reason):
    modules = {} if source is None else {"broken": source}
    install_package(package_folder, "broken-package", {GROUP: {"value": "broken:VALUE"}}, modules)
    match = rf'^The package broken-package 1\.0 adds "value" to {GROUP}, but it cannot be used: {reason}.*pip uninstall'
    with pytest.raises(PluginError, match=match):
        plugins.load(GROUP, int)


def test_a_name_of_netwright_is_taken(package_folder):
    install_package(package_folder, "late", {GROUP: {"npz": "late:VALUE"}}, {"late": "VALUE = 1\n"})
    with pytest.raises(PluginError, match=r"package late 1\.0 .*: netwright already has one of this name, so rename"):
        plugins.load(GROUP, int, built_in=("npz",))


def test_a_name_of_another_package_is_taken(package_folder):
    for name in ("early", "later"):
        install_package(package_folder, name, {GROUP: {"value": f"{name}:VALUE"}}, {name: "VALUE = 1\n"})
    with pytest.raises(PluginError, match=r"package later 1\.0 .*: early 1\.0 already has one of this name"):
        plugins.load(GROUP, int)


def test_a_fault_names_the_package(package_folder):
    install_package(package_folder, "late", {GROUP: {"value": "late:VALUE"}}, {"late": "VALUE = 1\n"})
    assert plugins.load(GROUP, int, fault=lambda name, value: "") == {"value": 1}  # noqa: ARG005
    with pytest.raises(PluginError, match=r"package late 1\.0 .*cannot be used: value is odd: 1\. Update"):
        plugins.load(GROUP, int, fault=lambda name, value: f"{name} is odd: {value}" if value % 2 else "")
