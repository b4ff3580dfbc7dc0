"""Ask the workers of a table in turns, so that what else the machine does hits all alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.protocol import RivalError, Worker
from bench.tables import Comparison, Contestant

Device = Literal["cpu", "gpu"]

HERE = Path(__file__).parent
_CPU = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
_GPU = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}  # several share its memory


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        own: netwright's Python.
        rivals: folder of the rivals' virtual environments.
        rounds: how often each is measured.
        seconds: about how long one measurement of a training takes.
        quick: whether to try with few rows.
        only: words of which one must be in a contestant's name; all contestants if empty.
        say: called with each message.
    """

    own: Path
    rivals: Path
    rounds: int
    seconds: float
    quick: bool
    only: tuple[str, ...]
    say: Callable[[str], None]


@dataclass
class Result:
    """What was measured of one contestant in one case.

    Attributes:
        case: the case.
        contestant: who.
        device: kind of the device.
        device_name: what it is, in words.
        versions: of the libraries.
        measured: one for each round.
        failed: why there is nothing, where that is so.
    """

    case: str
    contestant: Contestant
    device: Device
    device_name: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    measured: list[Mapping[str, float]] = field(default_factory=list)
    failed: str = ""


def measure(table: Comparison, options: Options) -> list[Result]:
    """Measure all cases of a table; its workers live as long as this takes, and no others."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = [
            (contestant, device, stack.enter_context(closing(worker)))
            for contestant, device, worker in _started(table, options, Path(tempfile.gettempdir()))
        ]
        results = []
        for case in table.cases:
            results += _measure_case(case, workers, folder, options)
    return results


def _started(table: Comparison, options: Options, logs: Path) -> Iterator[tuple[Contestant, Device, Worker]]:
    """Start a worker for each contestant and device."""
    devices: tuple[Device, ...] = ("cpu", "gpu") if gpu_name() else ("cpu",)
    for device in devices:
        for one in table.contestants:
            wanted = not options.only or any(word.lower() in one.name.lower() for word in options.only)
            if wanted:
                python = options.own if one.environment == "own" else options.rivals / one.environment / "bin/python"
                variables = (_CPU if device == "cpu" else _GPU) | {"BENCH_DEVICE": device, "PYTHONPATH": _path()}
                log = logs / f"netwright-bench-{one.module}.log"
                yield one, device, Worker(python, f"bench.workers.{one.module}", {**variables, **one.variables}, log)


def _path() -> str:
    """Return where workers find this package, before what the environment has."""
    return os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))


def _measure_case(
    case: str, workers: list[tuple[Contestant, Device, Worker]], folder: Path, options: Options
) -> list[Result]:
    """Prepare a case with every worker, then measure round after round."""
    request: dict[str, Any] = {"case": case, "quick": options.quick, "seconds": options.seconds, "folder": str(folder)}
    running: list[tuple[Result, Worker]] = []
    results = []
    for contestant, device, worker in workers:
        options.say(f"{case}: preparing {contestant.name} ({device})")
        result = Result(case, contestant, device)
        results.append(result)
        with _failing_alone(result, options):
            about = worker.ask(do="prepare", way=contestant.way, **request)
            result.device_name, result.versions = about["device"], about["versions"]
            if (device == "cpu") != (about["device"] == "cpu"):
                result.failed = "no CUDA in its environment"
                continue
            running.append((result, worker))
    for number in range(options.rounds):
        options.say(f"{case}: round {number + 1} of {options.rounds}")
        turn = number % max(len(running), 1)
        for result, worker in running[turn:] + running[:turn]:
            if not result.failed:
                with _failing_alone(result, options):
                    result.measured.append(worker.ask(do="measure"))
    return results


@contextmanager
def _failing_alone(result: Result, options: Options) -> Iterator[None]:
    """Note what goes wrong with one contestant, and go on with the others."""
    try:
        yield
    except RivalError as error:
        result.failed = str(error)
        options.say(f"{result.case}: {result.contestant.name} failed: {error}")


def gpu_name() -> str:
    """Return the name of the machine's GPU; nothing where there is none."""
    if shutil.which("nvidia-smi") is None:
        return ""
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.partition("\n")[0].strip() if answer.returncode == 0 else ""
