"""The benchmark: the whole product beside bare endpoints, measured in turns, in one command.

Run `.venv/bin/python -m tests.load.bench --out bench.json`; docs/performance.md shows a run.
"""
