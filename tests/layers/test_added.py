"""Layers of other packages: imported and trusted because they are installed, refused with the name of their package."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from tests.plugin_packages import install_package

from netwright.errors import PluginError, TrustError
from netwright.layers import added_layers, check_layer
from netwright.models.bodies.layer_class import layer_class

SOURCE = """
import keras

@keras.saving.register_keras_serializable(package="more_layers")
class Doubling(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x

class Unregistered(keras.layers.Layer):
    pass

class Plain:
    pass
"""


@pytest.fixture
def install(package_folder):
    """Return the maker of a package that adds one layer."""

    def install(name, layer):
        points = {"netwright.layers": {name: f"more_layers:{layer}"}} if name else {}
        install_package(package_folder, "more-layers", points, {"more_layers": SOURCE})

    return install


def test_an_installed_layer_is_registered_and_trusted(install):
    install("Doubling", "Doubling")
    kind = layer_class("more_layers:Doubling")
    assert added_layers() == {"Doubling": kind}
    assert keras.saving.get_registered_object("more_layers>Doubling") is kind
    check_layer(kind, np.eye(4, dtype=np.float32))


def test_a_module_that_no_entry_point_names_is_not(install):
    install("", "")
    with pytest.raises(TrustError, match="names the module more_layers, whose code would be run"):
        layer_class("more_layers:Doubling")


@pytest.mark.parametrize(
    ("name", "layer", "message"),
    [
        ("Dropout", "Doubling", "netwright already has one of this name"),
        ("Plain", "Plain", "Plain must derive from keras.layers.Layer"),
        ("Unregistered", "Unregistered", r"Unregistered must be registered, .*@keras\.saving\.register"),
    ],
)
def test_what_cannot_be_used_names_the_package(install, name, layer, message):
    install(name, layer)
    with pytest.raises(PluginError, match=rf"The package more-layers 1\.0 adds .*{message}"):
        added_layers()
