"""Faulty and healthy trainings, to measure what a doctor of trainings is worth: `python benchmarks/faultbench`."""
