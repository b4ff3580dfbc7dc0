"""What may be taken of the memory: as the machine, control groups and limits say, each in its own files."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netwright import memory
from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE, available_memory, too_large

GIB = 2**30


@pytest.mark.parametrize(
    ("setting", "size"), [("1000", 1000), ("500MiB", 500 * 2**20), ("1.5GiB", 3 * 2**29), (" 2 GiB ", 2 * GIB)]
)
def test_the_environment_says_it(monkeypatch, setting, size):
    monkeypatch.setenv(MEMORY_VARIABLE, setting)
    assert available_memory() == size
    assert too_large(size * 0.6, 0.5)
    assert not too_large(size * 0.5, 0.5)


@pytest.mark.parametrize("setting", ["much", "4GB", "-3", "1e9"])
def test_what_is_no_size_is_refused(monkeypatch, setting):
    monkeypatch.setenv(MEMORY_VARIABLE, setting)
    with pytest.raises(DataError, match=rf"NETWRIGHT_MEMORY: must be .* 500MiB or 6GiB. Received: '{setting}'"):
        available_memory()


def test_this_machine_has_some(monkeypatch):
    monkeypatch.delenv(MEMORY_VARIABLE, raising=False)
    assert 2**20 < available_memory() < 2**62


def files(root, contents):
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_machine_says_what_is_available(tmp_path):
    root = files(tmp_path, {"proc/meminfo": "MemTotal:  8000 kB\nMemFree: 10 kB\nMemAvailable:   4000 kB\n"})
    assert list(memory._machine(root)) == [4000 * 1024]
    (everything,) = memory._machine(tmp_path / "nothing")  # as on a Mac
    assert everything > 2**20


GROUP = "sys/fs/cgroup/slurm/job_7"
GROUPS = {
    "proc/self/cgroup": "0::/slurm/job_7/step\n",
    f"{GROUP}/step/memory.max": "max\n",
    f"{GROUP}/step/memory.current": "5\n",
    f"{GROUP}/memory.max": f"{4 * GIB}\n",
    f"{GROUP}/memory.current": f"{3 * GIB}\n",
    f"{GROUP}/memory.stat": f"anon {GIB}\ninactive_file {GIB}\nactive_file {GIB // 2}\n",
    "sys/fs/cgroup/slurm/memory.max": f"{64 * GIB}\n",
    "sys/fs/cgroup/slurm/memory.current": f"{16 * GIB}\n",
}


def test_limits_of_control_groups_are_found_up_to_the_outermost(tmp_path):
    left = list(memory._control_groups(files(tmp_path, GROUPS)))
    assert left == [4 * GIB - 3 * GIB // 2, 48 * GIB]  # pages of files are given back


def test_limits_of_the_first_version(tmp_path):
    contents = {
        "proc/self/cgroup": "5:devices:/x\n4:cpu,memory:/job\n1:name=systemd:/\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2 * GIB}\n",
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{GIB}\n",
        "sys/fs/cgroup/memory/job/memory.stat": f"inactive_file 7\ntotal_inactive_file {GIB // 4}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
    }
    assert min(memory._control_groups(files(tmp_path, contents))) == 2 * GIB - GIB + GIB // 4


def test_within_a_container_its_own_group_is_the_mount(tmp_path):
    contents = {
        "proc/self/cgroup": "0::/../../elsewhere\n",
        "sys/fs/cgroup/memory.max": f"{GIB}\n",
        "sys/fs/cgroup/memory.current": "0\n",
    }
    assert list(memory._control_groups(files(tmp_path, contents))) == [GIB]


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -d is kept by Linux only")
def test_a_limit_of_the_process_counts():
    code = """if True:
        import resource
        from netwright.memory import available_memory
        resource.setrlimit(resource.RLIMIT_DATA, (2**30, resource.RLIM_INFINITY))
        print(available_memory())
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 2**28 < int(done.stdout) < 2**30
