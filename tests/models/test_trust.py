"""Nothing that a stranger's file names is run unasked: modules, and networks that name or hold code."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from netwright.config import ModelSection
from netwright.errors import RunError, TrustError
from netwright.models import import_custom_layers, load_model, trust
from netwright.models.trust import trust_module, trusted_module

LAYER = """
from pathlib import Path
import keras

Path({mark!r}).touch()

@keras.saving.register_keras_serializable(package={name!r})
class Own(keras.layers.Layer):
    def call(self, x):
        return 2 * x
"""


@pytest.fixture(autouse=True)
def _nothing_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "_store", lambda: tmp_path / "state" / "trusted.json")
    monkeypatch.setattr(trust, "_of_this_process", {})
    monkeypatch.syspath_prepend(str(tmp_path))


def write_module(folder: Path, name: str) -> Path:
    """Write a module that leaves a mark when it is run; return the mark."""
    mark = folder / f"{name}.was-run"
    path = folder.joinpath(*name.split(".")).with_suffix(".py")
    path.parent.mkdir(exist_ok=True)
    path.write_text(LAYER.format(mark=str(mark), name=name))
    return mark


def again(*names: str) -> None:
    """Forget what was imported, as another process has."""
    for name in names:
        sys.modules.pop(name, None)
    trust._of_this_process.clear()


def test_a_module_is_run_once_it_is_trusted_and_remembered_until_it_changes(tmp_path):
    mark = write_module(tmp_path, "stranger_a")
    with pytest.raises(TrustError, match=r"(?s)run\.yaml names the module stranger_a.*stranger_a\.py.*--trust"):
        trusted_module("stranger_a", "run.yaml")
    assert not mark.exists()
    trust_module("stranger_a")
    assert not mark.exists()
    again()
    assert trusted_module("stranger_a", "run.yaml").Own
    assert mark.exists()
    again("stranger_a")
    (tmp_path / "stranger_a.py").write_text("evil = True\n")
    with pytest.raises(TrustError, match=r"stranger_a\.py \(changed since it was trusted\)"):
        trusted_module("stranger_a", "run.yaml")
    (tmp_path / "state" / "trusted.json").write_text("garbled")
    with pytest.raises(TrustError, match="Nothing of it was run"):
        trusted_module("stranger_a", "run.yaml")


def test_what_was_imported_already_runs_no_new_code():
    assert trusted_module("json", "run.yaml") is json
    trust_module("json")


def test_packages_are_not_run_to_find_a_module_in_them(tmp_path):
    inner = write_module(tmp_path, "stranger_b.layers")
    outer = tmp_path / "stranger_b" / "__init__.py"
    outer.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'outer')!r}).touch()\n")
    with pytest.raises(TrustError, match=r"__init__\.py.*layers\.py"):
        trusted_module("stranger_b.layers", "run.yaml")
    assert not inner.exists()
    assert not (tmp_path / "outer").exists()
    trust_module("stranger_b.layers")
    outer.write_text("changed = True\n")
    with pytest.raises(TrustError, match=r"__init__\.py \(changed"):
        trusted_module("stranger_b.layers", "run.yaml")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'stranger_b\.other'"):
        trusted_module("stranger_b.other", "run.yaml")


def test_where_nothing_can_be_remembered_trust_ends_with_the_process(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    write_module(tmp_path, "stranger_c")
    trust_module("stranger_c")
    assert trusted_module("stranger_c", "run.yaml").Own


def test_an_archive_is_trusted_as_a_whole(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "strangers.zip", "w") as archive:
        archive.writestr("stranger_d.py", "value = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path / "strangers.zip"))
    with pytest.raises(TrustError, match=r"strangers\.zip"):
        trusted_module("stranger_d", "run.yaml")
    trust_module("stranger_d")
    assert trusted_module("stranger_d", "run.yaml").value == 1


def test_the_layers_of_an_experiment_need_trust(tmp_path):
    mark = write_module(tmp_path, "stranger_e")
    section = ModelSection.model_validate({"body": {"kind": "custom", "layer": "stranger_e:Own"}})
    with pytest.raises(TrustError, match="layer: stranger_e:Own names the module stranger_e"):
        import_custom_layers(section)
    assert not mark.exists()
    import_custom_layers(section, trust=True)
    assert mark.exists()


@pytest.fixture
def network(tmp_path):
    """Return the path of a small saved network."""
    x = keras.Input((2,), name="x")
    keras.Model(x, keras.layers.Dense(1)(x)).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def rewritten(path: Path, change) -> Path:
    """Change the configuration in a saved network."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(files["config.json"])
    files["config.json"] = json.dumps(change(config)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def naming(module: str):
    """Return a change by which the second layer is one of a module."""

    def change(config):
        layer = config["config"]["layers"][1]
        layer |= {"module": module, "class_name": "Own", "registered_name": f"{module}>Own"}
        return config

    return change


def test_a_network_is_loaded(network):
    assert load_model(network).input.shape == (None, 2)
    assert load_model(str(network)).name == load_model(network, trust=True).name


def test_a_saved_network_imports_no_module_that_is_not_trusted(network, tmp_path):
    mark = write_module(tmp_path, "stranger_f")
    rewritten(network, naming("stranger_f"))
    with pytest.raises(TrustError, match=r"model\.keras names the module stranger_f, whose code would be run"):
        load_model(network)
    assert not mark.exists()
    model = load_model_of_own(network, "stranger_f")
    assert mark.exists()
    np.testing.assert_array_equal(np.asarray(model(np.ones((1, 2), np.float32))), [[2, 2]])


def load_model_of_own(network: Path, name: str) -> keras.Model:
    """Save a network with the layer of a trusted module and load it elsewhere."""
    trust_module(name)
    own = trusted_module(name, "test").Own
    x = keras.Input((2,), name="x")
    keras.Model(x, own()(x)).save(network)
    again(name)
    return load_model(network, trust=True)


@pytest.mark.parametrize("module", ["keras_hub", "antigravity", "kerasx.layers"])
def test_modules_that_only_look_familiar_are_no_exception(network, module, tmp_path):
    write_module(tmp_path, module)
    with pytest.raises(TrustError, match=f"names the module {module}"):
        load_model(rewritten(network, naming(module)))
    assert module not in sys.modules


@pytest.mark.parametrize("name", ["Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"])
def test_layers_that_carry_code_are_refused(network, name):
    def change(config):
        config["config"]["layers"][1] |= {"class_name": name, "module": "keras.layers", "registered_name": None}
        return config

    with pytest.raises(TrustError, match=rf"model\.keras: holds a {name}, which carries code"):
        load_model(rewritten(network, change))


def test_functions_of_keras_that_do_things_are_refused(network):
    def change(config):
        layer = config["config"]["layers"][1]
        layer["config"]["activation"] = {
            "module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization",
            "registered_name": "function",
        }  # fmt: skip
        return config

    with pytest.raises((RunError, TrustError), match=r"model\.keras"):
        load_model(rewritten(network, change))


@pytest.mark.parametrize("change", [lambda _: [1], lambda _: 3, lambda _: None, lambda _: {}, lambda c: c["config"]])
def test_a_configuration_of_the_wrong_shape_is_said(network, change):
    with pytest.raises(RunError, match=r"model\.keras cannot be loaded as a network .*Restore the file"):
        load_model(rewritten(network, change))


def test_a_missing_network_is_said(tmp_path):
    with pytest.raises(RunError, match=r"other\.keras cannot be loaded as a network .*No such file"):
        load_model(tmp_path / "other.keras")
