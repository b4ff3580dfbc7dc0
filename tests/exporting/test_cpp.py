"""The C++ of docs/cpp.md, compiled as it stands there; `make test-cpp` fetches the headers of onnxruntime."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import netwright as nw

ROOT = Path(__file__).parents[2]
HEADERS = [
    os.environ.get("ONNXRUNTIME_INCLUDE", ""),
    ROOT / "benchmarks/.rivals/onnxruntime/include",
    "/usr/include/onnxruntime",
]

MAIN = """
#include <cmath>
#include <iostream>

#include "netwright.hpp"

int main(int, char** arguments) {
  netwright::Network network(arguments[1]);
  std::cout.precision(17);
  std::cout << (network.about("inputs").find("near") != std::string::npos) << "\\n";
  std::vector<double> near, number, event;
  double a, b, c, d;
  while (std::cin >> a >> b >> c >> d) near.insert(near.end(), {a, b}), number.push_back(c), event.push_back(d);
  for (auto score : network({{"near", near}, {"count", number}, {"event", event}}).at("size"))
    std::cout << score << "\\n";
  const std::vector<netwright::Values> wrong{{{"near", {1, 2, 3}}, {"count", {1}}, {"event", {1}}},
                                             {{"near", {1, 2}}, {"count", {std::nan("")}}, {"event", {1}}},
                                             {{"near", {1, 2}}, {"count", {3e9}}, {"event", {1}}},
                                             {{"near", {1, 2}}, {"count", {1}}, {"event", {9007199254740992.0}}}};
  for (const auto& values : wrong) {
    try {
      network(values);
    } catch (const std::invalid_argument& error) {
      std::cout << error.what() << "\\n";
    }
  }
}
"""


@pytest.fixture(scope="module")
def library() -> Path:
    """Return the shared library of the Python package."""
    onnxruntime = pytest.importorskip("onnxruntime")
    result = sorted((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*"))
    if not result:
        pytest.skip("onnxruntime has no shared library here")
    return result[0]


@pytest.fixture(scope="module")
def include() -> Path:
    """Return the folder of the headers."""
    result = [Path(folder) for folder in HEADERS if folder and (Path(folder) / "onnxruntime_cxx_api.h").exists()]
    if not result or shutil.which("g++") is None:
        pytest.skip("there is no g++, or no headers of onnxruntime: make test-cpp, or set ONNXRUNTIME_INCLUDE")
    return result[0]


@pytest.mark.usefixtures("without_figures")
def test_the_header_of_the_docs_gives_the_scores_of_predict(library: Path, include: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    a, b, count = random.normal(size=400), random.normal(size=400), random.integers(0, 3, 400)
    event = random.integers(0, 2**53, 400)  # decides which network scores a row
    np.savez(tmp_path / "rows.npz", a=a, b=b, count=count, event=event, size=5 + a - b + count)
    content = {
        "data": {"files": [str(tmp_path / "rows.npz")], "identity": ["event"]},
        "split": {"kind": "cross", "folds": 3},
        "inputs": {
            "near": {"kind": "numeric", "columns": ["a", "b"]},
            "count": {"kind": "categorical", "columns": ["count"]},
        },
        "targets": {"size": {"kind": "regression", "column": "size"}},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 1},
    }
    run = nw.train(nw.parse_experiment(content), run=tmp_path / "run")
    nw.export(run)
    header = re.search(r"```cpp\n(// netwright\.hpp.*?)```", (ROOT / "docs/cpp.md").read_text(), re.DOTALL)
    assert header is not None
    (tmp_path / "netwright.hpp").write_text(header[1])
    (tmp_path / "main.cpp").write_text(MAIN)
    (tmp_path / "libonnxruntime.so.1").symlink_to(library)
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-isystem", include, tmp_path / "main.cpp"]
    command += [tmp_path / "libonnxruntime.so.1", f"-Wl,-rpath,{tmp_path}", "-o", tmp_path / "scores"]
    subprocess.run(command, check=True, timeout=120)
    rows = zip(a.tolist(), b.tolist(), count.tolist(), event.tolist(), strict=True)
    given = "\n".join(f"{x!r} {y!r} {n} {number}" for x, y, n, number in rows)
    run_it = [tmp_path / "scores", run.path / "model.onnx"]
    written = subprocess.run(run_it, input=given, capture_output=True, text=True, check=True, timeout=60).stdout
    first, *scores = written.splitlines()[:401]
    refusals = written.splitlines()[401:]
    expected = nw.predict(run, tmp_path / "rows.npz", tmp_path / "s.parquet")["size"].to_numpy()
    assert first == "1"
    np.testing.assert_allclose(np.array(scores, float), expected, rtol=1e-5)
    takes = "takes whole numbers, each of which a double holds, received"
    assert refusals == [
        "input near: rows have 2 values each, received 3",
        f"input count {takes} nan",
        f"input count {takes} 3000000000.000000",
        f"input event {takes} 9007199254740992.000000",
    ]
