"""What Keras and Arrow import without need is left out of our own processes, and comes when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEFORE = "import sys; from netwright.optional_imports import skip_optional_imports; skip_optional_imports()\n"
PLUGIN = "import pandas, sklearn\nseries = pandas.Series([1.0, 2.0])\n"


def loaded(code, folder="."):
    code = f"{BEFORE}sys.path.insert(0, {str(folder)!r})\n{code}\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture
def plugin(tmp_path):
    (tmp_path / "plugin.py").write_text(PLUGIN)
    return tmp_path


def test_keras_and_arrow_do_without_them_and_a_plugin_gets_them(plugin):
    # Arrow's first array is made for a module of netwright, as in the processes that skip
    as_ours = "exec(compile('import pyarrow; pyarrow.array([1.0])', '', 'exec'), {'__name__': 'netwright.data'})\n"
    code = (
        f"import netwright, keras\n{as_ours}unused = {{'pandas', 'sklearn', 'matplotlib.pyplot', 'requests'}}\n"
        "assert not (unused | {'scipy.sparse', 'jax.experimental.pallas'}) & set(sys.modules)"
    )
    later = (
        "import plugin, matplotlib.pyplot, pyarrow\n"
        "assert pyarrow.Table.from_pandas(plugin.pandas.DataFrame({'x': plugin.series})).num_rows == 2\n"
        "assert pyarrow.array(plugin.series).to_pylist() == [1.0, 2.0]\n"
        "assert keras.ops.convert_to_numpy(keras.layers.Dense(1)(plugin.series.to_numpy()[:, None])).shape == (2, 1)\n"
        "import jax.experimental.sparse\nassert jax.experimental.sparse.linalg.spsolve\n"
        "from jax.experimental.pallas.ops.tpu import splash_attention\n"
        "from jax.experimental.pallas.ops.tpu.splash_attention.splash_attention_mask import CausalMask\n"
        "assert splash_attention.splash_attention_kernel.SegmentIds and splash_attention.CausalMask is CausalMask\n"
        "assert keras.src.backend.jax.nn.splash_attention_mask.CausalMask is CausalMask"
    )
    assert {"pandas", "sklearn", "matplotlib.pyplot"} <= loaded(f"{code}\n{later}", plugin)


def test_a_process_of_the_user_gets_them_as_usual():
    code = "import sys, netwright, pyarrow; pyarrow.array([1.0]); assert 'pandas' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_first_read_imports_no_pandas(tmp_path):
    table = tmp_path / "events.csv"
    table.write_text("pt,label\n" + "".join(f"{10 + i}.5,{i % 2}\n" for i in range(60)))
    code = f"from netwright.workflow import init; init({str(table)!r}, output={str(tmp_path / 'experiment.yaml')!r})"
    assert not {"pandas", "keras", "duckdb"} & loaded(code)
