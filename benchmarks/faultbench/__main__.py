"""Measure how right the doctor is about faulty and healthy trainings, beside the rules of other tools.

    python benchmarks/faultbench                       # everything: within two hours on two cores
    python benchmarks/faultbench --development         # the tasks that the doctor may be developed on
    python benchmarks/faultbench --short               # one in a hundred, to see that it runs
    python benchmarks/faultbench report                # the tables of existing results, as Markdown
    python benchmarks/faultbench misses --development  # every miss and false alarm, a line each

Results are written as they come, into files of JSON lines; a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

HERE = Path(__file__).parent
CHEAP_TO_COMPILE = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


def main() -> None:
    """Run the benchmark, or say what came of it."""
    options = parse()
    os.environ["KERAS_BACKEND"] = options.backend
    os.environ.setdefault("XLA_FLAGS", CHEAP_TO_COMPILE)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, str(HERE.parent))
    warnings.filterwarnings("ignore")  # a faulty program is allowed to be warned of
    if options.what != "run":
        say(options)
    elif options.shard is None:
        share(options)
    else:
        run(options)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("run", "report", "misses", "cost"), default="run")
    parser.add_argument("--short", action="store_true", help="one in a hundred of all trainings, one seed")
    parser.add_argument("--development", action="store_true", help="only the tasks that may be developed on")
    parser.add_argument("--backend", choices=("jax", "tensorflow", "torch"), default="jax", help="of Keras")
    parser.add_argument("--seeds", type=int, default=5, help="of each fault")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--minutes", type=float, default=120.0, help="after which nothing new begins")
    parser.add_argument("--out", type=Path, default=HERE.parent / "runs" / "faultbench", help="folder of results")
    parser.add_argument("--shard", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def share(options: argparse.Namespace) -> None:
    """Start the processes that share the work, and wait for them."""
    began = time.monotonic()
    started = [
        subprocess.Popen([sys.executable, str(HERE), *sys.argv[1:], "--shard", str(shard)])
        for shard in range(options.workers)
    ]
    codes = [process.wait() for process in started]
    print(f"{time.monotonic() - began:.0f} s")
    if any(codes):
        sys.exit(f"A process ended with {codes}; what it wrote stays, run the same command again.")
    say(options)


def run(options: argparse.Namespace) -> None:
    """Do the share of one process."""
    from faultbench.measure import keep_compiled_programs
    from faultbench.work import Choice, work

    began = time.monotonic()
    folder = options.out / options.backend
    keep_compiled_programs(options.out / "compiled")
    work(
        Choice(
            folder,
            seeds=1 if options.short else options.seeds,
            development=options.development,
            every=100 if options.short else 1,
            shard=options.shard,
            shards=options.workers,
            until=began + 50 * options.minutes,  # a sixth of the time is for remedies
            end=began + 60 * options.minutes,
        )
    )


def say(options: argparse.Namespace) -> None:
    """Print what was asked for."""
    from faultbench.cost import cost
    from faultbench.misses import misses
    from faultbench.report import report
    from faultbench.results import Results
    from faultbench.work import doctor_kind

    if options.what == "cost":
        print(cost())
        return
    results = Results(options.out / options.backend, doctor_kind(), options.seeds)
    print("\n".join(misses(results, development=options.development)) if options.what == "misses" else report(results))


if __name__ == "__main__":
    main()
