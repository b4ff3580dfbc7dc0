"""What `benchmarks/search.py` measures: tasks, a table of trainings, live searches, rivals, the scheduler."""
