"""How the driver and the workers talk: lines of JSON, one question and one answer at a time (standard library only).

The driver asks `{"do": "prepare", "case": ..., "way": ..., ...}` once and `{"do": "measure"}` once a round. A worker
answers with numbers, or with what went wrong. While it is not asked it waits and does nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Measure = Callable[[], Mapping[str, float]]
Prepare = Callable[[Mapping[str, Any]], Measure]

_PATIENCE = 900.0  # seconds after which a worker that does not answer is ended


class RivalError(Exception):
    """A worker cannot do what it was asked, and why."""


def serve(prepare: Prepare, describe: Callable[[], Mapping[str, Any]]) -> None:
    """Answer the driver until it closes the line; what libraries print goes to standard error.

    Args:
        prepare: builds a case and warms it up; returns what takes one measurement.
        describe: says which versions and which device are used.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    measure: Measure | None = None
    for line in sys.stdin:
        request = json.loads(line)
        answer: Mapping[str, Any]
        try:
            if request["do"] == "prepare":
                measure = None  # what was measured before makes room first
                measure = prepare(request)
                answer = describe()
            else:
                assert measure is not None, "prepare comes first"
                answer = measure()
        except Exception as error:  # noqa: BLE001  whatever goes wrong in a rival is its result, and the others go on
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


class Worker:
    """The driver's end of a worker process."""

    def __init__(self, python: Path, module: str, variables: Mapping[str, str], log: Path) -> None:
        """Say how to start the process; it has variables of its own and writes what it prints to a log."""
        self._command, self._variables, self._log = [str(python), "-m", module], dict(variables), log
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  whatever JSON can say
        """Ask, and wait for the answer; the first time the process is started.

        Raises:
            RivalError: the worker says that it cannot, cannot start, has ended, or does not answer in time.
        """
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        impatience = threading.Timer(_PATIENCE, process.kill)
        impatience.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            impatience.cancel()
        if not line:
            msg = f"the process ended; the end of {self._log.name} says why"
            raise RivalError(msg)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RivalError(answer["error"])
        return answer

    def _start(self) -> subprocess.Popen[str]:
        """Start the process."""
        try:
            with self._log.open("a") as errors:
                return subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    env={**os.environ, **self._variables},
                )
        except FileNotFoundError as error:
            msg = "its virtual environment is not there; make bench makes it"
            raise RivalError(msg) from error

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=10)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()
