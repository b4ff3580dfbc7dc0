"""What the distance correlation with a protected column costs: time of value and gradient, and memory, by batch size.

python benchmarks/decorrelation.py --batch 256 512 1024 2048 4096 8192
"""

from __future__ import annotations

import argparse
import time

import jax
import numpy as np

from netwright.training.compiled.distance_correlation import distance_correlation


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", nargs="+", type=int, default=[256, 512, 1024, 2048, 4096])
    parser.add_argument("--repeats", type=int, default=15)
    args = parser.parse_args()
    print("| batch | ms, value and gradient | ns per pair of rows | temporary memory [MB] |\n|---|---|---|---|")
    for rows in args.batch:
        seconds, size = measured(rows, args.repeats)
        print(f"| {rows:,} | {1e3 * seconds:.2f} | {1e9 * seconds / rows**2:.2f} | {size / 1e6:.1f} |", flush=True)


def measured(rows: int, repeats: int) -> tuple[float, int]:
    """Return the shortest time in seconds, and the compiled program's temporary memory in bytes."""
    random = np.random.default_rng(0)
    score = random.uniform(size=rows).astype(np.float32)
    mass = (80 + 30 * (score + random.normal(size=rows))).astype(np.float32)
    background = (random.uniform(size=rows) < 0.5).astype(np.float32)
    program = jax.jit(jax.value_and_grad(distance_correlation)).lower(score, mass, background).compile()
    jax.block_until_ready(program(score, mass, background))
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(program(score, mass, background))
        seconds.append(time.perf_counter() - began)
    analysis = program.memory_analysis()
    return min(seconds), 0 if analysis is None else int(analysis.temp_size_in_bytes)


if __name__ == "__main__":
    main()
