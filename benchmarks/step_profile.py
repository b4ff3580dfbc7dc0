"""What the time of a training step goes to: the kernels of the compiled program, by what they compute.

    python benchmarks/step_profile.py
    python benchmarks/step_profile.py --write

JAX's profiler notes when each kernel runs; the text of the compiled program says what is in it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from bench.problems import CASES, Dense
from bench.report import machine
from bench.sweep import give
from bench.workers.netwright_training import experiment_of, rows_of

from netwright.data import Split, describe
from netwright.training import Team, compile_program, initial_state, make_loader, orders_of, stacked
from netwright.training.feed.chunk import STEPS_AT_ONCE, Chunk
from netwright.workflow.members.prepare import Member, member_arrays, prepare_member

KINDS: dict[str, Callable[[str, str], bool]] = {  # by the name of the operation and what the kernel consists of
    "matrix products": lambda _, code: " dot(" in code,
    "rows of the batch": lambda _, code: " gather(" in code,
    "activations and their gradients": lambda name, _: "-activation" in name,
    "Adam": lambda name, _: re.search(r"/adam(_\d+)?/", name) is not None,
    "sums over the batch": lambda name, _: "transpose" in name and name.endswith("reduce_sum"),
    "loss, norm of the gradient, record, copies": lambda *_: True,
}


class Ran(NamedTuple):
    """Something that ran, such as a kernel: its name, when it began, and for how long (µs)."""

    name: str
    start: float
    duration: float


def main() -> None:
    """Profile case by case, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="also put the tables into RESULTS.md")
    parser.add_argument("--calls", type=int, default=20, help="how many calls are evaluated at")
    parser.add_argument("--cases", nargs="+", default=["small-512", "seed-200", "seed-1024"])
    options = parser.parse_args()
    tables = []
    for name in options.cases:
        case = CASES[name]
        assert isinstance(case, Dense)
        tables.append("\n".join(lines_of(case, options.calls)))
    how = (
        f"`python benchmarks/step_profile.py`: {machine()}. Means of {options.calls} calls. The profiler makes small "
        "kernels slower. Kernels on two cores at once count twice; cores that help within a kernel are not seen."
    )
    text = "\n\n".join(["## What a step does", how, *tables])
    give("step profile", text, write=options.write)


def lines_of(case: Dense, calls: int) -> Iterator[str]:
    """Yield the lines of the table of a case."""
    team, chunk = ready(case)
    state, rates = initial_state(team.members, team.program), np.full((1, STEPS_AT_ONCE), 1e-3, np.float32)
    arguments = (state, chunk.arrays, team.hyperparameters, chunk.indices, rates, 0, chunk.count)
    kinds = kinds_of(team.program.train_steps.lower(*arguments).compile().as_text())

    def call() -> None:
        jax.block_until_ready(team.program.train_steps(*arguments))

    call()
    with tempfile.TemporaryDirectory() as folder:
        noted = [kernel for kernel in profiled(call, calls, Path(folder)) if kernel.name in kinds]
    began = time.perf_counter()
    for _ in range(calls):
        call()
    step = (time.perf_counter() - began) / (calls * chunk.count) * 1e6
    busy, at_work = sum(of.duration for of in noted), covered(noted)
    steps = calls * chunk.count
    yield f"{case.inputs} inputs, {len(case.units)} layers of {case.units[0]}, batch {case.batch}:"
    yield ""
    yield "| kernels | number | µs a step | share |"
    yield "|---|---|---|---|"
    times, numbers = dict.fromkeys(KINDS, 0.0), dict.fromkeys(KINDS, 0)
    for kernel in noted:
        times[kinds[kernel.name]] += kernel.duration
        numbers[kinds[kernel.name]] += 1
    for kind in KINDS:
        yield f"| {kind} | {numbers[kind] / steps:.0f} | {times[kind] / steps:.0f} | {times[kind] / busy:.2f} |"
    flop = case.batch * case.flop_per_row
    yield ""
    yield (
        f"A step takes {step:.0f} µs without the profiler. While kernels ran, {busy / at_work:.2f} cores were at work "
        f"on average; products went at {flop / (times['matrix products'] / steps) / 1e3:.0f} GFLOP/s."
    )


def ready(case: Dense) -> tuple[Team, Chunk]:
    """Return a network with its program, and the first steps of its first epoch."""
    x, y = case.data()
    rows, numbers = rows_of(x, y), np.arange(len(x))
    member = Member(0, 0, Split(numbers, numbers, numbers), experiment_of(case, 1))
    one = prepare_member(member, rows, describe(rows, member.split, member.experiment))
    loader = make_loader(member_arrays([member], rows), one.section)
    order = stacked(orders_of([one], 1, loader.host))
    return Team((one,), compile_program([one])), next(iter(loader.chunks(order, [0])))


def profiled(call: Callable[[], None], calls: int, folder: Path) -> list[Ran]:
    """Return what ran during some calls, kernels and more, in the order of time."""
    options = jax.profiler.ProfileOptions()
    options.python_tracer_level = 0
    with jax.profiler.trace(str(folder), profiler_options=options):
        for _ in range(calls):
            call()
    (file,) = folder.glob("**/*.trace.json.gz")
    events = json.loads(gzip.decompress(file.read_bytes()))["traceEvents"]
    results = [Ran(one["name"], one["ts"], one["dur"]) for one in events if one.get("ph") == "X"]
    return sorted(results, key=lambda one: one.start)


def kinds_of(code: str) -> dict[str, str]:
    """Say for each kernel in the text of a compiled program what it computes."""
    bodies = dict(re.findall(r"^%?([\w.-]+) \([^\n]*\{\n(.*?)^\}", code, re.MULTILINE | re.DOTALL))
    results = {}
    for line in code.splitlines():
        kernel = re.match(r"\s+(?:ROOT )?%([\w.-]+) = \S+ (fusion|dot|copy|reduce|custom-call)\(", line)
        if kernel:
            called, named = re.search(r"calls=%([\w.-]+)", line), re.search(r'op_name="([^"]*)"', line)
            inside = line + bodies.get(called[1], "") if called else line
            name = named[1] if named else ""
            results[kernel[1]] = next(kind for kind, fits in KINDS.items() if fits(name, inside))
    return results


def covered(kernels: Sequence[Ran]) -> float:
    """Return for how long at least one kernel ran (µs)."""
    total, until = 0.0, 0.0
    for kernel in kernels:
        end = kernel.start + kernel.duration
        total += max(0.0, end - max(until, kernel.start))
        until = max(until, end)
    return total


if __name__ == "__main__":
    main()
