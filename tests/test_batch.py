"""The scripts of docs/batch.md, run as they stand there, with a stub in place of Slurm's own command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs/batch.md"
SLURM, CONDOR = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

NETWRIGHT = f"""#!{sys.executable}
import signal, sys, time
from pathlib import Path
wishes = []
for name in ("SIGUSR1", "SIGTERM"):
    signal.signal(getattr(signal, name), lambda *arguments: wishes.append(1))
run = Path(sys.argv[sys.argv.index("--run") + 1] if "--run" in sys.argv else sys.argv[-1])
run.mkdir(parents=True, exist_ok=True)
(run / "experiment.yaml").touch()
with Path("started").open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
code = int(Path("code").read_text()) if Path("code").exists() else None
if code == 0:
    (run / "report.html").touch()
while code is None:
    if wishes:
        time.sleep(0.3)  # the checkpoint
        code = 85
    time.sleep(0.01)
sys.exit(code)
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A folder with the scripts, and with commands that behave as the real ones to them."""
    (tmp_path / "bin").mkdir()
    for name, text in (("netwright", NETWRIGHT), ("scontrol", '#!/bin/bash\necho "$@" >> requeued\n')):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "slurm.sh").write_text(SLURM)
    (tmp_path / "condor.sh").write_text(CONDOR)
    return tmp_path


def start(job: Path, script: str) -> subprocess.Popen[bytes]:
    path = f"{job / 'bin'}:{os.environ['PATH']}"
    return subprocess.Popen(["bash", script], cwd=job, env={**os.environ, "PATH": path, "SLURM_JOB_ID": "17"})


def started(job: Path, count: int) -> list[str]:
    """Wait until netwright was started so often, and return how."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = (job / "started").read_text().splitlines() if (job / "started").exists() else []
        if len(lines) == count:
            return lines
        time.sleep(0.01)
    pytest.fail(f"netwright was not started {count} times")


def test_the_slurm_script_hands_signals_on_and_puts_the_job_back(job: Path) -> None:
    with start(job, "slurm.sh") as script:
        assert started(job, 1) == ["train experiment.yaml --run runs/toy"]
        script.send_signal(signal.SIGUSR1)
        time.sleep(0.1)
        script.send_signal(signal.SIGTERM)
        assert script.wait() == 85
    assert (job / "requeued").read_text() == "requeue 17\n"
    (job / "code").write_text("0")
    with start(job, "slurm.sh") as script:
        assert script.wait() == 0
    assert started(job, 2)[1] == "train --resume runs/toy"
    with start(job, "slurm.sh") as script:
        assert script.wait() == 0
    assert len(started(job, 2)) == 2  # there was nothing left to do
    assert (job / "requeued").read_text() == "requeue 17\n"


def test_the_slurm_script_does_not_put_back_what_failed(job: Path) -> None:
    (job / "code").write_text("1")
    with start(job, "slurm.sh") as script:
        assert script.wait() == 1
    assert not (job / "requeued").exists()


def test_the_condor_script_leaves_with_85_in_time_and_when_asked(job: Path) -> None:
    text = (job / "condor.sh").read_text()
    (job / "condor.sh").write_text(text.replace(" 2h ", " 0.5 "))
    with start(job, "condor.sh") as script:
        assert script.wait() == 85
    assert started(job, 1) == ["train experiment.yaml --run runs/toy"]
    (job / "condor.sh").write_text(text)
    with start(job, "condor.sh") as script:
        assert started(job, 2)[1] == "train --resume runs/toy"
        script.send_signal(signal.SIGTERM)
        assert script.wait() == 85


def test_the_page_has_the_exit_codes_of_the_command_line() -> None:
    from netwright.cli._ending import INTERRUPTED
    from netwright.cli.train import EXIT_CODES

    page = PAGE.read_text(encoding="utf-8")
    for code in re.findall(r"\b(\d+) ", EXIT_CODES):
        assert f"| {code} |" in page
    assert f"checkpoint_exit_code      = {INTERRUPTED}\n" in page
